import {
  ALL_CALLS,
  FRAME,
  FRAME_BYTES_DEFAULT,
  FRAME_HEADER_BYTES,
  Http2ConnectionError,
  parseSettings,
  PREFACE,
  SETTING,
} from './frames.ts';

/**
 * Whether a client that has begun with these bytes is one of ours: its first SETTINGS say so. Null:
 * it has not said enough yet.
 */
export function isOurs(bytes: Buffer): boolean | null {
  const begun = Math.min(bytes.length, PREFACE.length);
  if (!bytes.subarray(0, begun).equals(PREFACE.subarray(0, begun))) return false;
  const start = PREFACE.length + FRAME_HEADER_BYTES;
  if (bytes.length < start) return null;
  const length = bytes.readUIntBE(PREFACE.length, 3);
  if (bytes[PREFACE.length + 3] !== FRAME.settings || length > FRAME_BYTES_DEFAULT) return false;
  if (bytes.length < start + length) return null;
  try {
    return (
      parseSettings(bytes.subarray(start, start + length)).get(SETTING.literalFields) === ALL_CALLS
    );
  } catch (error) {
    if (error instanceof Http2ConnectionError) return false;
    throw error;
  }
}
