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

interface Schema<Value> {
  readonly kind: Kind;
  readonly description: string;
  readonly default?: Value;
}

export interface NumberSchema extends Schema<number> {
  readonly kind: 'integer' | 'duration' | 'bytes' | 'port';
  readonly minimum: number;
  readonly maximum: number;
}

export interface TextSchema extends Schema<string> {
  readonly kind: 'text' | 'address';
  /** The whole value matches. */
  readonly pattern: RegExp;
}

export interface BooleanSchema extends Schema<boolean> {
  readonly kind: 'boolean';
}

export interface ChoiceSchema<Word extends string = string> extends Schema<Word> {
  readonly kind: 'choice';
  readonly words: readonly Word[];
}

/**
 * What one of the constructors below has made. A schema library would do the same; the one that fits
 * takes a third of a second to load, which every start of every process would pay.
 */
export type SettingSchema = NumberSchema | TextSchema | BooleanSchema | ChoiceSchema;

/** The type of a setting's value. */
export type ValueOf<Setting extends SettingSchema> =
  Setting extends ChoiceSchema<infer Word>
    ? Word
    : Setting extends NumberSchema
      ? number
      : Setting extends BooleanSchema
        ? boolean
        : string;

/** A whole number. */
export function integer(options: NumberOptions): NumberSchema {
  return number('integer', options);
}

/** Milliseconds: `250ms`, `10s`, `7d`, or a bare number. */
export function duration(options: NumberOptions): NumberSchema {
  return number('duration', options);
}

/** A size: `64KiB`, `1GiB`, or a bare number of bytes. */
export function bytes(options: NumberOptions): NumberSchema {
  return number('bytes', options);
}

/** A TCP port; 0 has the meaning that the description gives it. */
export function port(options: SettingOptions<number>): NumberSchema {
  return number('port', { ...options, max: 65_535 });
}

/** Any text; empty only where the default is. */
export function text(options: SettingOptions<string>): TextSchema {
  return { ...options, kind: 'text', pattern: options.default === '' ? /^/ : /./s };
}

/** `host:port`, an IPv6 host in brackets. */
export function address(options: SettingOptions<string>): TextSchema {
  const pattern = /^(\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):[0-9]{1,5}$/;
  return { ...options, kind: 'address', pattern };
}

export function boolean(options: SettingOptions<boolean>): BooleanSchema {
  return { ...options, kind: 'boolean' };
}

/** One of a few words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  options: SettingOptions<NoInfer<Word>>,
): ChoiceSchema<Word> {
  return { ...options, kind: 'choice', words };
}

function number(
  kind: NumberSchema['kind'],
  { min = 0, max = Number.MAX_SAFE_INTEGER, ...options }: NumberOptions,
): NumberSchema {
  return { ...options, kind, minimum: min, maximum: max };
}

/** Whether a value of the right type is one that the setting may have. */
export function isAllowed(schema: SettingSchema, value: number | string | boolean): boolean {
  switch (schema.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return schema.words.some((word) => word === value);
    case 'text':
    case 'address':
      return typeof value === 'string' && schema.pattern.test(value);
    default:
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return false;
      return schema.minimum <= value && value <= schema.maximum;
  }
}

/** The value that a text stands for, or null if it is not of the schema's kind. Bounds come later. */
export function parseSetting(
  schema: SettingSchema,
  given: string,
): number | string | boolean | null {
  switch (schema.kind) {
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
  if (typeof value === 'number' && schema.kind === 'duration') return formatDurationMs(value);
  if (typeof value === 'number' && schema.kind === 'bytes') return formatBytes(value);
  return String(value);
}

/** What a setting may be, in words that follow "it must be". */
export function describeSetting(schema: SettingSchema): string {
  switch (schema.kind) {
    case 'boolean':
      return 'true or false';
    case 'choice':
      return schema.words.join(', ').replace(/, ([^,]*)$/, ' or $1');
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

function rangeOf(schema: NumberSchema): string {
  const { minimum, maximum } = schema;
  const to = maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${formatSetting(schema, maximum)}`;
  return `from ${formatSetting(schema, minimum)}${to}`;
}
