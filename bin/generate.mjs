#!/usr/bin/env node
/**
 * Writes `src/wire/generated/odradek.js` and its declarations from `proto/`. The output is committed
 * and never edited; regenerating it must leave no difference.
 *
 *   node bin/generate.mjs [DIRECTORY]
 *
 * DIRECTORY takes the output instead: a test compares it with what is committed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const directory = path.resolve(process.argv[2] ?? path.join(root, 'src', 'wire', 'generated'));
const script = path.join(directory, 'odradek.js');
const declarations = path.join(directory, 'odradek.d.ts');

const protos = readdirSync(path.join(root, 'proto'), { recursive: true })
  .filter((name) => name.endsWith('.proto'))
  .map((name) => path.join('proto', name))
  // A fixed order: the output must not depend on the file system's.
  .sort();

if (protos.length === 0) {
  process.stderr.write('generate: there are no .proto files in proto/\n');
  process.exit(1);
}

mkdirSync(directory, { recursive: true });
const { status } = spawnSync(
  process.execPath,
  [
    path.join(root, 'node_modules', 'protobufjs-cli', 'bin', 'pbjs'),
    ...['--target', 'static-module', '--wrap', 'esm'],
    // Nobody calls verify, the converters, the length-delimited variants, the type URLs or the
    // service classes.
    ...['--no-verify', '--no-convert', '--no-delimited', '--no-typeurl', '--no-service'],
    '--force-number',
    // A root of our own: an application's generated code may live in the default one.
    ...['--root', 'odradek'],
    '--dts',
    ...['--path', 'proto'],
    ...['--out', script],
    ...protos,
  ],
  { cwd: root, stdio: 'inherit' },
);
if (status !== 0) process.exit(status ?? 1);

/**
 * 64-bit fields are safe integers here, whatever protobufjs does elsewhere in the process: absent
 * ones are the number 0, and `wire/protobuf.ts` reads present ones with a reader of its own. (Turning
 * `Long` off in protobufjs itself would change the generated code of whoever uses the SDK.)
 */
const generated = readFileSync(script, 'utf8');
const plain = generated
  .replace(/\$util\.Long \? \$util\.Long\.fromBits\(0,0,(?:false|true)\) : 0/g, '0')
  // The declarations have the comments; here they would triple what every start has to read.
  .replace(/^ *\/\*\*\n(?: *\*.*\n)+/gm, '')
  .replace(/\n{2,}/g, '\n');
if (plain.includes('$util.Long')) {
  process.stderr.write('generate: the output still mentions Long; adapt bin/generate.mjs\n');
  process.exit(1);
}
writeFileSync(script, `// Generated from proto/ by bin/generate.mjs. Not edited.\n${plain}`);
writeFileSync(
  declarations,
  `// Generated from proto/ by bin/generate.mjs. Not edited.\n${readFileSync(
    declarations,
    'utf8',
  ).replace('import Long = require("long");\n', '')}`,
);
