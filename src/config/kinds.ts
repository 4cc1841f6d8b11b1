import { Type, type TBoolean, type TEnum, type TInteger, type TString } from 'typebox';
import { formatBytes, formatDurationMs, parseBytes, parseDurationMs } from '../base/units.ts';

/** How a setting is written and read. Kept in its schema, beside what JSON Schema itself knows. */
export type Kind =
  'integer' | 'duration' | 'bytes' | 'port' | 'text' | 'address' | 'boolean' | 'choice';

/** What every setting says of itself. Without a default it must be given. */
export interface SettingOptions<Value> {
  readonly default?: Value;
  readonly description: string;
}

export interface NumberOptions extends SettingOptions<number> {
  /** Inclusive; 0 unless said otherwise. */
  readonly min?: number;
  /** Inclusive. */
  readonly max?: number;
}

/** A schema that one of the constructors below has made. */
export type SettingSchema = (TInteger | TString | TBoolean | TEnum<string[]>) & {
  readonly kind?: Kind;
};

/** A whole number. */
export function integer(options: NumberOptions): TInteger {
  return number('integer', options);
}

/** Milliseconds: `250ms`, `10s`, `7d`, or a bare number. */
export function duration(options: NumberOptions): TInteger {
  return number('duration', options);
}

/** A size: `64KiB`, `1GiB`, or a bare number of bytes. */
export function bytes(options: NumberOptions): TInteger {
  return number('bytes', options);
}

/** A TCP port; 0 has the meaning that the description gives it. */
export function port(options: SettingOptions<number>): TInteger {
  return number('port', { ...options, max: 65_535 });
}

/** Any text; empty only where the default is. */
export function text(options: SettingOptions<string>): TString {
  return Type.String({ ...options, kind: 'text', minLength: options.default === '' ? 0 : 1 });
}

/** `host:port`, an IPv6 host in brackets. */
export function address(options: SettingOptions<string>): TString {
  return Type.String({
    ...options,
    kind: 'address',
    pattern: '^(\\[[0-9a-fA-F:.]+\\]|[^:\\s\\[\\]]+):[0-9]{1,5}$',
  });
}

export function boolean(options: SettingOptions<boolean>): TBoolean {
  return Type.Boolean({ ...options, kind: 'boolean' });
}

/** One of a few words. */
export function choice<Words extends string[]>(
  words: readonly [...Words],
  options: SettingOptions<Words[number]>,
): TEnum<Words> {
  return Type.Enum(words, { ...options, kind: 'choice' });
}

function number(kind: Kind, { min = 0, max, ...options }: NumberOptions): TInteger {
  return Type.Integer({
    ...options,
    kind,
    minimum: min,
    maximum: max ?? Number.MAX_SAFE_INTEGER,
  });
}

/** The value that a text stands for, or null if it is not of the schema's kind. Bounds come later. */
export function parseSetting(
  schema: SettingSchema,
  given: string,
): number | string | boolean | null {
  switch (kindOf(schema)) {
    case 'integer':
    case 'port':
      return /^-?\d+$/.test(given) ? Number(given) : null;
    case 'duration':
      return parseDurationMs(given);
    case 'bytes':
      return parseBytes(given);
    case 'boolean':
      return given === 'true' ? true : given === 'false' ? false : null;
    case 'text':
    case 'address':
    case 'choice':
      return given;
  }
}

/** A value as a person would write it. */
export function formatSetting(schema: SettingSchema, value: unknown): string {
  if (typeof value === 'number' && kindOf(schema) === 'duration') return formatDurationMs(value);
  if (typeof value === 'number' && kindOf(schema) === 'bytes') return formatBytes(value);
  return String(value);
}

/** What a setting may be, in words that follow "it must be". */
export function describeSetting(schema: SettingSchema): string {
  switch (kindOf(schema)) {
    case 'boolean':
      return 'true or false';
    case 'choice':
      return 'enum' in schema ? schema.enum.join(', ').replace(/, ([^,]*)$/, ' or $1') : 'a word';
    case 'address':
      return 'an address such as 127.0.0.1:9191';
    case 'text':
      return 'a text that is not empty';
    case 'integer':
      return `a whole number ${rangeOf(schema)}`;
    case 'port':
      return `a port ${rangeOf(schema)}`;
    case 'duration':
      return `a duration such as 250ms or 10s, ${rangeOf(schema)}`;
    case 'bytes':
      return `a size such as 64KiB or 1GiB, ${rangeOf(schema)}`;
  }
}

function kindOf(schema: SettingSchema): Kind {
  return schema.kind ?? 'text';
}

function rangeOf(schema: SettingSchema): string {
  const minimum = 'minimum' in schema ? schema.minimum : undefined;
  const maximum = 'maximum' in schema ? schema.maximum : undefined;
  const to = maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${formatSetting(schema, maximum)}`;
  return `from ${formatSetting(schema, minimum ?? 0)}${to}`;
}
