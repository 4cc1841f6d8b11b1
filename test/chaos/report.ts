/** What a run found, for machines and for people. */
import type { Verdict } from '../../src/testing/judge/verdict.ts';
import { describeVerdict } from '../../src/testing/judge/verdict.ts';
import type { Truncation } from '../../src/testing/judge/history.ts';
import type { ChaosOptions } from './options.ts';

export interface ChaosReport {
  readonly ok: boolean;
  readonly options: ChaosOptions;
  /** Fault classes that the machine does not allow, with why. */
  readonly leftOut: readonly string[];
  readonly seconds: number;
  /** How often each class of faults was begun. */
  readonly faults: Readonly<Record<string, number>>;
  readonly periods: number;
  readonly uncleanStops: number;
  /** Records of the SDK's producers that were acknowledged. */
  readonly acks: number;
  /** Sends that were not acknowledged, by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** What consumers had to begin anew for, by code. */
  readonly readerErrors: Readonly<Record<string, number>>;
  /** How often `odradek …` was run, and what it said when it failed. */
  readonly commands: Readonly<
    Record<string, { readonly runs: number; readonly failures: readonly string[] }>
  >;
  /** The longest time without an acknowledgement, by partition. */
  readonly longestGapsMs: Readonly<Record<string, number>>;
  /** From the end of a hard period's faults until every partition had taken a write. */
  readonly longestRecoveryMs: number;
  /** What brokers said they cut from their logs. */
  readonly cut: {
    readonly times: number;
    readonly records: number;
    readonly bytes: number;
  };
  /** Events that the processes logged, by name. */
  readonly events: Readonly<Record<string, number>>;
  readonly verdict: Verdict;
  /** Everything that should not be, as sentences. Empty: the run is good. */
  readonly problems: readonly string[];
  /** Where logs, data and history are, if they were kept. */
  readonly directory: string | null;
}

export function sumOfCuts(truncations: readonly Truncation[]): ChaosReport['cut'] {
  return {
    times: truncations.length,
    records: truncations.reduce(
      (sum, { fromOffset, toOffset }) => sum + Math.max(0, fromOffset - toOffset),
      0,
    ),
    bytes: truncations.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Everything that a verdict holds against the log, as sentences. */
export function problemsOf(verdict: Verdict): string[] {
  const problems = verdict.anomalies.map(({ kind, sentence }) => `${kind}: ${sentence}`);
  const { unexplained } = verdict;
  if (unexplained.length > 0) {
    const some = unexplained
      .slice(0, 5)
      .map(({ partition, offset, value }) => `${value} at ${partition}:${offset}`);
    problems.push(
      `${unexplained.length} acknowledged records are lost, and no broker said that it cut them: ` +
        some.join(', '),
    );
  }
  return problems;
}

const LABEL_WIDTH = 24;

/** The summary in lines. */
export function describeReport(report: ChaosReport): string {
  const lines: string[] = ['', '--- summary ---'];
  const row = (label: string, value: string): void => {
    lines.push(`${label.padEnd(LABEL_WIDTH)}${value}`);
  };
  const { options, verdict, cut } = report;
  row('seed', String(options.seed));
  row('promise', `acks=${options.acks}, ${options.durability}, ${options.brokers} brokers`);
  row('time', `${report.seconds.toFixed(0)} s, ${report.periods} periods`);
  row('faults', listOf(report.faults));
  for (const sentence of report.leftOut) row('left out', sentence);
  row('unclean stops', String(report.uncleanStops));
  row('acknowledged', `${report.acks} (${Math.round(report.acks / report.seconds)}/s)`);
  row('not acknowledged', listOf(report.errors));
  row('readers began anew', listOf(report.readerErrors));
  for (const [name, { runs, failures }] of Object.entries(report.commands)) {
    row(`odradek ${name}`, `${runs} runs, ${failures.length} of them failed`);
    for (const said of new Set(failures)) row('', said);
  }
  row('longest gaps', gapsOf(report.longestGapsMs));
  row('longest recovery', `${(report.longestRecoveryMs / 1_000).toFixed(1)} s`);
  row('cut by brokers', `${cut.records} records, ${cut.bytes} bytes, in ${cut.times} cuts`);
  const anomalies = Object.values(verdict.anomalyCounts).reduce((sum, count) => sum + count, 0);
  row('anomalies', String(anomalies));
  const { lost, unexplained } = verdict;
  const bytes = lost.reduce((sum, record) => sum + record.bytes, 0);
  const loss = `${lost.length} records, ${bytes} bytes of values`;
  row('acknowledged and lost', `${loss}; ${unexplained.length} of them unexplained`);
  for (const line of describeVerdict(verdict).split('\n')) row('judge', line);
  for (const problem of report.problems) row('PROBLEM', problem);
  if (report.directory !== null) row('kept', report.directory);
  row('result', report.ok ? 'good' : 'BAD');
  return lines.join('\n');
}

function listOf(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function gapsOf(gapsMs: Readonly<Record<string, number>>): string {
  return Object.entries(gapsMs)
    .map(([name, gapMs]) => `${name} ${(gapMs / 1_000).toFixed(1)} s`)
    .join(', ');
}
