/** The thread in which a surface runs: told what to run, reports how it went. */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { crc32c } from '../../src/record/index.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { footprint, growth } from './footprint.ts';
import type { Footprint } from './footprint.ts';
import { INPUT_BYTES_MAX, RecentInputs } from './recent-inputs.ts';
import type { Outcome, Surface } from './surface.ts';
import { FuzzFailure } from './surface.ts';
import { createSurface } from './surfaces/index.ts';
import type { AnySurfaceName } from './surfaces/index.ts';

export interface WorkerTask {
  readonly surface: AnySurfaceName;
  readonly seeds: readonly number[];
  /** Of each seed. */
  readonly inputs: number;
  /** In the place of what the seed gives. */
  readonly replay: readonly Uint8Array[] | null;
  readonly shared: SharedArrayBuffer;
  /** How long what inputs have left behind may take to go. */
  readonly settleMs: number;
}

export interface InputFailure {
  /** null: of the run as a whole. */
  readonly index: number | null;
  readonly bytes: Uint8Array | null;
  readonly error: string;
}

export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failure'; readonly failure: InputFailure }
  | { readonly kind: 'outcome'; readonly index: number; readonly outcome: Outcome }
  | { readonly kind: 'done'; readonly report: WorkerReport };

export interface WorkerReport {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: ReadonlyMap<string, number>;
  readonly slowestMs: number;
  readonly slowestIndex: number;
  /** Behind the warm-up. */
  readonly inputsPerSecond: number;
  /** Of memory, in bytes, between the warm-up and the end. */
  readonly grownBytes: number;
}

/** So many say all that there is to say. */
const FAILURES_MAX = 5;
/** Long enough for code to be compiled, again and again where it is live, and for caches to fill. */
const WARM_UP_INPUTS_MAX = 20_000;
const BEAT_MS = 200;
/** The message and the frames of the code that threw. */
const STACK_LINES_MAX = 9;
/** The event loop gets its turn at least this often. */
const TURN_MS = 20;

class Run {
  readonly #surface: Surface;
  readonly #task: WorkerTask;
  readonly #recent: RecentInputs;
  readonly #refused = new Map<string, number>();
  /** Since when. */
  readonly #underWay = new Map<number, number>();
  #accepted = 0;
  #failures = 0;
  #finished = 0;
  #slowestMs = 0;
  #slowestIndex = 0;
  #wake: () => void = () => undefined;

  constructor(surface: Surface, task: WorkerTask, recent: RecentInputs) {
    this.#surface = surface;
    this.#task = task;
    this.#recent = recent;
  }

  async all(): Promise<void> {
    await this.#seeds();
    const { replay, inputs, seeds } = this.#task;
    const total = replay?.length ?? inputs * seeds.length;
    const random = seeds.map((seed) => new SeededRandom(seed));
    const generate = (index: number): Uint8Array | Promise<Uint8Array> => {
      const given = replay?.[index];
      if (given !== undefined) return given;
      const of = random[Math.floor(index / inputs)];
      if (of === undefined) throw new RangeError(`no seed gives input ${index}`);
      return this.#surface.next(of.fork());
    };
    const warmUp = Math.min(WARM_UP_INPUTS_MAX, Math.ceil(total / 3));
    await this.#range(0, warmUp, generate);
    const before = await this.#settled(null, warmUp);
    // What happened while the code was cold says nothing of the inputs.
    const startedAt = performance.now();
    await this.#range(warmUp, total, generate);
    const elapsedMs = performance.now() - startedAt;
    const after = await this.#settled(before, total - warmUp);
    post({
      kind: 'done',
      report: {
        inputs: this.#finished,
        accepted: this.#accepted,
        refused: this.#refused,
        slowestMs: this.#slowestMs,
        slowestIndex: this.#slowestIndex,
        inputsPerSecond: ((total - warmUp) * 1000) / Math.max(1, elapsedMs),
        grownBytes: after.memoryBytes - before.memoryBytes,
      },
    });
  }

  /** A seed that is refused is a mistake in the corpus: mutations of it would find nothing. */
  async #seeds(): Promise<void> {
    if (this.#task.replay !== null) return;
    for (const [index, input] of this.#surface.seeds.entries()) {
      let said = '';
      try {
        const outcome = await this.#run(input);
        if (outcome.kind === 'accepted') continue;
        said = `refused with ${outcome.code}`;
      } catch (error) {
        said = describe(error);
      }
      this.#fail(null, input, `seed ${index} is not accepted: ${said}`);
    }
    await this.#surface.settle?.();
  }

  async #range(
    from: number,
    to: number,
    generate: (index: number) => Uint8Array | Promise<Uint8Array>,
  ): Promise<void> {
    let turnAt = performance.now();
    for (let index = from; index < to && this.#failures < FAILURES_MAX; index++) {
      const generated = await generate(index);
      const input =
        generated.length > INPUT_BYTES_MAX ? generated.slice(0, INPUT_BYTES_MAX) : generated;
      const finished = this.#one(index, input);
      if (this.#surface.concurrency === 1) await finished;
      while (this.#underWay.size >= this.#surface.concurrency) await this.#oneFinished();
      if (performance.now() - turnAt < TURN_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      turnAt = performance.now();
    }
    while (this.#underWay.size > 0) await this.#oneFinished();
  }

  /** Never rejects. */
  async #one(index: number, input: Uint8Array): Promise<void> {
    const slot = this.#recent.begin(index, input);
    const since = performance.now();
    this.#underWay.set(index, since);
    try {
      const outcome = await this.#run(input);
      if (outcome.kind === 'accepted') this.#accepted++;
      else this.#refused.set(outcome.code, (this.#refused.get(outcome.code) ?? 0) + 1);
      if (this.#task.replay !== null) post({ kind: 'outcome', index, outcome });
    } catch (error) {
      this.#fail(index, input, describe(error));
    }
    const tookMs = performance.now() - since;
    if (tookMs > this.#slowestMs) {
      this.#slowestMs = tookMs;
      this.#slowestIndex = index;
    }
    if (tookMs > this.#surface.inputMsMax) {
      this.#fail(index, input, `took ${tookMs.toFixed(0)} ms`);
    }
    this.#finished++;
    this.#underWay.delete(index);
    this.#recent.end(slot);
    this.#wake();
  }

  #run(input: Uint8Array): Outcome | Promise<Outcome> {
    return this.#surface.run(input, { random: new SeededRandom(crc32c(input)) });
  }

  #oneFinished(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** For a timer: throws when an input will not end any more, which ends the thread. */
  checkDeadlines(): void {
    for (const [index, since] of this.#underWay) {
      const ms = performance.now() - since;
      if (ms < 2 * this.#surface.inputMsMax) continue;
      throw new FuzzFailure(`input ${index} has not ended after ${ms.toFixed(0)} ms`);
    }
  }

  /** The footprint with nothing under way; a failure if it stays above `before`. */
  async #settled(before: Footprint | null, inputs: number): Promise<Footprint> {
    await this.#surface.settle?.();
    const giveUpAt = performance.now() + this.#task.settleMs;
    for (;;) {
      const now = footprint();
      const problems = before === null ? [] : growth(before, now, inputs);
      if (problems.length === 0) return now;
      if (performance.now() > giveUpAt) {
        this.#fail(null, null, problems.join('; '));
        return now;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  #fail(index: number | null, bytes: Uint8Array | null, error: string): void {
    this.#failures++;
    if (this.#failures > FAILURES_MAX) return;
    post({ kind: 'failure', failure: { index, bytes, error } });
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`;
  const stack = error.stack?.split('\n').slice(0, STACK_LINES_MAX).join('\n');
  return `${stack ?? error.message}${cause}`;
}

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

const task = workerData as WorkerTask;
const recent = new RecentInputs(task.shared);
const surface = await createSurface(task.surface);
const run = new Run(surface, task, recent);
const beating = setInterval(() => {
  recent.beat();
  run.checkDeadlines();
}, BEAT_MS);
post({ kind: 'ready' });
try {
  await run.all();
} finally {
  await surface.close?.();
  clearInterval(beating);
}
