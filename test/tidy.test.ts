import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../src/base/errors.ts';
import {
  checkCycles,
  checkDeadFiles,
  checkDeterminism,
  checkHabits,
  checkNotes,
  checkPackages,
  checkRooms,
  checkUniqueNumbers,
  compareErrorLists,
  compareRoomTables,
  parseRoomTable,
  roomEdges,
  type Bans,
  type Fence,
  type RoomTable,
} from './tidy/rules.ts';
import { parseSourceFile } from './tidy/source-file.ts';

const MACHINES = ['replication', 'controller', 'group', 'transaction'] as const;

/** Who may import whom. `src/README.md` has the same table, and a test below compares them. */
const ROOMS: RoomTable = {
  base: { kind: 'pure', imports: [] },
  record: { kind: 'pure', imports: ['base'] },
  replication: { kind: 'pure machine', imports: ['base', 'record'] },
  controller: { kind: 'pure machine', imports: ['base'] },
  group: { kind: 'pure machine', imports: ['base'] },
  transaction: { kind: 'pure machine', imports: ['base'] },
  log: { kind: 'async, no clock of its own', imports: ['base', 'record'] },
  metadata: { kind: 'async', imports: ['base', 'record', 'controller'] },
  wire: { kind: 'pure', imports: ['base', 'record', ...MACHINES] },
  http2: { kind: 'I/O at its edge', imports: ['base'] },
  broker: {
    kind: 'async driver',
    imports: ['base', 'record', ...MACHINES, 'log', 'metadata', 'telemetry', 'config'],
  },
  platform: {
    kind: 'I/O',
    imports: ['base', 'log', 'metadata', 'wire', 'http2', 'config'],
    types: ['broker'],
  },
  server: {
    kind: 'I/O',
    imports: ['base', 'wire', 'http2', 'broker', 'telemetry', 'config'],
    types: [...MACHINES],
  },
  client: { kind: 'I/O at its edge', imports: ['base', 'record', 'wire', 'http2'] },
  cli: { kind: 'I/O', imports: ['base', 'client', 'config', 'main', 'bench'] },
  testing: {
    kind: 'product',
    imports: [
      ...['base', 'record', ...MACHINES, 'log', 'metadata', 'wire', 'http2', 'broker', 'platform'],
      ...['server', 'client', 'telemetry', 'config', 'main'],
    ],
  },
  telemetry: { kind: 'leaf', imports: ['base'] },
  config: { kind: 'leaf', imports: ['base'] },
  main: {
    kind: 'composition root',
    imports: [
      ...['base', 'record', ...MACHINES, 'log', 'metadata', 'wire', 'http2', 'broker', 'platform'],
      ...['server', 'client', 'telemetry', 'config'],
    ],
  },
  bench: { kind: 'user', imports: ['base', 'client', 'testing'] },
};

const IMPURE = [
  'http2',
  'platform',
  'server',
  'client',
  'cli',
  'testing',
  'telemetry',
  'main',
  'bench',
];

/** Who may use which package. A package that is not listed may be used nowhere. */
const FENCES: Readonly<Record<string, Fence>> = {
  protobufjs: { rooms: ['wire'] },
  '@grpc/grpc-js': { rooms: ['platform', 'server', 'client', 'http2'] },
  '@grpc/proto-loader': { rooms: ['server'] },
  '@grpc/reflection': { rooms: ['server'] },
  'grpc-health-check': { rooms: ['server'] },
  fastify: { rooms: ['server'] },
  '@node-rs/crc32': { rooms: ['record'] },
  'lz4-napi': { rooms: ['client'] },
  snappy: { rooms: ['client'] },
  '@hpcc-js/wasm-zstd': { rooms: ['client'] },
  'node:zlib': { rooms: ['client'] },
  pino: { rooms: ['telemetry'] },
  'prom-client': { rooms: ['telemetry'] },
  yaml: { rooms: ['config', 'cli'] },
  commander: { rooms: ['cli'] },
  'node:fs': { rooms: ['platform', 'cli', 'bench'] },
  'node:fs/promises': { rooms: ['platform', 'cli', 'bench'] },
  'node:readline': { rooms: ['cli'] },
  'node:child_process': { rooms: ['cli', 'bench'] },
  // What a benchmark fetched for a peer lies under the digest of what asked for it.
  'node:crypto': { rooms: ['platform', 'bench'], only: { bench: ['createHash'] } },
  // A benchmark looks for free ports, as a user's script would.
  'node:net': {
    rooms: ['platform', 'bench', 'http2', 'server'],
    only: { server: ['Socket', 'Server', 'createServer', 'isIP'] },
  },
  'node:dns/promises': { rooms: ['server'] },
  'node:worker_threads': { rooms: ['platform', 'cli', 'bench'] },
  'node:module': { rooms: ['record'], only: { record: ['createRequire'] } },
  'node:perf_hooks': { rooms: ['platform', 'telemetry', 'bench', 'cli'] },
  'node:http': { rooms: ['server', 'cli'] },
  'node:http2': { rooms: ['platform', 'server', 'client'] },
  'node:stream': { rooms: IMPURE },
  'node:stream/promises': { rooms: IMPURE },
  'node:events': { rooms: IMPURE },
  'node:path': { rooms: IMPURE },
  'node:url': { rooms: IMPURE },
  'node:os': { rooms: ['platform', 'cli', 'bench'] },
  'node:timers/promises': { rooms: ['platform', 'client', 'cli', 'bench'] },
  'node:util': { rooms: IMPURE },
  'node:inspector': { rooms: ['platform'], only: { platform: ['url'] } },
  'node:v8': { rooms: ['platform'], only: { platform: ['setFlagsFromString'] } },
  'node:vm': { rooms: ['platform'], only: { platform: ['runInNewContext'] } },
};

const CLOCK_BANS: Bans = {
  Date: 'time comes from the injected Clock, or as the argument "now"',
  performance: 'time comes from the injected Clock, or as the argument "now"',
  setTimeout: 'timers come from the injected Clock, or are effects',
  setInterval: 'timers come from the injected Clock, or are effects',
  setImmediate: 'timers come from the injected Clock, or are effects',
  'Math.random': 'randomness comes from the injected Random',
  crypto: 'randomness comes from the injected Random',
  process: 'the surroundings are looked at in main.ts, and handed in',
  globalThis: 'globals hide what a file depends on; have it handed in',
  console: 'hosts log by the injected Telemetry; machines return effects',
};

const MACHINE_BANS: Bans = {
  ...CLOCK_BANS,
  async: 'a machine runs to completion; what waits belongs in broker/',
  await: 'a machine runs to completion; what waits belongs in broker/',
  Promise: 'a machine returns its effects as data; what waits belongs in broker/',
  queueMicrotask: 'a machine runs to completion; what waits belongs in broker/',
};

const DETERMINISM: Parameters<typeof checkDeterminism>[1] = {
  ...Object.fromEntries(MACHINES.map((room) => [room, { bans: MACHINE_BANS, node: [] }])),
  ...Object.fromEntries(
    ['base', 'wire', 'log', 'metadata', 'broker', 'config'].map((room) => [
      room,
      { bans: CLOCK_BANS, node: [] },
    ]),
  ),
  record: { bans: CLOCK_BANS, node: ['node:module'] },
};

const ENTRIES = [
  ...['src/main.ts', 'src/client/index.ts', 'src/testing/index.ts', 'src/cli/index.ts'],
  // A program of its own, for a thread.
  'src/cli/shard-worker.ts',
];

const ROOT = path.dirname(import.meta.dirname);

function filesIn(directory: string, matching: RegExp): string[] {
  if (!existsSync(path.join(ROOT, directory))) return [];
  return readdirSync(path.join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .map((name) => `${directory}/${name.split(path.sep).join('/')}`)
    .filter((name) => matching.test(name))
    .sort();
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

const SOURCES = [...filesIn('src', /\.ts$/), ...filesIn('bench', /\.ts$/)]
  .filter((file) => !file.endsWith('.d.ts'))
  .map((file) => parseSourceFile(file, read(file)));

const CATALOGUE = new Map(Object.entries(ERRORS).map(([name, entry]) => [name, entry.number]));

describe('the tree', () => {
  test('imports follow the room table', () => {
    expect(SOURCES.flatMap((file) => checkRooms(file, ROOMS))).toEqual([]);
  });

  test('packages stay behind their fences', () => {
    expect(SOURCES.flatMap((file) => checkPackages(file, FENCES))).toEqual([]);
  });

  test('every fenced package of ours is a dependency, and every dependency is fenced', () => {
    const manifest: { dependencies: object; optionalDependencies: object } = JSON.parse(
      read('package.json'),
    );
    const installed = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.optionalDependencies),
    ];
    const fenced = Object.keys(FENCES).filter((name) => !name.startsWith('node:'));
    expect(fenced.sort()).toEqual(installed.sort());
  });

  test('pure rooms are deterministic, and rooms with hosts have no clock of their own', () => {
    expect(SOURCES.flatMap((file) => checkDeterminism(file, DETERMINISM))).toEqual([]);
  });

  test('no default exports, no enums, nothing left to do', () => {
    const others = [
      ...filesIn('test', /\.(ts|mjs)$/).filter((file) => !file.startsWith('test/tidy')),
      ...filesIn('bin', /./),
      ...filesIn('proto', /\.proto$/),
      ...filesIn('deploy', /./),
    ];
    expect([
      ...SOURCES.filter((file) => !file.path.includes('/generated/')).flatMap(checkHabits),
      ...others.flatMap((file) => checkNotes(file, read(file))),
    ]).toEqual([]);
  });

  test('rooms do not import each other in a ring, in the table or in fact', () => {
    const table = new Map(
      Object.entries(ROOMS).map(([name, room]) => [
        name,
        new Set([...room.imports, ...(room.types ?? [])]),
      ]),
    );
    expect([...checkCycles(table), ...checkCycles(roomEdges(SOURCES))]).toEqual([]);
  });

  test('no file is dead', ({ skip }) => {
    const missing = ENTRIES.filter((entry) => !existsSync(path.join(ROOT, entry)));
    skip(missing.length > 0, `${missing.join(', ')} not there`);
    const entries = [...ENTRIES, ...filesIn('bench', /\.ts$/)];
    expect(checkDeadFiles(SOURCES, entries)).toEqual([]);
  });

  test('src/README.md has the same room table', () => {
    expect(compareRoomTables(ROOMS, parseRoomTable(read('src/README.md')))).toEqual([]);
  });

  test('the error catalogue agrees with every list of it', () => {
    const problems = checkUniqueNumbers(CATALOGUE);
    for (const file of filesIn('src/base', /README\.md$/)) {
      problems.push(...compareErrorLists(CATALOGUE, errorsInTable(read(file)), file));
    }
    for (const file of filesIn('proto', /\.proto$/)) {
      const listed = errorsInProto(read(file));
      if (listed !== null) problems.push(...compareErrorLists(CATALOGUE, listed, file));
    }
    expect(problems).toEqual([]);
  });
});

/** Rows such as `` | `DISK_FULL` | 1000 | … ``. */
function errorsInTable(markdown: string): Map<string, number> {
  const rows = markdown.matchAll(/^\| `([A-Z_]+)` \| (-?\d+) \|/gm);
  return new Map([...rows].map(([, name, number]) => [name ?? '', Number(number)]));
}

/**
 * `enum ErrorCode { ERROR_CODE_DISK_FULL = 1000; … }`, without the prefix. The two zeroes, "none" and
 * the linter's "unspecified", are no errors.
 */
function errorsInProto(proto: string): Map<string, number> | null {
  const body = /enum ErrorCode \{([^}]*)\}/.exec(proto)?.[1];
  if (body === undefined) return null;
  const rows = [...body.matchAll(/^\s*(?:ERROR_CODE_)?([A-Z_]+) = (-?\d+)/gm)];
  return new Map(
    rows
      .map(([, name, number]): [string, number] => [name ?? '', Number(number)])
      .filter(([, number]) => number !== 0),
  );
}

/** Each rule is shown a file that breaks it, so that a rule that has stopped looking is noticed. */
describe('the rules can fail', () => {
  const file = (name: string, text: string) => parseSourceFile(name, text);

  test('an import that the table does not allow', () => {
    for (const text of [
      "import { x } from '../broker/x.ts';",
      "import type { X } from '../broker/x.ts';",
      "export * from '../broker/x.ts';",
      "const x = import('../broker/x.ts');",
      "type X = import('../broker/x.ts').X;",
    ]) {
      expect(checkRooms(file('src/log/y.ts', text), ROOMS)).toEqual([
        'src/log/y.ts:1: log/ may not import broker/ (it may import base, record); code that needs ' +
          'both belongs in broker/, testing/, main/, or the interface in log/ or base/',
      ]);
    }
    expect(
      checkRooms(file('src/log/y.ts', "import '../base/x.ts'; import './z.ts';"), ROOMS),
    ).toEqual([]);
  });

  test('a value where only types may be taken', () => {
    const value = file('src/platform/y.ts', "import { x } from '../broker/x.ts';");
    expect(checkRooms(value, ROOMS)).toEqual([
      expect.stringContaining('platform/ may take types of broker/ only'),
    ]);
    const inline = file('src/server/y.ts', "import { type X } from '../controller/x.ts';");
    expect(checkRooms(inline, ROOMS)).toHaveLength(1);
    const type = file('src/platform/y.ts', "import type { X } from '../broker/x.ts';");
    expect(checkRooms(type, ROOMS)).toEqual([]);
  });

  test('a file outside every room, and generated code outside its own', () => {
    expect(checkRooms(file('src/utils/y.ts', ''), ROOMS)).toHaveLength(1);
    const generated = "import { x } from '../wire/generated/odradek.js';";
    expect(checkRooms(file('src/server/y.ts', generated), ROOMS)).toEqual([
      expect.stringContaining('generated code stays inside wire/'),
    ]);
  });

  test('a package on the wrong side of its fence, or without one', () => {
    for (const [name, text] of [
      ['src/broker/y.ts', "import { pino } from 'pino';"],
      ['src/broker/y.ts', "import type { Logger } from 'pino';"],
      ['src/server/y.ts', "import $protobuf from 'protobufjs/minimal.js';"],
      ['src/client/y.ts', "import fs from 'node:fs/promises';"],
      ['src/broker/y.ts', "const snappy = await import('snappy');"],
      ['src/wire/y.ts', "const crc = require('@node-rs/crc32');"],
      ['src/wire/y.ts', "const crc = createRequire(import.meta.url)('@node-rs/crc32');"],
      ['src/cli/y.ts', "import leftPad from 'left-pad';"],
      ['src/record/y.ts', "import { builtinModules } from 'node:module';"],
      ['src/client/y.ts', 'const codec = import(name);'],
    ] as const) {
      expect(checkPackages(file(name, text), FENCES), text).toHaveLength(1);
    }
    const fine = "import { createRequire } from 'node:module';";
    expect(checkPackages(file('src/record/y.ts', fine), FENCES)).toEqual([]);
  });

  test('anything that a machine may not touch', () => {
    for (const text of [
      'async function f() {}',
      'for await (const x of y) {}',
      'function f(): Promise<void> {}',
      'const now = Date.now();',
      'const at = new Date();',
      'performance.now();',
      'setTimeout(f, 1);',
      'setImmediate(f);',
      'queueMicrotask(f);',
      'process.nextTick(f);',
      'const { pid } = process;',
      'Math.random();',
      'crypto.randomUUID();',
      'globalThis.Date;',
      "import { hrtime } from 'node:process';",
    ]) {
      for (const room of MACHINES) {
        const found = checkDeterminism(file(`src/${room}/y.ts`, text), DETERMINISM);
        expect(found.length, `${room}: ${text}`).toBeGreaterThan(0);
      }
    }
    const fine = 'host.process({ crypto: Math.max(1, 2) }); interface X { process(): void }';
    expect(checkDeterminism(file('src/replication/y.ts', fine), DETERMINISM)).toEqual([]);
  });

  test('a clock of its own in a room with hosts, where waiting is allowed', () => {
    for (const room of ['log', 'metadata', 'broker']) {
      const check = (text: string) => checkDeterminism(file(`src/${room}/y.ts`, text), DETERMINISM);
      expect(check('async function f(): Promise<void> { await g(); }')).toEqual([]);
      expect(check('Date.now();')).toHaveLength(1);
      expect(check('setTimeout(f, 1);')).toHaveLength(1);
      expect(check("import { open } from 'node:fs';")).toHaveLength(1);
    }
  });

  test('habits', () => {
    expect(checkHabits(file('src/log/y.ts', 'export default class {}'))).toHaveLength(1);
    expect(checkHabits(file('src/log/y.ts', 'const x = 1; export default x;'))).toHaveLength(1);
    expect(checkHabits(file('src/log/y.ts', 'export enum X { A }'))).toHaveLength(1);
    expect(checkHabits(file('src/log/y.ts', '// TODO: later\n// FIXME'))).toHaveLength(2);
    expect(checkHabits(file('src/log/y.ts', 'switch (x) { default: f(); }'))).toEqual([]);
  });

  test('rings and dead files', () => {
    const files = [
      file('src/log/a.ts', "import '../metadata/b.ts';"),
      file('src/metadata/b.ts', "import type { A } from '../log/a.ts';"),
      file('src/metadata/c.ts', ''),
    ];
    expect(checkCycles(roomEdges(files))).toEqual([
      'rooms import each other in a ring: log/ → metadata/ → log/; move what they share to base/',
    ]);
    expect(checkDeadFiles(files, ['src/log/a.ts'])).toEqual([
      'src/metadata/c.ts is reached from no entry; import it or delete it',
    ]);
  });

  test('lists that differ', () => {
    const written = parseRoomTable('| `base/` | ids | pure | record |\n| `log/` | x | y | base |');
    const table = { base: { kind: 'pure', imports: [] }, wire: { kind: 'pure', imports: [] } };
    expect(compareRoomTables(table, written)).toHaveLength(3);
    const catalogue = new Map([
      ['A', 1],
      ['B', 1],
    ]);
    expect(checkUniqueNumbers(catalogue)).toHaveLength(1);
    const table2 = errorsInTable('| `A` | 2 | x |\n| `C` | 3 | x |');
    expect(compareErrorLists(catalogue, table2, 'x')).toHaveLength(3);
    const proto = errorsInProto('enum ErrorCode {\n  ERROR_CODE_NONE = 0;\n  ERROR_CODE_A = 1;\n}');
    expect(proto).toEqual(new Map([['A', 1]]));
  });
});
