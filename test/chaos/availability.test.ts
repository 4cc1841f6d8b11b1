import { expect, test } from 'vitest';
import { Availability } from './availability.ts';

const NODES = ['controller', 'broker-1', 'broker-2', 'broker-3'];

test('a partition without acknowledgements is stuck once a majority has been well for long enough', () => {
  const availability = started();
  availability.acknowledged('t-0', 500);
  expect(availability.stuck(1_000)).toEqual([]);
  expect(availability.stuck(1_001)).toMatchObject([expect.stringContaining('t-1')]);
  expect(availability.stuck(1_501)).toHaveLength(2);
});

test('nothing is stuck while the controller or the majority has a fault, and for a while behind it', () => {
  for (const disturbed of [['controller'], ['broker-1', 'broker-2']]) {
    const availability = started();
    availability.disturb(disturbed);
    expect(availability.healthySince()).toBeNull();
    expect(availability.stuck(100_000)).toEqual([]);
    availability.heal(disturbed, 100_000);
    expect(availability.healthySince()).toBe(100_000);
    expect(availability.stuck(101_000)).toEqual([]);
    expect(availability.stuck(101_001)).toHaveLength(2);
  }
});

test('one broker with faults is no excuse', () => {
  const availability = started();
  availability.disturb(['broker-2']);
  expect(availability.stuck(1_001)).toHaveLength(2);
});

test('it is the same majority that must have been well all the time', () => {
  const availability = started();
  availability.disturb(['broker-1']);
  availability.heal(['broker-1'], 800);
  availability.disturb(['broker-2']);
  expect(availability.healthySince()).toBe(800);
  expect(availability.stuck(1_500)).toEqual([]);
});

test('a node that two faults disturb is well when both are over', () => {
  const availability = started();
  availability.disturb(['controller']);
  availability.disturb(['controller']);
  availability.heal(['controller'], 10);
  expect(availability.healthySince()).toBeNull();
  availability.heal(['controller'], 20);
  expect(availability.healthySince()).toBe(20);
});

test('the longest time without an acknowledgement counts, also the one that lasts', () => {
  const availability = started();
  availability.acknowledged('t-0', 300);
  availability.acknowledged('t-0', 400);
  expect(Object.fromEntries(availability.longestGapsMs(500))).toEqual({ 't-0': 300, 't-1': 500 });
  expect(Object.fromEntries(availability.longestGapsMs(900))).toEqual({ 't-0': 500, 't-1': 900 });
  expect(availability.acks).toBe(2);
  expect(availability.allAcknowledgedSince(0)).toBe(false);
  availability.acknowledged('t-1', 950);
  expect(availability.allAcknowledgedSince(399)).toBe(true);
});

function started(): Availability {
  return new Availability({
    partitions: ['t-0', 't-1'],
    nodes: NODES,
    stuckAfterMs: 1_000,
    now: 0,
  });
}
