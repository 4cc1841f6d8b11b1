// Processes that cannot start: one sentence with its code says why, the exit code says that they did
// not, whoever is in the way goes on, and once the cause is gone the same start succeeds.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Bystanders } from './bad-input-support.ts';
import { ClusterProcess, eventually, ProcessCluster, runCommand } from './process-cluster.ts';

let cluster: ProcessCluster;
let bystanders: Bystanders;
let directory: string;
let listener: Server;
let taken: number;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'odradek-start-'));
  cluster = await ProcessCluster.start();
  bystanders = await Bystanders.start(cluster.client());
  listener = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  taken = address !== null && typeof address !== 'string' ? address.port : 0;
});

afterAll(async () => {
  await bystanders.stop();
  listener.close();
  await cluster.close();
  rmSync(directory, { recursive: true, force: true });
});

afterEach(async () => {
  await bystanders.progress();
});

/** A broker that would join the cluster, but for what `args` change. */
function startBroker(id: number, args: readonly string[]) {
  return runCommand([
    ...['broker', 'start', '--broker-id', String(id)],
    ...['--log-dir', path.join(directory, `broker-${id}`)],
    ...['--grpc-port', '0', '--http-port', '0', '--controller-address', cluster.controller.grpc],
    ...args,
  ]);
}

function startController(args: readonly string[]) {
  return runCommand([
    ...['controller', 'start', '--log-dir', path.join(directory, 'controller')],
    ...['--grpc-port', '0', '--http-port', '0'],
    ...args,
  ]);
}

/** The one sentence for people, behind whatever was logged. */
function expectSentence(
  ended: { code: number | null; stdout: string; stderr: string },
  code: string,
  sentence: RegExp,
  exitCode = 1,
): void {
  const said = ended.stderr.split('\n').filter((line) => line.startsWith('odradek: '));
  expect({ exitCode: ended.code, said }).toEqual({
    exitCode,
    said: [expect.stringMatching(sentence)],
  });
  expect(said[0]).toContain(`[${code}]`);
  // No stack unless asked for.
  expect(ended.stderr).not.toMatch(/^\s+at .*\.(js|ts):\d+/m);
}

function locksIn(dataDir: string): string[] {
  return readdirSync(dataDir).filter((name) => name.startsWith('lock@'));
}

describe('a port in use', () => {
  test('by another broker: gRPC and HTTP', async () => {
    const port = cluster.broker(1).grpc.split(':')[1] ?? '';
    expectSentence(
      await startBroker(11, ['--grpc-port', port]),
      'ADDRESS_IN_USE',
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: another process does`),
    );
    const httpPort = cluster.broker(1).http.split(':')[1] ?? '';
    expectSentence(
      await startBroker(11, ['--http-port', httpPort]),
      'ADDRESS_IN_USE',
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${httpPort}: another process does`),
    );
  });

  test('by a stranger, for a controller, which leaves its directory unlocked', async () => {
    for (const flag of ['--grpc-port', '--http-port']) {
      expectSentence(
        await startController([flag, String(taken)]),
        'ADDRESS_IN_USE',
        new RegExp(`cannot listen on 127\\.0\\.0\\.1:${taken}: another process does`),
      );
      expect(locksIn(path.join(directory, 'controller'))).toEqual([]);
    }
  });

  test('by a stranger, for `up`, which starts nothing at all', async () => {
    const dataDir = path.join(directory, 'up');
    const ended = await runCommand(['up', '--data-dir', dataDir, '--port', String(taken)]);
    expectSentence(
      ended,
      'ADDRESS_IN_USE',
      new RegExp(`127\\.0\\.0\\.1:${taken} is in use by another process; stop it, or give another`),
    );
    const detached = ['up', '--detach', '--data-dir', dataDir, '--port', String(taken)];
    expectSentence(
      await runCommand(detached),
      'ADDRESS_IN_USE',
      new RegExp(`127\\.0\\.0\\.1:${taken} is in use by another process; stop it, or give another`),
    );
    expect(readdirSync(dataDir).filter((name) => name.startsWith('broker'))).toEqual([]);
  });

  test('an address that this machine does not have', async () => {
    expectSentence(
      await startBroker(11, ['--grpc-host', '203.0.113.7']),
      'INVALID_CONFIG',
      /cannot listen on 203\.0\.113\.7:0/,
    );
  });
});

describe('a data directory', () => {
  /** A copy of a running broker's directory, as if from a backup, with its owner's lines changed. */
  function copyOf(id: number, name: string, change: (meta: string) => string = (meta) => meta) {
    const copy = path.join(directory, name);
    cpSync(cluster.broker(id).dataDir, copy, {
      recursive: true,
      filter: (source) => !path.basename(source).startsWith('lock@'),
    });
    const file = path.join(copy, 'meta.properties');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    return copy;
  }

  test('that a living process has open', async () => {
    const { dataDir, pid } = cluster.broker(1);
    expectSentence(
      await startBroker(1, ['--log-dir', dataDir]),
      'DATA_DIRECTORY_IN_USE',
      new RegExp(`the data directory ${dataDir} is in use by process ${pid}; stop it`),
    );
    expect(locksIn(dataDir)).toHaveLength(1);
    const { dataDir: controllerDir, pid: controllerPid } = cluster.controller;
    expectSentence(
      await startController(['--log-dir', controllerDir]),
      'DATA_DIRECTORY_IN_USE',
      new RegExp(`${controllerDir} is in use by process ${controllerPid}`),
    );
  });

  test('of another broker', async () => {
    const copy = copyOf(1, 'of-broker-1');
    expectSentence(
      await startBroker(12, ['--log-dir', copy]),
      'DATA_DIRECTORY_MISMATCH',
      new RegExp(`${copy} belongs to broker 1, and this is broker 12`),
    );
    expect(locksIn(copy)).toEqual([]);
  });

  test('of a broker, for a controller', async () => {
    const copy = copyOf(1, 'of-a-broker');
    expectSentence(
      await startController(['--log-dir', copy]),
      'DATA_DIRECTORY_MISMATCH',
      new RegExp(`${copy} belongs to a broker, and this is a controller`),
    );
  });

  test('of another cluster: the controller refuses it, and the broker ends', async () => {
    const other = 'Z'.repeat(22);
    const copy = copyOf(1, 'of-another-cluster', (meta) =>
      meta.replace(/cluster\.id=.*/, `cluster.id=${other}`).replace('node.id=1', 'node.id=13'),
    );
    const before = readFileSync(path.join(copy, 'meta.properties'), 'utf8');
    expectSentence(
      await startBroker(13, ['--log-dir', copy]),
      'INCONSISTENT_CLUSTER_ID',
      new RegExp(`broker 13's data directory belongs to cluster ${other}, this is cluster \\S{22}`),
    );
    expect(readFileSync(path.join(copy, 'meta.properties'), 'utf8')).toBe(before);
    expect(locksIn(copy)).toEqual([]);
  });

  test('of a newer format, and one whose owner cannot be read', async () => {
    const newer = copyOf(1, 'newer', (meta) => meta.replace('version=1', 'version=2'));
    expectSentence(
      await startBroker(1, ['--log-dir', newer]),
      'DATA_DIRECTORY_MISMATCH',
      new RegExp(`${newer} has a layout of version 2, and this release reads versions up to 1`),
    );
    const garbled = copyOf(1, 'garbled', () => 'what?');
    expectSentence(
      await startBroker(1, ['--log-dir', garbled]),
      'DATA_DIRECTORY_MISMATCH',
      new RegExp(`${garbled} has a meta\\.properties that cannot be read`),
    );
    rmSync(path.join(garbled, 'meta.properties'));
    expectSentence(
      await startBroker(1, ['--log-dir', garbled]),
      'DATA_DIRECTORY_MISMATCH',
      new RegExp(`${garbled} has been used but holds no meta\\.properties`),
    );
  });

  test('that is a file', async () => {
    const file = path.join(directory, 'a-file');
    writeFileSync(file, 'not a directory');
    const ended = await startBroker(14, ['--log-dir', file]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(file);
    expect(ended.stderr).not.toMatch(/^\s+at .*\.(js|ts):\d+/m);
    expect(readFileSync(file, 'utf8')).toBe('not a directory');
  });
});

describe('an id', () => {
  test('that a running broker has: the second ends, the first goes on', async () => {
    const { grpc } = cluster.broker(2);
    expectSentence(
      await startBroker(2, []),
      'DUPLICATE_BROKER_REGISTRATION',
      new RegExp(`broker 2 is running at ${grpc}; give this one an id of its own`),
    );
    expect((await cluster.broker(2).get('/readyz'))?.ok).toBe(true);
  });
});

describe('a setting', () => {
  test('that is unknown, impossible, missing or contradictory', async () => {
    const usage = async (run: ReturnType<typeof runCommand>, sentence: RegExp): Promise<void> =>
      expectSentence(await run, 'INVALID_CONFIG', sentence, 2);
    const misspelt = path.join(directory, 'misspelt.yaml');
    writeFileSync(misspelt, 'log.segment.byts: 1MiB\n');
    const foreign = path.join(directory, 'foreign.yaml');
    writeFileSync(foreign, 'default.replication.factor: 3\n');
    await Promise.all([
      usage(
        startBroker(15, ['--fetch-max-bytes', 'lots']),
        /fetch\.max\.bytes cannot be "lots" \(--fetch-max-bytes\): it must be a size/,
      ),
      usage(
        startBroker(15, ['--config', misspelt]),
        /there is no setting log\.segment\.byts \(.*misspelt\.yaml\).*log\.segment\.bytes/,
      ),
      usage(
        startBroker(15, ['--config', foreign]),
        /default\.replication\.factor \(.*\) is a controller's setting, and this is a broker/,
      ),
      usage(
        runCommand(['broker', 'start', '--log-dir', path.join(directory, 'broker-15')]),
        /broker\.id is missing, and a broker needs it: give it as --broker-id/,
      ),
      usage(
        startBroker(15, ['--broker-heartbeat-interval-ms', '1400']),
        /broker\.heartbeat\.interval\.ms \(.*\).*broker\.session\.timeout\.ms/,
      ),
      usage(
        runCommand(['controller', 'start', '--log-dir', path.join(directory, 'controller')], {
          env: { ODRADEK_LOG_DIRR: 'x' },
        }),
        /the environment variable ODRADEK_LOG_DIRR stands for no setting.*ODRADEK_LOG_DIR/,
      ),
    ]);
  });

  test('whose flag does not exist, and a file that cannot be read', async () => {
    const unknown = await startBroker(15, ['--fetch-max-byte', '1']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/--fetch-max-byte\b.*\n?.*--fetch-max-bytes/);
    const missing = path.join(directory, 'none.yaml');
    const ended = await startBroker(15, ['--config', missing]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`the configuration file ${missing} cannot be read`);
  });
});

test('once the cause is gone, the same start succeeds', async () => {
  const port = taken;
  await new Promise((resolve) => listener.close(resolve));
  const late = new ClusterProcess({
    name: 'broker-16',
    directory,
    role: 'broker',
    grpcPort: port,
    httpPort: 0,
    args: ['--broker-id', '16', '--controller-address', cluster.controller.grpc],
  });
  late.spawn();
  await eventually('the broker to be active', 20_000, async () => {
    const { brokers } = await cluster.client().admin.describeCluster();
    return brokers.some(({ id, state }) => id === 16 && state === 'active');
  });
  expect(await late.stop()).toBe(0);
  expect(locksIn(late.dataDir)).toEqual([]);
});
