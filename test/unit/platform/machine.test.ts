import { describe, expect, test } from 'vitest';
import {
  bootId,
  processProbe,
  processStartTime,
  startTimeIn,
} from '../../../src/platform/machine.ts';

describe('what a process and a machine are called', () => {
  test('the start time is field 22, whatever the command is called', () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(index + 4)).join(' ');
    expect(startTimeIn(`17 (node) S ${fields}`)).toBe('22');
    expect(startTimeIn(`17 (a) b) (c d) S ${fields}`)).toBe('22');
  });

  test('a process that has ended but is not reaped does not run', () => {
    expect(startTimeIn('17 (node) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19')).toBeNull();
  });

  test('this process is running, and answers the same each time', () => {
    expect(processStartTime(process.pid)).not.toBeNull();
    expect(processStartTime(process.pid)).toBe(processStartTime(process.pid));
    expect(bootId()).toBe(bootId());
    const probe = processProbe();
    expect(probe.pid).toBe(process.pid);
    expect(probe.startTimeOf(probe.pid)).toBe(probe.startTime);
    // Both become parts of a file's name, separated by full stops.
    expect(probe.startTime).toMatch(/^[^./]+$/);
    expect(probe.bootId).toMatch(/^[^/]+$/);
  });

  test('a pid that nobody has', () => {
    expect(processStartTime(2 ** 30)).toBeNull();
  });
});
