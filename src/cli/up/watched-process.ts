import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { PlannedProcess } from './plan.ts';
import { identityOf, type ProcessIdentity } from './process-identity.ts';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const READY_POLL_MS = 50;
const READY_ANSWER_MS = 1_000;

/**
 * One run of one process of ours: made by the supervisor, dead when `ended` resolves. Its standard
 * input is a pipe from us, at whose end it stops: so it does not outlive a supervisor that was killed.
 * It has a process group of its own, so that Ctrl-C reaches the supervisor alone, which stops brokers
 * before their controller.
 */
export class WatchedProcess {
  readonly planned: PlannedProcess;
  readonly identity: ProcessIdentity;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  /** Where in the log file this run begins. */
  readonly #logStart: number;
  #ending: Ending | null = null;

  constructor(program: string, script: string, planned: PlannedProcess) {
    this.planned = planned;
    mkdirSync(path.dirname(planned.log), { recursive: true });
    const log = openSync(planned.log, 'a');
    try {
      this.#logStart = statSync(planned.log).size;
      this.#child = spawn(program, [script, ...planned.args], {
        stdio: ['pipe', log, log],
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending) => {
        this.#ending = ending;
        resolve(ending);
      };
      this.#child.once('exit', (code, signal) => end({ code, signal }));
      // It could not be started at all.
      this.#child.once('error', () => end({ code: null, signal: null }));
    });
    // It may end while we hold the pipe; there is nothing in it that could be lost.
    this.#child.stdin?.on('error', () => {});
    this.identity = identityOf(this.#child.pid ?? -1);
  }

  get hasEnded(): boolean {
    return this.#ending !== null;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.hasEnded) this.#child.kill(signal);
  }

  /** Resolves with true once it answers that it is ready, with false when it has ended before. */
  async becomesReady(): Promise<boolean> {
    while (!this.hasEnded) {
      if (await answersReady(this.planned.http, this.identity.pid)) return !this.hasEnded;
      await Promise.race([this.ended, delay(READY_POLL_MS)]);
    }
    return false;
  }

  /** The sentence that it left behind, or how it ended. */
  explainEnd(): string {
    const said = readFileSync(this.planned.log)
      .subarray(this.#logStart)
      .toString()
      .split('\n')
      .findLast((line) => line.startsWith('odradek: '));
    return said?.slice('odradek: '.length) ?? describeEnding(this.#ending);
  }
}

/** `was killed by SIGKILL`, `ended with exit code 1`. */
export function describeEnding(ending: Ending | null): string {
  if (ending === null) return 'runs';
  const { code, signal } = ending;
  if (signal !== null) return `was killed by ${signal}`;
  return code === null ? 'could not be started' : `ended with exit code ${code}`;
}

/**
 * Whether something listens at an address. Only a refused connection proves that nothing does: gRPC
 * does not speak the HTTP that we ask with, and hangs up.
 */
export async function isTaken(address: string): Promise<boolean> {
  // A timer of our own: that of `AbortSignal.timeout` keeps no process alive, and with a stranger who
  // hangs up at once nothing else does, so that the process would end without a word.
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), READY_ANSWER_MS);
  try {
    await fetch(`http://${address}/`, { signal: abort.signal });
    return true;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return !(cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED');
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the process itself answers that it is ready, and not a stranger at its port. */
async function answersReady(address: string, pid: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${address}/readyz`, {
      signal: AbortSignal.timeout(READY_ANSWER_MS),
    });
    const answer = await response.text();
    if (!response.ok) return false;
    const body: unknown = JSON.parse(answer);
    return typeof body === 'object' && body !== null && 'pid' in body && body.pid === pid;
  } catch {
    // Not listening yet, too busy to answer, or not one of ours: asked again.
    return false;
  }
}

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
