import { describe, expect, test } from 'vitest';
import { run } from './command.ts';

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s learns every command and its options', async (shell) => {
    const { code, stdout, stderr } = await run(['completion', shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const path of ['/up', '/down', '/controller/start', '/broker/start', '/completion']) {
      expect(stdout).toContain(path);
    }
    for (const word of ['data-dir', 'brokers', 'detach', 'replica-lag-time-max-ms', 'verbose']) {
      expect(stdout).toContain(word);
    }
    // Where there is a list of values, it is offered; what is hidden is not.
    expect(stdout).toContain('table json ndjson yaml');
    expect(stdout).not.toContain('stop-at-eof');
  });

  test('quotes in descriptions do not end the strings of a shell', async () => {
    const { stdout } = await run(['completion', 'zsh']);
    const withoutEscapes = stdout.replaceAll("'\\''", '');
    expect(withoutEscapes.split("'").length % 2).toBe(1);
  });
});
