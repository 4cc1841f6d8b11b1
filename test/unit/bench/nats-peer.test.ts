import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { versionOf } from '../../../bench/peers/nats/nats-cluster.ts';
import { parseResult } from '../../../bench/peers/nats/nats-peer.ts';

test('the version is the one that the module asks for', () => {
  const goMod = new URL('../../../bench/peers/nats/go.mod', import.meta.url);
  expect(versionOf(readFileSync(goMod, 'utf8'))).toMatch(/^2\.\d+\.\d+$/);
  expect(() => versionOf('module x\n')).toThrow('does not say which nats-server');
});

test('reads what the producer prints, and takes nothing else for a rate', () => {
  expect(parseResult('{"seconds":1.5,"held":20000,"leader":"nats-2"}\n')).toEqual({
    seconds: 1.5,
    held: 20_000,
  });
  expect(() => parseResult('{"seconds":0,"held":20000}\n')).toThrow('the NATS producer printed');
  expect(() => parseResult('{"held":20000}')).toThrow('the NATS producer printed');
});
