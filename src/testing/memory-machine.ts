import type { ProcessProbe } from '../log/directory-lock.ts';

/**
 * A machine whose processes are simulated: pids, start times and boots as a data directory's lock
 * needs them. Goes with one `MemoryFileSystem` and its successors.
 */
export class MemoryMachine {
  #boot = 1;
  #lastPid = 0;
  readonly #running = new Set<number>();

  /** A process that runs until `kill` or `reboot`. No pid is used twice. */
  startProcess(): ProcessProbe {
    const pid = ++this.#lastPid;
    this.#running.add(pid);
    return {
      pid,
      startTime: startTimeOf(pid),
      bootId: `boot-${this.#boot}`,
      startTimeOf: (other) => (this.#running.has(other) ? startTimeOf(other) : null),
    };
  }

  kill(probe: ProcessProbe): void {
    this.#running.delete(probe.pid);
  }

  /** Everything that ran is gone. */
  reboot(): void {
    this.#boot++;
    this.#running.clear();
  }
}

function startTimeOf(pid: number): string {
  return String(pid * 100);
}
