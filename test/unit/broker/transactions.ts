/** A client of transactions at the level of the RPCs: routes, repeats what is retriable, and counts. */
import { ERRORS, type Refusal } from '../../../src/base/errors.ts';
import { offset, partitionIndex, timestamp, type Offset } from '../../../src/base/ids.ts';
import type { BrokerDoor } from '../../../src/broker/broker-door.ts';
import type { CoordinationApi } from '../../../src/broker/coordination.ts';
import type { FetchedPartition, IsolationLevel } from '../../../src/broker/interfaces.ts';
import { batchesIn, RecordBatchBuilder, RecordBatchView } from '../../../src/record/index.ts';
import type { ProduceResult } from '../../../src/replication/types.ts';
import type { ClusterNodes } from '../../../src/testing/cluster.ts';
import type { ProducerIdentity } from '../../../src/transaction/types.ts';
import { leaderOf } from './nodes.ts';

/** Who coordinates a key, once somebody does. */
export async function coordinatorOf(
  nodes: ClusterNodes,
  kind: 'group' | 'transaction',
  key: string,
): Promise<number> {
  const found = await retried(() => anyDoor(nodes).coordination.findCoordinator(kind, key));
  if ('code' in found) throw new Error(`${found.code}: ${found.message}`);
  return found.broker;
}

/** Asks the coordinator, again and again while it says that this may help. */
export async function coordinated<Answer>(
  nodes: ClusterNodes,
  kind: 'group' | 'transaction',
  key: string,
  ask: (api: CoordinationApi) => Promise<Answer | Refusal> | Answer | Refusal,
): Promise<Answer | Refusal> {
  return retried(async () => {
    const node = nodes.broker(await coordinatorOf(nodes, kind, key));
    if (!node.running) return refusalOf('COORDINATOR_NOT_AVAILABLE');
    return ask(node.broker.door.coordination);
  });
}

export class TransactionalClient {
  readonly nodes: ClusterNodes;
  readonly transactionalId: string;
  identity: ProducerIdentity = { producerId: 0, producerEpoch: 0 };
  readonly #sequences = new Map<string, number>();

  constructor(nodes: ClusterNodes, transactionalId: string) {
    this.nodes = nodes;
    this.transactionalId = transactionalId;
  }

  async init(timeoutMs = 0): Promise<this> {
    const { transactionalId } = this;
    const answer = await this.#ask((api) => api.initProducerId(transactionalId, timeoutMs));
    if ('code' in answer) throw new Error(`${answer.code}: ${answer.message}`);
    this.#become(answer);
    return this;
  }

  add(topic: string, ...partitions: number[]) {
    const named = partitions.map((partition) => ({ topic, partition: partitionIndex(partition) }));
    return this.#ask((api) => api.addPartitions(this.#self(), named, []));
  }

  addGroup(group: string) {
    return this.#ask((api) => api.addPartitions(this.#self(), [], [group]));
  }

  /** Without `add`, unless that was called. */
  async produce(topic: string, partition: number, ...values: string[]): Promise<ProduceResult> {
    const key = `${topic}-${partition}`;
    const baseSequence = this.#sequences.get(key) ?? 0;
    const batch = transactionalBatch({ ...this.identity, baseSequence }, values);
    const deadline = Date.now() + 10_000;
    for (;;) {
      const leader = await leaderOf(this.nodes, topic, partition);
      const result = await produceBatch(
        this.nodes.broker(leader).broker.door,
        topic,
        partition,
        Uint8Array.from(batch),
        this.transactionalId,
      );
      if (result.ok) this.#sequences.set(key, baseSequence + values.length);
      if (result.ok || !ERRORS[result.refusal.code].retriable || Date.now() > deadline) {
        return result;
      }
      await pause(10);
    }
  }

  async end(commit: boolean): Promise<ProducerIdentity | Refusal> {
    const answer = await this.#ask((api) => api.endTransaction(this.#self(), commit));
    if (!('code' in answer)) this.#become(answer);
    return answer;
  }

  #become(identity: ProducerIdentity): void {
    this.identity = { producerId: identity.producerId, producerEpoch: identity.producerEpoch };
    this.#sequences.clear();
  }

  #self() {
    return { transactionalId: this.transactionalId, ...this.identity };
  }

  #ask<Answer>(ask: (api: CoordinationApi) => Promise<Answer | Refusal>) {
    return coordinated(this.nodes, 'transaction', this.transactionalId, ask);
  }
}

export function transactionalBatch(
  producer: ProducerIdentity & { baseSequence: number },
  values: readonly string[],
): Uint8Array {
  const builder = new RecordBatchBuilder({ bytesMax: 1_000_000 });
  for (const value of values) {
    builder.append({ key: null, value, timestamp: timestamp(1_700_000_000_000) });
  }
  return Uint8Array.from(builder.build({ ...producer, transactional: true }));
}

export function produceBatch(
  door: BrokerDoor,
  topic: string,
  partition: number,
  batch: Uint8Array,
  transactionalId: string | null = null,
): Promise<ProduceResult> {
  return new Promise((resolve) => {
    door.produce(
      {
        target: { topic, topicId: null, partition: partitionIndex(partition) },
        acks: 'all',
        timeoutMs: 5_000,
        expectedLeaderEpoch: null,
        batch,
        transactionalId,
      },
      resolve,
    );
  });
}

/** Values of data records, aborted ones left out with read-committed, and where the reader may go. */
export async function readPartition(
  nodes: ClusterNodes,
  topic: string,
  partition: number,
  isolation: IsolationLevel,
): Promise<{ values: string[]; lastStableOffset: number; highWatermark: number }> {
  const door = nodes.broker(await leaderOf(nodes, topic, partition)).broker.door;
  const target = { topic, topicId: null, partition: partitionIndex(partition) };
  const values: string[] = [];
  let fetchOffset = offset(0);
  for (;;) {
    const call = {
      partitions: [
        { target, fetchOffset, currentLeaderEpoch: null, maxBytes: 1_000_000, generation: 0 },
      ],
      ...{ maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, isolation },
    };
    const [fetched] = await door.fetch(call, new AbortController().signal);
    if (fetched === undefined || fetched.error !== null) throw new Error(JSON.stringify(fetched));
    const read = valuesIn(fetched, isolation);
    values.push(...read.values);
    if (read.endOffset === null) {
      const lastStableOffset = fetched.lastStableOffset ?? -1;
      return { values, lastStableOffset, highWatermark: fetched.highWatermark ?? -1 };
    }
    fetchOffset = read.endOffset;
  }
}

/** `endOffset` is where the next fetch begins; null where nothing came. */
function valuesIn(
  fetched: FetchedPartition,
  isolation: IsolationLevel,
): { values: string[]; endOffset: Offset | null } {
  const values: string[] = [];
  let endOffset: Offset | null = null;
  const aborted = new Set<number>();
  const begun = [...(fetched.aborted ?? [])];
  for (const chunk of fetched.chunks) {
    for (const { header, position } of batchesIn(chunk)) {
      endOffset = offset(header.lastOffset + 1);
      // Before the marker is looked at: of what began before this fetch it may be all that is left.
      for (const each of begun.filter(({ firstOffset }) => firstOffset <= header.baseOffset)) {
        begun.splice(begun.indexOf(each), 1);
        aborted.add(each.producerId);
      }
      if (header.isControl) {
        aborted.delete(header.producerId);
        continue;
      }
      const skip = isolation === 'read-committed' && header.isTransactional;
      if (skip && aborted.has(header.producerId)) continue;
      for (const { value } of new RecordBatchView(chunk, position).records()) {
        values.push(new TextDecoder().decode(value ?? new Uint8Array()));
      }
    }
  }
  return { values, endOffset };
}

async function retried<Answer>(ask: () => Promise<Answer | Refusal>): Promise<Answer | Refusal> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    const again = isRefusal(answer) && ERRORS[answer.code].retriable;
    if (!again || Date.now() > deadline) return answer;
    await pause(10);
  }
}

function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'code' in answer;
}

function refusalOf(code: Refusal['code']): Refusal {
  return { code, message: ERRORS[code].message };
}

function anyDoor(nodes: ClusterNodes): BrokerDoor {
  const running = nodes.brokers.find((node) => node.running);
  if (running === undefined) throw new Error('no broker is running');
  return running.broker.door;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
