import type { Offset, PartitionIndex } from '../base/ids.ts';
import type { FetchStream, FetchTarget, FetchedPartition, IsolationLevel } from './interfaces.ts';
import {
  bytesOf,
  endOffsetOf,
  isCaughtUp,
  readPartition,
  type PartitionDirectory,
} from './partition-reader.ts';
import type { Turn, TurnWork } from './turn.ts';

/**
 * A consumer that is pushed to. Whole batches leave while there is credit, with an overdraft of one
 * message, so that a batch larger than the credit cannot deadlock; partitions take turns. A
 * partition that fails is reported and dropped: the client assigns it again, perhaps elsewhere.
 *
 * Nothing is buffered here: records are read when there is credit and the transport has room, so a
 * consumer that stops reading costs a few numbers.
 */
export class ConsumerStream implements FetchStream, TurnWork {
  readonly #directory: PartitionDirectory;
  readonly #turn: Turn;
  readonly #isolation: IsolationLevel;
  readonly #messageBytes: number;
  readonly #creditMax: number;
  readonly #deliver: (partitions: readonly FetchedPartition[]) => boolean;
  readonly #onClose: () => void;
  readonly #cursors = new Map<string, Cursor>();
  /** Cursors that may have something to send, in turn. */
  readonly #ready = new Set<Cursor>();
  #credit = 0;
  #full = false;
  #closed = false;

  constructor(options: {
    directory: PartitionDirectory;
    turn: Turn;
    isolation: IsolationLevel;
    messageBytes: number;
    creditMax: number;
    deliver: (partitions: readonly FetchedPartition[]) => boolean;
    onClose: () => void;
  }) {
    this.#directory = options.directory;
    this.#turn = options.turn;
    this.#isolation = options.isolation;
    this.#messageBytes = options.messageBytes;
    this.#creditMax = options.creditMax;
    this.#deliver = options.deliver;
    this.#onClose = options.onClose;
  }

  assign(partitions: readonly FetchTarget[]): void {
    if (this.#closed) return;
    for (const target of partitions) {
      const key = cursorKey(target.target.topic, target.target.partition);
      this.#remove(key);
      const host = this.#directory.find(target.target);
      const cursor: Cursor = {
        key,
        target,
        nextOffset: target.fetchOffset,
        caughtUpSent: false,
        reading: false,
        unwatch: 'code' in host ? () => {} : host.watch(() => this.#offer(cursor)),
      };
      this.#cursors.set(key, cursor);
      this.#offer(cursor);
    }
  }

  unassign(
    partitions: readonly { readonly topic: string; readonly partition: PartitionIndex }[],
  ): void {
    for (const { topic, partition } of partitions) this.#remove(cursorKey(topic, partition));
  }

  credit(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, this.#creditMax);
    this.#schedule();
  }

  drained(): void {
    this.#full = false;
    this.#schedule();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const key of [...this.#cursors.keys()]) this.#remove(key);
    this.#onClose();
  }

  onTurnEnd(): void {
    while (!this.#full && this.#credit > 0 && !this.#closed) {
      const cursor = this.#ready.values().next().value;
      if (cursor === undefined) return;
      this.#ready.delete(cursor);
      const target = { ...cursor.target, fetchOffset: cursor.nextOffset };
      const maxBytes = Math.min(this.#messageBytes, this.#credit);
      const fetched = readPartition(this.#directory, target, maxBytes, this.#isolation);
      if (!(fetched instanceof Promise)) {
        this.#take(cursor, fetched);
        continue;
      }
      cursor.reading = true;
      void fetched.then((read) => {
        cursor.reading = false;
        // Moved or dropped in the meantime: what was read is of an older generation.
        if (this.#cursors.get(cursor.key) !== cursor) return;
        this.#take(cursor, read);
        this.#schedule();
      });
    }
  }

  #take(cursor: Cursor, fetched: FetchedPartition): void {
    if (fetched.error !== null) {
      this.#remove(cursor.key);
      this.#send(fetched);
      return;
    }
    const bytes = bytesOf(fetched.chunks);
    if (bytes === 0) {
      // The end of what is committed, said once; the watch on the partition offers it again.
      if (!cursor.caughtUpSent) this.#send({ ...fetched, caughtUp: true });
      cursor.caughtUpSent = true;
      return;
    }
    this.#credit -= bytes;
    cursor.nextOffset = endOffsetOf(fetched.chunks);
    const caughtUp = isCaughtUp(fetched, cursor.nextOffset, this.#isolation);
    cursor.caughtUpSent = caughtUp;
    this.#send({ ...fetched, caughtUp });
    // Behind the others: partitions take turns.
    this.#ready.add(cursor);
  }

  #send(fetched: FetchedPartition): void {
    if (!this.#deliver([fetched])) this.#full = true;
  }

  #offer(cursor: Cursor): void {
    if (cursor.reading || this.#closed) return;
    this.#ready.add(cursor);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#ready.size > 0 && !this.#full && this.#credit > 0) this.#turn.add('answer', this);
  }

  #remove(key: string): void {
    const cursor = this.#cursors.get(key);
    if (cursor === undefined) return;
    cursor.unwatch();
    this.#cursors.delete(key);
    this.#ready.delete(cursor);
  }
}

interface Cursor {
  readonly key: string;
  readonly target: FetchTarget;
  nextOffset: Offset;
  /** The client knows that it has everything below the high watermark. */
  caughtUpSent: boolean;
  /** A cold read is under way. */
  reading: boolean;
  readonly unwatch: () => void;
}

function cursorKey(topic: string, partition: PartitionIndex): string {
  return `${topic}:${partition}`;
}
