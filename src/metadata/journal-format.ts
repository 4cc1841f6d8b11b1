/**
 * The embedded store's files. All numbers are big-endian; checksums are CRC-32C.
 *
 * Every file begins with a header of 32 bytes:
 *
 *     0   8  magic "ODRDKMTA"
 *     8   2  format version, 1
 *    10   2  kind: 1 journal, 2 snapshot, 3 controller epoch
 *    12   8  journal: offset of its first record; snapshot: its next offset; epoch file: 0
 *    20   8  epoch file: the controller epoch that was granted last; else 0
 *    28   4  checksum of bytes 0 to 27
 *
 * A journal goes on with frames, one for each group commit:
 *
 *     0   4  magic FF 4F 44 46; FF is in no UTF-8 text, so no record looks like a frame
 *     4   4  checksum of everything behind it
 *     8   4  bytes of the payload
 *    12   8  offset of the first record
 *    20   8  controller epoch
 *    28   4  number of records
 *    32      payload: each record as 4 bytes of length and its bytes
 *
 * A snapshot goes on with 4 bytes of checksum, 4 bytes of length, and its bytes.
 *
 * A program reads its own version and refuses a higher one; a change of the layout raises it and
 * adds a reader for the old one.
 */
import { assert } from '../base/assert.ts';
import { OdradekError } from '../base/errors.ts';
import { crc32c } from '../record/crc32c.ts';

export const HEADER_BYTES = 32;
export const FRAME_HEADER_BYTES = 32;
const SNAPSHOT_HEADER_BYTES = HEADER_BYTES + 8;

const MAGIC = new TextEncoder().encode('ODRDKMTA');
const FORMAT_VERSION = 1;
const FRAME_MAGIC = 0xff4f4446;

const KINDS = { journal: 1, snapshot: 2, epoch: 3 } as const;
export type FileKind = keyof typeof KINDS;

export interface Header {
  readonly kind: FileKind;
  readonly offset: number;
  readonly epoch: number;
}

export function encodeHeader({ kind, offset, epoch }: Header): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = viewOf(bytes);
  bytes.set(MAGIC);
  view.setUint16(8, FORMAT_VERSION);
  view.setUint16(10, KINDS[kind]);
  view.setBigUint64(12, BigInt(offset));
  view.setBigUint64(20, BigInt(epoch));
  view.setUint32(28, crc32c(bytes, 0, 28));
  return bytes;
}

/** Null when the bytes do not begin with a whole header of this kind. Throws on a later version. */
export function parseHeader(bytes: Uint8Array, kind: FileKind, path: string): Header | null {
  if (bytes.length < HEADER_BYTES) return null;
  const view = viewOf(bytes);
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) return null;
  if (view.getUint32(28) !== crc32c(bytes, 0, 28)) return null;
  const version = view.getUint16(8);
  if (version > FORMAT_VERSION) {
    const message = `${path} has format version ${version}, this program reads up to ${FORMAT_VERSION}; start the later version that wrote it`;
    throw new OdradekError('DATA_DIRECTORY_MISMATCH', message);
  }
  if (view.getUint16(10) !== KINDS[kind]) return null;
  const offset = numberAt(view, 12);
  const epoch = numberAt(view, 20);
  return offset === null || epoch === null ? null : { kind, offset, epoch };
}

export interface Frame {
  readonly startOffset: number;
  readonly controllerEpoch: number;
  readonly records: readonly Uint8Array[];
}

export function encodeFrame({ startOffset, controllerEpoch, records }: Frame): Uint8Array {
  const payloadBytes = records.reduce((sum, record) => sum + 4 + record.length, 0);
  assert(payloadBytes < 2 ** 31, () => `a group commit of ${payloadBytes} bytes`);
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payloadBytes);
  const view = viewOf(bytes);
  view.setUint32(0, FRAME_MAGIC);
  view.setUint32(8, payloadBytes);
  view.setBigUint64(12, BigInt(startOffset));
  view.setBigUint64(20, BigInt(controllerEpoch));
  view.setUint32(28, records.length);
  let at = FRAME_HEADER_BYTES;
  for (const record of records) {
    view.setUint32(at, record.length);
    bytes.set(record, at + 4);
    at += 4 + record.length;
  }
  view.setUint32(4, crc32c(bytes, 8));
  return bytes;
}

/** The frame at `position` and where it ends; null when there is no whole and valid one. */
export function parseFrame(
  bytes: Uint8Array,
  position: number,
): { frame: Frame; end: number } | null {
  if (bytes.length - position < FRAME_HEADER_BYTES) return null;
  const view = viewOf(bytes);
  if (view.getUint32(position) !== FRAME_MAGIC) return null;
  const end = position + FRAME_HEADER_BYTES + view.getUint32(position + 8);
  if (end > bytes.length) return null;
  if (view.getUint32(position + 4) !== crc32c(bytes, position + 8, end)) return null;
  const count = view.getUint32(position + 28);
  const records: Uint8Array[] = [];
  let at = position + FRAME_HEADER_BYTES;
  for (let index = 0; index < count; index++) {
    if (at + 4 > end) return null;
    const recordEnd = at + 4 + view.getUint32(at);
    if (recordEnd > end) return null;
    records.push(bytes.subarray(at + 4, recordEnd));
    at = recordEnd;
  }
  if (at !== end) return null;
  const startOffset = numberAt(view, position + 12);
  const controllerEpoch = numberAt(view, position + 20);
  if (startOffset === null || controllerEpoch === null) return null;
  return { frame: { startOffset, controllerEpoch, records }, end };
}

/** Whether a valid frame begins anywhere at or behind `position`. */
export function hasFrameBehind(bytes: Uint8Array, position: number): boolean {
  for (let at = bytes.indexOf(0xff, position); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    if (parseFrame(bytes, at) !== null) return true;
  }
  return false;
}

export function encodeSnapshotFile(payload: Uint8Array, nextOffset: number): Uint8Array {
  const bytes = new Uint8Array(SNAPSHOT_HEADER_BYTES + payload.length);
  bytes.set(encodeHeader({ kind: 'snapshot', offset: nextOffset, epoch: 0 }));
  const view = viewOf(bytes);
  view.setUint32(HEADER_BYTES, crc32c(payload));
  view.setUint32(HEADER_BYTES + 4, payload.length);
  bytes.set(payload, SNAPSHOT_HEADER_BYTES);
  return bytes;
}

/** Null when the file is not whole. */
export function parseSnapshotFile(
  bytes: Uint8Array,
  path: string,
): { payload: Uint8Array; nextOffset: number } | null {
  const header = parseHeader(bytes, 'snapshot', path);
  if (header === null || bytes.length < SNAPSHOT_HEADER_BYTES) return null;
  const view = viewOf(bytes);
  const payload = bytes.subarray(SNAPSHOT_HEADER_BYTES);
  if (view.getUint32(HEADER_BYTES + 4) !== payload.length) return null;
  if (view.getUint32(HEADER_BYTES) !== crc32c(payload)) return null;
  return { payload, nextOffset: header.offset };
}

const NAME_PATTERN = /^(journal|snapshot)-(\d{20})\.(log|snapshot)$/;
export const EPOCH_FILE = 'controller-epoch';
export const TEMPORARY_SUFFIX = '.tmp';

export function journalName(startOffset: number): string {
  return `journal-${String(startOffset).padStart(20, '0')}.log`;
}

export function snapshotName(nextOffset: number): string {
  return `snapshot-${String(nextOffset).padStart(20, '0')}.snapshot`;
}

/** The offset in a file's name; null when it is no file of this kind. */
export function offsetInName(name: string, kind: 'journal' | 'snapshot'): number | null {
  const match = NAME_PATTERN.exec(name);
  return match?.[1] === kind ? Number(match[2]) : null;
}

/** An offset or an epoch; null for one that leaves no room to count on from it. */
function numberAt(view: DataView, position: number): number | null {
  const value = Number(view.getBigUint64(position));
  return value <= Number.MAX_SAFE_INTEGER - 2 ** 32 ? value : null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
