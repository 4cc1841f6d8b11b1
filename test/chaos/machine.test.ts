// The network and the small disk of a run, where the machine allows them, and that nothing of them
// is left.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, type TestContext } from 'vitest';
import { Cleanup } from './cleanup.ts';
import { prepareMachine, type Machine } from './machine.ts';
import type { Network } from './network.ts';
import type { FaultClass } from './schedule.ts';
import { tryShell } from './shell.ts';
import type { SmallDisk } from './small-disk.ts';

let directory = '';
let cleanup = new Cleanup();
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'odradek-chaos-test-'));
  cleanup = new Cleanup();
});
afterEach(async () => {
  const failures = await cleanup.run();
  rmSync(directory, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

test('processes alone need nothing of the machine', async () => {
  const machine = await prepare(['kill', 'freeze']);
  expect(machine).toMatchObject({ network: null, classes: ['kill', 'freeze'], leftOut: [] });
  expect(machine.smallDisks.size).toBe(0);
});

test('a link is cut one way or both, and mended', async (context) => {
  const network = networkOf(await prepare(['cut']), context);
  expect(await connects(network, 'broker-1', 'broker-2')).toBe(true);
  await network.cut({ from: 'broker-1', to: 'broker-2' });
  expect(await connects(network, 'broker-1', 'broker-2')).toBe(false);
  // A connection takes packets in both directions.
  expect(await connects(network, 'broker-2', 'broker-1')).toBe(false);
  expect(await connects(network, 'broker-1', 'controller')).toBe(true);
  expect(await connects(network, 'broker-2', 'controller')).toBe(true);
  await network.mend({ from: 'broker-1', to: 'broker-2' });
  expect(await connects(network, 'broker-1', 'broker-2')).toBe(true);
}, 30_000);

test('packets are lost and late, and are not any more', async (context) => {
  const machine = await prepare(['loss', 'slow']);
  const network = networkOf(machine, context);
  if (machine.classes.includes('loss')) {
    await network.lose('broker-1', 100);
    expect(await connects(network, 'broker-2', 'broker-1')).toBe(false);
    expect(await connects(network, 'broker-2', 'controller')).toBe(true);
    await network.loseNothing('broker-1');
    expect(await connects(network, 'broker-2', 'broker-1')).toBe(true);
  }
  if (machine.classes.includes('slow')) {
    await network.slow('broker-1', 50);
    expect(await connects(network, 'broker-1', 'broker-2')).toBe(true);
    await network.slowNothing('broker-1');
  }
  if (machine.leftOut.length > 0) await context.annotate(`left out: ${machine.leftOut.join('; ')}`);
}, 30_000);

test('nothing of the network is left', async (context) => {
  // By its process id: another run may come and go meanwhile.
  const ours = `odk${process.pid % 10_000}-`;
  const links = (): string[] =>
    readdirSync('/sys/class/net').filter((name) => name.startsWith(ours));
  networkOf(await prepare(['cut']), context);
  expect(links().sort()).toEqual(['1', '2', '3', 'br'].map((name) => `${ours}${name}`));
  expect(await cleanup.run()).toEqual([]);
  expect(links()).toEqual([]);
  const { stdout } = await tryShell(['ip', 'netns', 'list']);
  expect(stdout).not.toContain(ours);
});

test('a small disk takes so much and no more, and is gone afterwards', async (context) => {
  const disk = diskOf(await prepare(['disk-full']), context);
  const file = path.join(disk.directory, 'file');
  writeFileSync(file, 'before');
  disk.fill(0);
  expect(() => writeFileSync(file, new Uint8Array(1024 * 1024))).toThrow(/ENOSPC/);
  disk.free();
  writeFileSync(file, new Uint8Array(1024 * 1024));
  disk.fill(4 * 1024 * 1024);
  writeFileSync(file, new Uint8Array(2 * 1024 * 1024));
  expect(readFileSync('/proc/mounts', 'utf8')).toContain(disk.directory);
  expect(await cleanup.run()).toEqual([]);
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(disk.directory);
});

function prepare(classes: readonly FaultClass[]): Promise<Machine> {
  return prepareMachine({
    directory,
    brokers: 2,
    classes,
    smallDiskBytes: 16 * 1024 * 1024,
    cleanup,
  });
}

/** Skips the test where the machine has none, with its reason. */
function networkOf({ network, leftOut }: Machine, context: TestContext): Network {
  if (network === null) return context.skip(leftOut.join('; '));
  return network;
}

function diskOf({ smallDisks, leftOut }: Machine, context: TestContext): SmallDisk {
  const [disk] = smallDisks.values();
  if (disk === undefined) return context.skip(leftOut.join('; '));
  return disk;
}

/** Whether a connection from one node to a port where nobody listens is refused, not just lost. */
async function connects(network: Network, from: string, to: string): Promise<boolean> {
  const script =
    `require('node:net').connect(1, '${network.address(to)}')` +
    `.on('error', (error) => process.exit(error.code === 'ECONNREFUSED' ? 0 : 1));` +
    `setTimeout(() => process.exit(2), 1000)`;
  const { code } = await tryShell([...network.launcher(from), process.execPath, '-e', script]);
  return code === 0;
}
