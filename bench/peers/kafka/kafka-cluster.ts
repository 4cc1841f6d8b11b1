/** Apache Kafka on this machine, as its operators would run it: three brokers, one of them the controller. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endProcess, freePortRange, type MeasuredProcess } from '../../cluster.ts';
import { mavenJars } from '../maven-jars.ts';
import { listens, runTool, type Missing, type ToolRun } from '../tools.ts';

export interface KafkaCluster {
  readonly version: string;
  readonly brokers: readonly MeasuredProcess[];
  /** Leader first; never on the broker that is the controller as well. */
  createTopic(topic: string, config: Readonly<Record<string, string>>): Promise<void>;
  deleteTopic(topic: string): Promise<void>;
  /** Who leads partition 0, null for nobody, and who is in sync. */
  describe(topic: string): Promise<{ readonly leader: number | null; readonly isr: number[] }>;
  /** Gives partition 0 back to its first replica. */
  electPreferredLeader(topic: string): Promise<void>;
  /** kill −9 of a broker; resolves when it is gone. */
  kill(broker: number): Promise<void>;
  /** Starts it again, and resolves when it listens. */
  start(broker: number): Promise<void>;
  /** How many records partition 0 holds. */
  count(topic: string): Promise<number>;
  /** One of Kafka's own tools. Throws with what it said if it fails. */
  tool(main: string, args: readonly string[]): Promise<ToolRun>;
  /** One of them that goes on until somebody ends it, with its standard output as a pipe. */
  spawnTool(main: string, args: readonly string[]): ChildProcess;
  readonly bootstrap: string;
  stop(): Promise<void>;
}

/**
 * Starts it with a heap of 1 GiB each, or says why not. Kafka's defaults but for what three brokers on
 * one machine need and the largest batch; `min.insync.replicas` is 2, as Odradek's.
 */
export async function startKafka(options: {
  readonly directory?: string;
  readonly messageBytesMax: number;
}): Promise<KafkaCluster | Missing> {
  const jars = await mavenJars(path.join(import.meta.dirname, 'pom.xml'), 'kafka');
  if ('missing' in jars) return jars;
  const { classPath } = jars;
  const directory = await mkdtemp(path.join(options.directory ?? tmpdir(), 'kafka-bench-'));
  const port = await freePortRange(BROKERS + 1);
  const bootstrap = Array.from({ length: BROKERS }, (_, id) => `127.0.0.1:${port + id}`).join();
  const children: ChildProcess[] = [];
  const tool = async (main: string, args: readonly string[]): Promise<ToolRun> => {
    const run = await runTool('java', ['-Xmx1g', '-cp', classPath, main, ...args]);
    if (run.exitCode === 0) return run;
    throw new Error(`${main} ended with ${run.exitCode}: ${(run.stderr + run.stdout).trim()}`);
  };
  const topics = (args: readonly string[]): Promise<ToolRun> =>
    tool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', bootstrap, ...args]);
  const stop = async (): Promise<void> => {
    // Nothing of it is kept, and its clean stop takes its time.
    await Promise.all(children.map((child) => endProcess(child, 'SIGKILL')));
    await rm(directory, { recursive: true, force: true });
  };
  const fileOf = (broker: number): string => path.join(directory, `broker-${broker}.properties`);
  const start = (broker: number): Promise<void> => {
    const args = ['-Xms1g', '-Xmx1g', '-cp', classPath, 'kafka.Kafka', fileOf(broker)];
    const child = spawn('java', args, { stdio: 'ignore' });
    children[broker] = child;
    return listens(child, port + broker, `Kafka broker ${broker}`);
  };
  try {
    const id = await tool('kafka.tools.StorageTool', ['random-uuid']);
    for (let broker = 0; broker < BROKERS; broker += 1) {
      const data = path.join(directory, `broker-${broker}`);
      const file = fileOf(broker);
      await mkdir(data);
      await writeFile(file, propertiesOf(broker, port, data, options.messageBytesMax));
      const format = ['format', '-t', id.stdout.trim().split('\n').at(-1) ?? '', '-c', file];
      await tool('kafka.tools.StorageTool', format);
    }
    await Promise.all(Array.from({ length: BROKERS }, (_, broker) => start(broker)));
    return {
      version: VERSION,
      bootstrap,
      tool,
      spawnTool: (main, args) =>
        spawn('java', ['-Xmx1g', '-cp', classPath, main, ...args], {
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      start,
      stop,
      brokers: children.map(({ pid }, broker) => ({ name: `kafka-${broker}`, pid: pid ?? -1 })),
      createTopic: async (topic, config) => {
        const settings = Object.entries(config).flatMap(([name, value]) => [
          '--config',
          `${name}=${value}`,
        ]);
        const place = ['--create', '--topic', topic, '--replica-assignment', '1:0:2'];
        await topics([...place, ...settings]);
      },
      describe: async (topic) => {
        return parseDescription((await topics(['--describe', '--topic', topic])).stdout);
      },
      electPreferredLeader: async (topic) => {
        await tool('org.apache.kafka.tools.LeaderElectionCommand', [
          ...['--bootstrap-server', bootstrap, '--election-type', 'preferred'],
          ...['--topic', topic, '--partition', '0'],
        ]);
      },
      kill: async (broker) => {
        const child = children[broker];
        if (child === undefined) throw new Error(`there is no Kafka broker ${broker}`);
        await endProcess(child, 'SIGKILL');
      },
      deleteTopic: async (topic) => {
        await topics(['--delete', '--topic', topic]);
      },
      count: async (topic) => {
        const args = ['--bootstrap-server', bootstrap, '--topic', topic];
        const { stdout } = await tool('org.apache.kafka.tools.GetOffsetShell', args);
        return Number(stdout.trim().split(':').at(-1));
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What `TopicCommand --describe` says of partition 0. Exported for its test. */
export function parseDescription(stdout: string): { leader: number | null; isr: number[] } {
  const found = /Partition: 0\s+Leader: (\S+)\s.*\bIsr: ([\d,]*)/.exec(stdout);
  if (found === null) throw new Error(`TopicCommand said “${stdout.trim()}”`);
  const [, leader = '', isr = ''] = found;
  return {
    leader: /^\d+$/.test(leader) ? Number(leader) : null,
    isr: isr.split(',').filter(Boolean).map(Number),
  };
}

function propertiesOf(broker: number, port: number, data: string, messageBytesMax: number): string {
  const controller = port + BROKERS;
  const isController = broker === 0;
  const listeners = [`PLAINTEXT://127.0.0.1:${port + broker}`];
  if (isController) listeners.push(`CONTROLLER://127.0.0.1:${controller}`);
  return Object.entries({
    'process.roles': isController ? 'broker,controller' : 'broker',
    'node.id': broker,
    'controller.quorum.voters': `0@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: listeners.join(),
    'log.dirs': data,
    'offsets.topic.replication.factor': 3,
    'transaction.state.log.replication.factor': 3,
    'min.insync.replicas': 2,
    'message.max.bytes': messageBytesMax,
    'replica.fetch.max.bytes': messageBytesMax,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const BROKERS = 3;
const VERSION = '4.1.0';
