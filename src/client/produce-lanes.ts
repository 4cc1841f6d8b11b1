import type { OdradekError } from '../base/errors.ts';
import { leaderEpoch, partitionIndex } from '../base/ids.ts';
import type { TopicId } from '../base/ids.ts';
import type { Append, AppendResult, ProduceOptions } from '../wire/hot/produce.ts';
import { PRODUCER_SERVICE } from '../wire/services.ts';
import type { Attempt } from './batches.ts';
import type { Receiver } from './deliveries.ts';
import type { OutgoingStream, Transport } from './transport.ts';
import type { ProduceStreamRequest } from '../wire/hot/produce.ts';
import { Signal } from './waiting.ts';

/** One stream to one broker, and what is under way on it. */
interface Lane {
  readonly address: string;
  stream: OutgoingStream<ProduceStreamRequest> | null;
  readonly underWay: Set<number>;
}

export interface LaneHandlers {
  onResult(result: AppendResult): void;
  /** With acks 0: the network has it. */
  onSent(correlationId: number): void;
  /** The stream is gone, and with it what was under way. */
  onLost(correlationIds: readonly number[], error: OdradekError): void;
  /** Behind the results of one message. */
  onTurnEnd(): void;
}

/**
 * A producer's streams, one per broker address, opened when there is something to send and again
 * after they have broken.
 */
export class ProduceLanes {
  readonly #transport: Transport;
  readonly #options: ProduceOptions;
  readonly #handlers: LaneHandlers;
  readonly #lanes: Map<string, Lane> = new Map();
  /** A stream is gone. */
  readonly #lost = new Signal();

  constructor(transport: Transport, options: ProduceOptions, handlers: LaneHandlers) {
    this.#transport = transport;
    this.#options = options;
    this.#handlers = handlers;
  }

  /** Sends sealed batches to the brokers of their routes, those of one broker together. */
  send(attempts: readonly Attempt<Receiver>[], topicIdOf: (topic: string) => TopicId | null): void {
    const byAddress: Map<string, Attempt<Receiver>[]> = new Map();
    for (const attempt of attempts) {
      const group = byAddress.get(attempt.route.address);
      if (group === undefined) byAddress.set(attempt.route.address, [attempt]);
      else group.push(attempt);
    }
    for (const [address, group] of byAddress) {
      const lane = this.#lane(address);
      let appends: Append[] = [];
      let bytes = 0;
      for (const attempt of group) {
        const append = toAppend(attempt, topicIdOf);
        if (appends.length > 0 && bytes + append.batch.length > MESSAGE_BYTES_MAX) {
          this.#write(lane, appends);
          appends = [];
          bytes = 0;
        }
        appends.push(append);
        bytes += append.batch.length;
      }
      this.#write(lane, appends);
    }
  }

  /** Gives up a stream that does not answer. */
  reset(address: string, error: OdradekError): void {
    const lane = this.#lanes.get(address);
    if (lane === undefined) return;
    lane.stream?.close();
    this.#lose(lane, error);
  }

  /** Until the brokers have read everything that was sent, which with acks 0 nothing else tells. */
  async end(): Promise<void> {
    for (const lane of this.#lanes.values()) lane.stream?.end();
    while (this.#lanes.size > 0) await this.#lost.next();
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.stream?.close();
    this.#lanes.clear();
    this.#lost.fire();
  }

  #write(lane: Lane, appends: readonly Append[]): void {
    const ids = appends.map((append) => append.correlationId);
    for (const id of ids) lane.underWay.add(id);
    const onSent =
      this.#options.acks === 0
        ? (): void => {
            for (const id of ids) {
              if (lane.underWay.delete(id)) this.#handlers.onSent(id);
            }
            this.#handlers.onTurnEnd();
          }
        : undefined;
    lane.stream?.send({ open: null, appends }, onSent);
  }

  #lane(address: string): Lane {
    const known = this.#lanes.get(address);
    if (known !== undefined) return known;
    const lane: Lane = { address, stream: null, underWay: new Set() };
    this.#lanes.set(address, lane);
    lane.stream = this.#transport.open(
      address,
      'produce',
      PRODUCER_SERVICE.produceStream,
      { open: this.#options, appends: [] },
      {
        onMessage: ({ results }) => {
          for (const result of results) {
            lane.underWay.delete(result.correlationId);
            this.#handlers.onResult(result);
          }
          this.#handlers.onTurnEnd();
        },
        onEnd: (error) => this.#lose(lane, error),
      },
    );
    return lane;
  }

  #lose(lane: Lane, error: OdradekError): void {
    this.#lanes.delete(lane.address);
    this.#handlers.onLost([...lane.underWay], error);
    lane.underWay.clear();
    this.#lost.fire();
    this.#handlers.onTurnEnd();
  }
}

/** Batches that are sent together share a message, up to this. */
const MESSAGE_BYTES_MAX = 2 * 1024 * 1024;

function toAppend(
  attempt: Attempt<Receiver>,
  topicIdOf: (topic: string) => TopicId | null,
): Append {
  const { batch, route, correlationId } = attempt;
  const { topic, partition } = batch.queue;
  return {
    correlationId,
    topic,
    topicId: topicIdOf(topic),
    partition: partitionIndex(partition),
    expectedLeaderEpoch: leaderEpoch(route.leaderEpoch),
    batch: batch.encoded ?? NO_BYTES,
  };
}

const NO_BYTES = new Uint8Array(0);
