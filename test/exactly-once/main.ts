/**
 * Exactly once, with everything that may die dying: real brokers on this machine, of which one after
 * the other is killed with kill −9, a producer with nothing set, and a pipeline of transactions that
 * is killed as well.
 *
 *   npm run eos -- [--runs 10] [--lines 20000] [--seconds 15]
 *
 * `--seconds`: over how long the lines of a run are written. After each run: every line is there once
 * and in the order of its key, the totals of the pipeline are those that one process computes, and the
 * files of all replicas are equal byte for byte. Ends with 1 at the first difference. Wants the built
 * command (`npm run build`).
 */
import { parseArgs } from 'node:util';
import type { Client } from '../../src/client/index.ts';
import { eventually, ProcessCluster } from '../integration/process-cluster.ts';
import { FLIGHTS, linesByKey, originOf, totalsOf } from './flights.ts';
import { Killer, sleep } from './killer.ts';
import { Pipeline } from './pipeline-process.ts';
import { produceLines, readAll } from './produce-flights.ts';
import { compareReplicas } from './replicas.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    lines: { type: 'string', default: String(FLIGHTS.length) },
    seconds: { type: 'string', default: '15' },
  },
});
const lines = FLIGHTS.slice(0, Number(values.lines));

for (let run = 1; run <= Number(values.runs); run++) {
  const startedAt = performance.now();
  const report = await oneRun();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(
    `run ${run} of ${values.runs}: ${lines.length} lines once and in order, ${report.totals} totals right, ` +
      `${report.bytes} bytes alike on all replicas; ${report.brokerKills} brokers and ` +
      `${report.pipelineKills} pipelines killed; ${seconds} s\n`,
  );
}

async function oneRun(): Promise<{
  totals: number;
  bytes: number;
  brokerKills: number;
  pipelineKills: number;
}> {
  const cluster = await ProcessCluster.start();
  const pipeline = new Pipeline(cluster.bootstrap);
  try {
    const client = cluster.client();
    for (const topic of ['flights', 'totals']) {
      await client.admin.createTopic(topic, { partitions: 6, replicationFactor: 3 });
    }
    const killer = new Killer(cluster, client, 'flights', 1500);
    killer.start();
    pipeline.start();
    await produceLines(client, 'flights', lines, Number(values.seconds) * 1000, {
      batchBytes: 32 * 1024,
    });
    await eventually('the pipeline to have read everything', 300_000, () => isDone(client));
    await killer.stop();
    await pipeline.stop();

    const flights = linesByKey(await readAll(client, 'flights'));
    assertEqual(
      'flights',
      flights,
      linesByKey(lines.map((value) => ({ key: originOf(value), value }))),
    );
    const expected = totalsOf(lines);
    // The last commit was decided before the pipeline ended; its marks may take a moment.
    await eventually('the totals to be committed', 30_000, async () => {
      assertEqual('totals', await addUp(client), expected);
      return true;
    });
    const bytes = await compareReplicas(cluster, client, ['flights', 'totals']);
    const { kills: brokerKills } = killer;
    return { totals: expected.size, bytes, brokerKills, pipelineKills: pipeline.kills };
  } finally {
    await pipeline.stop();
    await cluster.close();
  }
}

/** Whether the group has come to the end of every partition. */
async function isDone(client: Client): Promise<boolean> {
  const offsets = await client.admin.groupOffsets('pipeline');
  const { partitions } = await client.admin.describeTopic('flights');
  const done = partitions.every(({ partition, highWatermark }) => {
    const own = offsets.find((each) => each.topic === 'flights' && each.partition === partition);
    return highWatermark === 0 || own?.offset === highWatermark;
  });
  if (!done) await sleep(200);
  return done;
}

async function addUp(client: Client): Promise<Map<string, number>> {
  const totals = new Map<string, number>();
  for (const { key, value } of await readAll(client, 'totals')) {
    totals.set(key, (totals.get(key) ?? 0) + Number(value));
  }
  return totals;
}

function assertEqual<Value>(
  what: string,
  found: ReadonlyMap<string, Value>,
  expected: ReadonlyMap<string, Value>,
): void {
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const [own, other] = [JSON.stringify(found.get(key)), JSON.stringify(expected.get(key))];
    if (own === other) continue;
    throw new Error(
      `${what}: ${key} is ${own?.slice(0, 400)}, and should be ${other?.slice(0, 400)}`,
    );
  }
}
