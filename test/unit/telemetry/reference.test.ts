import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LOG_EVENTS, logEventReference } from '../../../src/telemetry/log-events.ts';
import { METRICS, metricReference } from '../../../src/telemetry/metric-declarations.ts';

const README = readFileSync(new URL('../../../src/telemetry/README.md', import.meta.url), 'utf8');

/** Table rows without the formatter's padding. */
const rows = README.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.replaceAll(/ +/g, ' '));

test('the README lists every log event and every metric, and no others', () => {
  const declared = [...logEventReference(), ...metricReference()];
  expect(rows).toEqual(declared.map((line) => line.replaceAll(/ +/g, ' ')));
});

test('metric names follow Prometheus: a prefix, a unit, and _total on counters alone', () => {
  for (const [name, { type, help, labels }] of Object.entries(METRICS)) {
    expect(name).toMatch(/^odradek_[a-z_]+$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    expect(help, name).toMatch(/^[1A-Z].*\.$/);
    expect(labels).not.toContain('le');
  }
});

test('log events have constant messages and fields that are named once', () => {
  const messages = Object.values(LOG_EVENTS).map(({ message }) => message);
  expect(new Set(messages).size).toBe(messages.length);
  for (const [name, { fields }] of Object.entries(LOG_EVENTS)) {
    expect(name).toMatch(/^[a-z_]+$/);
    const names = fields.map((field: string) => field.replace('?', ''));
    expect(new Set(names).size, name).toBe(names.length);
    // Taken by pino or by us.
    for (const taken of ['level', 'time', 'message', 'event']) expect(names).not.toContain(taken);
  }
});
