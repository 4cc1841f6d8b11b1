/**
 * Directories that a controller's store has left behind, made by the store itself: what metadata is
 * mutated from, with what was appended.
 */
import {
  brokerEpoch,
  clusterId,
  controllerEpoch,
  diskId,
  incarnationId,
  leaderEpoch,
  metadataOffset,
  nodeId,
  offset,
  partitionEpoch,
  partitionIndex,
  topicId,
} from '../../src/base/ids.ts';
import type { Event, PartitionState } from '../../src/controller/types.ts';
import { HEADER_BYTES, offsetInName, parseFrame } from '../../src/metadata/journal-format.ts';
import { JournalStore } from '../../src/metadata/journal-store.ts';
import type { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
import { diskWith, filesOn } from './bundle.ts';
import type { Files } from './bundle.ts';

export const DIRECTORY = '/metadata';

export interface MetadataStory {
  readonly files: Files;
  /** By offset. */
  readonly events: readonly Uint8Array[];
  /** By the offset that comes next. */
  readonly snapshots: ReadonlyMap<number, Uint8Array>;
  /** Whole frames, with the offset behind each. */
  readonly frames: readonly { readonly bytes: Buffer; readonly endOffset: number }[];
  /** Granted last. */
  readonly epoch: number;
}

/** How each store came to leave its files behind. */
export function metadataStories(): Promise<MetadataStory[]> {
  return Promise.all([oneJournal(), twoTerms(), snapshots(3), snapshots(6)]);
}

export function isJournal(path: string): boolean {
  return offsetInName(path.slice(DIRECTORY.length + 1), 'journal') !== null;
}

/** Three group commits in one file. */
async function oneJournal(): Promise<MetadataStory> {
  const disk = diskWith(new Map());
  const store = new JournalStore(disk, DIRECTORY);
  const { controllerEpoch: epoch } = await store.open();
  await append(store, epoch, [0, 1]);
  await append(store, epoch, [2]);
  await append(store, epoch, [3, 4, 5]);
  return storyOf(disk, epoch, new Map());
}

/** A controller that was killed, and the next one. */
async function twoTerms(): Promise<MetadataStory> {
  let disk = diskWith(new Map());
  const first = new JournalStore(disk, DIRECTORY);
  await append(first, (await first.open()).controllerEpoch, [0, 1, 2]);
  disk = disk.processCrash();
  const second = new JournalStore(disk, DIRECTORY);
  const { controllerEpoch: epoch } = await second.open();
  await append(second, epoch, [3]);
  await append(second, epoch, [4]);
  return storyOf(disk, epoch, new Map());
}

/** A snapshot behind every `interval` events; the events, over and over. */
async function snapshots(interval: number): Promise<MetadataStory> {
  const disk = diskWith(new Map());
  const store = new JournalStore(disk, DIRECTORY);
  const { controllerEpoch: epoch } = await store.open();
  const written = new Map<number, Uint8Array>();
  for (let at = 0; at < 14; at++) {
    await append(store, epoch, [at]);
    if ((at + 1) % interval !== 0) continue;
    const bytes = Buffer.from(JSON.stringify({ snapshot: at + 1 }));
    await store.writeSnapshot(bytes, metadataOffset(at + 1));
    written.set(at + 1, bytes);
  }
  return storyOf(disk, epoch, written);
}

async function append(store: JournalStore, epoch: number, offsets: number[]): Promise<void> {
  await store.append(offsets.map(eventAt), controllerEpoch(epoch));
}

/** Every offset has bytes of its own: an event that moves is seen. */
function eventAt(at: number): Uint8Array {
  const event = EVENTS[at % EVENTS.length];
  return Buffer.from(JSON.stringify({ at, event }));
}

function storyOf(
  disk: MemoryFileSystem,
  epoch: number,
  written: ReadonlyMap<number, Uint8Array>,
): MetadataStory {
  const files = filesOn(disk.crash({ policy: 'keep' }), DIRECTORY);
  const frames: { bytes: Buffer; endOffset: number }[] = [];
  for (const [path, content] of files) {
    if (!isJournal(path)) continue;
    for (let at = HEADER_BYTES; at < content.length;) {
      const parsed = parseFrame(content, at);
      if (parsed === null) throw new Error('a story has whole frames');
      const { frame, end } = parsed;
      const endOffset = frame.startOffset + frame.records.length;
      frames.push({ bytes: Buffer.from(content.subarray(at, end)), endOffset });
      at = end;
    }
  }
  const count = Math.max(0, ...frames.map(({ endOffset }) => endOffset));
  const events = Array.from({ length: count }, (_, at) => eventAt(at));
  return { files, events, snapshots: written, frames, epoch };
}

const TOPIC = topicId('T'.repeat(22));
const ONE = nodeId(1);
const PARTITION: PartitionState = {
  partition: partitionIndex(0),
  replicas: [nodeId(1), nodeId(2), nodeId(3)],
  leader: ONE,
  leaderEpoch: leaderEpoch(0),
  partitionEpoch: partitionEpoch(0),
  isr: [nodeId(1), nodeId(2)],
  elr: [],
  lastKnownElr: [],
  minIsr: 2,
  recovering: false,
};

/** One of each kind but the removal, in an order that makes sense. */
export const EVENTS: readonly Event[] = [
  { kind: 'clusterCreated', clusterId: clusterId('C'.repeat(22)) },
  {
    kind: 'controllerActivated',
    controllerEpoch: controllerEpoch(1),
    nodeId: nodeId(100),
    pid: 77,
  },
  {
    kind: 'brokerRegistered',
    broker: ONE,
    incarnationId: incarnationId('I'.repeat(22)),
    diskId: diskId('D'.repeat(22)),
    bootId: 'boot',
    grpc: { host: '127.0.0.1', port: 9192 },
    http: null,
    rack: 'a',
    pid: 5,
    dataDirectory: '/data',
  },
  { kind: 'brokerChanged', broker: ONE, brokerEpoch: brokerEpoch(2), fenced: false },
  {
    kind: 'topicCreated',
    topicId: TOPIC,
    name: 'orders',
    settings: { durability: 'fsync' },
    partitions: [PARTITION],
  },
  { kind: 'topicSettingsChanged', topicId: TOPIC, settings: { 'retention.ms': '1' } },
  {
    kind: 'partitionsAdded',
    topicId: TOPIC,
    partitions: [{ ...PARTITION, partition: partitionIndex(1) }],
  },
  {
    kind: 'partitionChanged',
    topicId: TOPIC,
    state: { ...PARTITION, partitionEpoch: partitionEpoch(1), isr: [ONE], elr: [nodeId(2)] },
    cause: 'isr-changed',
  },
  {
    kind: 'replicaStateChanged',
    broker: ONE,
    topicId: TOPIC,
    partition: partitionIndex(1),
    state: 'uncertain',
    logEnd: { lastEpoch: leaderEpoch(0), endOffset: offset(7) },
  },
];
