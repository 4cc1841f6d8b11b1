import type { Random } from '../base/random.ts';

/** What a partitioner may look at. */
export interface PartitionableRecord {
  readonly key?: Uint8Array | string | null;
  readonly value?: Uint8Array | string | null;
}

/** Chooses a partition from 0 to `partitionCount` - 1. Must be quick: it runs for every record. */
export type Partitioner = (
  topic: string,
  record: PartitionableRecord,
  partitionCount: number,
) => number;

/**
 * The partition of a key, the same as Kafka's default partitioner gives (murmur2 on the key's bytes,
 * the sign bit cleared, modulo the partitions), so that keys written by other clients land together.
 */
export function partitionOfKey(key: Uint8Array | string, partitionCount: number): number {
  const hash = typeof key === 'string' ? murmur2OfString(key) : murmur2(key, key.length);
  return (hash & 0x7fff_ffff) % partitionCount;
}

/**
 * Records without a key stay on one partition until it has had `stickyBytes` and its batch has left or
 * is full, and then move on to another one at random that has a leader (KIP-480, KIP-794): large
 * batches, evenly spread. One per topic.
 */
export class StickyPartition {
  readonly #stickyBytes: number;
  readonly #random: Random;
  #partition = -1;
  #bytesLeft = 0;

  constructor(stickyBytes: number, random: Random) {
    this.#stickyBytes = stickyBytes;
    this.#random = random;
  }

  /**
   * The partition for a record of about `bytes`; `hasLeader` says which can take records now, `isFilling`
   * which have a batch that still grows.
   */
  next(
    bytes: number,
    partitionCount: number,
    hasLeader: (partition: number) => boolean,
    isFilling: (partition: number) => boolean,
  ): number {
    if (
      this.#partition < 0 ||
      this.#partition >= partitionCount ||
      (this.#bytesLeft <= 0 && !isFilling(this.#partition)) ||
      !hasLeader(this.#partition)
    ) {
      this.#partition = this.#choose(partitionCount, hasLeader);
      this.#bytesLeft = this.#stickyBytes;
    }
    this.#bytesLeft -= bytes;
    return this.#partition;
  }

  /** Another partition than the present one where there is a choice; any if none has a leader. */
  #choose(partitionCount: number, hasLeader: (partition: number) => boolean): number {
    const start = this.#random.below(partitionCount);
    let fallback = -1;
    for (let step = 0; step < partitionCount; step++) {
      const candidate = (start + step) % partitionCount;
      if (!hasLeader(candidate)) continue;
      if (candidate !== this.#partition) return candidate;
      fallback = candidate;
    }
    return fallback === -1 ? start : fallback;
  }
}

const SEED = 0x9747b28c | 0;
const MULTIPLIER = 0x5bd1e995;

/** Murmur2 in 32 bits over the first `length` bytes, as `org.apache.kafka.common.utils.Utils` has it. */
export function murmur2(bytes: Uint8Array, length: number = bytes.length): number {
  let hash = SEED ^ length;
  const wordsEnd = length & ~3;
  for (let at = 0; at < wordsEnd; at += 4) {
    let word =
      byteAt(bytes, at) |
      (byteAt(bytes, at + 1) << 8) |
      (byteAt(bytes, at + 2) << 16) |
      (byteAt(bytes, at + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    word = Math.imul(word, MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const rest = length & 3;
  if (rest === 3) hash ^= byteAt(bytes, wordsEnd + 2) << 16;
  if (rest >= 2) hash ^= byteAt(bytes, wordsEnd + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byteAt(bytes, wordsEnd), MULTIPLIER);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Keys are short: one buffer holds the bytes of nearly all of them, without an allocation. */
const SCRATCH = Buffer.alloc(1024);

function murmur2OfString(text: string): number {
  // A character takes at most three bytes in UTF-8.
  if (text.length * 3 <= SCRATCH.length) return murmur2(SCRATCH, SCRATCH.write(text));
  return murmur2(Buffer.from(text));
}
