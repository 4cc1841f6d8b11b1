// What a run concludes from logs and files that processes have left behind.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alarmsIn, countEvents, readLog, truncationsIn } from './broker-logs.ts';
import { Cleanup } from './cleanup.ts';
import { missing } from './commands.ts';
import { compareReplicas } from './replica-files.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'odradek-chaos-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the logs of brokers', () => {
  const CUT = {
    ...{ level: 'warn', event: 'truncated', topic: 'chaos', partition: 2 },
    ...{ fromOffset: 120, toOffset: 90, bytes: 3_000, reason: 'diverged' },
  };
  const lines = (text: string): ReturnType<typeof readLog> => {
    const file = path.join(directory, 'broker.log');
    writeFileSync(file, text);
    return readLog(file);
  };

  test('cuts are found between lines that are torn or are no JSON', () => {
    const text = `{"event":"became_f\n${JSON.stringify(CUT)}\nodradek: an unexpected error\n    at f\n`;
    expect(truncationsIn(lines(text), 'broker-1')).toEqual([
      {
        ...{ kind: 'truncation', broker: 'broker-1', partition: 'chaos-2' },
        ...{ fromOffset: 120, toOffset: 90, bytes: 3_000 },
      },
    ]);
    expect(countEvents(lines(text))).toEqual(new Map([['truncated', 1]]));
  });

  test('an unclean election is an alarm; a failed disk only where none was filled', () => {
    const all = lines(
      `${JSON.stringify({ event: 'leader_elected_uncleanly' })}\n` +
        `${JSON.stringify({ event: 'data_directory_offline' })}\n${JSON.stringify(CUT)}\n`,
    );
    expect(alarmsIn(all, 'broker-1', { diskWasFull: false })).toHaveLength(2);
    expect(alarmsIn(all, 'broker-1', { diskWasFull: true })).toEqual([
      expect.stringContaining('leader_elected_uncleanly'),
    ]);
  });
});

describe('the files of replicas', () => {
  const replica = (broker: string, segments: Readonly<Record<string, string>>): string => {
    const place = path.join(directory, broker, 'chaos-0');
    mkdirSync(place, { recursive: true });
    for (const [name, text] of Object.entries(segments)) {
      writeFileSync(path.join(place, name), text);
    }
    return path.join(directory, broker);
  };

  test('the same bytes in other segments are the same', () => {
    const directories = [
      replica('broker-1', { '000.log': 'abc', '003.log': 'def', '000.index': 'x' }),
      replica('broker-2', { '000.log': 'abcdef' }),
    ];
    expect(compareReplicas(directories, 'chaos', 1)).toEqual([]);
  });

  test('a byte more, another byte and no replica at all are told', () => {
    const one = replica('broker-1', { '000.log': 'abcdef' });
    expect(compareReplicas([one, replica('b-2', { '000.log': 'abc' })], 'chaos', 1)).toEqual([
      expect.stringContaining('the first difference at 3'),
    ]);
    expect(compareReplicas([one, replica('b-3', { '000.log': 'abXdef' })], 'chaos', 1)).toEqual([
      expect.stringContaining('the first difference at 2'),
    ]);
    expect(compareReplicas([one], 'chaos', 2)).toEqual(['no broker has a replica of chaos-1']);
  });
});

test('what the command said was acknowledged must be there', () => {
  const acknowledged = [
    { partition: 0, values: ['a', 'b'] },
    { partition: 1, values: ['c'] },
  ];
  expect(missing(acknowledged, (partition, value) => partition === 0 && value !== 'b')).toEqual([
    'b',
    'c',
  ]);
});

test('what was made last is removed first, and a failure keeps nothing else from being removed', async () => {
  const cleanup = new Cleanup();
  const removed: string[] = [];
  cleanup.add('first', () => removed.push('first'));
  cleanup.add('second', () => Promise.reject(new Error('it is busy')));
  cleanup.add('third', () => removed.push('third'));
  expect(await cleanup.run()).toEqual(['second could not be removed: it is busy']);
  expect(removed).toEqual(['third', 'first']);
  expect(await cleanup.run()).toEqual([]);
});
