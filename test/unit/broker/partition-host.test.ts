import { expect, test } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import {
  instant,
  leaderEpoch,
  nodeId,
  offset,
  partitionIndex,
  timestamp,
  topicId,
} from '../../../src/base/ids.ts';
import { PartitionHost, type PartitionSurroundings } from '../../../src/broker/partition-host.ts';
import { Turn } from '../../../src/broker/turn.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import { Replica } from '../../../src/replication/replica.ts';
import type { Position } from '../../../src/replication/types.ts';
import type { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import { appendMany, DIRECTORY, flushed, newLog, settle } from '../log/log-fixture.ts';
import { partitionOf } from '../replication/model-replica.ts';

test('a cut is said while everything is still on the disk', async () => {
  const { log, fileSystem } = await newLog();
  appendMany(log, 10);
  await flushed(log);
  const before = fileBytes(fileSystem);
  const atSaying: number[] = [];
  const follower = new Follower(log, () => atSaying.push(fileBytes(fileSystem)));
  await follower.diverge(7);
  expect(follower.cuts).toEqual([
    { fromOffset: 10, toOffset: 7, bytes: (before * 3) / 10, reason: 'diverged' },
  ]);
  expect(atSaying).toEqual([before]);
  expect(fileBytes(fileSystem)).toBe((before * 7) / 10);
  expect(follower.failures).toEqual([]);
});

// The machine was told the end before the cut, which was news to nobody: it asked for offset 14 of a
// log that ended at 10.
test('a cut within a batch takes it whole, and the follower asks again from there', async () => {
  const { log } = await newLog();
  appendMany(log, 2, { records: 10 });
  await flushed(log);
  const follower = new Follower(log);
  await follower.diverge(14);
  expect(follower.cuts).toMatchObject([{ fromOffset: 20, toOffset: 10 }]);
  expect(log.logEndOffset).toBe(10);
  expect(follower.positions.at(-1)).toMatchObject({ fetchOffset: 10 });
  expect(follower.failures).toEqual([]);
});

function fileBytes(fileSystem: MemoryFileSystem): number {
  const file = fileSystem.open(`${DIRECTORY}/00000000000000000000.log`, 'read');
  return file.size();
}

/** A host of broker 2 that follows broker 1 in epoch 1, and what it asked its broker for. */
class Follower {
  readonly cuts: object[] = [];
  readonly positions: Position[] = [];
  readonly failures: unknown[] = [];
  readonly #host: PartitionHost;

  constructor(log: PartitionLog, onCut: () => void = () => {}) {
    const surroundings: PartitionSurroundings = {
      controllerLease: () => instant(0),
      feed: () => {},
      feedProgress: () => {},
      stopFeed: () => {},
      feedable: () => {},
      answerFollower: () => {},
      sendPosition: (_host, { position }) => this.positions.push(position),
      closeSession: () => {},
      alterPartition: () => {},
      handoverReady: () => {},
      damaged: () => {},
      observed: () => {},
      truncated: (_host, cut) => {
        onCut();
        this.cuts.push(cut);
      },
      answered: () => {},
      failed: (error) => this.failures.push(error),
    };
    const place = { topicId: topicId('A'.repeat(22)), partition: partitionIndex(0) };
    const replica = new Replica({
      ...place,
      nodeId: nodeId(2),
      durability: 'fsync',
      lagTimeMaxMs: 10_000,
      sessionTimeoutMs: 1_500,
      handoverHoldMs: 500,
      retryMs: 50,
      maxHeldRequests: 100,
      log,
      state: 'whole',
      peerEchoes: { get: () => undefined },
    });
    this.#host = new PartitionHost({
      ...place,
      topic: 'orders',
      log,
      replica,
      clock: STOPPED_CLOCK,
      turn: new Turn(STOPPED_CLOCK),
      surroundings,
    });
    const partition = partitionOf({
      leader: 1,
      leaderEpoch: 1,
      partitionEpoch: 1,
      replicas: [1, 2],
      isr: [1],
      minIsr: 1,
    });
    this.#host.enqueue({ kind: 'peerConnected', leader: nodeId(1) });
    this.#host.enqueue({ kind: 'metadata', partition });
  }

  /** The leader answers the open session: its epoch 0 ended at `endOffset`. */
  async diverge(endOffset: number): Promise<void> {
    const position = this.positions.at(-1);
    if (position === undefined) throw new Error('no session is open');
    const { generation } = position;
    const frame = { generation, leaderEpoch: leaderEpoch(1), epoch: leaderEpoch(0) };
    this.#host.enqueue({
      kind: 'frame',
      leader: nodeId(1),
      frame: { kind: 'diverging', ...frame, endOffset: offset(endOffset) },
    });
    await settle();
  }
}

const STOPPED_CLOCK: Clock = {
  now: () => instant(0),
  timestamp: () => timestamp(0),
  setTimer: (milliseconds, callback) => {
    const immediate = milliseconds > 0 ? undefined : setImmediate(callback);
    return { cancel: () => clearImmediate(immediate) };
  },
};
