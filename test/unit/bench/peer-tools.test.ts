import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cached, isInstalled } from '../../../bench/peers/tools.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), 'odradek-peers-'))));
afterEach(() => rmSync(directory, { recursive: true }));

test('what is cached is made once, until what decides it changes', async () => {
  const file = path.join(directory, 'versions');
  const place = { name: 'peer', files: [file], cache: path.join(directory, 'cache') };
  let made = 0;
  const fill = (target: string): Promise<null> => {
    mkdirSync(target);
    made += 1;
    return Promise.resolve(null);
  };
  writeFileSync(file, '1');
  const first = await cached(place, fill);
  expect(await cached(place, fill)).toBe(first);
  expect(made).toBe(1);
  writeFileSync(file, '2');
  expect(await cached(place, fill)).not.toBe(first);
  expect(made).toBe(2);
});

test('what could not be made is not there, and the reason is told', async () => {
  const file = path.join(directory, 'versions');
  writeFileSync(file, '1');
  const place = { name: 'peer', files: [file], cache: path.join(directory, 'cache') };
  let target = '';
  const missing = await cached(place, (unfinished) => {
    target = unfinished;
    mkdirSync(unfinished);
    return Promise.resolve({ missing: 'no registry' });
  });
  expect(missing).toEqual({ missing: 'no registry' });
  expect(existsSync(target)).toBe(false);
});

test('a program that is not there is not installed', async () => {
  expect(await isInstalled('odradek-has-no-such-program', [])).toBe(false);
  expect(await isInstalled(process.execPath, ['--version'])).toBe(true);
});
