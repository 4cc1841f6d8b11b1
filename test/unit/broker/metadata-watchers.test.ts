import { expect, test } from 'vitest';
import { MetadataWatchers } from '../../../src/broker/metadata-watchers.ts';
import { HandClock } from '../hand-clock.ts';

test('are told of each change at once while looking costs nothing', () => {
  const watchers = new MetadataWatchers(new HandClock());
  let told = 0;
  const remove = watchers.add(() => (told += 1));
  watchers.changed();
  watchers.changed();
  expect(told).toBe(2);
  remove();
  watchers.changed();
  expect(told).toBe(2);
});

// A client watched 20 topics of 500 partitions each. Every partition that changed had each broker
// look at all 10,000, and the brokers did nothing else for minutes.
test('are told of many changes together where looking takes long, and of the last one for certain', () => {
  const clock = new HandClock();
  const watchers = new MetadataWatchers(clock);
  let version = 0;
  const seen: number[] = [];
  watchers.add(() => {
    seen.push(version);
    clock.pass(50);
  });
  for (version = 1; version <= 1000; version += 1) {
    watchers.changed();
    clock.advance(1);
  }
  expect(seen[0]).toBe(1);
  expect(seen.length).toBeLessThan(5);
  clock.advance(500);
  expect(seen.at(-1)).toBe(version);
});

test('are told of nothing once they are closed', () => {
  const clock = new HandClock();
  const watchers = new MetadataWatchers(clock);
  let told = 0;
  watchers.add(() => {
    told += 1;
    clock.pass(50);
  });
  watchers.changed();
  watchers.changed();
  watchers.close();
  clock.advance(1000);
  watchers.changed();
  expect(told).toBe(1);
});
