import { describe, expect, test } from 'vitest';
import { controllerEpoch, metadataOffset } from '../../../src/base/ids.ts';
import { JournalStore } from '../../../src/metadata/journal-store.ts';
import { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';

const DIRECTORY = '/metadata';
const FIRST = controllerEpoch(1);

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function opened(fileSystem = new MemoryFileSystem({ schedule: queueMicrotask })) {
  const store = new JournalStore(fileSystem, DIRECTORY);
  return { fileSystem, store, recovered: await store.open() };
}

describe('the embedded metadata store', () => {
  test('grants a higher epoch with every opening, appended to or not', async () => {
    const { fileSystem, store, recovered } = await opened();
    expect(recovered).toMatchObject({ controllerEpoch: 1, snapshot: null, events: [], notes: [] });
    await store.close();
    for (const epoch of [2, 3]) {
      const next = await opened(fileSystem);
      expect(next.recovered.controllerEpoch).toBe(epoch);
      await next.store.close();
    }
  });

  // rules: C8
  test('refuses appends of another epoch, and all once it is closed', async () => {
    const { fileSystem, store } = await opened();
    const stale = store.append([bytes('stale')], controllerEpoch(2));
    await expect(stale).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
    await store.close();
    const late = store.append([bytes('late')], FIRST);
    await expect(late).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
    expect((await opened(fileSystem)).recovered.events).toEqual([]);
  });

  test('gathers what waits for a sync into the next one, in the order of the calls', async () => {
    const { fileSystem, store } = await opened();
    let syncs = 0;
    fileSystem.onOperation(({ operation }) => {
      if (operation === 'sync') syncs++;
    });
    const offsets = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        store.append([bytes(`a${index}`), bytes(`b${index}`)], FIRST),
      ),
    );
    expect(offsets).toEqual(Array.from({ length: 50 }, (_, index) => index * 2));
    expect(syncs).toBe(2);
    await store.close();
    const { events } = (await opened(fileSystem)).recovered;
    expect(events.map(({ offset }) => offset)).toEqual(offsets.flatMap((at) => [at, at + 1]));
    expect(new TextDecoder().decode(events[99]?.bytes)).toBe('b49');
  });

  test('closing waits for the appends that are under way', async () => {
    const { fileSystem, store } = await opened();
    const append = store.append([bytes('last')], FIRST);
    await store.close();
    expect(await append).toBe(0);
    expect(fileSystem.openPaths()).toEqual([]);
  });

  test('keeps two snapshots and the journal from the older one on', async () => {
    const { fileSystem, store } = await opened();
    for (let round = 1; round <= 4; round++) {
      for (let record = 0; record < 3; record++) await store.append([bytes('record')], FIRST);
      await store.writeSnapshot(bytes(`state ${round}`), metadataOffset(round * 3));
    }
    expect(fileSystem.list(DIRECTORY)).toEqual([
      'controller-epoch',
      'journal-00000000000000000009.log',
      'journal-00000000000000000012.log',
      'snapshot-00000000000000000009.snapshot',
      'snapshot-00000000000000000012.snapshot',
    ]);
    await store.append([bytes('after')], FIRST);
    await store.close();
    const { recovered } = await opened(fileSystem);
    expect(recovered.snapshot).toEqual({ bytes: bytes('state 4'), nextOffset: 12 });
    expect(recovered.events).toEqual([{ offset: 12, bytes: bytes('after') }]);
  });
});
