// `odradek up`, as a newcomer uses it: ready, used by the hints that it prints, a broker that is
// killed comes back, and `down` ends it all.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually, freePorts, runCommand } from './process-cluster.ts';

let directory: string | null = null;
afterEach(async () => {
  if (directory === null) return;
  await runCommand(['down', '--data-dir', directory]);
  rmSync(directory, { recursive: true, force: true });
  directory = null;
});

interface UpFile {
  readonly state: string;
  readonly processes: readonly { name: string; pid: number }[];
}

test('up, a topic, records in and out, a killed broker that comes back, down', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'odradek-up-'));
  directory = home;
  const port = await freeRow();
  const up = await runCommand(['up', '--detach', '--data-dir', home, '--port', String(port)]);
  expect(up.code).toBe(0);
  const env = { ODRADEK_BOOTSTRAP: `127.0.0.1:${port}` };
  const create = await runCommand(['topic', 'create', 'orders', '--partitions', '3'], { env });
  expect(create.stderr + create.stdout).toContain('orders');
  expect(create.code).toBe(0);
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}`);
  const produced = await runCommand(['produce', 'orders', '--key', 'k'], {
    env,
    input: lines.join('\n'),
  });
  expect(produced.code).toBe(0);
  expect(produced.stderr).toContain('1000 records acknowledged');

  const before = upFile(home).processes.find(({ name }) => name === 'broker-2')?.pid as number;
  process.kill(before, 'SIGKILL');
  await eventually('broker 2 to be started again', 20_000, () => {
    const now = upFile(home).processes.find(({ name }) => name === 'broker-2')?.pid;
    return Promise.resolve(now !== undefined && now !== before);
  });
  await eventually('the cluster to be healthy', 30_000, async () => {
    return (await runCommand(['cluster', 'health'], { env })).code === 0;
  });
  const consumed = await runCommand(['consume', 'orders', '--from', 'start', '--exit-at-end'], {
    env,
  });
  expect(consumed.code).toBe(0);
  expect(consumed.stdout.trimEnd().split('\n')).toEqual(lines);

  const again = await runCommand(['up', '--detach', '--data-dir', home, '--port', String(port)]);
  expect(again.code).toBe(1);
  const down = await runCommand(['down', '--data-dir', home]);
  expect(down.code).toBe(0);
  const status = await runCommand(['cluster', 'status'], { env });
  expect(status.code).toBe(1);
}, 120_000);

function upFile(home: string): UpFile {
  return JSON.parse(readFileSync(path.join(home, 'up.json'), 'utf8')) as UpFile;
}

/** A port with free ones around it: `up` takes five in a row, and those 100 above. */
async function freeRow(): Promise<number> {
  const [port] = await freePorts(1);
  return Math.min(port as number, 60_000);
}
