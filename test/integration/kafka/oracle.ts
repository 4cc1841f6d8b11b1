/**
 * Kafka's own tools, run on files of ours. They come from Maven once, into `.cache/`, by the committed
 * `pom.xml`; another pom gets another directory.
 */
import path from 'node:path';
import { mavenJars } from '../../../bench/peers/maven-jars.ts';
import { runTool, type ToolRun } from '../../../bench/peers/tools.ts';

const HERE = import.meta.dirname;

/** Kafka's tools, ready to run. */
export class KafkaTools {
  readonly #classPath: string;

  constructor(classPath: string) {
    this.#classPath = classPath;
  }

  /** `kafka.tools.DumpLogSegments` with `--files` for these. */
  dumpLogSegments(options: readonly string[], files: readonly string[]): Promise<ToolRun> {
    return this.#java(['kafka.tools.DumpLogSegments', ...options, '--files', files.join(',')]);
  }

  /** The entries of a `leader-epoch-checkpoint`, as Kafka's class for this file reads them. */
  readLeaderEpochs(file: string): Promise<ToolRun> {
    return this.#java([path.join(HERE, 'ReadLeaderEpochs.java'), file]);
  }

  /** Whether the Java of this machine can compile, as `readLeaderEpochs` needs. */
  async canCompile(): Promise<boolean> {
    const { stdout } = await runTool('java', ['--list-modules']);
    return stdout.includes('jdk.compiler');
  }

  #java(args: readonly string[]): Promise<ToolRun> {
    // Java prints in the encoding of the locale, which on many machines cannot say what keys hold.
    const encoding = [
      '-Dfile.encoding=UTF-8',
      '-Dsun.stdout.encoding=UTF-8',
      '-Dstdout.encoding=UTF-8',
    ];
    // The first compiler alone: these runs end before the second one pays off.
    return runTool('java', [
      ...encoding,
      '-XX:TieredStopAtLevel=1',
      '-cp',
      this.#classPath,
      ...args,
    ]);
  }
}

/**
 * The tools, or the reason why there are none on this machine. Where `CI` is set, an unreachable
 * repository is a failure: there the judge must not stay away unnoticed.
 */
export async function kafkaTools(): Promise<KafkaTools | { readonly missing: string }> {
  const jars = await mavenJars(path.join(HERE, 'pom.xml'), 'kafka-tools');
  if ('classPath' in jars) return new KafkaTools(jars.classPath);
  if (process.env['CI']) throw new Error(jars.missing);
  return { missing: jars.missing.split('\n')[0] ?? jars.missing };
}
