import type { Clock, Timer } from '../base/clock.ts';
import type { FetchCall, FetchTarget, FetchedPartition } from './interfaces.ts';
import { bytesOf, readPartition, type PartitionDirectory } from './partition-reader.ts';

/**
 * One fetch that waits: answers as soon as `minBytes` are there, a partition has an error, the time
 * is over or the caller has gone. Partitions are read in the order asked for, each with what is left
 * of `maxBytes`; the first batch is sent whatever its size.
 */
export async function longPoll(
  directory: PartitionDirectory,
  clock: Clock,
  call: FetchCall,
  signal: AbortSignal,
): Promise<readonly FetchedPartition[]> {
  const deadline = clock.now() + call.maxWaitMs;
  for (;;) {
    // Watched before it is read: what moves while cold records are on their way counts as well.
    const change = watchForChange(directory, call.partitions);
    try {
      const { fetched, bytes } = await readAll(directory, call);
      const failed = fetched.some((each) => each.error !== null);
      const left = deadline - clock.now();
      if (failed || bytes >= call.minBytes || left <= 0 || signal.aborted) return fetched;
      await limited(change.happened, clock, left, signal);
    } finally {
      change.unwatch();
    }
  }
}

async function readAll(
  directory: PartitionDirectory,
  call: FetchCall,
): Promise<{ fetched: FetchedPartition[]; bytes: number }> {
  const fetched: FetchedPartition[] = [];
  let bytes = 0;
  for (const target of call.partitions) {
    const room = call.maxBytes - bytes;
    // An exhausted budget still asks for bounds and errors; only the records stay away.
    const wanted = room <= 0 ? 0 : target.maxBytes > 0 ? Math.min(target.maxBytes, room) : room;
    const read = await readPartition(directory, target, wanted, call.isolation);
    if (room <= 0 && bytes > 0) {
      fetched.push({ ...read, chunks: [] });
      continue;
    }
    bytes += bytesOf(read.chunks);
    fetched.push(read);
  }
  return { fetched, bytes };
}

/** Settles when one of the partitions has moved. */
function watchForChange(
  directory: PartitionDirectory,
  targets: readonly FetchTarget[],
): { happened: Promise<void>; unwatch(): void } {
  const unwatch: (() => void)[] = [];
  const happened = new Promise<void>((resolve) => {
    for (const { target } of targets) {
      const host = directory.find(target);
      if (!('code' in host)) unwatch.push(host.watch(resolve));
    }
  });
  return {
    happened,
    unwatch: () => {
      for (const each of unwatch) each();
    },
  };
}

/** Settles with `happened`, or when the time is over or the caller has gone. */
function limited(
  happened: Promise<void>,
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let timer: Timer | null = null;
    const end = (): void => {
      timer?.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    timer = clock.setTimer(milliseconds, end);
    signal.addEventListener('abort', end);
    void happened.then(end);
  });
}
