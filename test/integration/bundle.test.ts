import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../..');

async function evaluate(program: string): Promise<unknown> {
  const script = `import { loadBundle } from './bin/load-bundle.mjs'; ${program}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: ROOT,
  });
  return JSON.parse(stdout);
}

test('V8 takes the code cache of the bundle: made under other flags, every start would compile', async () => {
  const rejected = await evaluate(
    'console.log(JSON.stringify(loadBundle().script.cachedDataRejected))',
  );
  expect(rejected).toBe(false);
});

test('modules in the bundle find the files beside them', async () => {
  const printed = await evaluate(
    "const { main } = loadBundle().exports; let text = '';" +
      'const stdout = { write: (each) => (text += each) };' +
      "await main(['--version'], { stdout }); console.log(JSON.stringify(text.trim()));",
  );
  const manifest: unknown = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ version: printed });
});
