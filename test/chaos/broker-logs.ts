/** What the processes of a run have said in their logs. */
import { readFileSync } from 'node:fs';
import type { Truncation } from '../../src/testing/judge/history.ts';
import type { LogEventName } from '../../src/telemetry/log-events.ts';

export type LogLine = Readonly<Record<string, unknown>>;

/** Never said under the faults of a run, unless something is wrong. */
const ALARMS: readonly LogEventName[] = [
  'leader_elected_uncleanly',
  'replica_damaged',
  'request_failed',
  'controller_passive',
];

/** Also said when the disk is full. */
const DISK_ALARMS: readonly LogEventName[] = [
  'log_offline',
  'data_directory_offline',
  'process_failed',
];

/** Lines of JSON; those that are none, as a stack trace or what a kill has torn, are left out. */
export function readLog(path: string): LogLine[] {
  const lines: LogLine[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (!line.startsWith('{')) continue;
    try {
      lines.push(JSON.parse(line) as LogLine);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return lines;
}

/** The stretches that a broker said it would cut. */
export function truncationsIn(lines: readonly LogLine[], broker: string): Truncation[] {
  return lines
    .filter(({ event }) => event === 'truncated')
    .map((line) => ({
      kind: 'truncation',
      broker,
      partition: `${String(line['topic'])}-${String(line['partition'])}`,
      fromOffset: Number(line['fromOffset']),
      toOffset: Number(line['toOffset']),
      bytes: Number(line['bytes']),
    }));
}

/** Lines that say that something went wrong which no fault explains, as sentences. */
export function alarmsIn(
  lines: readonly LogLine[],
  node: string,
  options: { readonly diskWasFull: boolean },
): string[] {
  const alarms: readonly unknown[] = options.diskWasFull ? ALARMS : [...ALARMS, ...DISK_ALARMS];
  return lines
    .filter(({ event }) => alarms.includes(event))
    .map((line) => `${node} said: ${JSON.stringify(line).slice(0, 600)}`);
}

/** How often each event was said. */
export function countEvents(lines: readonly LogLine[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { event } of lines) {
    if (typeof event === 'string') counts.set(event, (counts.get(event) ?? 0) + 1);
  }
  return counts;
}
