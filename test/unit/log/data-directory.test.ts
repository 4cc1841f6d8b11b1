import { describe, expect, test } from 'vitest';
import { brokerEpoch, clusterId, nodeId, offset, partitionIndex } from '../../../src/base/ids.ts';
import { partitionKey, topicId } from '../../../src/base/ids.ts';
import { DataDirectory } from '../../../src/log/data-directory.ts';
import type { DataDirectoryOptions } from '../../../src/log/data-directory.ts';
import { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import { MemoryMachine } from '../../../src/testing/memory-machine.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

const ONE = topicId('AAAAAAAAAAAAAAAAAAAAAQ');
const TWO = topicId('AAAAAAAAAAAAAAAAAAAAAg');
const CLUSTER = clusterId('CCCCCCCCCCCCCCCCCCCCCA');
const OTHER_CLUSTER = clusterId('DDDDDDDDDDDDDDDDDDDDDA');
const P0 = partitionIndex(0);

class Fixture {
  fileSystem = new MemoryFileSystem();
  readonly machine = new MemoryMachine();
  readonly #random = new SeededRandom(1);

  open(options: Partial<DataDirectoryOptions> = {}): Promise<DataDirectory> {
    return DataDirectory.open({
      fileSystem: this.fileSystem,
      path: '/srv/data',
      role: 'broker',
      nodeId: nodeId(1),
      clusterId: null,
      random: this.#random,
      probe: this.machine.startProcess(),
      ...options,
    });
  }

  loseUnsynced(): void {
    this.fileSystem = this.fileSystem.crash({ policy: 'drop' });
    this.machine.reboot();
  }

  write(path: string, content: string): void {
    const file = this.fileSystem.open(path, 'create');
    file.truncate(0);
    file.write([new TextEncoder().encode(content)], 0);
    file.close();
  }

  text(path: string): string {
    return new TextDecoder().decode(this.fileSystem.contentOf(path));
  }
}

describe('whose a data directory is', () => {
  test('the first start lays it down for good', async () => {
    const fixture = new Fixture();
    const first = await fixture.open();
    expect(first).toMatchObject({ clusterId: null, cleanStop: null });
    expect(first.marks.load().intact).toBe(true);
    fixture.loseUnsynced();
    const second = await fixture.open();
    expect(second.diskId).toBe(first.diskId);
    expect(fixture.text('/srv/data/meta.properties')).toBe(
      `version=1\nrole=broker\nnode.id=1\ndisk.id=${first.diskId}\n`,
    );
    expect(second.marks.load().intact).toBe(true);
  });

  test('the cluster’s id is laid down once it is known, and holds from then on', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    await directory.recordClusterId(CLUSTER);
    await directory.recordClusterId(CLUSTER);
    await expect(directory.recordClusterId(OTHER_CLUSTER)).rejects.toMatchObject({
      code: 'INCONSISTENT_CLUSTER_ID',
    });
    fixture.loseUnsynced();
    const again = await fixture.open();
    expect(again.clusterId).toBe(CLUSTER);
    await again.close();
    await expect(fixture.open({ clusterId: OTHER_CLUSTER })).rejects.toMatchObject({
      code: 'INCONSISTENT_CLUSTER_ID',
      message: `the data directory /srv/data belongs to cluster ${CLUSTER}, and this broker is to join cluster ${OTHER_CLUSTER}`,
    });
    expect((await fixture.open({ clusterId: CLUSTER })).clusterId).toBe(CLUSTER);
  });

  test('a cluster’s id that is known at the start completes a directory without one', async () => {
    const fixture = new Fixture();
    await (await fixture.open()).close();
    await (await fixture.open({ clusterId: CLUSTER })).close();
    expect((await fixture.open()).clusterId).toBe(CLUSTER);
  });

  test('another node, role or layout is refused with a sentence, and the lock let go', async () => {
    const fixture = new Fixture();
    await (await fixture.open()).close();
    const mismatch = { code: 'DATA_DIRECTORY_MISMATCH' };
    await expect(fixture.open({ nodeId: nodeId(2) })).rejects.toMatchObject({
      ...mismatch,
      message: 'the data directory /srv/data belongs to broker 1, and this is broker 2',
    });
    await expect(fixture.open({ role: 'controller' })).rejects.toMatchObject({
      ...mismatch,
      message: 'the data directory /srv/data belongs to a broker, and this is a controller',
    });
    const meta = fixture.text('/srv/data/meta.properties');
    fixture.write('/srv/data/meta.properties', meta.replace('version=1', 'version=2'));
    await expect(fixture.open()).rejects.toMatchObject({
      ...mismatch,
      message:
        'the data directory /srv/data has a layout of version 2, and this release reads versions up to 1',
    });
    fixture.write('/srv/data/meta.properties', meta.replace('disk.id', 'disc.id'));
    await expect(fixture.open()).rejects.toMatchObject(mismatch);
    fixture.write('/srv/data/meta.properties', meta);
    await (await fixture.open()).close();
    expect(fixture.fileSystem.list('/srv/data')).toEqual(['durable-marks', 'meta.properties']);
    expect(fixture.fileSystem.openPaths()).toEqual([]);
  });

  test('one that was used but has lost its owner’s name is refused', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    await directory.createPartitionDirectory('t', ONE, P0);
    await directory.close();
    fixture.fileSystem.remove('/srv/data/meta.properties');
    await expect(fixture.open()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_MISMATCH' });
  });

  test('a second process is kept out until the first one closes', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    await expect(fixture.open()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' });
    await directory.close();
    await directory.close();
    await (await fixture.open()).close();
  });

  test('missing marks in a directory that had them are damage', async () => {
    const fixture = new Fixture();
    await (await fixture.open()).close();
    fixture.fileSystem.remove('/srv/data/durable-marks');
    expect((await fixture.open()).marks.load().intact).toBe(false);
  });
});

describe('a clean stop', () => {
  test('is told to the next start with its broker epoch, once', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    directory.marks.raise(partitionKey(ONE, P0), offset(9));
    await directory.closeCleanly(brokerEpoch(17));
    fixture.loseUnsynced();
    const second = await fixture.open();
    expect(second.cleanStop).toBe(17);
    expect(second.marks.load().marks.get(partitionKey(ONE, P0))).toBe(9);
    await second.close();
    expect((await fixture.open()).cleanStop).toBeNull();
  });

  test('is not believed when a bit of it turned over', async () => {
    const fixture = new Fixture();
    await (await fixture.open()).closeCleanly(brokerEpoch(17));
    const length = fixture.fileSystem.contentOf('/srv/data/clean-stop').length;
    for (let byte = 0; byte < length; byte++) {
      fixture.fileSystem.flipBit('/srv/data/clean-stop', byte, byte % 8);
      const directory = await fixture.open();
      expect(directory.cleanStop).toBeNull();
      await directory.closeCleanly(brokerEpoch(17));
    }
  });
});

describe('partitions', () => {
  test('are found again by name and topic id', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    const created = {
      topic: 'a-1',
      topicId: ONE,
      partition: partitionIndex(12),
      directory: '/srv/data/a-1-12',
    };
    expect(await directory.createPartitionDirectory('a-1', ONE, partitionIndex(12))).toEqual({
      ...created,
      isFresh: true,
    });
    expect(await directory.createPartitionDirectory('a-1', ONE, partitionIndex(12))).toEqual({
      ...created,
      isFresh: false,
    });
    expect(fixture.text('/srv/data/a-1-12/partition.metadata')).toBe(
      `version: 0\ntopic_id: ${ONE}\n`,
    );
    fixture.loseUnsynced();
    expect((await fixture.open()).partitions()).toEqual([created]);
  });

  test('of a recreated topic put the old one’s directory aside, and keep it', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    await directory.createPartitionDirectory('t', ONE, P0);
    fixture.write('/srv/data/t-0/x.log', 'old');
    await directory.createPartitionDirectory('t', TWO, P0);
    const created = { topic: 't', topicId: TWO, partition: P0, directory: '/srv/data/t-0' };
    expect(directory.partitions()).toEqual([created]);
    expect(fixture.text(`/srv/data/t-0.${ONE}-stray/x.log`)).toBe('old');
    expect(fixture.fileSystem.list('/srv/data/t-0')).toEqual(['log-state', 'partition.metadata']);
    await directory.close();
    const again = await fixture.open();
    expect(again.partitions()).toEqual([created]);
    expect(again.strays()).toEqual([]);
  });

  test('without readable metadata are strays, never deleted, and put aside for a new one', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    await directory.createPartitionDirectory('t', ONE, P0);
    await directory.close();
    fixture.fileSystem.flipBit('/srv/data/t-0/partition.metadata', 2, 1);
    fixture.fileSystem.makeDirectory('/srv/data/u-3');
    fixture.fileSystem.makeDirectory('/srv/data/lost+found');
    fixture.write('/srv/data/v-1', 'a file');
    const again = await fixture.open();
    expect(again.partitions()).toEqual([]);
    expect(again.strays().map((each) => each.directory)).toEqual([
      '/srv/data/t-0',
      '/srv/data/u-3',
      '/srv/data/v-1',
    ]);
    await again.createPartitionDirectory('t', ONE, P0);
    expect(again.strays()).toHaveLength(2);
    const aside = fixture.fileSystem.list('/srv/data').filter((name) => name.endsWith('-stray'));
    expect(aside).toHaveLength(1);
  });

  test('that are deleted are gone for good, with their marks, and their bytes soon after', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    const key = partitionKey(ONE, P0);
    await directory.createPartitionDirectory('t', ONE, P0);
    await directory.marks.ensure(key);
    await directory.deletePartition('t', TWO, P0);
    expect(directory.partitions()).toHaveLength(1);
    await directory.deletePartition('t', ONE, P0);
    expect(directory.partitions()).toEqual([]);
    expect(directory.marks.markOf(key)).toBeNull();
    fixture.loseUnsynced();
    const again = await fixture.open();
    expect(again.partitions()).toEqual([]);
    expect(again.strays()).toEqual([]);
    await again.close();
    expect(fixture.fileSystem.list('/srv/data')).toEqual(['durable-marks', 'meta.properties']);
  });

  test('calls for one partition take their turns', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    await Promise.all([
      directory.createPartitionDirectory('t', ONE, P0),
      directory.deletePartition('t', ONE, P0),
      directory.createPartitionDirectory('t', TWO, P0),
      directory.deletePartition('t', TWO, P0),
      directory.createPartitionDirectory('t', ONE, P0),
    ]);
    expect(directory.partitions().map((each) => each.topicId)).toEqual([ONE]);
    await directory.close();
    expect(fixture.fileSystem.list('/srv/data')).toEqual([
      'durable-marks',
      'meta.properties',
      't-0',
    ]);
  });

  test('a topic’s name may have all of its 249 characters', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    const topic = 'x'.repeat(249);
    const names: string[] = [];
    fixture.fileSystem.onOperation(({ path }) => names.push(...path.split('/')));
    await directory.createPartitionDirectory(topic, ONE, partitionIndex(1));
    await directory.createPartitionDirectory(topic, TWO, partitionIndex(1));
    await directory.deletePartition(topic, TWO, partitionIndex(1));
    await directory.close();
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(255);
  });

  test('a removal in the background that fails is said when the directory is closed', async () => {
    const fixture = new Fixture();
    const directory = await fixture.open();
    await directory.createPartitionDirectory('t', ONE, P0);
    fixture.fileSystem.failNext('removeTree', 't-0', 'EACCES');
    await directory.deletePartition('t', ONE, P0);
    await expect(directory.close()).rejects.toMatchObject({ code: 'EACCES' });
    const again = await fixture.open();
    await again.close();
    expect(fixture.fileSystem.list('/srv/data')).toEqual(['durable-marks', 'meta.properties']);
  });
});
