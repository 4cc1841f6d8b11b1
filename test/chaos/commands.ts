/** The real command, as people and scripts use it beside the SDK, now and then. */
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { HistoryRecorder } from '../../src/testing/judge/recorder.ts';
import { tryShell, type ShellResult } from './shell.ts';

const COMMAND = fileURLToPath(new URL('../../bin/odradek', import.meta.url));

/** `produce` gives a record up after 120 s. */
const TIMEOUT_MS = 150_000;
const PAUSE_MS = 3_000;
const LINES = 50;

/** What `odradek` answers with when it says itself what is wrong; anything else is a crash. */
const KNOWN_EXIT_CODES: readonly (number | null)[] = [0, 1, 2, 10, 11];

export interface CommandsOptions {
  readonly bootstrap: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  readonly acks: 'all' | 1;
  readonly recorder: HistoryRecorder;
  readonly problem: (sentence: string) => void;
}

/** Records of a `produce` that said that all of its records were acknowledged. */
interface AcknowledgedLines {
  readonly partition: number;
  readonly values: readonly string[];
}

/** Made and started by the run; ends with `stop` or `kill`. */
export class Commands {
  /** How often each was run, and what it said when it failed. */
  readonly counts = new Map<string, { runs: number; failures: string[] }>();
  readonly acknowledged: AcknowledgedLines[] = [];
  readonly #options: CommandsOptions;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  readonly #done: Promise<void>;
  #rounds = 0;

  constructor(options: CommandsOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** No more are run; resolves when the one that runs has ended, in its own time. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  /** As `stop`, but the one that runs is killed. */
  async kill(): Promise<void> {
    this.#kill.abort();
    await this.stop();
  }

  async #run(): Promise<void> {
    const { topic, partitions } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const partition = this.#rounds % partitions;
      const last = ['--partition', String(partition), '--from', '-100', '--exit-at-end', '--json'];
      await this.#produce(partition);
      if (!signal.aborted) await this.#run1('topic describe', ['topic', 'describe', topic]);
      if (!signal.aborted) this.#polled(await this.#run1('consume', ['consume', topic, ...last]));
      if (!signal.aborted) await this.#run1('cluster status', ['cluster', 'status', '--json']);
      this.#rounds += 1;
      await this.#pause();
    }
  }

  /** Ends early when no more commands are to be run. */
  async #pause(): Promise<void> {
    const { signal } = this.#stop;
    try {
      await setTimeout(PAUSE_MS, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #produce(partition: number): Promise<void> {
    const { topic, acks, recorder } = this.#options;
    const values = Array.from({ length: LINES }, (_, line) => `command/${this.#rounds}/${line}`);
    // Where they were written is not said, so for the judge they stay open; see `missing`.
    for (const value of values) {
      recorder.startSend({ client: 'command', partition: `${topic}-${partition}`, value, acks });
    }
    const place = ['--partition', String(partition), '--acks', String(acks)];
    const result = await this.#run1('produce', ['produce', topic, ...place], values.join('\n'));
    if (result.code === 0) this.acknowledged.push({ partition, values });
  }

  #polled({ code, stdout }: ShellResult): void {
    if (code !== 0) return;
    const { topic, recorder } = this.#options;
    const client = `consume ${this.#rounds}`;
    for (const line of stdout.split('\n')) {
      if (line === '') continue;
      const { partition, offset, value } = JSON.parse(line) as {
        partition: number;
        offset: number;
        value: string;
      };
      recorder.add({
        kind: 'poll',
        client,
        partition: `${topic}-${partition}`,
        session: 1,
        records: [{ offset, value }],
        at: performance.now(),
      });
    }
  }

  async #run1(name: string, args: readonly string[], input = ''): Promise<ShellResult> {
    const bootstrap = ['--bootstrap', this.#options.bootstrap.join(',')];
    const result = await tryShell([process.execPath, COMMAND, ...args, ...bootstrap], {
      input,
      timeoutMs: TIMEOUT_MS,
      signal: this.#kill.signal,
    });
    if (this.#kill.signal.aborted) return result;
    const count = this.counts.get(name) ?? { runs: 0, failures: [] };
    this.counts.set(name, count);
    count.runs += 1;
    if (result.code !== 0) count.failures.push(result.stderr.trim().split('\n').at(-1) ?? '');
    if (!KNOWN_EXIT_CODES.includes(result.code)) {
      const how = result.code === null ? `did not end within ${TIMEOUT_MS} ms` : 'crashed';
      const said = result.stderr.trim().slice(-500);
      this.#options.problem(`\`odradek ${name}\` ${how} (${result.code}): ${said}`);
    }
    return result;
  }
}

/** Values that `produce` said were acknowledged, and that are not there in the end. */
export function missing(
  acknowledged: readonly AcknowledgedLines[],
  isThere: (partition: number, value: string) => boolean,
): string[] {
  return acknowledged.flatMap(({ partition, values }) =>
    values.filter((value) => !isThere(partition, value)),
  );
}
