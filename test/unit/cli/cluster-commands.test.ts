// The commands that talk to a cluster, against one in this process: real brokers, files in memory.
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT, type Input } from '../../../src/cli/cli.ts';
import { startCluster, type TestCluster } from '../../../src/testing/index.ts';
import { run } from './command.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster({ brokers: 3 });
});
afterAll(() => cluster.stop());

const odradek = (
  argv: readonly string[],
  input: Parameters<typeof run>[2] = '',
): ReturnType<typeof run> => run(argv, { ODRADEK_BOOTSTRAP: cluster.bootstrap.join(',') }, input);

const json = async (...argv: string[]): Promise<unknown> => {
  const { code, stdout, stderr } = await odradek([...argv, '--json']);
  expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: '' });
  return JSON.parse(stdout);
};

async function create(name: string, ...options: string[]): Promise<void> {
  const { code, stderr } = await odradek(['topic', 'create', name, ...options]);
  expect({ code, stderr }).toEqual({ code: EXIT.done, stderr: '' });
}

const lines = (text: string): string[] => text.split('\n').slice(0, -1);

describe('topics', () => {
  test('live from create to delete', async () => {
    expect(
      await json('topic', 'create', 'life', '--partitions', '2', '--config', 'retention.ms=1d'),
    ).toMatchObject({ name: 'life', partitions: 2, replicationFactor: 3 });
    expect(await json('topic', 'list')).toContainEqual(
      expect.objectContaining({ name: 'life', partitions: 2, offlinePartitions: 0 }),
    );
    const alter = ['--config', 'segment.ms=1h', 'segment.bytes=1MiB', '--unset', 'retention.ms'];
    const altered = await odradek(['topic', 'alter', 'life', ...alter, '--partitions', '3']);
    expect(altered).toMatchObject({ code: EXIT.done, stdout: '', stderr: 'life altered\n' });

    const described = await json('topic', 'describe', 'life');
    expect(described).toMatchObject({
      name: 'life',
      overrides: { 'segment.ms': '3600000', 'segment.bytes': '1048576' },
      config: { 'retention.ms': '604800000' },
    });
    expect(described).toHaveProperty('partitions.length', 3);
    expect(described).toHaveProperty('partitions.0.replicas.length', 3);
    for (const field of ['leader', 'leaderEpoch', 'partitionEpoch', 'isr', 'logStartOffset']) {
      expect(described).toHaveProperty(`partitions.0.${field}`);
    }
    const { stdout } = await odradek(['topic', 'describe', 'life', '--format', 'table']);
    expect(stdout).toMatch(/^segment\.ms +3600000 +topic$/m);
    expect(stdout).toMatch(/^ +0 +\d +leader +0 +0$/m);

    const deleted = await odradek(['topic', 'delete', 'life', '--yes']);
    expect(deleted).toMatchObject({ code: EXIT.done, stderr: 'life deleted\n' });
    const gone = await odradek(['topic', 'describe', 'life']);
    expect(gone.stderr).toContain('there is no topic life; `odradek topic create life` creates it');
    expect(gone.stderr).toContain('[UNKNOWN_TOPIC_OR_PARTITION]');
  });

  test('are not deleted by a person who does not say yes', async () => {
    await create('kept');
    const answering = (text: string): Input =>
      Object.assign(Readable.from([Buffer.from(text)]), { isTTY: true });
    for (const answer of ['\n', 'no\n', '']) {
      const { code, stderr } = await odradek(['topic', 'delete', 'kept'], answering(answer));
      expect(code).toBe(EXIT.failed);
      expect(stderr).toBe('Delete kept and all its records? [y/N] kept is left as it is\n');
    }
    expect(await odradek(['topic', 'delete', 'kept'], answering('y\n'))).toMatchObject({
      code: EXIT.done,
    });
  });

  test('what cannot be is refused with its code', async () => {
    await create('there');
    const cases: readonly [string[], number, string][] = [
      [['create', 'there'], EXIT.failed, '[TOPIC_ALREADY_EXISTS]'],
      [['create', 'x', '--replication-factor', '4'], EXIT.failed, '[INVALID_REPLICATION_FACTOR]'],
      [['create', 'a/b'], EXIT.failed, '[INVALID_TOPIC_EXCEPTION]'],
      [['create', 'x', '--config', 'retention.sm=1'], EXIT.failed, 'did you mean retention.ms?'],
      [['create', '--config', 'a=1', 'x'], EXIT.usage, 'It must be written as key=value'],
      [['create'], EXIT.usage, "missing required argument 'name'"],
      [['alter', 'there'], EXIT.usage, 'nothing to change'],
      [['alter', 'there', '--config', 'a=1', '--unset', 'a'], EXIT.usage, 'both be set and unset'],
      [['alter', 'there', '--partitions', '1'], EXIT.failed, '[INVALID_PARTITIONS]'],
      [['alter', 'thera', '--partitions', '9'], EXIT.failed, 'did you mean there?'],
      [['delete', 'nowhere'], EXIT.failed, '[UNKNOWN_TOPIC_OR_PARTITION]'],
    ];
    for (const [argv, code, sentence] of cases) {
      const outcome = await odradek(['topic', ...argv]);
      expect({ code: outcome.code, stdout: outcome.stdout }, argv.join(' ')).toEqual({
        code,
        stdout: '',
      });
      expect(outcome.stderr).toContain(sentence);
    }
    const validated = await odradek(['topic', 'create', 'x', '--validate-only', '--format=table']);
    expect(validated.stdout).toContain('x could be created');
    expect((await odradek(['topic', 'describe', 'x'])).code).toBe(EXIT.failed);
  });
});

describe('produce and consume', () => {
  test('every line is there, those of a key in their order', async () => {
    await create('flights', '--partitions', '6');
    const input = Array.from({ length: 5_000 }, (_, number) =>
      JSON.stringify({ number, origin: `K${number % 31}` }),
    );
    const produced = await odradek(
      ['produce', 'flights', '--key-field', 'origin', '--acks', 'all', '--header', 'a=b'],
      `${input.join('\n')}\n`,
    );
    expect(produced).toMatchObject({ code: EXIT.done, stdout: '' });
    expect(produced.stderr).toMatch(/^5000 records acknowledged, in [\d.]+ s \(\d+ a second/);

    const from = ['--from', 'start', '--exit-at-end'];
    const values = lines((await odradek(['consume', 'flights', ...from])).stdout);
    expect([...values].sort()).toEqual([...input].sort());

    const { stdout } = await odradek(['consume', 'flights', ...from, '--format', 'ndjson']);
    const byKey = new Map<string, number[]>();
    for (const line of lines(stdout)) {
      const record = JSON.parse(line) as { key: string; value: string; headers: unknown };
      expect(record.headers).toEqual([{ key: 'a', value: 'b' }]);
      const { number } = JSON.parse(record.value) as { number: number };
      byKey.set(record.key, [...(byKey.get(record.key) ?? []), number]);
    }
    expect(byKey.size).toBe(31);
    for (const numbers of byKey.values()) {
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });

  test('from where, how many, of which partition', async () => {
    await create('places', '--partitions', '2');
    await odradek(['produce', 'places', '--partition', '1', '--acks', '1'], 'a\nb\n\nd');
    const read = async (...options: string[]): Promise<string[]> =>
      lines((await odradek(['consume', 'places', '--exit-at-end', ...options])).stdout);
    expect(await read()).toEqual(['a', 'b', '', 'd']);
    expect(await read('--from', '1', '--partition', '1')).toEqual(['b', '', 'd']);
    expect(await read('--from', '-1')).toEqual(['d']);
    expect(await read('--from', 'end')).toEqual([]);
    expect(await read('--from', '@2001-01-01')).toHaveLength(4);
    expect(await read('--partition', '0')).toEqual([]);
    expect(await read('-n', '2')).toEqual(['a', 'b']);
    expect(await read('-n', '0')).toEqual([]);
  });

  test('a record leaves at once, however slow the input is', async () => {
    await create('slow', '--partitions', '1');
    const input = new PassThrough();
    const producing = odradek(['produce', 'slow'], input);
    for (const line of ['first', 'second']) {
      input.write(`${line}\n`);
      const read = await odradek([
        'consume',
        'slow',
        '--from',
        line === 'first' ? '0' : '1',
        '-n1',
      ]);
      expect(read.stdout).toBe(`${line}\n`);
    }
    input.end('third');
    expect((await producing).stderr).toContain('3 records acknowledged');
  });

  test('Ctrl-C ends endless input and endless output, and what was read is delivered', async () => {
    await create('stopped', '--partitions', '1');
    const listenersBefore = process.listenerCount('SIGINT');
    const input = new PassThrough();
    const producing = odradek(['produce', 'stopped'], input);
    input.write('one\ntwo\nhalf of a li');
    const first = await odradek(['consume', 'stopped', '-n1']);
    expect(first.stdout).toBe('one\n');
    const consuming = odradek(['consume', 'stopped', '--from', '2']);
    // Both commands hear it, as all do that share a terminal.
    process.emit('SIGINT', 'SIGINT');
    const produced = await producing;
    expect(produced.code).toBe(EXIT.done);
    expect(produced.stderr).toContain('2 records acknowledged');
    expect(await consuming).toEqual({ code: EXIT.done, stdout: '', stderr: '' });
    expect(process.listenerCount('SIGINT')).toBe(listenersBefore);
  });

  test('acks 0: what was sent arrives', async () => {
    await create('unasked', '--partitions', '3');
    const { stderr } = await odradek(['produce', 'unasked', '--acks', '0'], 'a\nb\nc\n');
    expect(stderr).toContain('3 records sent');
    await expect
      .poll(async () => lines((await odradek(['consume', 'unasked', '--exit-at-end'])).stdout))
      .toHaveLength(3);
  });

  test('a line that cannot be a record ends the reading; those before it are there', async () => {
    await create('bad', '--partitions', '1');
    const broken = await odradek(
      ['produce', 'bad', '--key-field', 'k'],
      '{"k":1}\n{"k":2}\nnot json\n{"k":4}\n',
    );
    expect(broken.code).toBe(EXIT.failed);
    expect(broken.stderr).toMatch(/^2 records acknowledged/);
    expect(broken.stderr).toContain('odradek: line 3 is not JSON');
    const large = await odradek(['produce', 'bad'], `ok\n${'x'.repeat(2_000_000)}\n`);
    expect(large.code).toBe(EXIT.failed);
    expect(large.stderr).toContain('not acknowledged: 1 of 2 records: ');
    expect(large.stderr).toContain('[MESSAGE_TOO_LARGE]');
    expect(lines((await odradek(['consume', 'bad', '--exit-at-end'])).stdout)).toEqual([
      '{"k":1}',
      '{"k":2}',
      'ok',
    ]);
  });

  test('wrong usage', async () => {
    await create('used', '--partitions', '2');
    const cases: readonly [string[], number, string][] = [
      [['produce', 'used', '--key', 'a', '--key-field', 'b'], EXIT.usage, 'cannot be used with'],
      [['produce', 'used', '--key-separator', ''], EXIT.usage, 'cannot be empty'],
      [['produce', 'used', '/nowhere'], EXIT.usage, '/nowhere cannot be read: ENOENT'],
      [['produce', 'used', '/'], EXIT.usage, '/ cannot be read: it is a directory'],
      [['produce', 'used', '--partition', '2'], EXIT.failed, 'there is no 2'],
      [['produce', 'usd'], EXIT.failed, 'did you mean used?'],
      [['consume', 'usd'], EXIT.failed, 'did you mean used?'],
      [['consume', 'used', '--partition', '2'], EXIT.failed, '[UNKNOWN_TOPIC_OR_PARTITION]'],
      [['consume', 'used', '--from', 'here'], EXIT.usage, 'It must be start, end, an offset'],
      [['consume', 'used', '--group', ''], EXIT.usage, 'a group has a name'],
      [['consume', 'used', '--json', '--format', 'value'], EXIT.usage, 'cannot both be'],
      [
        ['consume', 'used', '--from', '7', '--partition', '0'],
        EXIT.failed,
        '[OFFSET_OUT_OF_RANGE]',
      ],
    ];
    for (const [argv, code, sentence] of cases) {
      const outcome = await odradek(argv);
      expect({ code: outcome.code, stdout: outcome.stdout }, argv.join(' ')).toEqual({
        code,
        stdout: '',
      });
      expect(outcome.stderr).toContain(sentence);
    }
  });
});

describe('the cluster', () => {
  test('status has what scripts read', async () => {
    const status = await json('cluster', 'status');
    expect(status).toMatchObject({
      clusterId: expect.any(String) as string,
      controller: { epoch: expect.any(Number) as number, reachable: true },
      underReplicatedPartitions: 0,
      offlinePartitions: 0,
      bytesAtRisk: 0,
    });
    for (const field of ['id', 'epoch', 'state', 'grpc', 'http', 'rack', 'pid', 'dataDir']) {
      expect(status).toHaveProperty(`brokers.2.${field}`);
    }
    const { stdout } = await odradek(['cluster', 'status', '--format', 'table']);
    expect(stdout).toMatch(/^ +1 +active/m);
  });

  test('leaders are elected where it is needed, and a broker that is gone shows', async () => {
    await create('led', '--partitions', '3');
    const election = async (): Promise<string[]> =>
      ((await json('leader', 'elect', 'led')) as { outcome: string }[]).map((row) => row.outcome);
    expect(await election()).toEqual(['not-needed', 'not-needed', 'not-needed']);
    expect((await odradek(['cluster', 'health'])).code).toBe(EXIT.done);

    const led = (await json('topic', 'describe', 'led')) as { partitions: { leader: number }[] };
    const victim = led.partitions[0]?.leader ?? 0;
    await cluster.broker(victim).kill();
    // Before it is fenced, it is a leader that does not answer: unhealthy from the first moment.
    expect((await odradek(['cluster', 'health'])).code).toBe(EXIT.unhealthy);
    await expect
      .poll(async () => (await odradek(['cluster', 'health'])).stdout, { timeout: 10_000 })
      .toContain('partition-under-replicated');
    const health = await odradek(['cluster', 'health', '--format', 'table']);
    expect(health.stdout).toMatch(/^unhealthy: 2 of 3 brokers active/);
    expect(health.stdout).toContain('is fenced: it is down');
    expect(health.stdout).toContain(`replicas of led-0 are in sync (missing: broker ${victim})`);
    const refused = await odradek(['leader', 'elect', 'led', '--json']);
    expect(refused.code).toBe(EXIT.failed);
    expect(refused.stdout).toContain('"PREFERRED_LEADER_NOT_AVAILABLE"');

    await cluster.broker(victim).start();
    const waited = await odradek(['cluster', 'health', '--wait', '20', '--format', 'table']);
    expect(waited).toMatchObject({ code: EXIT.done });
    expect(waited.stdout).toMatch(/^healthy: 3 of 3 brokers active/);
    expect(await election()).toContainEqual(expect.stringMatching(/elected|handing-over/));
    await expect.poll(election, { timeout: 5_000 }).toEqual(Array(3).fill('not-needed'));

    expect((await odradek(['leader', 'elect', '--partition', '1'])).code).toBe(EXIT.usage);
    expect((await odradek(['leader', 'elect', 'lead'])).stderr).toContain('did you mean led?');
  }, 40_000);

  test('nobody there: one sentence that says what to do, and health is 10', async () => {
    for (const [argv, code] of [
      [['topic', 'list'], EXIT.failed],
      [['cluster', 'health'], EXIT.unhealthy],
    ] as const) {
      const { code: actual, stderr } = await run([...argv, '--bootstrap', '127.0.0.1:1']);
      expect(actual).toBe(code);
      expect(stderr).toBe(
        'odradek: no broker answers at 127.0.0.1:1; is a cluster running? Try `odradek up`, ' +
          'or name its brokers with --bootstrap [NETWORK_EXCEPTION]\n',
      );
    }
  }, 20_000);
});
