import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');

test('the generated code is what proto/ gives', { timeout: 120_000 }, () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'odradek-generate-'));
  try {
    const run = spawnSync(process.execPath, [path.join(ROOT, 'bin', 'generate.mjs'), directory], {
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    for (const file of ['odradek.js', 'odradek.d.ts']) {
      const made = readFileSync(path.join(directory, file), 'utf8');
      const kept = readFileSync(path.join(ROOT, 'src/wire/generated', file), 'utf8');
      // Compared as a whole first: a difference of thousands of lines is no message.
      expect(made === kept, `${file} differs: run npm run generate`).toBe(true);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
