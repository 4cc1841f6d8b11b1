import { ERRORS, type ErrorCode, type ErrorEntry } from '../../../src/base/errors.ts';
import { offset, partitionIndex, timestamp, type PartitionKey } from '../../../src/base/ids.ts';
import type { FetchedPartition } from '../../../src/broker/interfaces.ts';
import {
  batchesIn,
  readBatchHeader,
  RecordBatchBuilder,
  RecordBatchView,
} from '../../../src/record/index.ts';
import type { Acks, ProduceResult } from '../../../src/replication/types.ts';
import type { BrokerNode } from '../../../src/testing/cluster.ts';
import { identityOf } from '../mirror.ts';
import { WORLD_EPOCH_MS } from '../node-clock.ts';
import { TOPIC, type World } from '../world.ts';

/** One produce request of one batch; a record for each character of its text. */
export interface Request {
  readonly acks: Acks;
  readonly text: string;
  /** `ok <first offset>`, or why not; undefined while nothing has come back. */
  answer: string | undefined;
}

/** Who sends a batch, and which one it is: the same sequence is the same batch, sent again. */
export interface Sender {
  readonly producerId: number;
  readonly sequence: number;
}

export interface ProduceOptions {
  readonly timeoutMs?: number;
  readonly recordBytes?: number;
  readonly as?: Sender;
}

export const CLIENT = 'client';
const TARGET = { topic: TOPIC, topicId: null, partition: partitionIndex(0) };

/**
 * A client that does as it is told: it sends each batch once, to this broker, and reads from that
 * one. Whatever a broker answers is held against the invariants when it is decided.
 */
export class StoryClient {
  /** What was acknowledged at acks=all, by offset. */
  readonly acknowledged = new Map<number, string>();
  readonly #world: World;
  #batches = 0;
  /** By producer and sequence, as it was sent first. */
  readonly #sent = new Map<string, Uint8Array>();

  constructor(world: World) {
    this.#world = world;
    world.network.lives(CLIENT, world.scheduler.startProcess(CLIENT));
  }

  /** `recordBytes`: each record is filled up to that size. */
  produce(node: BrokerNode, text: string, acks: Acks, options: ProduceOptions = {}): Request {
    const { network } = this.#world;
    const request: Request = { acks, text, answer: undefined };
    const batch = this.#batchOf(text, options);
    network.once(CLIENT, node.name, () => {
      if (!node.running) return;
      node.broker.door.produce(
        {
          target: TARGET,
          acks,
          timeoutMs: options.timeoutMs ?? PRODUCE_TIMEOUT_MS,
          expectedLeaderEpoch: null,
          batch,
        },
        (result) => {
          this.#judge(node, request, batch, result);
          const answer = result.ok ? `ok ${result.baseOffset}` : result.refusal.code;
          network.once(node.name, CLIENT, () => {
            request.answer = answer;
          });
        },
      );
    });
    return request;
  }

  /** Calls back with what lies behind `position` at this broker, or with the code that refuses it. */
  fetch(
    node: BrokerNode,
    position: number,
    done: (fetched: { readonly text: string; readonly end: number } | ErrorCode) => void,
  ): void {
    const { network } = this.#world;
    network.once(CLIENT, node.name, () => {
      if (!node.running) return;
      void node.broker.door
        .fetch(
          {
            partitions: [
              {
                target: TARGET,
                fetchOffset: offset(position),
                currentLeaderEpoch: null,
                maxBytes: FETCH_BYTES,
                generation: 0,
              },
            ],
            maxWaitMs: 0,
            minBytes: 0,
            maxBytes: FETCH_BYTES,
            isolation: 'read-committed',
          },
          new AbortController().signal,
        )
        .then(([fetched]) => {
          if (fetched === undefined) return;
          this.#judgeRead(node, position, fetched);
          const read = fetched.error?.refusal.code ?? textOf(fetched.chunks, position);
          network.once(node.name, CLIENT, () => done(read));
        });
    });
  }

  /** Calls back with where the log ends for a consumer, or with the code that refuses to say. */
  latest(node: BrokerNode, done: (end: number | ErrorCode) => void): void {
    const { network } = this.#world;
    network.once(CLIENT, node.name, () => {
      if (!node.running) return;
      void node.broker.door
        .listOffsets([{ target: TARGET, currentLeaderEpoch: null, at: 'end' }], 'read-uncommitted')
        .then(([listed]) => {
          const end = listed?.error?.refusal.code ?? listed?.offset ?? 0;
          network.once(node.name, CLIENT, () => done(end));
        });
    });
  }

  #key(): PartitionKey {
    const [key] = this.#world.keys;
    if (key === undefined) throw new Error('there is no topic yet');
    return key;
  }

  /** From the moment when a broker decides its answer the cluster is held to it. */
  #judge(node: BrokerNode, request: Request, batch: Uint8Array, result: ProduceResult): void {
    const world = this.#world;
    const key = this.#key();
    const ghost = world.ghosts.get(key);
    const header = readBatchHeader(batch, 0);
    const identity = identityOf(batch, 0, header.maxTimestamp);
    const broker = node.id;
    if (ghost === undefined) return;
    if (!result.ok) {
      const { code } = result.refusal;
      world.note(node.name, 'refuses', { text: request.text, code });
      const { indeterminate }: ErrorEntry = ERRORS[code];
      // What was sent before may be there all the same.
      if (indeterminate === true || header.producerId >= 0) return;
      ghost.refused.add(identity);
      world.checkLater((invariant) =>
        invariant.onRefused?.(world, { key, identity, code, broker }),
      );
      return;
    }
    const { acks } = request;
    if (acks === 0) return;
    const answer = {
      key,
      acks,
      baseOffset: result.baseOffset as number,
      endOffset: result.baseOffset + header.recordsCount,
      identity,
      broker,
      leaderEpoch: header.leaderEpoch,
      at: world.now,
    };
    world.note(node.name, 'acknowledges', { text: request.text, offset: answer.baseOffset, acks });
    for (const [index, record] of [...request.text].entries()) {
      if (acks === 'all') this.acknowledged.set(answer.baseOffset + index, record);
    }
    ghost.acknowledged.push(answer);
    world.checkLater((invariant) => invariant.onAcknowledged?.(world, answer));
  }

  #judgeRead(node: BrokerNode, position: number, { chunks }: FetchedPartition): void {
    const world = this.#world;
    const key = this.#key();
    let from = position;
    for (const bytes of chunks) {
      const read = { reader: CLIENT, broker: node.id, key, position: from, bytes, aborted: [] };
      world.checkLater((invariant) => invariant.onConsumed?.(world, read));
      for (const { header } of batchesIn(bytes)) from = header.lastOffset + 1;
    }
  }

  /** Each batch has a timestamp of its own: that is how the invariants tell them apart. */
  #batchOf(text: string, { recordBytes = 1, as }: ProduceOptions): Uint8Array {
    const again = as === undefined ? undefined : this.#sent.get(`${as.producerId} ${as.sequence}`);
    // The leader writes into the bytes that it is given.
    if (again !== undefined) return Uint8Array.from(again);
    this.#batches += 1;
    const builder = new RecordBatchBuilder({ bytesMax: 1_000_000 });
    for (const record of text) {
      const value = record.padEnd(recordBytes, '.');
      builder.append({ key: null, value, timestamp: timestamp(WORLD_EPOCH_MS + this.#batches) });
    }
    const sender =
      as === undefined
        ? {}
        : { producerId: as.producerId, producerEpoch: 0, baseSequence: as.sequence };
    const batch = Uint8Array.from(builder.build(sender));
    if (as !== undefined) this.#sent.set(`${as.producerId} ${as.sequence}`, Uint8Array.from(batch));
    return batch;
  }
}

/** The first character of every record from `position` on, and where the last one ends. */
export function textOf(
  chunks: readonly Uint8Array[],
  position: number,
): { text: string; end: number } {
  let text = '';
  let end = position;
  for (const bytes of chunks) {
    for (const { position: at } of batchesIn(bytes)) {
      for (const record of new RecordBatchView(bytes, at).records()) {
        if (record.offset < position) continue;
        text += String.fromCharCode(record.value?.[0] ?? 0);
        end = record.offset + 1;
      }
    }
  }
  return { text, end };
}

const PRODUCE_TIMEOUT_MS = 5_000;
const FETCH_BYTES = 65_536;
