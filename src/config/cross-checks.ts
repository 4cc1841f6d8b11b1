/** Addresses that stand for all of a machine's and can be told to nobody. */
const EVERYWHERE = new Set(['0.0.0.0', '::', '[::]']);

/**
 * What several settings must be together: sentences about what does not fit. `shown` gives a setting
 * with its value and where that came from.
 */
export function crossChecks(
  role: 'broker' | 'controller',
  values: Readonly<Record<string, unknown>>,
  shown: (name: string) => string,
): string[] {
  const problems: string[] = [];
  const number = (name: string) => Number(values[name]);
  const atMost = (smaller: string, larger: string, why: string) => {
    if (number(smaller) > number(larger)) {
      problems.push(`${shown(smaller)} cannot be more than ${shown(larger)}: ${why}`);
    }
  };

  if (number('broker.heartbeat.interval.ms') * 2 >= number('broker.session.timeout.ms')) {
    problems.push(
      `${shown('broker.heartbeat.interval.ms')} must be less than half of ` +
        `${shown('broker.session.timeout.ms')}: one lost heartbeat must not fence a broker`,
    );
  }
  atMost(
    'session.reopen.grace.ms',
    'broker.session.timeout.ms',
    'a broken session would be noticed later than a silent one',
  );
  if (EVERYWHERE.has(String(values['grpc.host'])) && values['advertised.host'] === '') {
    problems.push(
      `advertised.host must be given where grpc.host is ${String(values['grpc.host'])}: ` +
        'others need an address that they can connect to',
    );
  }
  if (EVERYWHERE.has(String(values['advertised.host']))) {
    problems.push(`${shown('advertised.host')} is an address that nobody can connect to`);
  }
  const grpcPort = number('grpc.port');
  if (number('http.port') === 0 && grpcPort > 65_435) {
    problems.push(
      `http.port must be given where grpc.port is ${grpcPort}: the port 100 above does not exist`,
    );
  }
  const sameHost = values['http.host'] === '' || values['http.host'] === values['grpc.host'];
  if (grpcPort !== 0 && grpcPort === number('http.port') && sameHost) {
    problems.push(`${shown('http.port')} and ${shown('grpc.port')} cannot be the same`);
  }
  // An envelope of gRPC and protobuf around a batch takes far less than this.
  if (number('message.max.bytes') + 64 * 1_024 > number('grpc.message.bytes.max')) {
    problems.push(
      `${shown('grpc.message.bytes.max')} must exceed ${shown('message.max.bytes')} by 64KiB: ` +
        'a batch would not fit into a message',
    );
  }

  if (role === 'broker') {
    problems.push(...shardProblems(number, shown));
    if (number('replica.idle.interval.ms') * 2 >= number('broker.session.timeout.ms')) {
      problems.push(
        `${shown('replica.idle.interval.ms')} must be less than half of ` +
          `${shown('broker.session.timeout.ms')}: a leader's lease would lapse while nothing is wrong`,
      );
    }
    atMost(
      'replica.window.partition.bytes',
      'replica.window.peer.bytes',
      'one partition cannot have more than the peer as a whole',
    );
    atMost(
      'produce.stream.inflight.bytes.max',
      'produce.inflight.bytes.max',
      'one stream cannot have more than all of them',
    );
    atMost(
      'message.max.bytes',
      'produce.stream.inflight.bytes.max',
      'a batch of that size could never be accepted',
    );
    atMost(
      'session.reconnect.backoff.ms',
      'session.reconnect.backoff.max.ms',
      'waits grow from the first to the longest',
    );
    atMost(
      'fetch.max.bytes',
      'grpc.message.bytes.max',
      'an answer would be larger than a client would take',
    );
  }
  return problems;
}

/** The ids and ports of shards follow from the broker's: they must be there, and be nobody else's. */
function shardProblems(
  number: (name: string) => number,
  shown: (name: string) => string,
): string[] {
  const last = number('shards') - 1;
  if (last < 1) return [];
  const problems: string[] = [];
  if (number('broker.id') < 1 || number('broker.id') > SHARDED_BROKER_ID_MAX) {
    problems.push(
      `${shown('broker.id')} must be from 1 to ${SHARDED_BROKER_ID_MAX} where there are several ` +
        'shards: theirs are 1000 times as large, and 1, 2, 3 … more',
    );
  }
  const step = number('shard.port.step');
  for (const name of ['grpc.port', 'http.port', 'advertised.port']) {
    if (number(name) + last * step > 65_535) {
      problems.push(
        `${shown(name)} leaves no ports for ${shown('shards')}, ${shown('shard.port.step')}`,
      );
    }
  }
  const httpPort = number('http.port') === 0 ? number('grpc.port') + 100 : number('http.port');
  const apart = Math.abs(number('grpc.port') - httpPort);
  if (number('grpc.port') !== 0 && step !== 0 && apart % step === 0 && apart / step <= last) {
    problems.push(
      `${shown('shard.port.step')} gives the gRPC port of one shard to the HTTP of another: ` +
        `the first are ${number('grpc.port')} and ${httpPort}`,
    );
  }
  return problems;
}

const SHARDED_BROKER_ID_MAX = 2_000_000;
