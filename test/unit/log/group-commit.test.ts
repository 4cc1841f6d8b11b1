import { expect, test } from 'vitest';
import { offset } from '../../../src/base/ids.ts';
import type { FileSystemError, OpenFile } from '../../../src/base/file-system.ts';
import { GroupCommit } from '../../../src/log/group-commit.ts';
import { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';

/** A file whose syncs end when the test says so. */
function slowFile(name: string, syncs: { name: string; done: () => void }[]): OpenFile {
  const file = new MemoryFileSystem().open(name, 'create');
  file.sync = (done: (error: FileSystemError | null) => void) => {
    syncs.push({ name, done: () => done(null) });
  };
  return file;
}

/**
 * A segment that closes while a sync of the active file alone was in flight had its files released
 * with that round, though nothing had synced them, and the next round then failed on closed files.
 * The round of an empty list had kept the very list that the next files were added to.
 */
test('a file sealed during a round is synced by the next one, and released only then', () => {
  const syncs: { name: string; done: () => void }[] = [];
  const events: string[] = [];
  const commit = new GroupCommit({
    fileSystem: new MemoryFileSystem(),
    directory: 'log',
    activeFile: () => active,
    endOffset: offset(0),
    onSynced: (endOffset) => events.push(`synced to ${endOffset}`),
    onFailure: (error) => events.push(`failed: ${error.message}`),
  });
  let active = slowFile('0.log', syncs);
  const finishNext = (): void => {
    const next = syncs.shift();
    events.push(`${next?.name} is on the disk`);
    next?.done();
  };

  commit.request(offset(10));
  commit.seal([{ file: active, release: () => events.push('0.log released') }]);
  active = slowFile('10.log', syncs);
  commit.request(offset(20));
  finishNext();
  expect(events).toEqual(['0.log is on the disk', 'synced to 10']);

  finishNext();
  finishNext();
  expect(events.slice(2)).toEqual([
    '0.log is on the disk',
    '10.log is on the disk',
    '0.log released',
    'synced to 20',
  ]);
  expect(syncs).toEqual([]);
});
