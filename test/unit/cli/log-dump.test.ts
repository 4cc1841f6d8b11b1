import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { timestamp } from '../../../src/base/ids.ts';
import type { ByteSource } from '../../../src/client/segment-reader.ts';
import { dumpFile, fileKindOf, segmentOf } from '../../../src/cli/log-dump/dump-file.ts';
import type { Item } from '../../../src/cli/log-dump/item.ts';
import { ItemWriter } from '../../../src/cli/log-dump/item-writer.ts';
import type { Format } from '../../../src/cli/output.ts';
import { batch, batches, collect, flipped, sourceOf, TIME } from '../client/segment-fixture.ts';
import { run } from './command.ts';

const SEGMENT = 'orders-0/00000000000000000000.log';

/** Everything in a file of this name with this content. */
async function itemsOf(
  file: string,
  source: ByteSource,
  options: { records?: boolean; segment?: ByteSource } = {},
): Promise<Item[]> {
  const dumped = fileKindOf(file);
  if (dumped === null) throw new Error(`${file} has a name that no file of a log has`);
  const { records = false, segment = null } = options;
  return collect(dumpFile(dumped, source, segment, { records }));
}

async function printed(items: readonly Item[], format: Format): Promise<string> {
  let text = '';
  const output = {
    write: (chunk: unknown) => {
      text += String(chunk);
      return true;
    },
  };
  const writer = new ItemWriter(output, format);
  for (const item of items) await writer.write(item);
  await writer.end();
  return text;
}

async function twoBatches(): Promise<Uint8Array[]> {
  const headers = [{ key: 'trace', value: new Uint8Array([0xff]) }];
  return [
    await batch({
      at: 0,
      records: [
        { key: 'k', value: 'ü', headers },
        { key: new Uint8Array([0xc3]), value: null },
      ],
    }),
    await batch({ at: 2, epoch: 3, compression: 'gzip' }),
  ];
}

describe('the names of files', () => {
  test('say what is in them', () => {
    const kinds = {
      '/data/orders-0/00000000000000001234.log': ['segment', 1234, false],
      '00000000000000001234.log.cut-1': ['segment', 1234, true],
      '00000000000000001234.log.deleted': ['segment', 1234, false],
      'copy-of-a.log': ['segment', null, false],
      '00000000000000001234.index': ['offset-index', 1234, false],
      '00000000000000001234.timeindex': ['time-index', 1234, false],
      'orders-0/leader-epoch-checkpoint': ['leader-epochs', null, false],
    };
    for (const [file, [kind, baseOffset, isFragment]] of Object.entries(kinds)) {
      expect(fileKindOf(file)).toEqual({ file, kind, baseOffset, isFragment });
    }
    for (const file of ['log-state', '/data/orders-0', 'a.index', 'x.log2', '']) {
      expect(fileKindOf(file), file).toBe(null);
    }
  });

  test('lead from an index to its segment', () => {
    expect(segmentOf('/a.index/0001.index')).toBe('/a.index/0001.log');
    expect(segmentOf('d/0001.timeindex')).toBe('d/0001.log');
  });
});

describe('items', () => {
  test('hold every field of a header, and the records if they were asked for', async () => {
    const pieces = await twoBatches();
    const [first, second] = await itemsOf(SEGMENT, sourceOf(...pieces), { records: true });
    expect(first).toEqual({
      file: SEGMENT,
      kind: 'batch',
      position: 0,
      problems: [],
      baseOffset: 0,
      lastOffset: 1,
      batchLength: (pieces[0]?.length ?? 0) - 12,
      totalBytes: pieces[0]?.length,
      leaderEpoch: 1,
      magic: 2,
      crc: expect.any(Number),
      computedCrc: first?.kind === 'batch' && first.crc,
      attributes: 0,
      compression: 'none',
      timestampType: 'CreateTime',
      isTransactional: false,
      isControl: false,
      hasDeleteHorizon: false,
      lastOffsetDelta: 1,
      baseTimestamp: TIME,
      maxTimestamp: TIME,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      recordsCount: 2,
      records: [
        {
          offset: 0,
          timestamp: TIME,
          key: 'k',
          value: 'ü',
          headers: [{ key: 'trace', value: '/w==', encoding: 'base64' }],
        },
        {
          offset: 1,
          timestamp: TIME,
          key: 'ww==',
          keyEncoding: 'base64',
          value: null,
          headers: [],
        },
      ],
    });
    expect(second).toMatchObject({ compression: 'gzip', attributes: 1, leaderEpoch: 3 });
    const [without] = await itemsOf(SEGMENT, sourceOf(...pieces));
    expect(without).not.toHaveProperty('records');
  });

  test('of a segment’s fragment may begin anywhere', async () => {
    const late = sourceOf(await batch({ at: 700 }));
    const fragment = '00000000000000000000.log.cut-1';
    expect(await itemsOf(fragment, late)).toMatchObject([{ baseOffset: 700, problems: [] }]);
    const [asSegment] = await itemsOf(SEGMENT, late);
    expect(asSegment?.problems).toHaveLength(1);
  });

  test('of an index are held against the segment', async () => {
    const pieces = await batches(2);
    const entry = Buffer.alloc(8);
    entry.writeInt32BE(3, 0);
    entry.writeInt32BE(5, 4);
    const file = '00000000000000000000.index';
    const [alone] = await itemsOf(file, sourceOf(entry));
    expect(alone).toEqual({
      file,
      kind: 'offset-index-entry',
      position: 0,
      offset: 3,
      logPosition: 5,
      problems: [],
    });
    const [held] = await itemsOf(file, sourceOf(entry), { segment: sourceOf(...pieces) });
    expect(held?.problems).toHaveLength(1);
  });

  test('of a leader-epoch-checkpoint, or why there are none', async () => {
    const file = 'leader-epoch-checkpoint';
    const good = await itemsOf(file, sourceOf(Buffer.from('0\n2\n1 0\n12 340\n')));
    expect(good).toEqual([
      { file, kind: 'leader-epoch', position: 4, problems: [], leaderEpoch: 1, startOffset: 0 },
      { file, kind: 'leader-epoch', position: 8, problems: [], leaderEpoch: 12, startOffset: 340 },
    ]);
    const [bad] = await itemsOf(file, sourceOf(Buffer.from('0\n2\n1 0\n1 340\n')));
    expect(bad?.problems[0]?.reason).toBe('"1 340" does not lie above the entry before it');
  });
});

describe('the table', () => {
  test('says what is wrong below the batch, and what was lost between batches', async () => {
    const [a, b, c] = (await batches(3)) as [Uint8Array, Uint8Array, Uint8Array];
    const zeros = new Uint8Array(30);
    const source = sourceOf(flipped(a, 70), b, zeros, c, c.subarray(0, 9));
    const lines = (await printed(await itemsOf(SEGMENT, source), 'table')).split('\n');
    const hole = a.length + b.length;
    const last = hole + zeros.length;
    const end = last + c.length;
    expect(lines[0]).toBe(SEGMENT);
    expect(lines[1]).toMatch(/^ +POSITION +BASE OFFSET +LAST OFFSET +RECORDS .* ATTRIBUTES$/);
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(/^ +0 +0 +1 +2 .* 0x0000 none$/),
      expect.stringMatching(/^  ! byte 17: the checksum is 0x\w{8}, and the bytes give 0x\w{8}$/),
      expect.stringMatching(new RegExp(`^ +${a.length} +2 +3 +2 `)),
      `bytes ${hole} to ${last} cannot be read`,
      expect.stringMatching(new RegExp(`^  ! byte ${hole}: 30 zero bytes: `)),
      expect.stringMatching(new RegExp(`^ +${last} +4 +5 +2 `)),
      `bytes ${end} to ${end + 9} cannot be read`,
      `  ! byte ${end}: the file ends 9 bytes into the header of a batch`,
      '',
    ]);
  });

  test('has its columns named also where damage comes first', async () => {
    const [a, b] = (await batches(2)) as [Uint8Array, Uint8Array];
    const items = await itemsOf(SEGMENT, sourceOf(a.subarray(0, 30), b));
    const lines = (await printed(items, 'table')).split('\n');
    expect(lines.slice(0, 2)).toEqual([SEGMENT, 'bytes 0 to 30 cannot be read']);
    expect(lines[3]).toContain('POSITION');
    expect(lines[4]).toMatch(/^ +30 +2 +3 /);
  });

  test('shows records and what attributes mean', async () => {
    const items = await itemsOf(SEGMENT, sourceOf(...(await twoBatches())), { records: true });
    const text = await printed(items, 'table');
    expect(text).toContain('0x0001 gzip\n');
    expect(text).toContain(
      `  | offset 0  timestamp ${TIME}  key "k"  value "ü"  headers trace=base64:/w==\n`,
    );
    expect(text).toContain(`  | offset 1  timestamp ${TIME}  key base64:ww==  value null\n`);
  });

  test('has a heading for each file', async () => {
    const segment = await itemsOf(SEGMENT, sourceOf(...(await batches(2))));
    const epochs = await itemsOf('leader-epoch-checkpoint', sourceOf(Buffer.from('0\n1\n1 0\n')));
    const lines = (await printed([...segment, ...epochs], 'table')).split('\n');
    expect(lines.filter((line) => line.includes('POSITION'))).toHaveLength(2);
    expect(lines.slice(4, 6)).toEqual(['', 'leader-epoch-checkpoint']);
    expect(lines[7]).toMatch(/^ +4 +1 +0$/);
  });
});

describe('the formats for scripts', () => {
  test('say the same, and are whole whether there is much or nothing', async () => {
    const many = await itemsOf(
      SEGMENT,
      sourceOf(
        await batch({ at: 0, records: [{ timestamp: timestamp(TIME) }] }),
        new Uint8Array(9),
      ),
      { records: true },
    );
    for (const items of [many, many.slice(0, 1), []]) {
      expect(JSON.parse(await printed(items, 'json'))).toEqual(items);
      expect(parse(await printed(items, 'yaml'))).toEqual(items);
      const lines = (await printed(items, 'ndjson')).split('\n').slice(0, -1);
      expect(lines.map((line): unknown => JSON.parse(line))).toEqual(items);
    }
  });

  test('are written no faster than they are taken', async () => {
    const items = await itemsOf(SEGMENT, sourceOf(...(await batches(300))));
    let taken: (() => void) | null = null;
    let writes = 0;
    const slow = {
      write: (_chunk: unknown, callback?: unknown) => {
        writes++;
        taken = () => typeof callback === 'function' && callback();
        return false;
      },
    };
    const writer = new ItemWriter(slow, 'ndjson');
    const all = (async () => {
      for (const item of items) await writer.write(item);
      await writer.end();
    })();
    let isDone = false;
    void all.then(() => (isDone = true));
    await new Promise(setImmediate);
    expect({ writes, isDone }).toEqual({ writes: 1, isDone: false });
    while (!isDone) {
      (taken as (() => void) | null)?.();
      await new Promise(setImmediate);
    }
    expect(writes).toBeGreaterThan(1);
  });
});

describe('the command', () => {
  test('refuses what is no file of a log, and names what is not there', async () => {
    const wrong = await run(['log', 'dump', '/nowhere/log-state']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('"/nowhere/log-state" is no file of a log by its name');
    const missing = await run(['log', 'dump', '--format', 'ndjson', '/nowhere/0.log']);
    expect(missing).toEqual({
      code: 1,
      stdout: '',
      stderr: 'odradek: /nowhere/0.log is not there [ENOENT]\n',
    });
    expect((await run(['log', 'dump'])).code).toBe(2);
  });
});
