/**
 * Clients that write to two partitions and commit offsets in one transaction, while brokers are
 * killed, stopped and cut off: every transaction is seen whole or not at all, as its client was told.
 */
import { expect, test } from 'vitest';
import { offset, partitionIndex } from '../../../src/base/ids.ts';
import type { ClusterNodes } from '../../../src/testing/cluster.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { createTopic, startNodes } from './nodes.ts';
import { coordinated, readPartition, TransactionalClient } from './transactions.ts';

const SETTINGS = {
  'transaction.state.topic.partitions': '4',
  'offsets.topic.partitions': '4',
  'transaction.check.interval.ms': '20ms',
  'transaction.timeout.ms': '2s',
};
const PARTITIONS = 3;
const FIRE_MS = 5_000;
const CLIENTS = ['a', 'b', 'c'];

type Outcome = 'committed' | 'aborted' | 'unknown';

/** One transaction after the other, each named `client-number`, until it is told to stop. */
class Client {
  readonly name: string;
  readonly outcomes = new Map<number, Outcome>();
  readonly #nodes: ClusterNodes;
  readonly #random: SeededRandom;

  constructor(nodes: ClusterNodes, name: string, seed: number) {
    this.#nodes = nodes;
    this.name = name;
    this.#random = new SeededRandom(seed);
  }

  async run(isOver: () => boolean): Promise<void> {
    let producer = await new TransactionalClient(this.#nodes, this.name).init();
    for (let number = 1; !isOver(); number += 1) {
      const commit = this.#random.below(10) < 7 && (await this.#write(producer, number));
      this.outcomes.set(number, commit ? 'unknown' : 'aborted');
      const ended = await producer.end(commit);
      if (!('code' in ended)) this.outcomes.set(number, commit ? 'committed' : 'aborted');
      else producer = await new TransactionalClient(this.#nodes, this.name).init();
    }
  }

  /** The offset that the group may have: of the last commit, or of one of unknown outcome behind it. */
  possibleOffsets(): (number | null)[] {
    let possible: (number | null)[] = [null];
    for (const [number, outcome] of this.outcomes) {
      if (outcome === 'committed') possible = [number];
      else if (outcome === 'unknown') possible.push(number);
    }
    return possible;
  }

  /** Whether all of it was taken. */
  async #write(producer: TransactionalClient, number: number): Promise<boolean> {
    const value = `${this.name}-${number}`;
    const places = [number % PARTITIONS, (number + 1) % PARTITIONS];
    if ('code' in (await producer.add('flights', ...places))) return false;
    if ('code' in (await producer.addGroup(this.name))) return false;
    for (const partition of places) {
      if (!(await producer.produce('flights', partition, value)).ok) return false;
    }
    const transaction = { transactionalId: this.name, ...producer.identity };
    const place = { topic: 'flights', partition: partitionIndex(0) };
    const offsets = [{ ...place, offset: offset(number), leaderEpoch: null, metadata: '' }];
    const committed = await coordinated(this.#nodes, 'group', this.name, (api) =>
      api.commitOffsets({ group: this.name, offsets, transaction }),
    );
    return !('code' in committed);
  }
}

async function fire(nodes: ClusterNodes, random: SeededRandom, isOver: () => boolean) {
  for (let round = 0; !isOver(); round += 1) {
    await pause(200 + random.below(300));
    const victim = nodes.broker(1 + random.below(3));
    const other = 1 + (victim.id % 3);
    if (round % 3 === 2) {
      nodes.network.cut(victim.name, `broker-${other}`);
      if (random.below(2) === 0) nodes.network.cut(`broker-${other}`, victim.name);
      await pause(random.below(1_000));
      nodes.network.heal();
      continue;
    }
    if (round % 3 === 0) await victim.kill();
    else await victim.stop(2_000);
    await pause(random.below(700));
    await victim.start();
    await victim.active();
  }
}

test('transactions are whole, or they are not at all', async () => {
  const nodes = await startNodes(3, SETTINGS);
  await createTopic(nodes, 'flights', { partitions: PARTITIONS, replicationFactor: 3 });
  const clients = CLIENTS.map((name, index) => new Client(nodes, name, index + 1));
  const end = Date.now() + FIRE_MS;
  const isOver = () => Date.now() > end;
  const work = Promise.all(clients.map((client) => client.run(isOver)));
  await fire(nodes, new SeededRandom(7), isOver);
  await work;

  const seen = new Map<string, number>();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    for (const value of await allCommitted(nodes, partition)) {
      seen.set(value, (seen.get(value) ?? 0) + 1);
    }
  }
  const wrong: string[] = [];
  for (const { name, outcomes } of clients) {
    expect([...outcomes.values()].filter((each) => each === 'committed').length).toBeGreaterThan(5);
    for (const [number, outcome] of outcomes) {
      const times = seen.get(`${name}-${number}`) ?? 0;
      const allowed = { committed: [2], aborted: [0], unknown: [0, 2] }[outcome];
      if (!allowed.includes(times)) wrong.push(`${name}-${number} ${outcome}, seen ${times} times`);
    }
  }
  expect(wrong).toEqual([]);
  for (const client of clients) {
    const fetched = await coordinated(nodes, 'group', client.name, (api) =>
      api.fetchOffsets(client.name, null, true),
    );
    if ('code' in fetched) throw new Error(fetched.message);
    expect(client.possibleOffsets()).toContain(fetched[0]?.offset ?? null);
  }
  await nodes.stop();
}, 60_000);

/** Once every transaction in the partition has come to its end. */
async function allCommitted(nodes: ClusterNodes, partition: number): Promise<string[]> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const read = await readPartition(nodes, 'flights', partition, 'read-committed');
    if (read.lastStableOffset === read.highWatermark) return read.values;
    if (Date.now() > deadline) throw new Error(`partition ${partition} never became stable`);
    await pause(20);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
