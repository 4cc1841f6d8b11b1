import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import type { Readable } from 'node:stream';
import type { Compression, Producer } from '../../client/index.ts';
import { EXIT, action, note, type Cli, type ExitCode } from '../cli.ts';
import { CommandError, usageError } from '../command-error.ts';
import { collectKeyValues } from '../key-value.ts';
import { wholeNumber, withClusterOptions, type ClusterOptions } from '../options.ts';
import { lineParser, type RecordOptions } from '../produce/line-parser.ts';
import { Tally, produceLines } from '../produce/produce-lines.ts';
import { Progress, progressBar } from '../progress.ts';
import { StopSignals } from '../stop-signals.ts';
import { withClient } from '../with-client.ts';

interface ProduceOptions extends ClusterOptions, RecordOptions {
  readonly acks: '0' | '1' | 'all';
  readonly compression: Compression;
  readonly lingerMs: number;
  readonly transactionalId?: string;
}

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const satisfies Compression[];

/** Records give up after this; waiting for room in the buffer never gives up sooner. */
const DELIVERY_TIMEOUT_MS = 120_000;

export function produceCommand(cli: Cli): Command {
  const command = new Command('produce')
    .description('write one record a line, from a file or standard input')
    .argument('<topic>', 'where to')
    .argument('[file]', 'standard input if it is left out, or "-"')
    .addOption(
      new Option('--acks <acks>', 'whose acknowledgement counts')
        .choices(['0', '1', 'all'])
        .default('all'),
    )
    .addOption(
      new Option(
        '--key-field <name>',
        'lines are JSON objects, and this field is the key',
      ).conflicts(['key', 'keySeparator']),
    )
    .addOption(new Option('--key <key>', 'the key of every record').conflicts('keySeparator'))
    .option('--key-separator <text>', 'what parts the key from the value in each line')
    .option('--partition <number>', 'where all go; else by key', wholeNumber(0, 2 ** 31 - 1))
    .option('--header, --headers <key=value>', 'on every record; repeatable', collectKeyValues)
    .addOption(
      new Option('--compression <codec>', 'of whole batches').choices(COMPRESSIONS).default('none'),
    )
    .option('--linger-ms <ms>', 'how long a batch waits for more', wholeNumber(0, 60_000), 0)
    .option(
      '--transactional-id <id>',
      'in one transaction under this id: all lines are there for read-committed readers, or none',
    );
  return withClusterOptions(command).action(
    action(cli, (topic: string, file: string | undefined, options: ProduceOptions) => {
      if (options.transactionalId !== undefined && options.acks !== 'all') {
        throw usageError('--transactional-id needs --acks all');
      }
      if (options.transactionalId === '') throw usageError('--transactional-id cannot be empty');
      if (options.keySeparator === '') throw usageError('--key-separator cannot be empty');
      return produce(cli, topic, file === '-' ? undefined : file, options);
    }),
  );
}

async function produce(
  cli: Cli,
  topic: string,
  file: string | undefined,
  options: ProduceOptions,
): Promise<ExitCode> {
  const input = openInput(cli, file);
  const { acks, compression, lingerMs, transactionalId } = options;
  const stop = new AbortController();
  const giveUp = new AbortController();
  const tally = new Tally(() => stop.abort());
  const signals = new StopSignals();
  void signals.first.then(() => stop.abort());
  void signals.second.then(() => giveUp.abort());
  try {
    return await withClient(cli, options, async (client) => {
      // A topic that is not there is told before a person has typed the first line.
      const { partitions } = await client.admin.describeTopic(topic);
      checkPartition(topic, options.partition, partitions.length);
      const producer = client.producer({
        acks: acks === 'all' ? 'all' : acks === '1' ? 1 : 0,
        compression,
        lingerMs,
        ...(transactionalId === undefined ? {} : { transactionalId }),
        deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
        maxBlockMs: 2 * DELIVERY_TIMEOUT_MS,
        onDelivery: (report) => tally.onDelivery(report),
      });
      const started = performance.now();
      const progress = showProgress(cli, input, tally, started);
      const lines = { producer, topic, input: input.stream, parse: lineParser(options), tally };
      let refused: Error | null = null;
      try {
        if (transactionalId !== undefined) await producer.begin({ signal: stop.signal });
        await produceLines({ ...lines, stop: stop.signal });
        if (transactionalId !== undefined) await commit(producer, stop.signal);
      } catch (error) {
        refused = error instanceof Error ? error : new Error(String(error));
      } finally {
        // A transaction that is open still is aborted by the close.
        if (transactionalId === undefined) await finish(producer, giveUp.signal);
        else await producer.close();
        progress?.stop();
      }
      return report(cli, { tally, acks, refused, seconds: (performance.now() - started) / 1_000 });
    });
  } finally {
    signals.dispose();
    input.stream.destroy();
  }
}

/** Unless the input was broken off, which leaves nothing of it. */
async function commit(producer: Producer, stop: AbortSignal): Promise<void> {
  if (!stop.aborted) return producer.commit();
  throw new CommandError('the transaction was aborted: none of its records is to be read', {
    code: 'TRANSACTION_ABORTABLE',
  });
}

/** Until everything that was given has an outcome; at once when told so, and the rest has failed. */
async function finish(producer: Producer, giveUp: AbortSignal): Promise<void> {
  for (const step of ['flush', 'close'] as const) {
    try {
      await producer[step]({ signal: giveUp });
    } catch (error) {
      if (!giveUp.aborted) throw error;
    }
  }
}

function report(
  cli: Cli,
  outcome: {
    readonly tally: Tally;
    readonly acks: ProduceOptions['acks'];
    /** Why reading ended before the input, or null. */
    readonly refused: Error | null;
    readonly seconds: number;
  },
): ExitCode {
  const { tally, acks, refused, seconds } = outcome;
  const { acknowledged, acknowledgedBytes, failed, read, error } = tally;
  const rate = Math.round(acknowledged / Math.max(seconds, 0.001));
  const megabytes = (acknowledgedBytes / Math.max(seconds, 0.001) / 1e6).toFixed(1);
  const what = acks === '0' ? 'sent, which acks 0 takes for acknowledged' : 'acknowledged';
  note(
    cli,
    `${acknowledged} record${acknowledged === 1 ? '' : 's'} ${what}, in ${seconds.toFixed(2)} s (${rate} a second, ${megabytes} MB/s)`,
  );
  if (failed > 0) {
    const maybe = error?.indeterminate === true ? '; they may be written all the same' : '';
    throw new CommandError(
      `not acknowledged: ${failed} of ${read} records${maybe}: ${error?.message ?? ''}`,
      { code: error?.code ?? null, cause: error },
    );
  }
  if (refused !== null) throw refused;
  return EXIT.done;
}

function checkPartition(topic: string, partition: number | undefined, count: number): void {
  if (partition === undefined || partition < count) return;
  throw new CommandError(`${topic} has ${count} partitions, from 0; there is no ${partition}`, {
    code: 'UNKNOWN_TOPIC_OR_PARTITION',
  });
}

interface OpenInput {
  readonly stream: Readable;
  /** Null where nobody knows. */
  readonly bytes: number | null;
  /** A person types it, and a progress line would be in the way. */
  readonly isTyped: boolean;
}

function openInput(cli: Cli, file: string | undefined): OpenInput {
  if (file === undefined) {
    return { stream: cli.stdin, bytes: null, isTyped: cli.stdin.isTTY === true };
  }
  const name = path.resolve(cli.directory, file);
  try {
    const status = statSync(name);
    if (status.isDirectory()) throw new Error('it is a directory');
    const bytes = status.isFile() ? status.size : null;
    const stream = createReadStream(name, { highWaterMark: FILE_CHUNK_BYTES });
    return { stream, bytes, isTyped: false };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`${file} cannot be read: ${reason}`);
  }
}

const FILE_CHUNK_BYTES = 256 * 1024;

function showProgress(cli: Cli, input: OpenInput, tally: Tally, started: number): Progress | null {
  if (input.isTyped) return null;
  return new Progress(cli, () => {
    const rate = Math.round((tally.acknowledged * 1_000) / (performance.now() - started));
    const bar = input.bytes === null ? '' : `${progressBar(tally.readBytes, input.bytes)}  `;
    return `${bar}${tally.acknowledged} records acknowledged, ${rate} a second`;
  });
}
