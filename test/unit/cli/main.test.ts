import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { OdradekError } from '../../../src/base/errors.ts';
import { EXIT } from '../../../src/cli/cli.ts';
import { CommandError, describeError, exitCodeOf } from '../../../src/cli/command-error.ts';
import { bootstrapOf, wholeNumber } from '../../../src/cli/options.ts';
import { run } from './command.ts';

describe('the command', () => {
  test('help and version are data, and no failure', async () => {
    const help = await run(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('up [options]');
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await run(['broker', 'start', '--help'])).stdout).toContain(
      '--replica-lag-time-max-ms',
    );
  });

  test('wrong usage is exit code 2, on stderr, with what was probably meant', async () => {
    const cases: readonly [string[], string][] = [
      [['dwon'], '(Did you mean down?)'],
      [['up', '--prot', '1'], '(Did you mean --port?)'],
      [['up', '--brokers', 'many'], 'It must be a whole number from 1 to 99.'],
      [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish.'],
      [['completion'], "missing required argument 'shell'"],
      [[], 'Usage: odradek'],
      [['broker'], 'Usage: odradek broker'],
    ];
    for (const [argv, sentence] of cases) {
      const { code, stdout, stderr } = await run(argv);
      expect({ code, stdout }, argv.join(' ')).toEqual({ code: EXIT.usage, stdout: '' });
      expect(stderr).toContain(sentence);
    }
  });

  test('settings that cannot be stop a start, each with a sentence', async () => {
    const flags = ['--log-dir', '/data', '--num-partitions', 'z', '--grpc-port', '-1'];
    const environment = { ODRADEK_LOG_LEVEL: 'loud' };
    const { code, stderr } = await run(['controller', 'start', ...flags], environment);
    expect(code).toBe(EXIT.usage);
    expect(stderr.trim().split('\n')).toEqual([
      'odradek: grpc.port cannot be "-1" (--grpc-port): it must be a port from 0 to 65535',
      'odradek: log.level cannot be "loud" (ODRADEK_LOG_LEVEL): it must be trace, debug, info, warn, error or silent',
      'odradek: num.partitions cannot be "z" (--num-partitions): it must be a whole number from 1 to 10000 [INVALID_CONFIG]',
    ]);
  });

  test('a configuration file that is not there is named', async () => {
    const { code, stderr } = await run(['broker', 'start', '--config', '/nowhere/broker.yaml']);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain('the configuration file /nowhere/broker.yaml cannot be read: ENOENT');
  });

  test('ports that do not exist are refused before anything is started', async () => {
    const { code, stderr } = await run(['up', '--port', '65500', '--data-dir', '/nowhere']);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toBe('odradek: there is no room for 3 brokers from port 65500 on\n');
  });
});

describe('errors', () => {
  test('one sentence with its code, a stack only for those who ask', () => {
    const error = new OdradekError('DISK_FULL');
    const line = 'odradek: the broker’s disk is nearly full; free space or add some [DISK_FULL]';
    expect(describeError(error, false)).toBe(line);
    expect(describeError(error, true)).toContain(`${line}\n`);
    expect(describeError(error, true)).toContain('main.test.ts');
    expect(describeError(new Error('plain'), false)).toBe('odradek: plain');
    expect(describeError('thrown', true)).toBe('odradek: thrown');
    const nested = new CommandError('outer', { cause: new Error('inner') });
    expect(describeError(nested, true)).toContain('caused by Error: inner');
  });

  test('exit codes', () => {
    expect(exitCodeOf(new Error('x'))).toBe(1);
    expect(exitCodeOf(new CommandError('x', { exitCode: EXIT.unhealthy }))).toBe(10);
  });
});

describe('options', () => {
  const cli = (environment: Record<string, string>) => ({
    stdout: { write: () => true },
    stderr: { write: () => true },
    stdin: Readable.from([]),
    environment,
    script: 'odradek',
    directory: '/',
    exitCode: EXIT.done,
  });

  test('bootstrap: the flag, else the environment, else the default', () => {
    const environment = { ODRADEK_BOOTSTRAP: 'a:1, b:2' };
    expect(bootstrapOf(cli(environment), { bootstrap: 'c:3' })).toEqual(['c:3']);
    expect(bootstrapOf(cli(environment), {})).toEqual(['a:1', 'b:2']);
    expect(bootstrapOf(cli({}), {})).toEqual(['127.0.0.1:9192']);
    expect(bootstrapOf(cli({}), { bootstrap: '[::1]:9192' })).toEqual(['[::1]:9192']);
  });

  test('an address that is none is named with where it came from', () => {
    expect(() => bootstrapOf(cli({}), { bootstrap: 'localhost' })).toThrow(
      '"localhost" (--bootstrap) is no address; write it as host:port',
    );
    expect(() => bootstrapOf(cli({ ODRADEK_BOOTSTRAP: 'a:99999' }), {})).toThrow(
      '"a:99999" (ODRADEK_BOOTSTRAP) is no address',
    );
  });

  test('whole numbers', () => {
    expect(wholeNumber(1, 3)('3')).toBe(3);
    for (const text of ['0', '4', '1.5', '', '1e0']) {
      expect(() => wholeNumber(1, 3)(text), text).toThrow('from 1 to 3');
    }
  });
});
