/**
 * What a start makes of the embedded store's directory. Only the last group commit can be torn,
 * since the next one is written only after it was synced; everything else that does not read is
 * damage, and damage is refused, never cut away.
 */
import { OdradekError } from '../base/errors.ts';
import { readFile, syncDirectory, syncFile } from '../base/file-system.ts';
import type { FileSystem, OpenFile } from '../base/file-system.ts';
import {
  EPOCH_FILE,
  HEADER_BYTES,
  hasFrameBehind,
  offsetInName,
  parseFrame,
  parseHeader,
  parseSnapshotFile,
  TEMPORARY_SUFFIX,
} from './journal-format.ts';

export interface Recovery {
  /** 0 in an empty directory. */
  readonly lastEpoch: number;
  readonly snapshot: { readonly bytes: Uint8Array; readonly nextOffset: number } | null;
  /** From the snapshot's end, or from 0. */
  readonly events: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
  readonly nextOffset: number;
  /** The journal to go on with and where it ends; null when there is none yet. */
  readonly tail: { readonly name: string; readonly position: number } | null;
  readonly notes: readonly string[];
}

/** Reads everything, mends the tail, and syncs all that it reports. */
export async function recover(fileSystem: FileSystem, directory: string): Promise<Recovery> {
  const names = fileSystem.list(directory);
  const notes: string[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(TEMPORARY_SUFFIX))) {
    fileSystem.remove(`${directory}/${name}`);
  }
  const journalOffsets = offsetsOf(names, 'journal');
  const snapshotOffsets = offsetsOf(names, 'snapshot');
  const grantedEpoch = await readEpoch(fileSystem, directory, names);
  const snapshot = await newestSnapshot(fileSystem, directory, snapshotOffsets, notes);
  const from = snapshot?.nextOffset ?? 0;

  // Journals that end below the snapshot are kept for the snapshot before it, not read.
  const needed = journalOffsets.filter(({ offset }, index) => {
    const next = journalOffsets[index + 1];
    return next === undefined || next.offset > from || offset >= from;
  });
  for (const journal of journalOffsets) {
    if (!needed.includes(journal)) await refuseMixedUp(fileSystem, directory, journal);
  }
  const first = needed[0];
  if (first === undefined && from > 0) {
    throw corrupt(`${directory}: there is a snapshot of ${from} records, but no journal`);
  }
  if (first !== undefined && first.offset > from) {
    throw corrupt(`${directory}: records from ${from} to ${first.offset} are missing`);
  }
  const events: { offset: number; bytes: Uint8Array }[] = [];
  let tail: Recovery['tail'] = null;
  // What is to be done to the last file, once it is clear that nothing is refused.
  let mend: (() => Promise<void>) | null = null;
  let lastEpoch = grantedEpoch;
  let nextOffset = first?.offset ?? from;
  for (const [index, { name, offset }] of needed.entries()) {
    const path = `${directory}/${name}`;
    const isLast = index === needed.length - 1;
    if (offset !== nextOffset) {
      throw corrupt(`${path}: records from ${nextOffset} to ${offset} are missing`);
    }
    const journal = await withFile(fileSystem, path, async (file) => {
      const read = await readJournal(file, offset, isLast);
      if (!isLast) await syncFile(file);
      return read;
    });
    if (journal === null) {
      mend = async () => fileSystem.remove(path);
      continue;
    }
    for (const { frame } of journal.frames) {
      lastEpoch = Math.max(lastEpoch, frame.controllerEpoch);
      for (const [place, bytes] of frame.records.entries()) {
        const at = frame.startOffset + place;
        if (at >= from) events.push({ offset: at, bytes });
      }
      nextOffset = frame.startOffset + frame.records.length;
    }
    if (isLast) {
      mend = () => withFile(fileSystem, path, (file) => mendTail(file, journal, notes));
    }
    tail = { name, position: journal.end };
  }
  if (nextOffset < from) {
    throw corrupt(
      `${directory}: the snapshot covers records below ${from}, the journal ends at ${nextOffset}`,
    );
  }
  await mend?.();
  await syncDirectory(fileSystem, directory);
  return { lastEpoch, snapshot, events, nextOffset, tail, notes };
}

async function withFile<Result>(
  fileSystem: FileSystem,
  path: string,
  use: (file: OpenFile) => Promise<Result>,
): Promise<Result> {
  const file = fileSystem.open(path, 'write');
  try {
    return await use(file);
  } finally {
    file.close();
  }
}

/**
 * A sound header for another offset: somebody has mixed the files up, and the events that should be
 * behind the snapshot may be in here. Of a journal that is not needed nothing else is looked at.
 */
async function refuseMixedUp(
  fileSystem: FileSystem,
  directory: string,
  { name, offset }: { readonly name: string; readonly offset: number },
): Promise<void> {
  const path = `${directory}/${name}`;
  const bytes = await withFile(fileSystem, path, async (file) => {
    const start = new Uint8Array(HEADER_BYTES);
    return start.subarray(0, await readFile(file, start, 0));
  });
  const header = parseHeader(bytes, 'journal', path);
  if (header === null || header.offset === offset) return;
  throw corrupt(`${path}: its header is that of the journal from ${header.offset} on`);
}

interface ReadJournal {
  readonly bytes: Uint8Array;
  readonly frames: readonly {
    readonly frame: NonNullable<ReturnType<typeof parseFrame>>['frame'];
    readonly position: number;
  }[];
  /** Where the last whole frame ends. */
  readonly end: number;
}

/**
 * Null for the last file when it holds no whole frame, and so nothing that was acknowledged. It is
 * made anew rather than written to: if the directory's sync failed when it was made, its name may
 * not be on the disk, and another sync would not bring it there.
 */
async function readJournal(
  file: OpenFile,
  startOffset: number,
  isLast: boolean,
): Promise<ReadJournal | null> {
  const bytes = await readWhole(file);
  const header = parseHeader(bytes, 'journal', file.path);
  if (header === null || header.offset !== startOffset) {
    if (isLast && header === null && !hasFrameBehind(bytes, 0)) return null;
    throw corrupt(`${file.path}: its header does not read`);
  }
  const frames: ReadJournal['frames'][number][] = [];
  let end = HEADER_BYTES;
  let nextOffset = startOffset;
  while (end < bytes.length) {
    const parsed = parseFrame(bytes, end);
    if (parsed === null) {
      if (!isLast || hasFrameBehind(bytes, end)) {
        throw corrupt(
          `${file.path}: the records from ${nextOffset} on, at byte ${end}, do not read`,
        );
      }
      break;
    }
    if (parsed.frame.startOffset !== nextOffset) {
      throw corrupt(
        `${file.path}: record ${parsed.frame.startOffset} at byte ${end}, where ${nextOffset} was due`,
      );
    }
    frames.push({ frame: parsed.frame, position: end });
    nextOffset += parsed.frame.records.length;
    end = parsed.end;
  }
  return isLast && frames.length === 0 ? null : { bytes, frames, end };
}

/**
 * Cuts a torn group commit, which was never acknowledged, and writes the last whole one again, in
 * place and byte for byte: if its sync failed and the process was started again, the page cache shows
 * it as clean although it never reached the disk, and only pages that are dirty are synced.
 */
async function mendTail(file: OpenFile, journal: ReadJournal, notes: string[]): Promise<void> {
  const torn = journal.bytes.length - journal.end;
  if (torn > 0) {
    file.truncate(journal.end);
    notes.push(`${file.path}: cut ${torn} bytes of a write that was never acknowledged`);
  }
  const from = journal.frames.at(-1)?.position ?? HEADER_BYTES;
  file.write([journal.bytes.subarray(from, journal.end)], from);
  await syncFile(file);
}

/** The epoch that was granted last. The file is laid down before the first journal is. */
async function readEpoch(
  fileSystem: FileSystem,
  directory: string,
  names: readonly string[],
): Promise<number> {
  const path = `${directory}/${EPOCH_FILE}`;
  if (!names.includes(EPOCH_FILE)) {
    const others = names.filter((name) => !name.endsWith(TEMPORARY_SUFFIX));
    if (others.length === 0) return 0;
    throw corrupt(`${path} is missing beside ${others.join(', ')}`);
  }
  const header = parseHeader(await readPath(fileSystem, path), 'epoch', path);
  if (header === null) throw corrupt(`${path} does not read`);
  return header.epoch;
}

/** The newest that reads. An older one will do, with the journal from there on. */
async function newestSnapshot(
  fileSystem: FileSystem,
  directory: string,
  snapshots: readonly { readonly name: string; readonly offset: number }[],
  notes: string[],
): Promise<Recovery['snapshot']> {
  for (const { name, offset } of [...snapshots].reverse()) {
    const path = `${directory}/${name}`;
    const parsed = parseSnapshotFile(await readPath(fileSystem, path), path);
    if (parsed !== null && parsed.nextOffset === offset) {
      return { bytes: parsed.payload, nextOffset: offset };
    }
    notes.push(`${path} is damaged: recovered from what lies before it`);
  }
  return null;
}

function readPath(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  return withFile(fileSystem, path, async (file) => {
    const bytes = await readWhole(file);
    await syncFile(file);
    return bytes;
  });
}

async function readWhole(file: OpenFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.size());
  let done = 0;
  while (done < bytes.length) {
    const count = await readFile(file, bytes.subarray(done), done);
    if (count === 0) throw corrupt(`${file.path} grew shorter while it was read`);
    done += count;
  }
  return bytes;
}

function offsetsOf(
  names: readonly string[],
  kind: 'journal' | 'snapshot',
): { name: string; offset: number }[] {
  return names
    .flatMap((name) => {
      const offset = offsetInName(name, kind);
      return offset === null ? [] : [{ name, offset }];
    })
    .sort((a, b) => a.offset - b.offset);
}

export function corrupt(message: string): OdradekError {
  return new OdradekError('CORRUPT_METADATA_JOURNAL', message);
}
