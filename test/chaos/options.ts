/** The command line of a run. */
import { parseArgs } from 'node:util';
import { FAULT_CLASSES, type FaultClass } from './schedule.ts';

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly durability: 'fsync' | 'page-cache';
  readonly acks: 'all' | 1;
  readonly brokers: number;
  readonly partitions: number;
  readonly recordsPerSecond: number;
  /** Drawn from, as far as the machine allows them. */
  readonly classes: readonly FaultClass[];
  /** So long without an acknowledgement, while a majority is well, is a failure. */
  readonly stuckSeconds: number;
  /** Logs, data and history are kept even if nothing was wrong. */
  readonly keep: boolean;
}

export interface MainOptions extends ChaosOptions {
  readonly json: boolean;
  /** Prints the schedule and does nothing. */
  readonly dryRun: boolean;
}

export const DEFAULTS: Omit<ChaosOptions, 'seed'> = {
  minutes: 1,
  durability: 'fsync',
  acks: 'all',
  brokers: 3,
  partitions: 6,
  recordsPerSecond: 1_000,
  classes: FAULT_CLASSES,
  stuckSeconds: 30,
  keep: false,
};

export const USAGE = `npm run chaos -- [options]
  --minutes <n>                  how long faults go on: ${DEFAULTS.minutes}
  --seed <n>                     of the schedule; any, and printed, if it is left out
  --durability fsync|page-cache  of the topic: ${DEFAULTS.durability}
  --acks all|1                   of every producer: ${DEFAULTS.acks}
  --brokers <n>                  ${DEFAULTS.brokers}
  --partitions <n>               ${DEFAULTS.partitions}
  --rate <n>                     records a second, all producers together: ${DEFAULTS.recordsPerSecond}
  --classes <a,b,…>              only these faults: ${FAULT_CLASSES.join(' ')}
  --stuck-seconds <n>            so long without an acknowledgement, while a majority is well, is a
                                 failure: ${DEFAULTS.stuckSeconds}
  --keep                         logs, data and history are kept even if nothing was wrong
  --json                         the report as JSON on standard output, all else on standard error
  --dry-run                      print the schedule and do nothing`;

/** Throws with a sentence for what makes no sense. */
export function parseOptions(args: readonly string[], randomSeed: () => number): MainOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string' },
      durability: { type: 'string' },
      acks: { type: 'string' },
      brokers: { type: 'string' },
      partitions: { type: 'string' },
      rate: { type: 'string' },
      classes: { type: 'string' },
      'stuck-seconds': { type: 'string' },
      keep: { type: 'boolean' },
      json: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
    },
  });
  return {
    minutes: number('minutes', values.minutes, DEFAULTS.minutes, { min: 0.05, max: 1_440 }),
    seed: whole('seed', values.seed, randomSeed(), { min: 0, max: Number.MAX_SAFE_INTEGER }),
    durability: oneOf('durability', values.durability ?? DEFAULTS.durability, [
      'fsync',
      'page-cache',
    ]),
    acks: oneOf('acks', values.acks ?? 'all', ['all', '1']) === '1' ? 1 : 'all',
    brokers: whole('brokers', values.brokers, DEFAULTS.brokers, { min: 2, max: 9 }),
    partitions: whole('partitions', values.partitions, DEFAULTS.partitions, { min: 1, max: 100 }),
    recordsPerSecond: whole('rate', values.rate, DEFAULTS.recordsPerSecond, {
      min: 10,
      max: 20_000,
    }),
    classes:
      values.classes?.split(',').map((name) => oneOf('classes', name, FAULT_CLASSES)) ??
      DEFAULTS.classes,
    stuckSeconds: whole('stuck-seconds', values['stuck-seconds'], DEFAULTS.stuckSeconds, {
      min: 5,
      max: 600,
    }),
    keep: values.keep === true,
    json: values.json === true,
    dryRun: values['dry-run'] === true,
  };
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function number(name: string, text: string | undefined, otherwise: number, range: Range): number {
  const value = text === undefined ? otherwise : Number(text);
  if (value >= range.min && value <= range.max) return value;
  throw new Error(`--${name} ${text}: it must be a number from ${range.min} to ${range.max}`);
}

function whole(name: string, text: string | undefined, otherwise: number, range: Range): number {
  const value = number(name, text, otherwise, range);
  if (Number.isSafeInteger(value)) return value;
  throw new Error(`--${name} ${text}: it must be a whole number`);
}

function oneOf<Choice extends string>(
  name: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw new Error(`--${name} ${text}: it must be one of ${choices.join(', ')}`);
}
