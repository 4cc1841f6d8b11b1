// The annotated configurations of deploy/ start processes that form a cluster, with what differs
// between machines given as flags.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { Client } from '../../src/client/index.ts';
import { eventually, freePorts, runCommand } from './process-cluster.ts';

const COMMAND = fileURLToPath(new URL('../../bin/odradek', import.meta.url));
const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));

const children: ChildProcess[] = [];
let directory: string | null = null;
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  if (directory !== null) rmSync(directory, { recursive: true, force: true });
});

test('deploy/ starts a controller and three brokers that take a write', async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'odradek-deploy-'));
  const ports = await freePorts(8);
  const start = (role: string, name: string, index: number, more: readonly string[]): void => {
    const child = spawn(
      process.execPath,
      [
        ...[COMMAND, role, 'start', '--config', path.join(DEPLOY, `${role}.yaml`)],
        ...['--log-dir', path.join(directory as string, name)],
        ...['--grpc-host', '127.0.0.1', '--grpc-port', String(ports[2 * index])],
        ...['--http-host', '127.0.0.1', '--http-port', String(ports[2 * index + 1])],
        ...['--advertised-host', '127.0.0.1', '--advertised-port', String(ports[2 * index])],
        ...more,
      ],
      { stdio: 'ignore' },
    );
    children.push(child);
  };
  start('controller', 'controller', 0, []);
  for (const id of [1, 2, 3]) {
    start('broker', `broker-${id}`, id, [
      ...['--broker-id', String(id), '--broker-rack', `rack-${id}`],
      ...['--controller-address', `127.0.0.1:${ports[0]}`],
    ]);
  }
  await using client = new Client({ bootstrap: `127.0.0.1:${ports[2]}`, connectTimeoutMs: 20_000 });
  await eventually('three active brokers', 20_000, async () => {
    const { brokers } = await client.admin.describeCluster();
    return brokers.filter(({ state }) => state === 'active').length === 3;
  });
  await client.admin.createTopic('orders', { partitions: 1 });
  const { offset } = await client.producer().send('orders', { key: null, value: 'first' });
  expect(offset).toBe(0);
  const [partition] = (await client.admin.describeTopic('orders')).partitions;
  expect(partition?.replicas).toHaveLength(3);
});

test('an impossible setting stops the start with a sentence that names it', async () => {
  const unknown = await runCommand(
    ['broker', 'start', '--config', path.join(DEPLOY, 'broker.yaml')],
    {
      env: { ODRADEK_REPLICA_LAG_TIME: '10s' },
    },
  );
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('ODRADEK_REPLICA_LAG_TIME');
  const impossible = await runCommand([
    ...['broker', 'start', '--config', path.join(DEPLOY, 'broker.yaml')],
    ...['--broker-session-timeout-ms', 'soon'],
  ]);
  expect(impossible.code).toBe(2);
  expect(impossible.stderr).toContain('broker.session.timeout.ms');
  expect(impossible.stderr).toContain('soon');
});
