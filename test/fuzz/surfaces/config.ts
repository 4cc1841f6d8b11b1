/**
 * What an operator writes: the configuration file, the environment and flags of a broker and of a
 * controller, and a topic's settings. An input is up to three files: `file` is YAML, `flags` and
 * `environment` are lines of `name=value`, `topic` is lines of a topic's settings; `role` says whose.
 *
 * Oracles: nothing is thrown, problems are sentences, and what was taken gives the same configuration
 * again when it is written out.
 */
import { isDeepStrictEqual } from 'node:util';
import { encodeTopicConfig, parseTopicConfig } from '../../../src/base/topic-config.ts';
import { formatSetting } from '../../../src/config/kinds.ts';
import { loadBrokerConfig, loadControllerConfig, settingsOf } from '../../../src/config/load.ts';
import type { ConfigSources, Role } from '../../../src/config/load.ts';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { encodeFiles, parseFiles } from '../bundle.ts';
import { mutate, oneIn, pick } from '../mutate.ts';
import type { Outcome, Surface } from '../surface.ts';
import { ACCEPTED, expectThat, refused, shortly } from '../surface.ts';

const FILE_BYTES_MAX = 8_000;
/** As a person reads a sentence, with a value in it that is as long as he made it. */
const PROBLEM_LENGTH_MAX = FILE_BYTES_MAX + 1_000;

const YAML = [
  'broker.id: 1\nlog.dir: /data\n',
  'broker:\n  id: 3\nlog:\n  dir: /data\n  retention:\n    ms: 7d\n  segment.bytes: 64MiB\n',
  '# nothing\n',
  '{ "broker.id": 1, "log.dir": "/data", "grpc.port": 9292 }\n',
  'broker.id: &one 1\nlog.dir: "/da\\u0074a"\nrack: >-\n  a\n  b\ngrpc.port: 0x2400\n',
  'a: &a [x, x, x]\nb: &b [*a, *a, *a]\nbroker.id: *b\n',
  '<<: {broker.id: 1}\nlog.dir: !!str 1\n? [a]\n: 1\n',
];
const LINES = [
  'broker.id=2\nlog.dir=/srv/data\n',
  'log.dir=/srv/data\ncontroller.id=100\nbroker.session.timeout.ms=9s\n',
  'ODRADEK_LOG_DIR=/data\nODRADEK_BROKER_ID=7\nODRADEK_RACK=\nHOME=/root\n',
  'retention.ms=7d\nsegment.bytes=1GiB\nmin.insync.replicas=2\ncleanup.policy=delete\n',
  'max.message.bytes=1_000\nretention.bytes=-1\ndurability=page-cache\n',
];
/** Values and names that parsers trip over. */
const WORDS = [
  ...['-1', '0x10', '1e3', 'NaN', 'Infinity', '9007199254740993', '٣', '1.5', '7d7d', 'true'],
  ...[
    'null',
    '~',
    '__proto__',
    'constructor',
    '*a',
    '&a',
    '!!binary aGk=',
    '!!timestamp 2001-01-01',
  ],
  ...['log.dir:', ' ', '\t', '---', '...', '[[[[', '{{{{', '<<', '@', '"', '\u0000', '%YAML 9.9'],
  ...['[::1]:9', '::', '0.0.0.0', '65536', 'x'.repeat(300)],
].map((word) => new TextEncoder().encode(word));

export function createConfigSurface(): Promise<Surface> {
  const settings = Object.keys({ ...settingsOf('broker'), ...settingsOf('controller') });
  const names = settings.map((name) => new TextEncoder().encode(`${name}: 1\n${name}=1\n`));
  const corpus = [...WORDS, ...names];
  return Promise.resolve({
    name: 'config',
    concurrency: 1,
    inputMsMax: 2_000,
    seeds: [
      inputOf({ role: 'broker', file: YAML[0] ?? '' }),
      inputOf({ role: 'broker', file: YAML[1] ?? '' }),
      inputOf({ role: 'controller', flags: 'log.dir=/srv/data\ncontroller.id=100\n' }),
      inputOf({ topic: LINES[3] ?? '' }),
    ],
    next(random: SeededRandom) {
      const mutated = (text: string) =>
        mutate(Buffer.from(text), random, { corpus, bytesMax: FILE_BYTES_MAX });
      if (oneIn(4, random)) return encodeFiles(new Map([['topic', mutated(pick(LINES, random))]]));
      const files = new Map<string, Uint8Array>();
      files.set('role', Buffer.from(oneIn(3, random) ? 'controller' : 'broker'));
      files.set('file', mutated(pick(YAML, random)));
      if (oneIn(3, random)) files.set('flags', mutated(pick(LINES, random)));
      if (oneIn(3, random)) files.set('environment', mutated(pick(LINES, random)));
      return encodeFiles(files);
    },
    run(input: Uint8Array) {
      const files = parseFiles(input);
      const text = (name: string) => Buffer.from(files.get(name) ?? []).toString('utf8');
      if (files.has('topic')) return readTopic(entriesOf(text('topic')));
      return load(text('role') === 'controller' ? 'controller' : 'broker', {
        flags: entriesOf(text('flags')),
        environment: entriesOf(text('environment')),
        file: { path: 'odradek.yaml', text: text('file') },
      });
    },
  });
}

function inputOf(files: Readonly<Record<string, string>>): Uint8Array {
  return encodeFiles(
    new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])),
  );
}

/** `name=value` on each line. */
function entriesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const equals = line.indexOf('=');
      return equals < 0 ? [] : [[line.slice(0, equals), line.slice(equals + 1)]];
    }),
  );
}

function load(role: Role, sources: ConfigSources): Outcome {
  const loaded = loadAs(role, sources);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) {
      const isSentence = problem.length > 0 && problem.length < PROBLEM_LENGTH_MAX;
      expectThat(isSentence, () => `a problem of ${problem.length} characters`);
    }
    expectThat(loaded.problems.length > 0, 'no configuration, and no problem');
    return refused('INVALID_CONFIG');
  }
  const config: object = loaded.config;
  const flags: Record<string, string> = {};
  for (const [name, schema] of Object.entries(settingsOf(role))) {
    const property = name.replaceAll(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase());
    flags[name] = formatSetting(schema, Reflect.get(config, property));
  }
  const again = loadAs(role, { flags });
  expectThat(
    'config' in again && isDeepStrictEqual(again.config, config),
    () => `written out, it gives ${shortly(again)} instead of ${shortly(config)}`,
  );
  return ACCEPTED;
}

function loadAs(role: Role, sources: ConfigSources) {
  return role === 'broker' ? loadBrokerConfig(sources) : loadControllerConfig(sources);
}

function readTopic(entries: Readonly<Record<string, string>>): Outcome {
  const parsed = parseTopicConfig(entries);
  if ('refusal' in parsed) return refused(parsed.refusal.code);
  const again = parseTopicConfig(encodeTopicConfig(parsed.config));
  expectThat(
    'config' in again && isDeepStrictEqual(again.config, parsed.config),
    () => `written out, ${shortly(parsed.config)} gives ${shortly(again)}`,
  );
  return ACCEPTED;
}
