// Groups, transactions and deletions, against a cluster in this process.
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/cli.ts';
import { startCluster, type TestCluster } from '../../../src/testing/index.ts';
import { run } from './command.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster({ brokers: 3 });
}, 60_000);
afterAll(() => cluster.stop());

const odradek = (
  argv: readonly string[],
  input: Parameters<typeof run>[2] = '',
): ReturnType<typeof run> => run(argv, { ODRADEK_BOOTSTRAP: cluster.bootstrap.join(',') }, input);

async function done(argv: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await odradek(argv, input);
  expect({ code, stderr: code === EXIT.done ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function create(name: string, lines: readonly string[]): Promise<void> {
  await done(['topic', 'create', name, '--partitions', '1']);
  await done(['produce', name], lines.map((line) => `${line}\n`).join(''));
}

describe('a group', () => {
  test('goes on where it was, to the record', async () => {
    await create('steps', ['a', 'b', 'c', 'd', 'e']);
    const consume = ['consume', 'steps', '--group', 'walkers', '--exit-at-end'];
    expect(await done([...consume, '-n', '2'])).toBe('a\nb\n');
    expect(await done([...consume, '-n', '1'])).toBe('c\n');
    expect(await done(consume)).toBe('d\ne\n');
    expect(await done(consume)).toBe('');
  });

  test('is listed, described, moved and deleted', async () => {
    await create('moves', ['a', 'b', 'c', 'd', 'e']);
    await done(['consume', 'moves', '--group', 'movers', '-n', '2']);
    expect(JSON.parse(await done(['group', 'list', '--json']))).toContainEqual({ group: 'movers' });
    expect(JSON.parse(await done(['group', 'describe', 'movers', '--json']))).toEqual([
      {
        topic: 'moves',
        partition: 0,
        committedOffset: 2,
        metadata: '',
        endOffset: 5,
        lagRecords: 3,
      },
    ]);
    const table = await done(['group', 'describe', 'movers', '--format', 'table']);
    expect(table).toMatch(/^moves +0 +2 +5 +3$/m);
    const seek = await odradek(['group', 'seek', 'movers', '--topic', 'moves', '--to', '-1']);
    expect(seek.stderr).toBe('movers goes on at 4 in moves-0\n');
    expect(await done(['consume', 'moves', '--group', 'movers', '--exit-at-end'])).toBe('e\n');
    const kept = await odradek(
      ['group', 'delete', 'movers'],
      Object.assign(Readable.from([Buffer.from('n\n')]), { isTTY: true }),
    );
    expect(kept).toMatchObject({ code: EXIT.failed });
    expect(kept.stderr).toContain('movers is left as it is');
    await done(['group', 'delete', 'movers', '--yes']);
    const gone = await odradek(['group', 'describe', 'movers']);
    expect(gone.code).toBe(EXIT.failed);
    expect(gone.stderr).toContain('has committed nothing');
  });
});

describe('a transaction', () => {
  test('writes all lines of its input', async () => {
    await create('ledger', []);
    await done(['produce', 'ledger', '--transactional-id', 'clerk'], 'one\ntwo\n');
    const consume = ['consume', 'ledger', '--exit-at-end', '--isolation', 'read-committed'];
    await expect.poll(() => done(consume), { timeout: 10_000 }).toBe('one\ntwo\n');
  });

  test('writes none if one of them cannot be', async () => {
    await create('strict', []);
    const large = 'x'.repeat(2_000_000);
    const failed = await odradek(
      ['produce', 'strict', '--transactional-id', 'pedant'],
      `good\n${large}\n`,
    );
    expect(failed.code).toBe(EXIT.failed);
    expect(failed.stderr).toContain('MESSAGE_TOO_LARGE');
    await done(['produce', 'strict', '--transactional-id', 'pedant'], 'next\n');
    const consume = ['consume', 'strict', '--exit-at-end', '--isolation', 'read-committed'];
    await expect.poll(() => done(consume), { timeout: 10_000 }).toBe('next\n');
  });

  test('needs acks all', async () => {
    const argv = ['produce', 'ledger', '--transactional-id', 'clerk', '--acks', '1'];
    const refused = await odradek(argv);
    expect(refused.code).toBe(EXIT.usage);
    expect(refused.stderr).toContain('needs --acks all');
  });
});

describe('topics', () => {
  test('of the cluster itself are listed only if they are asked for', async () => {
    await create('own', ['a']);
    await done(['consume', 'own', '--group', 'any', '--exit-at-end']);
    const names = async (...more: string[]): Promise<string[]> =>
      (JSON.parse(await done(['topic', 'list', '--json', ...more])) as { name: string }[]).map(
        ({ name }) => name,
      );
    expect((await names()).filter((name) => name.startsWith('__'))).toEqual([]);
    expect((await names('--internal')).filter((name) => name.startsWith('__'))).not.toEqual([]);
  });

  test('lose the records that are not wanted any more', async () => {
    await create('shrinking', ['a', 'b', 'c']);
    const deleted = await odradek(['topic', 'delete-records', 'shrinking', '--before', '0:2']);
    expect(deleted).toMatchObject({ code: EXIT.done, stderr: 'shrinking-0 begins at 2\n' });
    expect(await done(['consume', 'shrinking', '--exit-at-end'])).toBe('c\n');
    await done(['topic', 'delete-records', 'shrinking', '--before', '0:end', '--yes']);
    expect(await done(['consume', 'shrinking', '--exit-at-end'])).toBe('');
  });

  test('lose nothing to a command that says nothing, or nonsense', async () => {
    const cases: readonly [string[], number, string][] = [
      [['shrinking'], EXIT.usage, '--before says what'],
      [['shrinking', '--before', '5'], EXIT.usage, 'PARTITION:OFFSET'],
      [['shrinking', '--before', '0:99'], EXIT.failed, 'OFFSET_OUT_OF_RANGE'],
      [['nowhere', '--before', '0:1'], EXIT.failed, 'there is no topic nowhere'],
    ];
    for (const [argv, code, sentence] of cases) {
      const outcome = await odradek(['topic', 'delete-records', ...argv]);
      expect({ code: outcome.code, argv }).toEqual({ code, argv });
      expect(outcome.stderr).toContain(sentence);
    }
  });
});
