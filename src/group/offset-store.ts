import { assertNever } from '../base/assert.ts';
import type { Refusal } from '../base/errors.ts';
import { refusal } from '../base/errors.ts';
import type { Offset, Timestamp, TopicId } from '../base/ids.ts';
import type { CommittedOffset, OffsetPartition } from './types.ts';

/** One committed offset as it is stored. */
export interface StoredOffset extends CommittedOffset {
  readonly group: string;
  /** Of the topic at that time: what is committed for a topic that was deleted counts no more. */
  readonly topicId: TopicId;
  readonly committedAt: Timestamp;
}

export interface OffsetKey extends OffsetPartition {
  readonly group: string;
}

export type OffsetCommand =
  /** `topicId` null: there is no such partition. `producerId` null: outside of a transaction. */
  | {
      readonly kind: 'commit';
      readonly group: string;
      readonly offsets: readonly (CommittedOffset & { readonly topicId: TopicId | null })[];
      readonly producerId: number | null;
    }
  /** Null: everything of the group. */
  | {
      readonly kind: 'delete';
      readonly group: string;
      readonly partitions: readonly OffsetPartition[] | null;
    }
  /** Forgets what was committed for topics that are gone. */
  | { readonly kind: 'sweep'; readonly exists: (topicId: TopicId) => boolean };

/** What the log of the offsets says, one event for a record or a marker. */
export type OffsetEvent =
  | {
      readonly kind: 'committed';
      readonly stored: StoredOffset;
      /** Not null: counts once this producer's transaction commits. */
      readonly producerId: number | null;
    }
  | { readonly kind: 'forgotten'; readonly key: OffsetKey }
  | {
      readonly kind: 'transactionEnded';
      readonly producerId: number;
      readonly outcome: 'commit' | 'abort';
    };

export interface OffsetReply {
  /** In the order of the command's offsets: why one was not taken, null if it was. */
  readonly results: readonly (Refusal | null)[];
}

/** The most that may be kept beside an offset, in bytes of UTF-8 (Kafka's default). */
export const OFFSET_METADATA_BYTES_MAX = 4_096;
/** The longest name of a group, in characters. */
export const GROUP_NAME_LENGTH_MAX = 249;

/**
 * The committed offsets of every group that one partition of the offsets topic holds. Made by the
 * group coordinator when it begins to lead that partition, fed with the partition's log from its
 * beginning, and thrown away when it leads no more.
 */
export class OffsetStore {
  readonly #groups = new Map<string, Map<string, Placed>>();
  /** Of open transactions, by producer; what a producer commits again replaces what it did. */
  readonly #pending = new Map<number, Map<string, Placed>>();

  /** Decides and changes nothing. */
  handle(command: OffsetCommand, now: Timestamp): { events: OffsetEvent[]; reply: OffsetReply } {
    switch (command.kind) {
      case 'commit':
        return commit(command, now);
      case 'delete':
        return this.#delete(command);
      case 'sweep':
        return this.#sweep(command);
      default:
        return assertNever(command);
    }
  }

  /** The only mutation, live and on recovery. `at` is where the log says it. */
  apply(event: OffsetEvent, at: Offset): void {
    switch (event.kind) {
      case 'committed': {
        const { stored, producerId } = event;
        const placed = { stored, at };
        if (producerId === null) this.#put(placed);
        else mapIn(this.#pending, producerId).set(pendingKey(stored), placed);
        return;
      }
      case 'forgotten': {
        const { group, ...place } = event.key;
        this.#groups.get(group)?.delete(placeKey(place));
        if (this.#groups.get(group)?.size === 0) this.#groups.delete(group);
        // G2: compaction keeps the tombstone of the two, so the live store must not keep more.
        for (const pending of this.#pending.values()) pending.delete(pendingKey(event.key));
        return;
      }
      case 'transactionEnded': {
        const pending = this.#pending.get(event.producerId);
        this.#pending.delete(event.producerId);
        if (pending === undefined || event.outcome === 'abort') return;
        for (const placed of pending.values()) this.#put(placed);
        return;
      }
      default:
        assertNever(event);
    }
  }

  /** Every group that has something committed, by name. */
  groups(): string[] {
    return [...this.#groups.keys()].sort();
  }

  /** What a group has committed, by topic and partition. */
  offsetsOf(group: string): StoredOffset[] {
    const offsets = [...(this.#groups.get(group)?.values() ?? [])].map(({ stored }) => stored);
    return offsets.sort((a, b) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
    );
  }

  offsetOf(group: string, place: OffsetPartition): StoredOffset | null {
    return this.#groups.get(group)?.get(placeKey(place))?.stored ?? null;
  }

  /** G3: whether an open transaction commits one of these; null: anything of the group. */
  isUnstable(group: string, partitions: readonly OffsetPartition[] | null): boolean {
    const asked = partitions === null ? null : new Set(partitions.map(placeKey));
    for (const pending of this.#pending.values()) {
      for (const { stored } of pending.values()) {
        if (stored.group !== group) continue;
        if (asked === null || asked.has(placeKey(stored))) return true;
      }
    }
    return false;
  }

  #delete({ group, partitions }: OffsetCommand & { kind: 'delete' }): Decision {
    const known = this.offsetsOf(group);
    const asked = partitions === null ? null : new Set(partitions.map(placeKey));
    const gone = known.filter((each) => asked === null || asked.has(placeKey(each)));
    return { events: gone.map(forgotten), reply: { results: [] } };
  }

  #sweep({ exists }: OffsetCommand & { kind: 'sweep' }): Decision {
    const events = this.groups()
      .flatMap((group) => this.offsetsOf(group))
      .filter(({ topicId }) => !exists(topicId))
      .map(forgotten);
    return { events, reply: { results: [] } };
  }

  /** G2: the order of the log decides, also for what becomes visible later than it was written. */
  #put(placed: Placed): void {
    const offsets = mapIn(this.#groups, placed.stored.group);
    const key = placeKey(placed.stored);
    const known = offsets.get(key);
    if (known === undefined || known.at <= placed.at) offsets.set(key, placed);
  }
}

/** Why a group cannot have this name, null if it can. */
export function refuseGroupName(group: string): Refusal | null {
  if (group.length >= 1 && group.length <= GROUP_NAME_LENGTH_MAX) return null;
  return refusal(
    'INVALID_GROUP_ID',
    `a group has a name of 1 to ${GROUP_NAME_LENGTH_MAX} characters, this one has ${group.length}`,
  );
}

/** A committed offset and where in the log it was committed. */
interface Placed {
  readonly stored: StoredOffset;
  readonly at: Offset;
}

interface Decision {
  readonly events: OffsetEvent[];
  readonly reply: OffsetReply;
}

function commit(
  { group, offsets, producerId }: OffsetCommand & { kind: 'commit' },
  now: Timestamp,
): Decision {
  const events: OffsetEvent[] = [];
  const results = offsets.map(({ topicId, ...offset }) => {
    const { topic, partition, metadata } = offset;
    if (topicId === null) {
      const message = `there is no partition ${topic}-${partition}`;
      return refusal('UNKNOWN_TOPIC_OR_PARTITION', message);
    }
    const bytes = ENCODER.encode(metadata).length;
    if (bytes > OFFSET_METADATA_BYTES_MAX) {
      return refusal(
        'OFFSET_METADATA_TOO_LARGE',
        `the metadata for ${topic}-${partition} has ${bytes} bytes, ${OFFSET_METADATA_BYTES_MAX} are allowed`,
      );
    }
    const stored = { ...offset, group, topicId, committedAt: now };
    events.push({ kind: 'committed', stored, producerId });
    return null;
  });
  return { events, reply: { results } };
}

function forgotten({ group, topic, partition }: StoredOffset): OffsetEvent {
  return { kind: 'forgotten', key: { group, topic, partition } };
}

function placeKey({ topic, partition }: OffsetPartition): string {
  return `${topic}:${partition}`;
}

function pendingKey({ group, topic, partition }: OffsetKey): string {
  return `${topic}:${partition}:${group}`;
}

function mapIn<Key, Inner, Value>(outer: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  const known = outer.get(key);
  if (known !== undefined) return known;
  const fresh = new Map<Inner, Value>();
  outer.set(key, fresh);
  return fresh;
}

const ENCODER = new TextEncoder();
