/** What this process and this machine are called, so that a lock left behind can be recognised. */
import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import type { ProcessProbe } from '../log/directory-lock.ts';

/** How far a boot time that is computed from the uptime may wander as the wall clock is corrected. */
const BOOT_TIME_GRAIN_MS = 60_000;

/**
 * One start of the operating system. Linux names it; elsewhere it is the host's name and the minute
 * in which it started, which a step of the wall clock can change: what is cached in memory is then
 * taken to be lost, which is the safe side.
 */
export function bootId(): string {
  const bootedAt = Date.now() - uptime() * 1000;
  return linuxBootId() ?? `${hostname()}-${Math.round(bootedAt / BOOT_TIME_GRAIN_MS)}`;
}

/**
 * When a process started, in clock ticks since boot (field 22 of `/proc/<pid>/stat`): together with
 * the pid and the boot id it names a process for ever. null if there is no such process. Where there
 * is no /proc, `alive` for a process that can be signalled.
 */
export function processStartTime(pid: number): string | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat !== null) return startTimeIn(stat);
  return readIfThere('/proc/self/stat') === null && isAlive(pid) ? 'alive' : null;
}

/** Field 22 of a line of `/proc/<pid>/stat`; null for a process that has ended and is not reaped. */
export function startTimeIn(stat: string): string | null {
  // The second field is the command in parentheses, and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
}

/** This process, as a directory's lock names it. */
export function processProbe(): ProcessProbe {
  const { pid } = process;
  return {
    pid,
    startTime: processStartTime(pid) ?? 'unknown',
    // Elsewhere than on Linux a boot id that wanders would make a held lock look stale.
    bootId: linuxBootId() ?? hostname(),
    startTimeOf: processStartTime,
  };
}

function linuxBootId(): string | null {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or no such process: both are answers.
    return null;
  }
}
