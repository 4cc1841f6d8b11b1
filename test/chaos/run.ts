/** One run from nothing to the verdict: load, faults by the schedule, healing, the last look. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '../../src/client/index.ts';
import { Availability } from './availability.ts';
import { ChaosCluster } from './chaos-cluster.ts';
import { Cleanup } from './cleanup.ts';
import { endRun } from './ending.ts';
import { Faults } from './faults.ts';
import { HistoryFile } from './history-file.ts';
import { unlessInterrupted } from './interrupted.ts';
import { Load } from './load.ts';
import { prepareMachine, type Machine } from './machine.ts';
import type { ChaosOptions } from './options.ts';
import { problemsOf, sumOfCuts, type ChaosReport } from './report.ts';
import { describeFault, schedule, type Fault, type Period } from './schedule.ts';

const TOPIC = 'chaos';
const PROGRESS_MS = 5_000;
const WATCH_MS = 250;
/** Records and keys as writers make them, in a log; and room to fill. */
const BYTES_PER_RECORD_MAX = 400;
const SMALL_DISK_BYTES = 64 * 1024 * 1024;

export interface Surroundings {
  readonly say: (line: string) => void;
  /** Ends the run early: everything is removed, and nothing is judged. */
  readonly signal: AbortSignal;
}

/**
 * What it finds out about the cluster is in the report. Throws if the cluster cannot be started, and
 * `Interrupted`; everything that was made is gone then.
 */
export async function runChaos(
  options: ChaosOptions,
  surroundings: Surroundings,
): Promise<ChaosReport> {
  const cleanup = new Cleanup();
  try {
    return await new Run(options, surroundings, cleanup).go();
  } finally {
    for (const failure of await cleanup.run()) surroundings.say(`cleanup: ${failure}`);
  }
}

class Run {
  readonly #options: ChaosOptions;
  readonly #surroundings: Surroundings;
  readonly #cleanup: Cleanup;
  readonly #directory: string;
  readonly #problems: string[] = [];
  /** Aborted by the first problem, and from outside: no more faults. */
  readonly #halt = new AbortController();
  #keepsDirectory = false;
  #startedAt = performance.now();
  #periods = 0;
  #longestRecoveryMs = 0;

  constructor(options: ChaosOptions, surroundings: Surroundings, cleanup: Cleanup) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.#cleanup = cleanup;
    this.#directory = mkdtempSync(path.join(tmpdir(), 'odradek-chaos-'));
    cleanup.add(`directory ${this.#directory}`, () => {
      if (!this.#keepsDirectory) rmSync(this.#directory, { recursive: true, force: true });
    });
    surroundings.signal.addEventListener('abort', () => this.#halt.abort());
  }

  async go(): Promise<ChaosReport> {
    const options = this.#options;
    const { say } = this.#surroundings;
    const { seed, minutes, durability, acks, brokers, partitions, recordsPerSecond } = options;
    say(
      `seed ${seed}: ${minutes} min, acks=${acks}, ${durability}, ${brokers} brokers, ` +
        `${partitions} partitions, ${recordsPerSecond} records/s, ` +
        `a quarter of the periods quiet, stuck after ${options.stuckSeconds} s`,
    );
    const machine = await prepareMachine({
      directory: this.#directory,
      brokers,
      classes: options.classes,
      smallDiskBytes:
        SMALL_DISK_BYTES + Math.ceil(minutes * 60 * recordsPerSecond * BYTES_PER_RECORD_MAX),
      cleanup: this.#cleanup,
    });
    say(`faults: ${machine.classes.join(', ')}`);
    for (const sentence of machine.leftOut) say(`left out: ${sentence}`);
    if (machine.network !== null) {
      const { loss, slow } = machine.network.tools;
      say(`network: namespaces; loss by ${loss ?? 'nothing'}, delay by ${slow ?? 'nothing'}`);
    }
    const { signal } = this.#surroundings;
    const cluster = await unlessInterrupted(signal, this.#startCluster(machine));
    return this.#withLoad(machine, cluster);
  }

  async #startCluster({ network, smallDisks }: Machine): Promise<ChaosCluster> {
    const { brokers, partitions, durability } = this.#options;
    const cluster = await ChaosCluster.start({
      directory: this.#directory,
      brokers,
      network,
      smallDisks,
      cleanup: this.#cleanup,
      signal: this.#surroundings.signal,
    });
    await using client = new Client({ bootstrap: cluster.bootstrap });
    const replicationFactor = Math.min(3, brokers);
    // Small segments, so that logs roll and are cut across segments.
    const config = { durability, 'segment.bytes': '2MiB' };
    await client.admin.createTopic(TOPIC, { partitions, replicationFactor, config });
    return cluster;
  }

  async #withLoad(machine: Machine, cluster: ChaosCluster): Promise<ChaosReport> {
    const options = this.#options;
    const history = new HistoryFile(path.join(this.#directory, 'history.ndjson'));
    this.#startedAt = performance.now();
    const availability = new Availability({
      partitions: Array.from({ length: options.partitions }, (_, index) => `${TOPIC}-${index}`),
      nodes: [...cluster.nodes.keys()],
      stuckAfterMs: options.stuckSeconds * 1_000,
      now: this.#now(),
    });
    const now = (): number => this.#now();
    const { recorder } = history;
    const problem = (sentence: string): void => this.#problem(sentence);
    const load = new Load({
      options,
      bootstrap: cluster.bootstrap,
      topic: TOPIC,
      recorder,
      availability,
      now,
      problem,
    });
    this.#cleanup.add('clients', () => load.close());
    const { signal } = this.#surroundings;
    const faults = new Faults({ cluster, availability, now, problem, signal });
    const timers = [
      setInterval(() => this.#watch(cluster, availability), WATCH_MS),
      this.#showProgress(availability, faults),
    ];
    try {
      await this.#runPeriods(machine, faults, availability);
    } finally {
      for (const timer of timers) clearInterval(timer);
    }
    const faultsEndedAt = this.#now();
    const longestGapsMs = Object.fromEntries(availability.longestGapsMs(faultsEndedAt));
    const { disksFilled } = faults;
    const say = (line: string): void => this.#say(line);
    const parts = { options, cluster, load, topic: TOPIC, recorder, disksFilled, signal };
    const ended = await endRun({ ...parts, say, problem });
    this.#watch(cluster, availability);
    const verdict = history.verdict();
    this.#problems.push(...problemsOf(verdict));
    await history.close();
    this.#maybeKeep(cluster);
    return {
      ok: this.#problems.length === 0,
      options,
      leftOut: machine.leftOut,
      seconds: faultsEndedAt / 1_000,
      faults: Object.fromEntries(faults.counts),
      periods: this.#periods,
      uncleanStops: faults.uncleanStops,
      acks: availability.acks,
      errors: Object.fromEntries(load.errors),
      readerErrors: Object.fromEntries(load.readerErrors),
      commands: Object.fromEntries(load.commands.counts),
      longestGapsMs,
      longestRecoveryMs: this.#longestRecoveryMs,
      cut: sumOfCuts(ended.truncations),
      events: Object.fromEntries(ended.events),
      verdict,
      problems: this.#problems,
      directory: this.#keepsDirectory ? this.#directory : null,
    };
  }

  async #runPeriods(machine: Machine, faults: Faults, availability: Availability): Promise<void> {
    const { seed, brokers, minutes } = this.#options;
    const { classes } = machine;
    const endMs = minutes * 60_000;
    await this.#pause(QUIET_START_MS);
    const smallDisks = [...machine.smallDisks.keys()];
    for (const period of schedule({ seed, brokers, classes, smallDisks })) {
      if (this.#halt.signal.aborted || this.#now() >= endMs) return;
      this.#periods += 1;
      await this.#runPeriod(period, faults, availability);
    }
  }

  async #runPeriod(period: Period, faults: Faults, availability: Availability): Promise<void> {
    const beganAt = this.#now();
    if (period.faults.length === 0) this.#say(`period ${period.number}: no faults`);
    await Promise.all(period.faults.map((fault) => this.#runFault(fault, faults)));
    if (period.isHard) await this.#recovered(availability);
    await this.#pause(beganAt + period.lengthMs - this.#now());
  }

  async #runFault(fault: Fault, faults: Faults): Promise<void> {
    await this.#pause(fault.atMs);
    if (this.#halt.signal.aborted) return;
    this.#say(describeFault(fault));
    try {
      await faults.begin(fault);
      await this.#pause(fault.forMs);
      await faults.end(fault);
    } catch (error) {
      this.#problem(`${describeFault(fault)}: ${String(error)}`);
    }
  }

  /** Until every partition takes writes again; the watch ends it if that does not happen. */
  async #recovered(availability: Availability): Promise<void> {
    const healedAt = this.#now();
    while (!this.#halt.signal.aborted && !availability.allAcknowledgedSince(healedAt)) {
      await this.#pause(PROGRESS_STEP_MS);
    }
    const recoveryMs = this.#now() - healedAt;
    this.#longestRecoveryMs = Math.max(this.#longestRecoveryMs, recoveryMs);
    this.#say(`every partition takes writes, ${(recoveryMs / 1_000).toFixed(1)} s after that`);
  }

  #watch(cluster: ChaosCluster, availability: Availability): void {
    for (const sentence of cluster.unexpectedEnds.splice(0)) this.#problem(sentence);
    if (this.#halt.signal.aborted) return;
    for (const sentence of availability.stuck(this.#now())) this.#problem(sentence);
  }

  #showProgress(availability: Availability, faults: Faults): NodeJS.Timeout {
    let last = 0;
    return setInterval(() => {
      const { acks } = availability;
      const rate = Math.round(((acks - last) * 1_000) / PROGRESS_MS);
      last = acks;
      const current = [...faults.current].map((fault) => fault.class).join(', ');
      this.#say(`${rate} acks/s, ${acks} so far; faults now: ${current || 'none'}`);
    }, PROGRESS_MS);
  }

  #problem(sentence: string): void {
    // A reader that cannot go on says so again and again.
    if (this.#problems.includes(sentence)) return;
    this.#say(`PROBLEM: ${sentence}`);
    this.#problems.push(sentence);
    this.#halt.abort();
  }

  #maybeKeep(cluster: ChaosCluster): void {
    if (this.#problems.length === 0 && !this.#options.keep) return;
    this.#keepsDirectory = true;
    for (const [name, disk] of cluster.smallDisks) {
      // Its file system goes; the rest of the directory stays.
      cpSync(path.join(disk.directory, name), path.join(this.#directory, name), {
        recursive: true,
      });
    }
  }

  /** Milliseconds since the load began. */
  #now(): number {
    return performance.now() - this.#startedAt;
  }

  #say(line: string): void {
    this.#surroundings.say(`[${(this.#now() / 1_000).toFixed(1).padStart(6)}] ${line}`);
  }

  /** Ends early when the run is halted. */
  #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#halt;
    if (milliseconds <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal.addEventListener('abort', end);
    });
  }
}

/** Everything is there and writes flow before the first fault. */
const QUIET_START_MS = 2_000;
const PROGRESS_STEP_MS = 50;
