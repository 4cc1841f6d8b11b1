import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../unit/cli/command.ts';
import { appendBatches, installedCompressions, openLog, segmentFile } from './kafka/written-log.ts';
import type { WrittenBatch } from './kafka/written-log.ts';

describe('log dump, on the files of a log', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'odradek-dump-'));
  let written: WrittenBatch[];
  /** Where the second segment begins. */
  let second: number;

  beforeAll(async () => {
    const log = await openLog(directory);
    const compressions = await installedCompressions();
    written = await appendBatches(log, { epoch: 1, seed: 0, count: 120, compressions });
    await log.close({ clean: true });
    let bytes = readFileSync(segmentFile(directory, 0, '.log')).length;
    second = written.find((batch) => (bytes -= batch.size) < 0)?.baseOffset ?? NaN;
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  async function dump(
    ...argv: string[]
  ): Promise<{ code: number; stderr: string; items: Record<string, unknown>[] }> {
    const { code, stdout, stderr } = await run(['log', 'dump', '--format', 'ndjson', ...argv]);
    const lines = stdout.split('\n').slice(0, -1);
    return {
      code,
      stderr,
      items: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    };
  }

  test('finds every record as it was written, and nothing corrupt', async () => {
    const files = [0, second].map((offset) => segmentFile(directory, offset, '.log'));
    const { code, stderr, items } = await dump('--records', ...files);
    expect({ code, problems: items.flatMap(({ problems }) => problems) }).toEqual({
      code: 0,
      problems: [],
    });
    const expected = written.slice(0, items.length);
    expect(items).toMatchObject(
      expected.map(({ baseOffset, leaderEpoch, crc, producerId, maxTimestamp, records }) => ({
        ...{ baseOffset, leaderEpoch, crc, computedCrc: crc, producerId, maxTimestamp },
        records: records.map(({ offset, timestamp, key, value }) => ({
          ...{ offset, timestamp, key, value },
        })),
      })),
    );
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/batches, nothing is corrupt\n/);
  });

  test('finds indexes that agree with their segment', async () => {
    const files = ['.index', '.timeindex'].map((suffix) => segmentFile(directory, second, suffix));
    const { code, items } = await dump(...files, path.join(directory, 'leader-epoch-checkpoint'));
    expect(code).toBe(0);
    expect(new Set(items.map(({ kind }) => kind))).toEqual(
      new Set(['offset-index-entry', 'time-index-entry', 'leader-epoch']),
    );
  });

  test('exits with 1, naming the byte, when one is wrong', async () => {
    const bytes = readFileSync(segmentFile(directory, 0, '.log'));
    const at = (written[0]?.size ?? 0) + 65;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    const spoilt = path.join(directory, 'spoilt.log');
    writeFileSync(spoilt, bytes);
    const { code, stderr, items } = await dump(spoilt);
    expect(code).toBe(1);
    expect(items.filter(({ problems }) => Array.isArray(problems) && problems.length > 0)).toEqual([
      expect.objectContaining({
        position: written[0]?.size,
        problems: [
          {
            position: (written[0]?.size ?? 0) + 17,
            reason: expect.stringMatching(/^the checksum is 0x\w{8}, and the bytes give 0x\w{8}$/),
          },
        ],
      }),
    ]);
    expect(stderr).toMatch(/, 1 found corrupt\n$/);
  });

  test('finds nothing wrong with an empty segment, and refuses a directory', async () => {
    const empty = segmentFile(directory, 9_999, '.log');
    writeFileSync(empty, '');
    expect(await dump(empty)).toMatchObject({ code: 0, items: [] });
    const folder = path.join(directory, 'folder.log');
    mkdirSync(folder);
    const { code, stderr } = await dump(folder);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `odradek: "${folder}" is a directory; name files in it\n`,
    });
  });
});
