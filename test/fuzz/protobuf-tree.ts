/**
 * Mutations that know protobuf's wire format and nothing of the messages: fields with other numbers,
 * types, values and lengths, repeated, left out, nested and wrapped.
 */
import type { Random } from '../../src/base/random.ts';
import { anyVarint, concat, mutate, oneIn, pick, randomBytes, varintOf } from './mutate.ts';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;

/** A field as it lies in a message. */
export interface WireField {
  readonly number: number;
  readonly wireType: number;
  /** Without the length of a field of bytes. */
  readonly payload: Uint8Array;
  /** What a field of bytes says of its length, where that is not true. */
  readonly claimedLength?: bigint;
}

/** The fields of a message; null if the bytes are none (groups count as none). */
export function parseFields(bytes: Uint8Array): WireField[] | null {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): number | null => {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = bytes[at++];
      if (byte === undefined) return null;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    return null;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === null || tag < 8 || tag >= 2 ** 32) return null;
    const wireType = tag & 7;
    const start = at;
    let payloadStart = start;
    if (wireType === VARINT) {
      if (varint() === null) return null;
    } else if (wireType === BYTES) {
      const length = varint();
      if (length === null) return null;
      payloadStart = at;
      at += length;
    } else if (wireType === FIXED64) at += 8;
    else if (wireType === FIXED32) at += 4;
    else return null;
    if (at > bytes.length) return null;
    const payload = bytes.subarray(payloadStart, at);
    fields.push({ number: Math.floor(tag / 8), wireType, payload });
  }
  return fields;
}

export function encodeFields(fields: readonly WireField[]): Uint8Array {
  return concat(...fields.flatMap(encodeField));
}

function encodeField({ number, wireType, payload, claimedLength }: WireField): Uint8Array[] {
  const tag = varintOf(BigInt(number) * 8n + BigInt(wireType));
  if (wireType !== BYTES) return [tag, payload];
  return [tag, varintOf(claimedLength ?? BigInt(payload.length)), payload];
}

/** A message with one mutation or a few, at any depth. Bytes that are no message are mutated as such. */
export function mutateMessage(bytes: Uint8Array, random: Random): Uint8Array {
  let result = bytes;
  do result = mutateOnce(result, random, 0);
  while (oneIn(3, random));
  return result;
}

/** No message has more levels: what goes deeper is strings that happen to look like messages. */
const DEPTH_MAX = 6;

function mutateOnce(bytes: Uint8Array, random: Random, depth: number): Uint8Array {
  const fields = parseFields(bytes);
  if (fields === null) return mutate(bytes, random, { corpus: [], bytesMax: 64 * 1024 });
  const index = fields.length === 0 ? 0 : random.below(fields.length);
  const field = fields[index];
  // Into an embedded message, or whatever reads as one.
  const canDescend = field?.wireType === BYTES && field.payload.length > 0 && depth < DEPTH_MAX;
  if (canDescend && !oneIn(4, random)) {
    const payload = mutateOnce(field.payload, random, depth + 1);
    return encodeFields(fields.with(index, { ...field, payload }));
  }
  return encodeFields(pick(MUTATIONS, random)(fields, index, random));
}

/** On the fields of one message; `index` is below their number unless there are none. */
type FieldsMutation = (fields: WireField[], index: number, random: Random) => WireField[];

const insertUnknown: FieldsMutation = (fields, index, random) =>
  fields.toSpliced(index, 0, anyField(random));

const renumber: FieldsMutation = (fields, index, random) =>
  replaced(fields, index, (field) => ({ ...field, number: anyNumber(field.number, random) }));

const retype: FieldsMutation = (fields, index, random) =>
  replaced(fields, index, (field) => ({ ...field, wireType: random.below(8) }));

const revalue: FieldsMutation = (fields, index, random) =>
  replaced(fields, index, (field) => ({ ...field, payload: anyPayload(field, random) }));

const lie: FieldsMutation = (fields, index, random) =>
  replaced(fields, index, (field) => ({
    ...field,
    wireType: BYTES,
    claimedLength: pick(
      [
        BigInt(field.payload.length + 1),
        BigInt(Math.max(0, field.payload.length - 1)),
        ...[0n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n],
      ],
      random,
    ),
  }));

const drop: FieldsMutation = (fields, index) => fields.toSpliced(index, 1);

const repeat: FieldsMutation = (fields, index, random) => {
  const field = fields[index];
  if (field === undefined) return fields;
  const copies = Array.from({ length: oneIn(8, random) ? 200 : 1 }, () => field);
  return fields.toSpliced(random.below(fields.length + 1), 0, ...copies);
};

const swap: FieldsMutation = (fields, index, random) => {
  const other = random.below(Math.max(1, fields.length));
  const [a, b] = [fields[index], fields[other]];
  return a === undefined || b === undefined ? fields : fields.with(index, b).with(other, a);
};

/** The number and the type of one field with the value of another. */
const exchange: FieldsMutation = (fields, index, random) =>
  replaced(fields, index, (field) => {
    const { payload } = pick(fields, random);
    return { ...field, payload };
  });

/** Down into itself, far beyond what any message has. */
const nest: FieldsMutation = (fields, index, random) =>
  replaced(fields, index, (field) => {
    let payload = field.payload;
    const levels = pick([1, 2, 30, 100, 200, 2_000], random);
    for (let level = 0; level < levels && payload.length < 16_000; level++) {
      payload = concat(...encodeField({ ...field, wireType: BYTES, payload }));
    }
    return { ...field, wireType: BYTES, payload };
  });

const group: FieldsMutation = (fields, index, random) => {
  const number = anyNumber(fields[index]?.number ?? 1, random);
  const start = { number, wireType: GROUP_START, payload: new Uint8Array(0) };
  const end = { ...start, wireType: GROUP_END };
  const levels = pick([1, 2, 31, 33, 101, 5_000], random);
  const starts = Array.from({ length: levels }, () => start);
  const ends = oneIn(3, random) ? [] : Array.from({ length: levels }, () => end);
  return fields.toSpliced(index, 0, ...starts, ...ends);
};

const MUTATIONS: readonly FieldsMutation[] = [
  ...[revalue, revalue, revalue, revalue, renumber, renumber, retype, retype],
  ...[lie, drop, drop, repeat, swap, exchange, insertUnknown, nest, group],
];

function replaced(
  fields: WireField[],
  index: number,
  change: (field: WireField) => WireField,
): WireField[] {
  const field = fields[index];
  return field === undefined ? fields : fields.with(index, change(field));
}

function anyNumber(near: number, random: Random): number {
  switch (random.below(4)) {
    case 0:
      return pick([0, 1, 15, 16, 2047, 2048, 19_000, 2 ** 28, 2 ** 29 - 1], random);
    default:
      return Math.max(0, near + random.below(7) - 3);
  }
}

function anyField(random: Random): WireField {
  const wireType = pick([VARINT, FIXED64, BYTES, FIXED32], random);
  const blank = { number: anyNumber(1 + random.below(15), random), wireType };
  return { ...blank, payload: anyPayload({ ...blank, payload: new Uint8Array(0) }, random) };
}

function anyPayload({ wireType, payload }: WireField, random: Random): Uint8Array {
  switch (wireType) {
    case VARINT:
      return anyVarint(random);
    case FIXED64:
      return pick(DOUBLES, random);
    case FIXED32:
      return randomBytes(4, random);
    default:
      if (oneIn(3, random)) return pick(TEXTS, random);
      return mutate(payload, random, { corpus: TEXTS, bytesMax: 64 * 1024 });
  }
}

const DOUBLES: readonly Uint8Array[] = [
  ...[0, -0, 1, -1, 0.5, 2 ** 53, 1e308, 5e-324],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
].map((value) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
});

/** Strings that programs stumble over, and bytes that are no UTF-8. */
const TEXTS: readonly Uint8Array[] = [
  ...['', 'a', '-1', '0', '..', '__proto__', 'constructor', 'a/b', 'a\0b', '\u{1f600}', '\ufeff'],
  ...['x'.repeat(249), 'x'.repeat(250), 'A'.repeat(22), `${'A'.repeat(22)}\n`, 'é'.repeat(200)],
]
  .map((text): Uint8Array => new TextEncoder().encode(text))
  .concat(
    [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0x80, 0x80]].map(
      (bytes) => Uint8Array.from(bytes),
    ),
  );
