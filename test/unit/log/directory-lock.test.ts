import { describe, expect, test } from 'vitest';
import { OdradekError } from '../../../src/base/errors.ts';
import { DirectoryLock } from '../../../src/log/directory-lock.ts';
import type { ProcessProbe } from '../../../src/log/directory-lock.ts';
import { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import { MemoryMachine } from '../../../src/testing/memory-machine.ts';

function prepared(): { fileSystem: MemoryFileSystem; machine: MemoryMachine } {
  const fileSystem = new MemoryFileSystem({ schedule: 'manual' });
  fileSystem.makeDirectory('/data');
  return { fileSystem, machine: new MemoryMachine() };
}

function refusalOf(fileSystem: MemoryFileSystem, probe: ProcessProbe): string {
  try {
    DirectoryLock.acquire(fileSystem, '/data', probe);
  } catch (error) {
    if (error instanceof OdradekError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('a data directory’s lock', () => {
  test('keeps out a second process while the first one lives, naming it and the directory', () => {
    const { fileSystem, machine } = prepared();
    const first = machine.startProcess();
    const lock = DirectoryLock.acquire(fileSystem, '/data', first);
    const refusal = refusalOf(fileSystem, machine.startProcess());
    expect(refusal).toContain('DATA_DIRECTORY_IN_USE');
    expect(refusal).toContain(`/data is in use by process ${first.pid};`);
    expect(fileSystem.list('/data')).toHaveLength(1);
    lock.release();
    expect(refusalOf(fileSystem, machine.startProcess())).toBe('none');
  });

  test('keeps the same process from opening it twice', () => {
    const { fileSystem, machine } = prepared();
    const probe = machine.startProcess();
    const lock = DirectoryLock.acquire(fileSystem, '/data', probe);
    expect(refusalOf(fileSystem, probe)).toContain('DATA_DIRECTORY_IN_USE');
    lock.release();
    lock.release();
    expect(fileSystem.list('/data')).toEqual([]);
  });

  test('is taken over from a process that was killed', () => {
    const { fileSystem, machine } = prepared();
    const first = machine.startProcess();
    DirectoryLock.acquire(fileSystem, '/data', first);
    machine.kill(first);
    const next = fileSystem.processCrash();
    expect(refusalOf(next, machine.startProcess())).toBe('none');
    expect(next.list('/data')).toHaveLength(1);
  });

  test('is stale when its pid belongs to another process by now', () => {
    const { fileSystem, machine } = prepared();
    const first = machine.startProcess();
    DirectoryLock.acquire(fileSystem, '/data', first);
    const second = machine.startProcess();
    const later: ProcessProbe = { ...second, startTimeOf: () => 'another start' };
    expect(refusalOf(fileSystem, later)).toBe('none');
  });

  test('is stale after a reboot, though pid and start time agree', () => {
    const { fileSystem, machine } = prepared();
    const before = machine.startProcess();
    DirectoryLock.acquire(fileSystem, '/data', before);
    const after = fileSystem.crash({ policy: 'keep' });
    machine.reboot();
    const probe = machine.startProcess();
    expect(refusalOf(after, { ...probe, startTimeOf: () => before.startTime })).toBe('none');
  });

  test('of two that start at once, whatever the order, never both get in', () => {
    // The second one runs whole, just before the n-th operation of the first.
    for (let at = 1; at <= 4; at++) {
      const { fileSystem, machine } = prepared();
      const stale = machine.startProcess();
      DirectoryLock.acquire(fileSystem, '/data', stale);
      machine.kill(stale);
      const start = fileSystem.operationCount;
      const refusals: string[] = [];
      let reached = false;
      fileSystem.onOperation(({ index }) => {
        if (reached || index !== start + at) return;
        reached = true;
        refusals.push(refusalOf(fileSystem, machine.startProcess()));
      });
      refusals.push(refusalOf(fileSystem, machine.startProcess()));
      expect(refusals.filter((each) => each === 'none').length).toBeLessThanOrEqual(1);
      expect(fileSystem.list('/data').length).toBeLessThanOrEqual(1);
    }
  });

  test('other files are left alone', () => {
    const { fileSystem, machine } = prepared();
    fileSystem.open('/data/lock@txt', 'create').close();
    expect(refusalOf(fileSystem, machine.startProcess())).toBe('none');
    expect(fileSystem.exists('/data/lock@txt')).toBe(true);
  });
});
