import { InvalidArgumentError } from 'commander';

/** A pair as `--config` and `--headers` take it: everything behind the first `=` is the value. */
export type KeyValue = readonly [key: string, value: string];

/** Parses one more `key=value` of an option that may be given several times. */
export function collectKeyValues(
  text: string,
  before: readonly KeyValue[] | undefined,
): readonly KeyValue[] {
  const at = text.indexOf('=');
  if (at <= 0) {
    throw new InvalidArgumentError(
      'It must be written as key=value; what is none goes before the option.',
    );
  }
  return [...(before ?? []), [text.slice(0, at), text.slice(at + 1)]];
}

/** Collects the words of an option that may be given several times. */
export function collectWords(
  text: string,
  before: readonly string[] | undefined,
): readonly string[] {
  return [...(before ?? []), text];
}
