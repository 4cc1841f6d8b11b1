import type { RecordCursor } from '../../client/index.ts';

export const RECORD_FORMATS = ['value', 'key-value', 'ndjson'] as const;

export type RecordFormat = (typeof RECORD_FORMATS)[number];

/** A record as a cursor shows it, which decodes what is looked at and nothing else. */
export type ReadableRecord = Pick<
  RecordCursor,
  'offset' | 'timestamp' | 'key' | 'value' | 'headers'
>;

/** What is printed of a record, without the newline behind it. */
export type RecordFormatter = (
  record: ReadableRecord,
  place: { readonly topic: string; readonly partition: number },
) => Uint8Array | string;

export function recordFormatter(format: RecordFormat): RecordFormatter {
  switch (format) {
    case 'value':
      return ({ value }) => value ?? NOTHING;
    case 'key-value':
      return ({ key, value }) => Buffer.concat([key ?? NOTHING, TAB, value ?? NOTHING]);
    case 'ndjson':
      return formatJson;
  }
}

const NOTHING = new Uint8Array(0);
const TAB = Buffer.from('\t');

/**
 * One JSON object. Bytes that are UTF-8 are text, others base64, with `"keyEncoding":"base64"` (or
 * `valueEncoding`, or a header's `encoding`) beside them. Headers are a list, since their order counts
 * and a name may come twice.
 */
function formatJson(
  { offset, timestamp, key, value, headers }: ReadableRecord,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): string {
  const shownKey = show(key);
  const shownValue = show(value);
  return JSON.stringify({
    topic,
    partition,
    offset,
    timestamp,
    key: shownKey.text,
    ...(shownKey.isBase64 ? { keyEncoding: 'base64' } : {}),
    value: shownValue.text,
    ...(shownValue.isBase64 ? { valueEncoding: 'base64' } : {}),
    headers: headers.map((header) => {
      const shown = show(header.value);
      return {
        key: header.key,
        value: shown.text,
        ...(shown.isBase64 ? { encoding: 'base64' } : {}),
      };
    }),
  });
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function show(bytes: Uint8Array | null): { text: string | null; isBase64: boolean } {
  if (bytes === null) return { text: null, isBase64: false };
  try {
    return { text: UTF8.decode(bytes), isBase64: false };
  } catch {
    // The decoder has no other way to say that it is not UTF-8.
    return { text: Buffer.from(bytes).toString('base64'), isBase64: true };
  }
}
