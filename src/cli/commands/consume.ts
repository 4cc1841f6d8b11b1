import { Command, Option } from 'commander';
import type { Consumer, ConsumerBatch } from '../../client/index.ts';
import { OdradekError } from '../../base/errors.ts';
import { EXIT, action, type Cli, type ExitCode } from '../cli.ts';
import { usageError } from '../command-error.ts';
import { parseFrom } from '../consume/parse-from.ts';
import { RECORD_FORMATS, recordFormatter, type RecordFormat } from '../consume/record-format.ts';
import { LineWriter } from '../line-writer.ts';
import { wholeNumber, withClusterOptions, type ClusterOptions } from '../options.ts';
import { StopSignals } from '../stop-signals.ts';
import { withClient } from '../with-client.ts';

interface ConsumeOptions extends ClusterOptions {
  readonly partition?: number;
  readonly from: ReturnType<typeof parseFrom>;
  readonly exitAtEnd?: true;
  readonly count?: number;
  readonly format?: RecordFormat;
  readonly json?: true;
  readonly group?: string;
  readonly isolation: 'read-committed' | 'read-uncommitted';
}

export function consumeCommand(cli: Cli): Command {
  const command = new Command('consume')
    .description('read records, one a line')
    .argument('<topic>', 'where from')
    .option('--partition <number>', 'only this one', wholeNumber(0, 2 ** 31 - 1))
    .addOption(
      new Option(
        '--from <position>',
        'start, end, an offset, -N for the last N of each partition, or @TIMESTAMP',
      )
        .argParser((text) => parseFrom(text))
        .default('start'),
    )
    .option('--exit-at-end', 'end with what is committed now, instead of waiting for more')
    .option('-n, --count <count>', 'end after so many', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .addOption(
      new Option('--format <format>', 'what to print (value)').choices([...RECORD_FORMATS]),
    )
    .option('--json', 'short for --format ndjson')
    .option(
      '--group <group>',
      'go on where this group has come to (--from: where it has not been), and keep its place',
    )
    .addOption(
      new Option('--isolation <level>', 'whether to see what transactions have not committed')
        .choices(['read-committed', 'read-uncommitted'])
        .default('read-uncommitted'),
    );
  return withClusterOptions(command).action(
    action(cli, async (topic: string, options: ConsumeOptions) => {
      if (options.group === '') throw usageError('--group: a group has a name');
      if (options.json === true && (options.format ?? 'ndjson') !== 'ndjson') {
        throw usageError(`--json and --format ${options.format} cannot both be`);
      }
      return consume(cli, topic, options);
    }),
  );
}

/** Half of what the SDK takes: a pipe that is slow to read must not make the command large. */
const BUFFER_BYTES = 8 * 1024 * 1024;

async function consume(cli: Cli, topic: string, options: ConsumeOptions): Promise<ExitCode> {
  const { partition, from, isolation, group } = options;
  const signals = new StopSignals();
  const stop = new AbortController();
  void signals.first.then(() => stop.abort());
  try {
    await withClient(cli, options, async (client) => {
      await using consumer = client.consumer({
        assign: [{ topic, from, ...(partition === undefined ? {} : { partition }) }],
        isolation,
        ...(group === undefined ? {} : { group }),
        maxBufferBytes: BUFFER_BYTES,
      });
      await copyRecords(cli, consumer, options, stop.signal);
    });
    return EXIT.done;
  } catch (error) {
    // Ctrl-C is how one leaves a command that would wait for ever.
    if (
      error instanceof OdradekError &&
      error.code === 'ABORTED_BY_CALLER' &&
      stop.signal.aborted
    ) {
      return EXIT.done;
    }
    throw error;
  } finally {
    signals.dispose();
  }
}

/** Prints what comes, until there is enough of it, the end is reached, or nobody reads any more. */
async function copyRecords(
  cli: Cli,
  consumer: Consumer,
  { format, json, count = Infinity, exitAtEnd, group }: ConsumeOptions,
  signal: AbortSignal,
): Promise<void> {
  if (count === 0) return;
  const writer = new LineWriter(cli.stdout);
  const print = recordFormatter(json === true ? 'ndjson' : (format ?? 'value'));
  let left = count;
  try {
    for await (const batch of consumer.batches({ signal, untilEnd: exitAtEnd === true })) {
      const { copied, nextOffset } = await copyBatch(batch, print, writer, left);
      left -= copied;
      // What is there is shown, and the next batch only fetched from memory when it has been taken.
      await writer.flush();
      if (writer.gone) return;
      if (left > 0) continue;
      // The group goes on behind what was printed, which may be in the middle of the batch.
      if (group !== undefined) {
        const { topic, partition } = batch;
        const isThis = (each: { topic: string; partition: number }): boolean =>
          each.topic === topic && each.partition === partition;
        await consumer.commit([
          ...consumer.offsets().filter((each) => !isThis(each)),
          { topic, partition, offset: nextOffset },
        ]);
      }
      return;
    }
  } finally {
    await writer.flush();
  }
}

/** Prints no more than `limit` records of a batch: how many there were, and which comes next. */
async function copyBatch(
  batch: ConsumerBatch,
  print: ReturnType<typeof recordFormatter>,
  writer: LineWriter,
  limit: number,
): Promise<{ readonly copied: number; readonly nextOffset: number }> {
  let copied = 0;
  let nextOffset = batch.baseOffset;
  // Not `batch.records()`: an object for each of millions of records is what that would cost.
  const cursor = batch.view.cursor();
  while (copied < limit && !writer.gone && cursor.next()) {
    if (cursor.offset < batch.baseOffset) continue;
    copied++;
    nextOffset = cursor.offset + 1;
    if (writer.add(print(cursor, batch))) await writer.flush();
  }
  return { copied, nextOffset };
}
