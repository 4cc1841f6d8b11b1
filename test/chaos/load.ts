/** Everything that uses the cluster during a run: writers, readers, and the command. */
import type { HistoryRecorder } from '../../src/testing/judge/recorder.ts';
import type { Availability } from './availability.ts';
import { Commands } from './commands.ts';
import type { ChaosOptions } from './options.ts';
import { Reader } from './readers.ts';
import { Writers } from './writers.ts';

const WRITERS = 4;
/** How long one reader's sessions last, which begins a little before where it was. */
const SESSION_MS = 7_000;

export interface LoadOptions {
  readonly options: ChaosOptions;
  readonly bootstrap: readonly string[];
  readonly topic: string;
  readonly recorder: HistoryRecorder;
  readonly availability: Availability;
  readonly now: () => number;
  readonly problem: (sentence: string) => void;
}

/** Made and started by the run; ends with `close`. */
export class Load {
  readonly writers: Writers;
  readonly readers: readonly Reader[];
  readonly commands: Commands;
  /** Sends of the writers that were not acknowledged, by code. */
  readonly errors = new Map<string, number>();

  constructor({ options, bootstrap, topic, recorder, ...rest }: LoadOptions) {
    const { availability, now, problem } = rest;
    const { partitions, acks, recordsPerSecond } = options;
    const shared = { bootstrap, topic, recorder, problem };
    this.writers = new Writers({
      ...shared,
      partitions,
      acks,
      writers: WRITERS,
      recordsPerSecond,
      acknowledged: (partition) => availability.acknowledged(partition, now()),
      notAcknowledged: ({ code }) => {
        const name = code ?? 'no code';
        this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
      },
    });
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const odd = all.filter((partition) => partition % 2 === 1);
    const even = all.filter((partition) => partition % 2 === 0);
    this.readers = [
      new Reader({ ...shared, name: 'reader of all', partitions: all }),
      new Reader({ ...shared, name: 'reader of some', partitions: even }),
      new Reader({
        ...shared,
        name: 'reader that comes and goes',
        partitions: odd.length === 0 ? even : odd,
        sessionMsMax: SESSION_MS,
      }),
    ];
    this.commands = new Commands({ ...shared, partitions, acks });
  }

  get readerErrors(): Map<string, number> {
    const sum = new Map<string, number>();
    for (const { errors } of this.readers) {
      for (const [code, count] of errors) sum.set(code, (sum.get(code) ?? 0) + count);
    }
    return sum;
  }

  /** At once: what is still under way is given up. */
  async close(): Promise<void> {
    await Promise.all([
      this.writers.stop(),
      this.commands.kill(),
      ...this.readers.map((reader) => reader.stop()),
    ]);
  }
}
