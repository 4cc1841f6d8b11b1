#!/usr/bin/env node
/**
 * Writes `src/wire/generated/odradek.js` and its declarations from `proto/`. The output is committed
 * and never edited; regenerating it must leave no difference.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const output = path.join('src', 'wire', 'generated', 'odradek.js');

const protos = readdirSync(path.join(root, 'proto'), { recursive: true })
  .filter((name) => name.endsWith('.proto'))
  .map((name) => path.join('proto', name))
  // A fixed order: the output must not depend on the file system's.
  .sort();

if (protos.length === 0) {
  process.stderr.write('generate: there are no .proto files in proto/\n');
  process.exit(1);
}

mkdirSync(path.join(root, path.dirname(output)), { recursive: true });
const { status } = spawnSync(
  process.execPath,
  [
    path.join(root, 'node_modules', 'protobufjs-cli', 'bin', 'pbjs'),
    ...['--target', 'static-module', '--wrap', 'esm'],
    // No verify, no length-delimited variants, no type URLs: nobody calls them.
    ...['--no-verify', '--no-delimited', '--no-typeurl'],
    // 64-bit fields are safe integers; `wire/` turns Long off before it loads the generated code.
    '--force-number',
    '--dts',
    ...['--path', 'proto'],
    ...['--out', output],
    ...protos,
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
