import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { onAbort } from '../../../src/client/waiting.ts';

describe('onAbort', () => {
  test('calls everyone once, in the order in which they came', () => {
    const abort = new AbortController();
    const called: string[] = [];
    onAbort(abort.signal, () => called.push('one'));
    onAbort(abort.signal, () => called.push('two'));
    abort.abort();
    expect(called).toEqual(['one', 'two']);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  test('adds one listener to a signal, and takes it away with the last who waits', () => {
    const { signal } = new AbortController();
    const stops = Array.from({ length: 20 }, () => onAbort(signal, () => undefined));
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    for (const stop of stops.slice(1)) stop();
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    stops[0]?.();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    onAbort(signal, () => undefined);
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    // One who has left already does not take away what belongs to another.
    stops[0]?.();
    expect(getEventListeners(signal, 'abort').length).toBe(1);
  });

  test('does not call who has left, also when that happens while others are called', () => {
    const abort = new AbortController();
    const called: string[] = [];
    const stopOne = onAbort(abort.signal, () => called.push('one'));
    onAbort(abort.signal, () => {
      called.push('two');
      stopThree();
    });
    const stopThree = onAbort(abort.signal, () => called.push('three'));
    stopOne();
    abort.abort();
    expect(called).toEqual(['two']);
  });

  test('keeps apart two who wait with the same function', () => {
    const abort = new AbortController();
    let calls = 0;
    const count = (): void => {
      calls++;
    };
    const stop = onAbort(abort.signal, count);
    onAbort(abort.signal, count);
    stop();
    abort.abort();
    expect(calls).toBe(1);
  });
});
