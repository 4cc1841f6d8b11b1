import type { Timer } from '../base/clock.ts';
import type { OdradekError } from '../base/errors.ts';
import type { CoordinatorParts } from './coordinator.ts';
import { Coordinator } from './coordinator.ts';
import { toOdradekError } from './errors.ts';
import type { GroupOffset } from './group-offsets.ts';
import { commitGroupOffsets, fetchGroupOffsets } from './group-offsets.ts';
import type { CallOptions } from './waiting.ts';

export interface GroupReaderOptions {
  readonly group: string;
  /** 0: only when asked to. */
  readonly autoCommitMs: number;
  readonly timeoutMs: number;
  /** What is done with, and so may be committed without being asked. */
  readonly done: () => readonly GroupOffset[];
  /** A commit that nobody waits for has been refused for good. */
  readonly onError: (error: OdradekError) => void;
}

/**
 * What a consumer has to say to the coordinator of its group: where to go on, and how far it has come,
 * every so often and when it is closed. Owned by the consumer.
 */
export class GroupReader {
  readonly #parts: CoordinatorParts;
  readonly #options: GroupReaderOptions;
  readonly #coordinator: Coordinator;
  /** By topic and partition, so that nothing is committed twice. */
  readonly #committed: Map<string, number> = new Map();
  #timer: Timer | null = null;
  /** One commit after the other, so that an older one does not overtake a newer. */
  #last: Promise<void> = Promise.resolve();

  constructor(parts: CoordinatorParts, options: GroupReaderOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#coordinator = new Coordinator(parts, 'group', options.group);
  }

  /** What is committed now, by `topic/partition`. Waits for transactions that are about to commit. */
  async start(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const { group, timeoutMs } = this.#options;
    const limits = { timeoutMs, signal };
    for (const each of await fetchGroupOffsets(this.#coordinator, group, true, limits)) {
      this.#committed.set(keyOf(each), each.offset);
    }
    this.#schedule();
    return new Map(this.#committed);
  }

  async commit(offsets: readonly GroupOffset[], options: CallOptions): Promise<void> {
    const { group, timeoutMs } = this.#options;
    const commit = this.#last.then(async () => {
      const news = offsets.filter((each) => this.#committed.get(keyOf(each)) !== each.offset);
      if (news.length === 0) return;
      const limits = { timeoutMs, ...options };
      await commitGroupOffsets(this.#coordinator, group, news, null, limits);
      for (const each of news) this.#committed.set(keyOf(each), each.offset);
    });
    this.#last = commit.catch(() => undefined);
    await commit;
  }

  /** Commits what is done with, unless only commits that are asked for count. */
  async close(options: CallOptions): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    const { autoCommitMs, done } = this.#options;
    if (autoCommitMs > 0) await this.commit(done(), { timeoutMs: CLOSE_TIMEOUT_MS, ...options });
  }

  #schedule(): void {
    const { autoCommitMs, done, onError } = this.#options;
    if (autoCommitMs === 0) return;
    this.#timer = this.#parts.clock.setTimer(autoCommitMs, () => {
      this.#timer = null;
      const offsets = done();
      this.commit(offsets, {}).then(
        () => this.#schedule(),
        (thrown: unknown) => {
          const error = toOdradekError(thrown);
          // What could not be committed now is committed with what comes next.
          if (error.retriable) this.#schedule();
          else onError(error);
        },
      );
    });
  }
}

/** How long a last commit may take. */
const CLOSE_TIMEOUT_MS = 10_000;

function keyOf({ topic, partition }: GroupOffset): string {
  return `${topic}/${partition}`;
}
