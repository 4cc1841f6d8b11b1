import { CommandError } from '../command-error.ts';
import type { PlannedProcess } from './plan.ts';
import { identityOf } from './process-identity.ts';
import type { StateFile, UpState } from './state-file.ts';
import { WatchedProcess, delay, describeEnding, isTaken } from './watched-process.ts';

export interface SupervisorOptions {
  readonly program: string;
  readonly script: string;
  /** The controller first. */
  readonly plan: readonly PlannedProcess[];
  readonly stateFile: StateFile;
  /** Says something to the person in front. */
  readonly say: (line: string) => void;
  /** The first wait before a process that died is started again; it doubles from time to time. */
  readonly restartDelayMs?: number;
}

/** Long enough for the cluster to have elected other leaders, as on real machines. */
const RESTART_DELAY_MS = 2_000;
const RESTART_DELAY_MS_MAX = 30_000;

/** A process that has run for this long is taken to be sound: its next restart is a quick one. */
const SOUND_AFTER_MS = 30_000;

/** Longer than a process gives itself (`shutdown.timeout.ms`). */
const STOP_TIMEOUT_MS = 40_000;

/**
 * Starts the processes of a cluster on this machine, watches over them and stops them. Made by `up`,
 * one for each run. What changes is written to `up.json` at once, for `down` and others to read.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  /** The current run of each process, in the order of the plan. */
  readonly #running = new Map<string, WatchedProcess>();
  /** True from the moment that a stop was asked for: whoever ends now is not started again. */
  #stopping = false;
  /** The one stop that all who ask for one wait for. */
  #stopped: Promise<void> | null = null;
  #state: UpState['state'] = 'starting';

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Starts all at once; resolves when all are ready. If one cannot, the others are stopped again. */
  async start(): Promise<void> {
    await this.#refuseTakenAddresses();
    this.#options.stateFile.claim(this.state());
    const first = this.#options.plan.map((planned) => this.#launch(planned));
    this.#writeState();
    const outcomes = first.map(async (watched) => ({
      watched,
      ready: await watched.becomesReady(),
    }));
    for (const outcome of outcomes) {
      void outcome.then(({ ready }) => {
        // The others would wait in vain.
        if (!ready) void this.stop();
      });
    }
    const results = await Promise.all(outcomes);
    const failed = await this.#firstFailure(results.filter(({ ready }) => !ready));
    if (failed !== null) {
      await this.stop();
      throw new CommandError(
        `${failed.planned.name} did not start: ${failed.explainEnd()} (log: ${failed.planned.log})`,
      );
    }
    this.#state = 'ready';
    this.#writeState();
    for (const watched of first) void this.#watch(watched, 0, performance.now());
  }

  /** What is in `up.json`. */
  state(): UpState {
    return {
      format: 1,
      state: this.#state,
      supervisor: identityOf(process.pid),
      processes: [...this.#running.values()].map(({ planned, identity }) => ({
        name: planned.name,
        pid: identity.pid,
        startTime: identity.startTime,
        grpc: planned.grpc,
        http: planned.http,
        dataDir: planned.dataDir,
        log: planned.log,
      })),
    };
  }

  /** Stops the brokers, which hand their leadership over, and then the controller. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  /** Ends everything at once, and cleans up nothing: what a second Ctrl-C asks for. */
  kill(): void {
    this.#stopping = true;
    for (const watched of this.#running.values()) watched.kill('SIGKILL');
    this.#options.stateFile.remove();
  }

  async #stopAll(): Promise<void> {
    this.#stopping = true;
    this.#state = 'stopping';
    this.#writeState();
    const [controller, ...brokers] = this.#running.values();
    await Promise.all(brokers.map((broker) => this.#stopOne(broker)));
    if (controller !== undefined) await this.#stopOne(controller);
    this.#options.stateFile.remove();
  }

  /** Said here in one sentence, where the processes would each fail on their own. */
  async #refuseTakenAddresses(): Promise<void> {
    const addresses = this.#options.plan.flatMap(({ grpc, http }) => [grpc, http]);
    const taken = await Promise.all(addresses.map(isTaken));
    const address = addresses.find((_, index) => taken[index]);
    if (address === undefined) return;
    throw new CommandError(
      `${address} is in use by another process; stop it, or give another --port`,
      { code: 'ADDRESS_IN_USE' },
    );
  }

  #launch(planned: PlannedProcess): WatchedProcess {
    const watched = new WatchedProcess(this.#options.program, this.#options.script, planned);
    this.#running.set(planned.name, watched);
    return watched;
  }

  async #stopOne(watched: WatchedProcess): Promise<void> {
    watched.kill('SIGTERM');
    // A process that was halted by SIGSTOP would never see the signal.
    watched.kill('SIGCONT');
    const timer = setTimeout(() => {
      this.#options.say(`${watched.planned.name} does not stop and is killed`);
      watched.kill('SIGKILL');
    }, STOP_TIMEOUT_MS);
    await watched.ended;
    clearTimeout(timer);
  }

  /** The process that failed by itself, and was not stopped because another had failed. */
  async #firstFailure(
    failed: readonly { readonly watched: WatchedProcess }[],
  ): Promise<WatchedProcess | null> {
    for (const { watched } of failed) {
      const { code, signal } = await watched.ended;
      if (code !== 0 && signal !== 'SIGTERM') return watched;
    }
    return failed[0]?.watched ?? null;
  }

  /** Starts a process again whenever it ends by itself, after a wait that grows while it keeps dying. */
  async #watch(watched: WatchedProcess, deaths: number, started: number): Promise<void> {
    const ending = await watched.ended;
    if (this.#stopping) return;
    const sound = performance.now() - started >= SOUND_AFTER_MS;
    const before = sound ? 0 : deaths;
    const wait = Math.min(
      (this.#options.restartDelayMs ?? RESTART_DELAY_MS) * 2 ** Math.min(before, 10),
      RESTART_DELAY_MS_MAX,
    );
    const { name } = watched.planned;
    const how = ending.signal === null ? watched.explainEnd() : describeEnding(ending);
    this.#options.say(
      `${name} (pid ${watched.identity.pid}): ${how}; starting it again in ${wait / 1_000} s`,
    );
    await delay(wait);
    if (this.#stopping) return;
    const next = this.#launch(watched.planned);
    this.#writeState();
    const restarted = performance.now();
    void next.becomesReady().then((ready) => {
      if (ready && !this.#stopping) this.#options.say(`${name} (pid ${next.identity.pid}) is back`);
    });
    void this.#watch(next, before + 1, restarted);
  }

  #writeState(): void {
    this.#options.stateFile.write(this.state());
  }
}
