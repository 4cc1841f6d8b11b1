/**
 * What a log must remember that its batches do not say, in one small file that is replaced as a
 * whole, `log-state`, in ASCII:
 *
 *   version: 1
 *   log_start_offset: 120
 *   state: uncertain
 *   reason: "two batches behind a hole"     a JSON string; "" where there is none
 *   epochs: 2
 *   3 100                                   as in `leader-epoch-checkpoint`: epoch and start offset
 *   5 180
 *   crc32c: 9a71bb4c                        of all bytes above this line
 *
 * The leader epochs are the checksummed truth that rule X10 asks for. They stand in the same file as
 * the rest so that there is one thing to sync and no order between two. Kafka's own
 * `leader-epoch-checkpoint` has no room for a checksum; a clean stop lays a copy in its layout beside
 * it, which is never read back. A file of a later version is refused, not rebuilt.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- groups of a pattern that matched */
import type { Offset } from '../base/ids.ts';
import { offset } from '../base/ids.ts';
import { syncDirectory } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { crc32c } from '../record/crc32c.ts';
import {
  encodeLeaderEpochCheckpoint,
  parseLeaderEpochCheckpoint,
} from '../record/leader-epoch-history.ts';
import type { LeaderEpochHistory } from '../record/leader-epoch-history.ts';
import { EPOCH_CHECKPOINT_FILE, readFileNow, replaceFile, STATE_FILE } from './log-files.ts';

/** Whether a replica's log can be relied upon (rule X3). */
export type LogCondition = 'whole' | 'uncertain' | 'damaged';

export interface LogState {
  readonly logStartOffset: Offset;
  readonly condition: LogCondition;
  /** A sentence; '' for a whole log. */
  readonly reason: string;
  readonly epochs: LeaderEpochHistory;
}

const VERSION = 1;
const ENCODER = new TextEncoder();
const LAYOUT =
  /^version: (\d+)\nlog_start_offset: (\d{1,16})\nstate: (whole|uncertain|damaged)\nreason: (".*")\nepochs: ([^]*)$/;
const CHECKSUM_LINE = /crc32c: ([0-9a-f]{8})\n$/;

export function encodeLogState(state: LogState): Uint8Array {
  // Kafka's text without its first line, the version.
  const epochs = encodeLeaderEpochCheckpoint(state.epochs).slice(2);
  const body =
    `version: ${VERSION}\nlog_start_offset: ${state.logStartOffset}\n` +
    `state: ${state.condition}\nreason: ${asciiJson(state.reason)}\nepochs: ${epochs}`;
  const checksum = crc32c(ENCODER.encode(body)).toString(16).padStart(8, '0');
  return ENCODER.encode(`${body}crc32c: ${checksum}\n`);
}

/** What the file says, or a sentence about what is wrong with it. */
export function parseLogState(
  bytes: Uint8Array,
): { readonly state: LogState } | { readonly problem: string } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const checksum = CHECKSUM_LINE.exec(text);
  if (checksum === null) return { problem: 'the checksum line is missing' };
  const body = text.slice(0, checksum.index);
  if (crc32c(Buffer.from(body, 'latin1')) !== parseInt(checksum[1]!, 16)) {
    return { problem: 'the checksum does not agree' };
  }
  const version = /^version: (\d+)\n/.exec(body)?.[1];
  if (version !== String(VERSION)) {
    throw new UnknownLogStateVersion(version ?? 'none');
  }
  const fields = LAYOUT.exec(body);
  if (fields === null) return { problem: 'the layout is not that of version 1' };
  const epochs = parseLeaderEpochCheckpoint(`0\n${fields[5]!}`);
  if ('problem' in epochs) return { problem: epochs.problem };
  const startOffset = Number(fields[2]);
  if (!Number.isSafeInteger(startOffset)) {
    return { problem: `${fields[2]!} is no offset` };
  }
  const reason = parseReason(fields[4]!);
  if (reason === null) return { problem: 'the reason is not a string in JSON' };
  return {
    state: {
      logStartOffset: offset(startOffset),
      condition: conditionOf(fields[3]!),
      reason,
      epochs: epochs.history,
    },
  };
}

/** Null for anything but a JSON string. */
function parseReason(text: string): string | null {
  try {
    const reason: unknown = JSON.parse(text);
    return typeof reason === 'string' ? reason : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The file is sound, and laid down by a version of the broker that this one does not understand. */
export class UnknownLogStateVersion extends Error {
  override readonly name = 'UnknownLogStateVersion';
  readonly code = 'UNKNOWN_FORMAT';

  constructor(version: string) {
    super(`log-state has format version ${version}; this broker understands ${VERSION}`);
  }
}

/** Null with a reason if there is no sound file: the log is then rebuilt from its batches (X10). */
export function readLogState(
  fileSystem: FileSystem,
  directory: string,
): { readonly state: LogState } | { readonly problem: string } {
  const bytes = readFileNow(fileSystem, `${directory}/${STATE_FILE}`);
  return bytes === null ? { problem: 'log-state is missing' } : parseLogState(bytes);
}

/** Resolves when the state is on the disk. */
export async function writeLogState(
  fileSystem: FileSystem,
  directory: string,
  state: LogState,
): Promise<void> {
  await replaceFile(fileSystem, `${directory}/${STATE_FILE}`, encodeLogState(state));
  await syncDirectory(fileSystem, directory);
}

/**
 * For Kafka's tools, which look at a log whose broker has stopped: nothing of ours reads it. Resolves
 * when it is on the disk, but for its name.
 */
export function writeKafkaCheckpoint(
  fileSystem: FileSystem,
  directory: string,
  epochs: LeaderEpochHistory,
): Promise<void> {
  const text = ENCODER.encode(encodeLeaderEpochCheckpoint(epochs));
  return replaceFile(fileSystem, `${directory}/${EPOCH_CHECKPOINT_FILE}`, text);
}

function conditionOf(word: string): LogCondition {
  return word === 'whole' || word === 'uncertain' ? word : 'damaged';
}

/** JSON with everything outside ASCII escaped, so that characters are bytes. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
