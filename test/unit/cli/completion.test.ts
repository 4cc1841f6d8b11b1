import { describe, expect, test } from 'vitest';
import { run } from './command.ts';

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s learns every command and its options', async (shell) => {
    const { code, stdout, stderr } = await run(['completion', shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const started = ['/up', '/down', '/controller/start', '/broker/start', '/completion'];
    const asked = ['/cluster/health', '/topic/describe', '/produce', '/consume', '/leader/elect'];
    asked.push('/group/list', '/group/describe', '/group/seek', '/group/delete');
    asked.push('/topic/delete-records');
    for (const path of [...started, ...asked]) expect(stdout).toContain(path);
    const settings = ['data-dir', 'brokers', 'detach', 'replica-lag-time-max-ms', 'verbose'];
    for (const word of [
      ...settings,
      'key-field',
      'exit-at-end',
      'replication-factor',
      'transactional-id',
    ]) {
      expect(stdout).toContain(word);
    }
    // Where there is a list of values, it is offered; what is hidden is not.
    expect(stdout).toContain('table json ndjson yaml');
    expect(stdout).toContain('none gzip snappy lz4 zstd');
    expect(stdout).not.toContain('stop-at-eof');
  });

  test('quotes in descriptions do not end the strings of a shell', async () => {
    const { stdout } = await run(['completion', 'zsh']);
    const withoutEscapes = stdout.replaceAll("'\\''", '');
    expect(withoutEscapes.split("'").length % 2).toBe(1);
  });
});
