/**
 * A data directory is used as a broker uses it, and the machine or the process dies before the n-th
 * file operation, for every n: whatever was promised before holds at the next start.
 */
import { describe, expect, test } from 'vitest';
import {
  brokerEpoch,
  clusterId,
  metadataOffset,
  nodeId,
  offset,
  partitionIndex,
  partitionKey,
  topicId,
} from '../../src/base/ids.ts';
import type { PartitionKey } from '../../src/base/ids.ts';
import { DataDirectory } from '../../src/log/data-directory.ts';
import { readLogState } from '../../src/log/log-state.ts';
import { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
import { MemoryMachine } from '../../src/testing/memory-machine.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';

const ONE = topicId('AAAAAAAAAAAAAAAAAAAAAQ');
const TWO = topicId('AAAAAAAAAAAAAAAAAAAAAg');
const CLUSTER = clusterId('CCCCCCCCCCCCCCCCCCCCCA');
const P0 = partitionIndex(0);
const A = partitionKey(ONE, P0);
const B = partitionKey(TWO, P0);

/** How the machine or the process dies; several seeds, since chance may keep everything. */
const DEATHS = ['drop', 'keep', 'tear', 'kill', 1, 2, 3, 4] as const;
type Death = (typeof DEATHS)[number];

/** What has been promised so far, and what may be true beyond that. */
class Promised {
  readonly marksAtLeast = new Map<PartitionKey, number>();
  readonly marksAtMost = new Map<PartitionKey, number>();
  epochs: readonly (number | null)[] = [null];
  metadataAtLeast = -1;
  clusterIdKnown = false;
  diskId: string | null = null;
  /** Directory names and topic ids that may be found together. */
  partitions: readonly string[] = [''];
  cleanStops: readonly (number | null)[] = [null];
}

class World {
  fileSystem = new MemoryFileSystem();
  readonly machine = new MemoryMachine();
  readonly #random = new SeededRandom(7);

  open(): Promise<DataDirectory> {
    return DataDirectory.open({
      fileSystem: this.fileSystem,
      path: '/srv/data',
      role: 'broker',
      nodeId: nodeId(1),
      clusterId: null,
      random: this.#random,
      probe: this.machine.startProcess(),
    });
  }

  die(death: Death, at: number): MemoryFileSystem {
    this.machine.reboot();
    if (death === 'kill') return this.fileSystem.processCrash();
    if (typeof death === 'string') return this.fileSystem.crash({ policy: death });
    return this.fileSystem.crash({ random: new SeededRandom(at * 100 + death) });
  }

  /** Runs `life` until it ends (false) or until it dies before its operation `at` (true). */
  async liveUntil(at: number, death: Death, life: () => Promise<void>): Promise<boolean> {
    const { fileSystem } = this;
    let died = false;
    let onDeath = (): void => {};
    const dead = new Promise<void>((resolve) => (onDeath = resolve));
    fileSystem.onOperation(({ index }) => {
      if (index !== at) return;
      died = true;
      this.fileSystem = this.die(death, at);
      onDeath();
    });
    const lived = life().catch((error: unknown) => {
      // The operation in which it died throws; everything else is a failure of the test.
      if (!died) throw error;
    });
    await Promise.race([lived, dead]);
    return died;
  }
}

/** Two incarnations of a broker, with everything that a data directory is asked to do. */
async function twoIncarnations(world: World, promised: Promised): Promise<void> {
  const first = await world.open();
  promised.diskId = first.diskId;
  await first.recordClusterId(CLUSTER);
  promised.clusterIdKnown = true;

  promised.epochs = [null, 1];
  await first.marks.setBrokerEpoch(brokerEpoch(1));
  promised.epochs = [1];

  promised.partitions = ['', `t-0 ${ONE}`];
  await first.createPartitionDirectory('t', ONE, P0);
  promised.partitions = [`t-0 ${ONE}`];
  promised.marksAtMost.set(A, 0);
  await first.marks.ensure(A);
  promised.marksAtLeast.set(A, 0);

  promised.marksAtMost.set(A, 100);
  first.marks.raise(A, offset(100));
  first.marks.setMetadataOffset(metadataOffset(50));
  await first.marks.sync();
  promised.marksAtLeast.set(A, 100);
  promised.metadataAtLeast = 50;

  // The topic is recreated: the old directory goes aside, and is kept.
  promised.partitions = [`t-0 ${ONE}`, '', `t-0 ${TWO}`];
  await first.createPartitionDirectory('t', TWO, P0);
  promised.partitions = [`t-0 ${TWO}`];
  promised.marksAtMost.set(B, 0);
  await first.marks.ensure(B);
  promised.marksAtLeast.set(B, 0);

  // A truncation, while an older rewrite with a higher mark is under way.
  promised.marksAtMost.set(B, 80);
  first.marks.raise(B, offset(80));
  const older = first.marks.sync();
  // Its content is taken by the second of these turns: the lower mark is not in it.
  await Promise.resolve();
  await Promise.resolve();
  await Promise.all([first.marks.lower(B, offset(30)), older]);
  promised.marksAtMost.set(B, 30);
  promised.marksAtLeast.set(B, 30);

  promised.cleanStops = [null, 1];
  promised.marksAtMost.set(B, 60);
  first.marks.raise(B, offset(60));
  await first.closeCleanly(brokerEpoch(1));
  promised.cleanStops = [1];
  promised.marksAtLeast.set(B, 60);

  promised.cleanStops = [1, null];
  const second = await world.open();
  promised.cleanStops = [null];
  expect(second.cleanStop).toBe(1);

  promised.epochs = [1, 2];
  await second.marks.setBrokerEpoch(brokerEpoch(2));
  promised.epochs = [2];

  promised.partitions = [`t-0 ${TWO}`, ''];
  promised.marksAtLeast.delete(B);
  await second.deletePartition('t', TWO, P0);
  promised.partitions = [''];
  await second.marks.sync();
  promised.marksAtMost.delete(B);
  promised.cleanStops = [null, 2];
  await second.closeCleanly(brokerEpoch(2));
  promised.cleanStops = [2];
}

function assertHolds(world: World, directory: DataDirectory, promised: Promised): void {
  const { intact, brokerEpoch, metadataOffset, marks } = directory.marks.load();
  expect(intact).toBe(true);
  if (promised.diskId !== null) expect(directory.diskId).toBe(promised.diskId);
  if (promised.clusterIdKnown) expect(directory.clusterId).toBe(CLUSTER);
  expect(promised.epochs).toContain(brokerEpoch);
  expect(metadataOffset ?? -1).toBeGreaterThanOrEqual(promised.metadataAtLeast);
  expect(promised.cleanStops).toContain(directory.cleanStop);
  for (const [key, atLeast] of promised.marksAtLeast) {
    expect(marks.get(key) ?? -1).toBeGreaterThanOrEqual(atLeast);
  }
  for (const [key, mark] of marks) {
    expect(mark).toBeLessThanOrEqual(promised.marksAtMost.get(key) ?? -1);
  }
  // After a clean stop the marks are not just a lower bound: all of it was written down.
  if (directory.cleanStop === 1) expect(marks.get(B)).toBe(60);
  expect(directory.strays()).toEqual([]);
  const found = directory.partitions().map((each) => {
    return `${each.directory.slice('/srv/data/'.length)} ${each.topicId}`;
  });
  expect(promised.partitions).toContain(found.join());
  // What bears a partition's name holds a sound log: nothing in it is made under that name.
  for (const { directory: path } of directory.partitions()) {
    expect(readLogState(world.fileSystem, path)).toMatchObject({ state: { condition: 'whole' } });
  }
}

describe.each(DEATHS)('death by %s before any operation', (death) => {
  test('leaves what was promised, and a directory that opens', async () => {
    let deaths = 0;
    for (let at = 1; ; at++) {
      const world = new World();
      const promised = new Promised();
      const died = await world.liveUntil(at, death, () => twoIncarnations(world, promised));
      if (!died) world.fileSystem = world.die(death, at);
      else deaths++;
      const directory = await world.open();
      assertHolds(world, directory, promised);
      await directory.close();

      // Nothing that a start does is undone by the next power cut.
      world.fileSystem = world.fileSystem.crash({ policy: 'drop' });
      world.machine.reboot();
      const again = await world.open();
      assertHolds(world, again, { ...promised, cleanStops: [null] });
      expect(again.partitions()).toEqual(directory.partitions());
      expect(again.marks.load()).toEqual(directory.marks.load());
      if (!died) break;
    }
    // The story has a length: a loop that ended at once would have shown nothing.
    expect(deaths).toBeGreaterThan(80);
  });

  test('during the start that takes a clean stop leaves it whole or gone', async () => {
    for (let at = 1; ; at++) {
      const world = new World();
      await (await world.open()).closeCleanly(brokerEpoch(5));
      const operations = world.fileSystem.operationCount;
      let opened = false;
      const died = await world.liveUntil(operations + at, death, async () => {
        expect((await world.open()).cleanStop).toBe(5);
        opened = true;
      });
      if (!died) world.fileSystem = world.die(death, at);
      const directory = await world.open();
      expect(opened ? [null] : [null, 5]).toContain(directory.cleanStop);
      if (!died) break;
    }
  });
});

describe('a disk that fails', () => {
  const OPERATIONS = [
    'open',
    'write',
    'truncate',
    'sync',
    'rename',
    'remove',
    'syncDirectory',
    'makeDirectory',
    'read',
  ] as const;

  test.each(OPERATIONS)(
    'in the n-th %s: the call is refused, nothing is left open, and the next start holds',
    async (operation) => {
      let failures = 0;
      for (let at = 1; ; at++) {
        const world = new World();
        const promised = new Promised();
        let count = 0;
        world.fileSystem.onOperation((observed) => {
          if (observed.operation !== operation || observed.path.includes('metadata')) return;
          if (++count === at) {
            world.fileSystem.failNext(operation, observed.path, 'EIO');
          }
        });
        const outcome = await twoIncarnations(world, promised).then(
          () => 'finished',
          (error: unknown) => error,
        );
        if (count < at) {
          expect(outcome).toBe('finished');
          break;
        }
        failures++;
        expect(outcome).toMatchObject({ code: 'EIO' });
        expect(world.fileSystem.openPaths()).toEqual([]);
        // The process ends, as rule X12 has it, and the power goes.
        world.fileSystem = world.die('drop', at);
        assertHolds(world, await world.open(), promised);
      }
      expect(failures).toBeGreaterThan(1);
    },
  );

  test.each(['open', 'read'] as const)(
    'in the %s of a partition’s metadata makes a stray, which is kept',
    async (operation) => {
      const world = new World();
      const first = await world.open();
      await first.createPartitionDirectory('t', ONE, P0);
      await first.close();
      world.fileSystem.failNext(operation, 'partition.metadata', 'EIO');
      const second = await world.open();
      expect(second.partitions()).toEqual([]);
      expect(second.strays()).toEqual([
        { directory: '/srv/data/t-0', reason: expect.stringContaining('EIO') },
      ]);
      await second.close();
      expect((await world.open()).partitions()).toHaveLength(1);
    },
  );

  test('a full disk refuses, and has lost nothing when there is room again', async () => {
    for (let room = 0; room < 400; room += 7) {
      const world = new World();
      const promised = new Promised();
      world.fileSystem.fullAfter(room);
      const outcome: unknown = await twoIncarnations(world, promised).catch(
        (error: unknown) => error,
      );
      if (outcome !== undefined) expect(outcome).toMatchObject({ code: 'ENOSPC' });
      world.fileSystem = world.die('drop', room);
      world.fileSystem.fullAfter(1_000_000);
      assertHolds(world, await world.open(), promised);
    }
  });
});
