import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A process that is surely the one that was meant: ids are given out again, so it is told by its
 * start time as well. Null where the system does not tell, and the id alone must do.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string | null;
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, startTime: startTimeOf(pid) };
}

/** Whether that very process runs. One that has ended and was not waited for does not. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process with this id is there, and is not ours to judge.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const stat = statFields(pid);
  if (stat?.[0] === 'Z') return false;
  const now = startTimeOf(pid);
  return startTime === null || now === null || now === startTime;
}

/** Sends a signal to that very process; false if it does not run. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Clock ticks since boot on Linux, what `ps` says elsewhere. */
function startTimeOf(pid: number): string | null {
  if (process.platform === 'linux') return statFields(pid)?.[19] ?? null;
  const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return ps.status === 0 ? ps.stdout.trim() || null : null;
}

/** The fields of `/proc/<pid>/stat` behind the name, which stands in parentheses and may hold any. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // No such process, or no such file system.
    return null;
  }
}
