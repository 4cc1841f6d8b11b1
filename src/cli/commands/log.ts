import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import type { ByteSource } from '../../client/segment-reader.ts';
import { EXIT, action, note, type Cli, type ExitCode } from '../cli.ts';
import { CommandError, usageError } from '../command-error.ts';
import { dumpFile, fileKindOf, segmentOf, type DumpedFile } from '../log-dump/dump-file.ts';
import { ItemWriter } from '../log-dump/item-writer.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../output.ts';
import { Progress, progressBar } from '../progress.ts';

export function logCommand(cli: Cli): Command {
  const dumpCommand = new Command('dump')
    .description('print the batches of segments, and say what is corrupt and where')
    .argument('<files...>', 'segments (.log), their .index and .timeindex, leader-epoch-checkpoint')
    .option('--records', 'print the records of every batch too')
    .action(
      action(cli, (files: string[], options: DumpCommandOptions) => dump(cli, files, options)),
    );
  return new Command('log')
    .description('look at the files of a log')
    .addCommand(withOutputOptions(dumpCommand));
}

interface DumpCommandOptions extends OutputOptions {
  readonly records?: true;
}

/** Fails if anything is corrupt. Reads only: the files may be those of a running broker. */
async function dump(
  cli: Cli,
  files: readonly string[],
  options: DumpCommandOptions,
): Promise<ExitCode> {
  const dumped = files.map((file) => {
    const found = fileKindOf(file);
    if (found !== null) return found;
    throw usageError(
      `"${file}" is no file of a log by its name; give segments (.log), their .index or .timeindex, or leader-epoch-checkpoint`,
    );
  });
  const writer = new ItemWriter(cli.stdout, formatOf(cli, options));
  let problems = 0;
  try {
    for (const each of dumped) {
      problems += await dumpOne(cli, each, writer, options.records === true);
    }
  } finally {
    await writer.end();
  }
  return problems === 0 ? EXIT.done : EXIT.failed;
}

/** Returns how many things are wrong. */
async function dumpOne(
  cli: Cli,
  dumped: DumpedFile,
  writer: ItemWriter,
  records: boolean,
): Promise<number> {
  const file = await openSource(cli, dumped.file);
  if (file === null) {
    throw new CommandError(`${dumped.file} is not there`, { code: 'ENOENT' });
  }
  const isIndex = dumped.kind === 'offset-index' || dumped.kind === 'time-index';
  const segment = isIndex ? await openSource(cli, segmentOf(dumped.file)) : null;
  if (isIndex && segment === null) {
    note(cli, `${segmentOf(dumped.file)} is not there: only the order of the entries is checked`);
  }
  let position = 0;
  let count = 0;
  let problems = 0;
  const progress =
    cli.stdout.isTTY === true
      ? null
      : new Progress(cli, () => `${progressBar(position, file.size)} ${dumped.file}`);
  try {
    for await (const item of dumpFile(dumped, file, segment, { records })) {
      position = item.position;
      if (item.kind !== 'damage') count++;
      problems += item.problems.length;
      await writer.write(item);
    }
    await writer.flush();
  } finally {
    progress?.stop();
    await file.close();
    await segment?.close();
  }
  const what = dumped.kind === 'segment' ? 'batches' : 'entries';
  const verdict = problems === 0 ? 'nothing is corrupt' : `${problems} found corrupt`;
  note(cli, `${dumped.file}: ${file.size} bytes, ${count} ${what}, ${verdict}`);
  return problems;
}

interface OpenSource extends ByteSource {
  close(): Promise<void>;
}

/** Null if there is no such file. What is appended later is not seen. */
async function openSource(cli: Cli, file: string): Promise<OpenSource | null> {
  let handle: FileHandle;
  try {
    handle = await open(path.resolve(cli.directory, file), 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw usageError(`"${file}" is a directory; name files in it`);
  }
  return {
    size: stats.size,
    read: async (target, position) => {
      let done = 0;
      while (done < target.length) {
        const { bytesRead } = await handle.read(
          target,
          done,
          target.length - done,
          position + done,
        );
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    close: () => handle.close(),
  };
}
