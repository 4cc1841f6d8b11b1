/**
 * The controller's journal, snapshots and epoch file, opened through the `JournalStore`, and the
 * events and images in them. An input is the directory, and first a file of two bytes: the story that
 * it was made from, and whether a checksum was made to agree with what was mutated.
 *
 * Oracles: what is recovered is what was appended, byte for byte and without a gap; no frame that can
 * still be read is missing; the epoch that is granted is higher than any before; a refusal leaves
 * every file as it was; opening once more finds the same; what is appended then is there; nothing
 * stays open. Where a checksum was forged, what was appended cannot be known, and only the rest
 * holds. An event or an image is taken or is a `CorruptEvent`, and reads back as it was written.
 */
import { isDeepStrictEqual } from 'node:util';
import { metadataOffset } from '../../../src/base/ids.ts';
import { FileSystemError } from '../../../src/base/file-system.ts';
import { OdradekError } from '../../../src/base/errors.ts';
import { encodeEvent, parseEvent } from '../../../src/controller/event-codec.ts';
import { ClusterImage } from '../../../src/controller/image.ts';
import { parseImage } from '../../../src/controller/image-snapshot.ts';
import type { Event } from '../../../src/controller/types.ts';
import { JournalStore } from '../../../src/metadata/journal-store.ts';
import { FRAME_HEADER_BYTES, HEADER_BYTES } from '../../../src/metadata/journal-format.ts';
import type { RecoveredMetadata } from '../../../src/metadata/metadata-store.ts';
import { crc32c } from '../../../src/record/index.ts';
import type { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { diskWith, encodeFiles, filesOn, mutateNames, parseFiles } from '../bundle.ts';
import type { Files } from '../bundle.ts';
import { DIRECTORY, EVENTS, isJournal, metadataStories } from '../metadata-stories.ts';
import type { MetadataStory } from '../metadata-stories.ts';
import { mutate, oneIn, pick } from '../mutate.ts';
import type { Outcome, Surface } from '../surface.ts';
import { ACCEPTED, expectThat, FuzzFailure, refusalOf } from '../surface.ts';

const FACTS = 'facts';
/** An input of one event or one image has only this file. */
const EVENT = 'event';
const IMAGE = 'image';
const FILE_BYTES_MAX = 16_000;

export async function createMetadataSurface(): Promise<Surface> {
  const stories = await metadataStories();
  const image = new ClusterImage();
  const events = EVENTS.map(encodeEvent);
  for (const [at, event] of EVENTS.entries()) image.apply(event, metadataOffset(at));
  const images = [new ClusterImage().encodeSnapshot(), image.encodeSnapshot()];
  return {
    name: 'metadata',
    concurrency: 1,
    inputMsMax: 2_000,
    seeds: [
      ...stories.map(({ files }, index) => inputOf(index, false, files)),
      ...events.map((bytes) => encodeFiles(new Map([[EVENT, bytes]]))),
      ...images.map((bytes) => encodeFiles(new Map([[IMAGE, bytes]]))),
    ],
    next(random: SeededRandom) {
      if (oneIn(4, random)) return mutatedJson(random, events, images);
      const index = random.below(stories.length);
      const { files } = stories[index] ?? pick(stories, random);
      let result: Files = files;
      let forged = false;
      do {
        const mutated = oneIn(8, random)
          ? { files: mutateNames(result, random), forged: false }
          : mutateContent(result, random);
        result = mutated.files;
        forged ||= mutated.forged;
      } while (result.size > 0 && oneIn(4, random));
      return inputOf(index, forged, result);
    },
    run(input: Uint8Array) {
      const files = parseFiles(input);
      const event = files.get(EVENT);
      if (event !== undefined) return readEvent(event);
      const content = files.get(IMAGE);
      if (content !== undefined) return readImage(content);
      const [index = 0, forged = 0] = files.get(FACTS) ?? [];
      files.delete(FACTS);
      const story = stories[index];
      if (story === undefined) throw new RangeError(`there is no story ${index}`);
      return openStore(story, forged === 1, files);
    },
  };
}

function inputOf(story: number, forged: boolean, files: Files): Uint8Array {
  return encodeFiles(new Map([[FACTS, Uint8Array.of(story, forged ? 1 : 0)], ...files]));
}

function mutatedJson(
  random: SeededRandom,
  events: readonly Uint8Array[],
  images: readonly Uint8Array[],
): Uint8Array {
  const [name, corpus] = oneIn(2, random) ? ([EVENT, events] as const) : ([IMAGE, images] as const);
  const bytes = mutate(pick(corpus, random), random, { corpus, bytesMax: FILE_BYTES_MAX });
  return encodeFiles(new Map([[name, bytes]]));
}

function mutateContent(files: Files, random: SeededRandom): { files: Files; forged: boolean } {
  const path = pick([...files.keys()], random);
  const content = files.get(path) ?? new Uint8Array(0);
  const mutated = mutate(content, random, { corpus: [content], bytesMax: FILE_BYTES_MAX });
  const forged = oneIn(2, random);
  if (forged) repair(mutated);
  return { files: new Map(files).set(path, mutated), forged };
}

/** Every checksum in place, of the header, of the frames and of a snapshot, made to agree. */
function repair(bytes: Uint8Array): void {
  if (bytes.length < HEADER_BYTES) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(28, crc32c(bytes, 0, 28));
  const isSnapshot = view.getUint16(10) === 2;
  if (isSnapshot && bytes.length >= HEADER_BYTES + 8) {
    view.setUint32(HEADER_BYTES, crc32c(bytes, HEADER_BYTES + 8));
    return;
  }
  for (let at = HEADER_BYTES; at + FRAME_HEADER_BYTES <= bytes.length;) {
    const end = at + FRAME_HEADER_BYTES + view.getUint32(at + 8);
    if (end > bytes.length) break;
    view.setUint32(at + 4, crc32c(bytes, at + 8, end));
    at = end;
  }
}

interface Opened {
  readonly recovered: RecoveredMetadata;
  readonly store: JournalStore;
}

async function openStore(story: MetadataStory, forged: boolean, files: Files): Promise<Outcome> {
  const disk = diskWith(files);
  const first = await open(disk);
  if ('kind' in first) {
    expectUnchanged(files, filesOn(disk, DIRECTORY));
    return first;
  }
  check(first.recovered, story, forged, files);
  await leave(first.store, disk);

  const nextDisk = disk.crash({ policy: 'drop' });
  const again = await open(nextDisk);
  if ('kind' in again) throw new FuzzFailure('opens, and is then refused');
  expectSame(first.recovered, again.recovered);
  const event = EVENTS.map(encodeEvent)[0] ?? new Uint8Array(0);
  const at = await again.store.append([event], again.recovered.controllerEpoch);
  await leave(again.store, nextDisk);

  const last = await open(nextDisk.crash({ policy: 'drop' }));
  if ('kind' in last) throw new FuzzFailure('takes an event, and is then refused');
  const found = last.recovered.events.at(-1);
  expectThat(
    found?.offset === at && Buffer.compare(found.bytes, event) === 0,
    'what was appended is not there',
  );
  return ACCEPTED;
}

async function open(disk: MemoryFileSystem): Promise<Opened | Outcome> {
  const store = new JournalStore(disk, DIRECTORY);
  try {
    return { store, recovered: await store.open() };
  } catch (error) {
    // The store's word for a failed disk must not be its word for everything.
    const isStorage = error instanceof OdradekError && error.code === 'KAFKA_STORAGE_ERROR';
    if (isStorage && !(error.cause instanceof FileSystemError)) throw error;
    await leave(store, disk);
    return refusalOf(error);
  }
}

async function leave(store: JournalStore, disk: MemoryFileSystem): Promise<void> {
  await store.close();
  const open = disk.openPaths();
  expectThat(open.length === 0, () => `left open: ${open.join(', ')}`);
}

function check(
  recovered: RecoveredMetadata,
  story: MetadataStory,
  forged: boolean,
  files: Files,
): void {
  const { snapshot, events } = recovered;
  const from = snapshot?.nextOffset ?? 0;
  for (const [index, event] of events.entries()) {
    expectThat(event.offset === from + index, 'events come without a gap');
  }
  if (forged) return;
  expectThat(
    recovered.controllerEpoch > story.epoch || isEmpty(files),
    'an epoch is granted twice',
  );
  if (snapshot !== null) expectBytes(snapshot.bytes, story.snapshots.get(from), 'the snapshot');
  for (const { offset: at, bytes } of events) expectBytes(bytes, story.events[at], `event ${at}`);
  const endOffset = from + events.length;
  const journals = [...files].flatMap(([path, content]) =>
    isJournal(path) ? Buffer.from(content) : [],
  );
  for (const frame of story.frames) {
    const isThere = journals.some((content) => content.includes(frame.bytes));
    expectThat(
      !isThere || endOffset >= frame.endOffset,
      () => `events end at ${endOffset}, and a frame up to ${frame.endOffset} is there`,
    );
  }
}

/** Nothing that says that there ever was a controller. */
function isEmpty(files: Files): boolean {
  return [...files.keys()].every((path) => path.endsWith('.tmp'));
}

function expectBytes(bytes: Uint8Array, written: Uint8Array | undefined, what: string): void {
  expectThat(
    written !== undefined && Buffer.compare(bytes, written) === 0,
    () => `${what} is not what was written`,
  );
}

/** Leftovers of unfinished work are removed in any case. */
function expectUnchanged(before: Files, after: Files): void {
  for (const [path, content] of before) {
    if (path.endsWith('.tmp') || path.endsWith('/')) continue;
    expectBytes(after.get(path) ?? new Uint8Array(0), content, `${path} behind a refusal`);
  }
}

function expectSame(before: RecoveredMetadata, after: RecoveredMetadata): void {
  expectThat(after.controllerEpoch > before.controllerEpoch, 'an epoch is granted twice');
  const same =
    isDeepStrictEqual(before.snapshot, after.snapshot) &&
    isDeepStrictEqual(before.events, after.events);
  expectThat(same, 'opening once more finds something else');
}

function readEvent(bytes: Uint8Array): Outcome {
  let event: Event;
  try {
    event = parseEvent(bytes);
  } catch (error) {
    return refusalOf(error);
  }
  const again = parseEvent(encodeEvent(event));
  expectThat(isDeepStrictEqual(again, event), 'an event does not read back');
  return ACCEPTED;
}

function readImage(bytes: Uint8Array): Outcome {
  try {
    parseImage(bytes);
  } catch (error) {
    return refusalOf(error);
  }
  return ACCEPTED;
}
