/** Runs a surface in a thread of its own, and stops it when it hangs. */
import { Worker } from 'node:worker_threads';
import { RecentInputs } from './recent-inputs.ts';
import type { RecentInput } from './recent-inputs.ts';
import type { Outcome } from './surface.ts';
import type { AnySurfaceName } from './surfaces/index.ts';
import type { InputFailure, WorkerMessage, WorkerReport, WorkerTask } from './worker.ts';

export interface SurfaceRun {
  readonly surface: AnySurfaceName;
  readonly seeds: readonly number[];
  /** Of each seed. */
  readonly inputs: number;
  /** How long no sign of life is a hang. */
  readonly hangSeconds?: number;
  /** How long what inputs have left behind may take to go. */
  readonly settleMs?: number;
  /** These in the place of what the seed gives. */
  readonly replay?: readonly Uint8Array[];
  /** From time to time, with how many inputs have begun. */
  readonly onProgress?: (started: number) => void;
  readonly onOutcome?: (index: number, outcome: Outcome) => void;
}

export interface SurfaceReport extends WorkerReport {
  readonly surface: AnySurfaceName;
  readonly failures: readonly InputFailure[];
}

/** Importing everything takes a second or two, on a busy machine more. */
const START_SECONDS_MAX = 90;
/** Without a heartbeat. Counted in ticks, so that a machine that was asleep is forgiven. */
const HANG_SECONDS = 15;
/** Connections and files take a moment to go. */
const SETTLE_MS = 15_000;
/** A worker's; an input that needs more is a failure. */
const HEAP_MEGABYTES_MAX = 768;

/** Resolves when the surface has run, has failed, or was stopped. */
export async function runSurface(run: SurfaceRun): Promise<SurfaceReport> {
  const recent = new RecentInputs();
  const failures: InputFailure[] = [];
  let report: WorkerReport | null = null;
  let ready = false;
  let ending: NodeJS.Timeout | undefined;
  const task: WorkerTask = {
    surface: run.surface,
    seeds: run.seeds,
    inputs: run.inputs,
    replay: run.replay ?? null,
    shared: recent.shared,
    settleMs: run.settleMs ?? SETTLE_MS,
  };
  const worker = new Worker(new URL('./worker-entry.mjs', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES_MAX },
  });
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'ready') ready = true;
    else if (message.kind === 'failure') failures.push(message.failure);
    else if (message.kind === 'outcome') run.onOutcome?.(message.index, message.outcome);
    else {
      report = message.report;
      ending = setTimeout(() => {
        failures.push({ index: null, bytes: null, error: 'the thread does not end by itself' });
        void worker.terminate();
      }, task.settleMs);
    }
  });
  worker.on('error', (error) =>
    failures.push(...blame(recent, `ended the thread: ${error.stack}`)),
  );

  let beats = -1;
  let silent = 0;
  const watchdog = setInterval(() => {
    run.onProgress?.(recent.started);
    silent = recent.beats === beats ? silent + 1 : 0;
    beats = recent.beats;
    if (silent < (ready ? (run.hangSeconds ?? HANG_SECONDS) : START_SECONDS_MAX)) return;
    clearInterval(watchdog);
    failures.push(...blame(recent, `no sign of life for ${silent} seconds`));
    void worker.terminate();
  }, 1000);
  const exitCode = await new Promise<number>((resolve) => worker.on('exit', resolve));
  clearInterval(watchdog);
  clearTimeout(ending);
  if (report === null && failures.length === 0) {
    failures.push(...blame(recent, `the thread ended with exit code ${exitCode}`));
  }
  return { surface: run.surface, failures, ...(report ?? unfinished(recent)) };
}

/** What may have done it: the inputs under way, and those just before in case it took effect late. */
function blame(recent: RecentInputs, error: string): InputFailure[] {
  const inputs = recent.read();
  const running = inputs.filter(({ running: isRunning }) => isRunning);
  const suspects = running.length > 0 ? running : inputs.slice(-8);
  if (suspects.length === 0) return [{ index: null, bytes: null, error }];
  return suspects.map(({ index, bytes }: RecentInput) => ({ index, bytes, error }));
}

function unfinished(recent: RecentInputs): WorkerReport {
  return {
    inputs: recent.started,
    accepted: 0,
    refused: new Map(),
    slowestMs: 0,
    slowestIndex: 0,
    inputsPerSecond: 0,
    grownBytes: 0,
  };
}
