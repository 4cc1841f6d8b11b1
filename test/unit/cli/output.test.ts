import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { EXIT, type Cli } from '../../../src/cli/cli.ts';
import {
  formatOf,
  formatTable,
  printRows,
  printValue,
  type Column,
  type OutputOptions,
} from '../../../src/cli/output.ts';
import { progressBar } from '../../../src/cli/progress.ts';

interface Row {
  readonly name: string;
  readonly lag: number | null;
}

const ROWS: readonly Row[] = [
  { name: 'flights', lag: 1_234 },
  { name: 'x', lag: null },
];
const COLUMNS: readonly Column<Row>[] = [
  { header: 'TOPIC', value: ({ name }) => name },
  { header: 'LAG', value: ({ lag }) => lag },
  { header: 'NOTE', value: () => '' },
];

function printed(isTTY: boolean, print: (cli: Cli) => void): string {
  let text = '';
  const write = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  print({
    stdout: { write, isTTY },
    stderr: { write: () => true },
    stdin: Readable.from([]),
    environment: {},
    script: 'odradek',
    directory: '/',
    exitCode: EXIT.done,
  });
  return text;
}

const rows = (isTTY: boolean, options: OutputOptions) =>
  printed(isTTY, (cli) => printRows(cli, options, ROWS, COLUMNS));

describe('output', () => {
  test('a table has aligned columns, numbers to the right, "-" for none', () => {
    expect(formatTable(ROWS, COLUMNS)).toBe(
      ['TOPIC     LAG  NOTE', 'flights  1234', 'x           -'].join('\n'),
    );
    expect(formatTable([], COLUMNS)).toBe('TOPIC  LAG  NOTE');
  });

  test('a table on a terminal, JSON elsewhere, and what was asked for anywhere', () => {
    expect(rows(true, {})).toContain('TOPIC');
    expect(JSON.parse(rows(false, {}))).toEqual(ROWS);
    expect(JSON.parse(rows(true, { json: true }))).toEqual(ROWS);
    expect(rows(false, { format: 'table' })).toContain('TOPIC');
    expect(rows(false, { format: 'yaml' })).toBe(
      '- name: flights\n  lag: 1234\n- name: x\n  lag: null\n',
    );
    expect(rows(true, { format: 'ndjson' })).toBe(
      '{"name":"flights","lag":1234}\n{"name":"x","lag":null}\n',
    );
    expect(rows(true, { json: true, format: 'json' })).toBe(rows(true, { json: true }));
    expect(() => rows(true, { json: true, format: 'yaml' })).toThrow('cannot both be');
  });

  test('one value', () => {
    const value = (options: OutputOptions) =>
      printed(true, (cli) => printValue(cli, options, { a: 1 }, () => 'a is 1'));
    expect(value({})).toBe('a is 1\n');
    expect(value({ json: true })).toBe('{\n  "a": 1\n}\n');
    expect(value({ format: 'ndjson' })).toBe('{"a":1}\n');
    expect(value({ format: 'yaml' })).toBe('a: 1\n');
    expect(printed(false, (cli) => cli.stdout.write(formatOf(cli, {})))).toBe('json');
  });

  test('a progress bar stays within its bounds', () => {
    expect(progressBar(1, 2, 4)).toBe('[##--] 50 %');
    expect(progressBar(5, 2, 4)).toBe('[####] 100 %');
    expect(progressBar(0, 0, 4)).toBe('[####] 100 %');
  });
});
