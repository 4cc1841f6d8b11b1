import { expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/cli.ts';
import { configurationOf, headingOf } from '../../../src/cli/commands/bench/report.ts';
import { run } from './command.ts';

test('a heading says what was measured, on what, of which version, and how', () => {
  const heading = headingOf({
    title: 'Messages a second',
    machine: '2 × CPU, 24 GB',
    versions: { odradek: '0.1.0', node: 'v20.19.0' },
    configuration: { messages: 1_000, acks: 'all', axis: ['partitions', 'acks'] },
  });
  expect(heading.split('\n')).toEqual([
    'Messages a second',
    'machine: 2 × CPU, 24 GB',
    'versions: odradek 0.1.0, node v20.19.0',
    'configuration: messages 1000, acks all, axis partitions/acks',
    '',
  ]);
});

test('the configuration is what was asked for, without how it is printed', () => {
  const options = { messages: 5, json: true, dataDir: '/data', peer: undefined };
  expect(configurationOf(options, { replicationFactor: 3 })).toEqual({
    messages: 5,
    replicationFactor: 3,
  });
});

test('options that make no sense are refused before a cluster is started', async () => {
  const cases: readonly [string[], string][] = [
    [['produce', '--acks', '2'], '--acks cannot be 2: it is 0, 1 or all'],
    [['latency', '--durability', 'x'], '--durability cannot be x: it is page-cache, fsync or both'],
    [
      ['scale', '--axis', 'acks,colour'],
      '--axis cannot be colour: it is all, or some of partitions, producers, size, keys',
    ],
    [
      ['growth', '--part', 'x'],
      '--part cannot be x: it is all, or some of partitions, memory, log',
    ],
    [['growth', '--log-bytes', '10'], 'It must be a size from 1000000 bytes, such as 10GiB.'],
    [['produce', '--plot', 'rates.png'], 'It must end in .svg.'],
    [['scale', '--plot', '/nowhere/at/all.svg'], 'Its directory does not exist.'],
    [['consume', '--messages', '0'], 'It must be a whole number from 1 to 1000000000.'],
  ];
  for (const [argv, sentence] of cases) {
    const { code, stdout, stderr } = await run(['bench', ...argv]);
    expect({ code, stdout }, argv.join(' ')).toEqual({ code: EXIT.usage, stdout: '' });
    expect(stderr).toContain(sentence);
  }
});
