import { describe, expect, test } from 'vitest';
import { DEFAULT_TOPIC_CONFIG } from '../../../src/base/topic-config.ts';
import {
  topicDefaults,
  type BrokerConfig,
  type ControllerConfig,
} from '../../../src/config/config.ts';
import { configReference, describeConfig } from '../../../src/config/describe.ts';
import {
  environmentNameOf,
  flagOf,
  loadBrokerConfig,
  loadControllerConfig,
  settingsOf,
  type ConfigSources,
} from '../../../src/config/load.ts';

const NEEDED = { 'broker.id': '1', 'log.dir': '/data' };

function broker(sources: ConfigSources = {}): BrokerConfig {
  const loaded = loadBrokerConfig({ ...sources, flags: { ...NEEDED, ...sources.flags } });
  if ('problems' in loaded) throw new Error(loaded.problems.join('; '));
  return loaded.config;
}

function controller(flags: Record<string, string> = {}): ControllerConfig {
  const loaded = loadControllerConfig({ flags: { 'log.dir': '/data', ...flags } });
  if ('problems' in loaded) throw new Error(loaded.problems.join('; '));
  return loaded.config;
}

function problems(sources: ConfigSources): readonly string[] {
  const loaded = loadBrokerConfig({ ...sources, flags: { ...NEEDED, ...sources.flags } });
  return 'problems' in loaded ? loaded.problems : [];
}

const file = (text: string) => ({ path: 'broker.yaml', text });

describe('where a setting comes from', () => {
  test('flags before environment before file before defaults', () => {
    const text = 'replica.lag.time.max.ms: 4s\nfetch.max.wait.ms: 4s\nhandover.hold.ms: 4s';
    const environment = {
      ODRADEK_REPLICA_LAG_TIME_MAX_MS: '3s',
      ODRADEK_FETCH_MAX_WAIT_MS: '3s',
      HOME: '/root',
    };
    const flags = { ...NEEDED, 'replica.lag.time.max.ms': '2s' };
    const loaded = loadBrokerConfig({ flags, environment, file: file(text) });
    expect(loaded).toMatchObject({
      config: {
        replicaLagTimeMaxMs: 2_000,
        fetchMaxWaitMs: 3_000,
        handoverHoldMs: 4_000,
        durableMarkIntervalMs: 1_000,
      },
      origins: {
        'replica.lag.time.max.ms': '--replica-lag-time-max-ms',
        'fetch.max.wait.ms': 'ODRADEK_FETCH_MAX_WAIT_MS',
        'handover.hold.ms': 'broker.yaml',
        'durable.mark.interval.ms': 'default',
      },
    });
  });

  test('a file may nest, and numbers and booleans are fine as they are', () => {
    const text =
      'log:\n  segment:\n    bytes: 1MiB\nunclean.leader.election.enable: true\ngrpc.port: 1000\n';
    expect(broker({ file: file(text) })).toMatchObject({
      logSegmentBytes: 1_048_576,
      uncleanLeaderElectionEnable: true,
      grpcPort: 1_000,
    });
    expect(broker({ file: file('# nothing but a comment\n') }).grpcPort).toBe(9_192);
  });

  test('an environment that serves both kinds of process, and one that Kubernetes has added to', () => {
    const environment = {
      ODRADEK_NUM_PARTITIONS: '3',
      ODRADEK_BOOTSTRAP: 'x:1',
      ODRADEK_SERVICE_HOST: '10.0.0.1',
      ODRADEK_PORT_9192_TCP_ADDR: '10.0.0.1',
      ODRADEK_SERVICE_PORT_GRPC: '9192',
      ODRADEK_PORT: 'tcp://10.0.0.1:9192',
    };
    expect(broker({ environment }).brokerId).toBe(1);
  });
});

describe('what stops a start', () => {
  test('a sentence names the setting, the value, where it came from and what is possible', () => {
    expect(problems({ flags: { 'grpc.port': '70000' } })).toEqual([
      'grpc.port cannot be "70000" (--grpc-port): it must be a port from 0 to 65535',
    ]);
    expect(problems({ environment: { ODRADEK_LOG_ROLL_MS: 'soon' } })).toEqual([
      'log.roll.ms cannot be "soon" (ODRADEK_LOG_ROLL_MS): it must be a duration such as 250ms or 10s, from 1ms',
    ]);
    expect(problems({ file: file('log.durability: never') })).toEqual([
      'log.durability cannot be "never" (broker.yaml): it must be fsync or page-cache',
    ]);
    expect(problems({ flags: { 'controller.address': 'localhost' } })).toEqual([
      'controller.address cannot be "localhost" (--controller-address): it must be an address such as 127.0.0.1:9191',
    ]);
    expect(problems({ flags: { 'log.dir': '' } })).toEqual([
      'log.dir cannot be "" (--log-dir): it must be a text that is not empty',
    ]);
  });

  test('unknown names, with the one that was probably meant', () => {
    expect(problems({ file: file('log.segmnt.bytes: 1MiB') })).toEqual([
      'there is no setting log.segmnt.bytes (broker.yaml) (did you mean log.segment.bytes?)',
    ]);
    expect(problems({ environment: { ODRADEK_BORKER_RACK: 'a' } })).toEqual([
      'the environment variable ODRADEK_BORKER_RACK stands for no setting (did you mean ODRADEK_BROKER_RACK?)',
    ]);
    expect(problems({ file: file('num.partitions: 1') })).toEqual([
      "num.partitions (broker.yaml) is a controller's setting, and this is a broker",
    ]);
    expect(problems({ flags: { constructor: 'x' } })).toHaveLength(1);
  });

  test('what must be given', () => {
    expect(loadBrokerConfig({})).toEqual({
      problems: [
        'broker.id is missing, and a broker needs it: give it as --broker-id, as ODRADEK_BROKER_ID or in the configuration file',
        'log.dir is missing, and a broker needs it: give it as --log-dir, as ODRADEK_LOG_DIR or in the configuration file',
      ],
    });
  });

  test('aliases that lead nowhere or to too much, and nesting without end', () => {
    const doubled = Array.from({ length: 12 }, (_, index) => {
      const alias = index === 0 ? 'x' : `*a${index - 1}`;
      return `a${index}: &a${index} [${alias}, ${alias}, ${alias}]`;
    });
    for (const text of ['broker.id: *nobody', doubled.join('\n'), '['.repeat(20_000)]) {
      expect(problems({ file: file(text) })).toEqual([
        expect.stringContaining('broker.yaml is not valid YAML'),
      ]);
    }
  });

  test('files that are no settings', () => {
    expect(problems({ file: file('a: [') })[0]).toContain('broker.yaml is not valid YAML');
    expect(problems({ file: file('just text') })).toEqual([
      'broker.yaml must hold settings, each as "name: value"',
    ]);
    expect(problems({ file: file('log.dir: [a, b]') })).toEqual([
      'log.dir cannot be a list (broker.yaml)',
    ]);
    expect(problems({ file: file('broker.rack: a\nbroker:\n  rack: b') })).toEqual([
      'broker.rack is given twice (broker.yaml)',
    ]);
    expect(problems({ file: file('log.dir:') })).toEqual([]);
  });

  test('settings that do not fit together', () => {
    const broken: readonly [Record<string, string>, string][] = [
      [{ 'broker.heartbeat.interval.ms': '750' }, 'one lost heartbeat must not fence a broker'],
      [{ 'session.reopen.grace.ms': '2s' }, 'noticed later than a silent one'],
      [{ 'grpc.host': '0.0.0.0' }, 'advertised.host must be given where grpc.host is 0.0.0.0'],
      [{ 'advertised.host': '0.0.0.0' }, 'an address that nobody can connect to'],
      [{ 'grpc.port': '65500' }, 'http.port must be given'],
      [{ 'grpc.port': '80', 'http.port': '80' }, 'cannot be the same'],
      [{ 'message.max.bytes': '1MiB', 'grpc.message.bytes.max': '1MiB' }, 'would not fit'],
      [{ 'replica.idle.interval.ms': '750ms' }, 'lease would lapse'],
      [{ 'replica.window.partition.bytes': '1GiB' }, 'more than the peer as a whole'],
      [{ 'produce.stream.inflight.bytes.max': '1GiB' }, 'more than all of them'],
      [{ 'message.max.bytes': '32MiB' }, 'could never be accepted'],
      [{ 'session.reconnect.backoff.ms': '1s' }, 'waits grow'],
      [{ 'fetch.max.bytes': '1GiB' }, 'larger than a client would take'],
    ];
    for (const [flags, sentence] of broken) {
      expect(problems({ flags }).join('; '), JSON.stringify(flags)).toContain(sentence);
    }
    expect(problems({ flags: { 'broker.heartbeat.interval.ms': '1s' } })[0]).toBe(
      'broker.heartbeat.interval.ms (1s, --broker-heartbeat-interval-ms) must be less than half of ' +
        'broker.session.timeout.ms (1500ms, default): one lost heartbeat must not fence a broker',
    );
  });
});

describe('what comes out', () => {
  test('what was left to a rule is worked out', () => {
    expect(broker()).toMatchObject({
      grpcHost: '127.0.0.1',
      advertisedHost: '127.0.0.1',
      advertisedPort: 9_192,
      httpHost: '127.0.0.1',
      httpPort: 9_292,
    });
    expect(controller()).toMatchObject({ grpcPort: 9_191, httpPort: 9_291 });
    expect(broker({ flags: { 'grpc.port': '0' } })).toMatchObject({
      httpPort: 0,
      advertisedPort: 0,
    });
    const flags = { 'grpc.host': '0.0.0.0', 'advertised.host': 'b1', 'http.host': '::1' };
    expect(broker({ flags })).toMatchObject({ advertisedHost: 'b1', httpHost: '::1' });
  });

  test('it is frozen, and every setting of the role is in it', () => {
    const config = broker();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.keys(config)).toHaveLength(Object.keys(settingsOf('broker')).length);
    expect(Object.values(config)).not.toContain(undefined);
  });

  test('topic defaults are the same here and in base/', () => {
    expect(topicDefaults(broker())).toEqual(DEFAULT_TOPIC_CONFIG);
    expect(topicDefaults(controller({ 'log.roll.ms': '1h' })).segmentMs).toBe(3_600_000);
  });

  test('no two settings share a flag or a variable', () => {
    const names = [
      ...new Set([...Object.keys(settingsOf('broker')), ...Object.keys(settingsOf('controller'))]),
    ];
    for (const spell of [environmentNameOf, flagOf]) {
      expect(new Set(names.map(spell)).size).toBe(names.length);
    }
    const other = /(_SERVICE_HOST|_SERVICE_PORT|_PORT_\d+)/;
    expect(names.map(environmentNameOf).filter((name) => other.test(name))).toEqual([]);
  });

  test('every default is possible, and everything is described', () => {
    for (const role of ['broker', 'controller'] as const) {
      for (const setting of describeConfig(role)) {
        expect(setting.description, setting.name).toMatch(/^[a-z].*[^.]$/);
        if (setting.default === null || setting.default === '') continue;
        const load = role === 'broker' ? loadBrokerConfig : loadControllerConfig;
        const needed = role === 'broker' ? NEEDED : { 'log.dir': '/data' };
        const loaded = load({ flags: { ...needed, [setting.name]: setting.default } });
        expect(loaded, setting.name).toHaveProperty('config');
      }
    }
    expect(configReference()).toContain(
      '| `replica.lag.time.max.ms` | `10s` | how long a follower may lag before it leaves the in-sync replicas |',
    );
  });
});
