/**
 * A cluster of production hosts whose power is cut under load: of everyone at once, of one broker
 * after the other, during recovery; or everyone's process is killed. Topics sync before they
 * acknowledge, so whatever was acknowledged at acks=all is there afterwards, at its offset, and the
 * replicas agree byte for byte.
 *
 * Time and randomness are drawn from the seed: `ODRADEK_SEED=17` lives the same life again.
 */
import { expect, test } from 'vitest';
import type { Acks } from '../../src/replication/types.ts';
import { ClusterLife } from './cluster-life.ts';

const SEEDS = 100;
/** Seeds of one test: a failure then names a few, and the reporter shows progress. */
const SEEDS_PER_TEST = 10;

async function live(seed: number, promised?: readonly Acks[]): Promise<ClusterLife> {
  const life = new ClusterLife(seed, promised);
  try {
    await life.begin();
    const rounds = 2 + life.random.below(3);
    for (let round = 0; round < rounds; round++) {
      life.load();
      await life.pass(20 + life.random.below(150));
      // Logs that have come apart when the power goes are the harder case.
      if (life.random.below(3) === 0) await life.cutLink(life.random.below(60));
      await STORIES[life.random.below(STORIES.length)]?.(life);
      if (life.random.below(2) === 0) await life.pass(life.random.below(200));
      life.heal();
      await life.rest();
      await life.expectWhole();
    }
    await life.end();
  } catch (error) {
    const story = life.trace.slice(-TRACE_LINES).join('\n');
    throw new Error(`ODRADEK_SEED=${seed}: ${String(error)}\n${story}`, { cause: error });
  }
  return life;
}

const STORIES: readonly ((life: ClusterLife) => Promise<void>)[] = [
  // Everyone's power at once, twice as likely as the rest: nobody is left who knows.
  everyonesPower,
  everyonesPower,
  async function everyonesProcess(life) {
    life.cut(life.everything, 'process');
    await life.startAll(30);
  },
  async function powerDuringRecovery(life) {
    life.cut(life.everything, 'power');
    for (let again = 1 + life.random.below(3); again > 0; again--) {
      await life.startAll(life.random.below(2) === 0 ? 0 : 5);
      await life.pass(life.random.below(30) / 5);
      life.cut(life.everything, 'power');
    }
    await life.startAll(10);
  },
  async function oneAfterTheOther(life) {
    for (let deaths = 1 + life.random.below(4); deaths > 0; deaths--) {
      const node = life.nodes.brokers[life.random.below(3)];
      if (node === undefined) return;
      life.cut([node], life.random.below(4) === 0 ? 'process' : 'power');
      await life.pass(life.random.below(120));
      life.start(node);
      await life.pass(life.random.below(200));
    }
  },
  async function oneThingAfterTheOther(life) {
    // Nobody waits for anything to be well again: the next trouble finds the cluster as it is.
    for (let troubles = 3 + life.random.below(8); troubles > 0; troubles--) {
      const node = life.everything[life.random.below(life.everything.length)];
      if (node === undefined) return;
      const kind = life.random.below(6);
      if (life.isDown(node)) life.start(node);
      else if (kind < 3) life.cut([node], kind === 0 ? 'process' : 'power');
      else if (kind === 3) life.heal();
      else await life.cutLink(0);
      await life.pass(life.random.below(life.random.below(3) === 0 ? 200 : 20));
    }
    if (life.random.below(2) === 0) {
      life.cut(
        life.everything.filter((node) => !life.isDown(node)),
        'power',
      );
    }
    await life.startAll(20);
  },
  async function controllersPower(life) {
    life.cut([life.nodes.controller], 'power');
    await life.pass(life.random.below(100));
    if (life.random.below(2) === 0) {
      life.cut(life.nodes.brokers, 'power');
      for (const node of life.nodes.brokers) life.start(node);
    }
    life.start(life.nodes.controller);
  },
];

async function everyonesPower(life: ClusterLife): Promise<void> {
  life.cut(life.everything, 'power');
  await life.startAll(life.random.below(2) === 0 ? 0 : 40);
}

const TRACE_LINES = 120;

const chosen = process.env['ODRADEK_SEED'];
/** Further seeds, which have found something. */
const TELLING = [321, 547];
const seeds =
  chosen === undefined
    ? [...Array.from({ length: SEEDS }, (_, index) => index + 1), ...TELLING]
    : [Number(chosen)];

for (let from = 0; from < seeds.length; from += SEEDS_PER_TEST) {
  const some = seeds.slice(from, from + SEEDS_PER_TEST);
  const name = some.length === 1 ? `seed ${some[0]}` : `seeds ${some[0]} to ${some.at(-1)}`;
  test(`nothing acknowledged at acks=all is lost when the power goes: ${name}`, async () => {
    let acknowledged = 0;
    for (const seed of some) {
      const life = await live(seed);
      acknowledged += life.acknowledged.length;
    }
    // A test of a cluster that acknowledges nothing would show nothing.
    if (chosen === undefined) expect(acknowledged).toBeGreaterThan(some.length * 10);
  });
}

test('a record that a promise did not cover is lost at times, and is missed here', async () => {
  // At acks=1 a leader answers for its own disk alone. Taking that for the cluster's word must fail.
  const failures: string[] = [];
  for (let seed = 1; seed <= SEEDS && failures.length === 0; seed++) {
    await live(seed, [1, 'all']).catch((error: unknown) => failures.push(String(error)));
  }
  expect(failures[0]).toMatch(/was acknowledged, found/);
});

test('a seed lives the same life again', async () => {
  const [one, other] = [await live(7), await live(7)];
  expect(other.trace).toEqual(one.trace);
});
