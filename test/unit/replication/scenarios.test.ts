/** Stories in which replicated logs have lost data, told with machines on logs in memory. */
import { describe, expect, test } from 'vitest';
import { refusal } from '../../../src/base/errors.ts';
import { brokerEpoch, generation, leaderEpoch, nodeId, offset } from '../../../src/base/ids.ts';
import { ModelCluster } from './model-cluster.ts';
import { LAG_MS, logOf, ModelLog, ModelReplica, partitionOf, SESSION_MS } from './model-replica.ts';
import type { ModelBatch } from './model-replica.ts';

const two = {
  leader: 1,
  leaderEpoch: 1,
  partitionEpoch: 1,
  replicas: [1, 2],
  isr: [1, 2],
  minIsr: 1,
};
const three = {
  leader: 1,
  leaderEpoch: 1,
  partitionEpoch: 1,
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  minIsr: 2,
};

/** One batch a record, so that a log may be cut anywhere. */
function single(text: string, epoch: number, from = 0): ModelBatch[] {
  return [...text].map((record, index) => ({
    baseOffset: from + index,
    leaderEpoch: epoch,
    text: record,
  }));
}

function started(shape: typeof three, ...options: ConstructorParameters<typeof ModelCluster>[1][]) {
  const cluster = new ModelCluster(
    shape,
    options.flat().filter((each) => each !== undefined),
  );
  for (const id of shape.replicas) cluster.inform(id);
  cluster.run();
  return cluster;
}

test('a leader that missed an epoch counts nobody for what it knew before', () => {
  const cluster = started(three);
  cluster.produce(1, 'abc', 'all');
  cluster.run();
  // 2 has two records more, which are not on the leader’s own disk yet; 3 has not.
  cluster.freezeDisk(1);
  cluster.cut(1, 3);
  cluster.produce(1, 'xy', 1);
  cluster.run();
  expect([cluster.log(2).text, cluster.log(3).text]).toEqual(['abcxy', 'abc']);
  cluster.cut(2, 1);
  // 3 leads, and cuts 2 back; then 1 leads again, and hears of both changes as of one.
  cluster.elect(3, [1, 2, 3], [2, 3]);
  cluster.run();
  expect(cluster.log(2).text).toBe('abc');
  cluster.elect(1, [1, 2, 3], [1, 3]);
  cluster.heal();
  cluster.cut(2, 1);
  cluster.thawDisk(1);
  cluster.run();
  expect(cluster.log(3).text).toBe('abcxy');
  expect(cluster.node(1).machine.view().highWatermark).toBe(3);
});

describe('what a follower keeps', () => {
  test('a restarted follower keeps what lies above its high watermark (KIP-101, 1)', () => {
    const cluster = started(two);
    cluster.produce(1, 'a', 'all');
    cluster.run();
    // The second record is on 2's disk, but 2 has not heard that it is committed.
    cluster.freezeDisk(1);
    cluster.produce(1, 'b', 'all');
    cluster.run();
    expect(cluster.node(2).machine.view().highWatermark).toBe(1);
    const log = cluster.crash(2);
    expect(log.text).toBe('ab');
    cluster.add({ id: 2, log });
    cluster.cut(1, 2);
    cluster.cut(2, 1);
    cluster.inform(2);
    cluster.run();
    cluster.crash(1);
    cluster.elect(2, [2]);
    cluster.run();
    expect(cluster.log(2).description).toEqual(['0@1 a', '1@1 b']);
    expect(cluster.node(2).machine.view().highWatermark).toBe(2);
  });

  test('logs that parted in a power cut become one again (KIP-101, 2)', () => {
    const kept = single('abcdefghij', 1);
    const cluster = new ModelCluster({ ...two, leader: null, isr: [1] }, [
      { id: 1, log: logOf(kept.slice(0, 5)) },
      { id: 2, log: logOf(kept) },
    ]);
    cluster.elect(1, [1]);
    for (const record of 'XYZ') cluster.produce(1, record, 1);
    cluster.run();
    expect(cluster.log(2).description).toEqual(cluster.log(1).description);
    expect(cluster.log(2).text).toBe('abcdeXYZ');
  });

  test('two fast failovers leave one history (KIP-279)', () => {
    const cluster = started(two);
    cluster.produce(1, 'a', 1);
    cluster.run();
    const shrink = (leader: number) => cluster.elect(leader, [leader]);
    const log1 = cluster.crash(1);
    shrink(2);
    cluster.produce(2, 'b', 1);
    cluster.run();
    const log2 = cluster.crash(2);
    cluster.add({ id: 1, log: log1 });
    shrink(1);
    for (const record of 'cde') cluster.produce(1, record, 1);
    cluster.run();
    const later1 = cluster.crash(1);
    cluster.add({ id: 2, log: log2 });
    shrink(2);
    cluster.produce(2, 'f', 1);
    cluster.run();
    const later2 = cluster.crash(2);
    cluster.add({ id: 1, log: later1 });
    shrink(1);
    for (const record of 'gh') cluster.produce(1, record, 1);
    cluster.run();
    cluster.add({ id: 2, log: later2 });
    cluster.inform(2);
    cluster.run();
    expect(cluster.log(2).description).toEqual(cluster.log(1).description);
    expect(cluster.log(1).text).toBe('acdegh');
  });

  test('elections without a write leave marks that find a garbage record (KAFKA-10706)', () => {
    const cluster = started({ ...three, isr: [1, 2] });
    cluster.produce(1, 'abc', 'all');
    cluster.run();
    for (let election = 0; election < 5; election++) cluster.elect(1, [1, 2], [1, 2]);
    const garbage = logOf([
      { baseOffset: 0, leaderEpoch: 1, text: 'abc' },
      { baseOffset: 3, leaderEpoch: 3, text: 'x' },
    ]);
    cluster.crash(3);
    cluster.add({ id: 3, log: garbage });
    cluster.inform(3);
    cluster.run();
    expect(cluster.log(3).text).toBe('abc');
    expect(cluster.log(1).epochs.entries.at(-1)).toEqual({ epoch: 6, startOffset: 3 });
  });

  test('a cut within a batch takes the batch, and the session begins anew', () => {
    const log = logOf([{ baseOffset: 0, leaderEpoch: 1, text: 'abc' }]);
    const follower = new ModelReplica({ id: 2, log });
    follower.step({ kind: 'peerConnected', leader: nodeId(1) });
    follower.metadata(partitionOf({ ...two, leaderEpoch: 2 }));
    const answer = { generation: generation(1), leaderEpoch: leaderEpoch(2) };
    // The model's log refuses such a cut, so the machine is told directly.
    const { machine } = follower;
    machine.step(
      {
        kind: 'frame',
        leader: nodeId(1),
        frame: { kind: 'diverging', ...answer, epoch: leaderEpoch(1), endOffset: offset(2) },
      },
      follower.now,
      follower.now,
    );
    const effects = machine.step(
      { kind: 'truncated', truncationGeneration: 1, logEndOffset: offset(0) },
      follower.now,
      follower.now,
    );
    expect(effects.map((effect) => effect.kind)).toEqual(['closeSession', 'sendPosition']);
    expect(machine.view()).toMatchObject({ logEndOffset: 0, durableEndOffset: 0 });
  });
});

describe('what a leader counts', () => {
  test('a follower in an older epoch does not move the high watermark (KIP-320)', () => {
    const cluster = started(three);
    cluster.elect(1, [1, 2, 3], [1, 2]);
    const request = cluster.produce(1, 'a', 'all');
    cluster.run();
    expect(cluster.replies.get(request)).toBeUndefined();
    expect(cluster.node(1).machine.view().highWatermark).toBe(0);
    const answers = cluster.step(1, {
      kind: 'position',
      follower: nodeId(3),
      brokerEpoch: brokerEpoch(3),
      position: {
        generation: generation(1),
        leaderEpoch: leaderEpoch(1),
        fetchOffset: offset(1),
        lastFetchedEpoch: leaderEpoch(1),
        logStartOffset: offset(0),
      },
    });
    expect(answers).toMatchObject([
      { kind: 'answer', frame: { refusal: { code: 'FENCED_LEADER_EPOCH' } } },
    ]);
    expect(cluster.node(1).machine.view().highWatermark).toBe(0);
    cluster.inform(3);
    cluster.run();
    expect(cluster.replies.get(request)).toBe('ok 0');
  });

  test('a diverged position is not recorded (KAFKA-13141)', () => {
    const cluster = new ModelCluster({ ...two, leader: null }, [
      { id: 1, log: logOf(single('abcdefgh', 1)) },
      { id: 2, log: logOf([...single('abcdefgh', 1), ...single('xy', 2, 8)]) },
    ]);
    cluster.elect(1, [1, 2]);
    cluster.elect(1, [1, 2], [1]);
    const position = {
      generation: generation(9),
      leaderEpoch: leaderEpoch(3),
      fetchOffset: offset(10),
      lastFetchedEpoch: leaderEpoch(2),
      logStartOffset: offset(0),
    };
    const input = { kind: 'position', follower: nodeId(2), brokerEpoch: brokerEpoch(2) } as const;
    expect(cluster.step(1, { ...input, position })).toMatchObject([
      { kind: 'answer', frame: { kind: 'diverging', endOffset: 8 } },
    ]);
    const view = cluster.node(1).machine.view();
    expect(view.followers).toMatchObject([{ id: 2, logEndOffset: null }]);
    expect(view.highWatermark).toBe(0);
  });

  test('a new leader admits nobody below the start of its epoch', () => {
    const cluster = new ModelCluster({ ...three, leader: null, isr: [1, 2] }, [
      { id: 1, log: logOf(single('abcdefghij', 1)) },
      { id: 2, log: logOf(single('abcdefghij', 1)) },
      { id: 3, log: logOf(single('abcde', 1)) },
    ]);
    cluster.freezeDisk(3);
    cluster.isolate(2);
    cluster.elect(1, [1, 2]);
    cluster.run();
    const query = { expectedLeaderEpoch: null };
    const { machine, now } = cluster.node(1);
    expect(machine.checkFetch(query, now, now)).toMatchObject({
      highWatermark: 0,
      highWatermarkKnown: false,
    });
    expect(machine.view().followers).toMatchObject([{ id: 2 }, { id: 3, logEndOffset: 5 }]);
    expect(cluster.proposals).toEqual([]);
    cluster.thawDisk(3);
    cluster.heal();
    cluster.run();
    expect(cluster.proposals.at(-1)?.request.isr.map((member) => member.id)).toEqual([1, 2, 3]);
    expect(machine.checkFetch(query, now, now)).toMatchObject({
      highWatermark: 10,
      highWatermarkKnown: true,
    });
  });

  test('a proposed member counts before the answer arrives', () => {
    const cluster = started({ ...three, isr: [1, 2] });
    expect(cluster.proposals).toHaveLength(1);
    // The controller commits [1,2,3], and its answer is lost.
    cluster.commit({ isr: [1, 2, 3] }, []);
    cluster.isolate(3);
    const request = cluster.produce(1, 'abc', 'all');
    cluster.run();
    expect(cluster.replies.get(request)).toBeUndefined();
    cluster.heal();
    cluster.run();
    expect(cluster.replies.get(request)).toBe('ok 0');
    cluster.crash(1);
    cluster.elect(3, [2, 3]);
    expect(cluster.log(3).text).toBe('abc');
  });

  test('a member counts until its removal is confirmed', () => {
    const cluster = started(three);
    cluster.isolate(3);
    const request = cluster.produce(1, 'abc', 'all');
    cluster.run();
    cluster.advance(LAG_MS + 1);
    cluster.renewLeases();
    cluster.timer(1, 'lag');
    expect(cluster.proposals.at(-1)?.request.isr.map((member) => member.id)).toEqual([1, 2]);
    cluster.run();
    // The proposal is lost, and 3 elected: what is not on 3 was not acknowledged.
    expect(cluster.replies.get(request)).toBeUndefined();
    expect(cluster.node(1).machine.view().highWatermark).toBe(0);
    cluster.agree();
    expect(cluster.replies.get(request)).toBe('ok 0');
  });
});

describe('brokers that come back', () => {
  test('a position of the incarnation before the power cut is refused (KIP-903)', () => {
    const cluster = started({ ...three, isr: [1, 2] });
    cluster.produce(1, 'abc', 1);
    cluster.run();
    const proposal = cluster.proposals.at(-1);
    expect(proposal?.request.isr).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3, brokerEpoch: 3 }]);
    cluster.crash(3);
    cluster.commit({ brokerEpochs: { 3: 13 }, partitionEpoch: cluster.shape.partitionEpoch }, [1]);
    const late = cluster.step(1, {
      kind: 'position',
      follower: nodeId(3),
      brokerEpoch: brokerEpoch(3),
      position: {
        generation: generation(7),
        leaderEpoch: leaderEpoch(1),
        fetchOffset: offset(3),
        lastFetchedEpoch: leaderEpoch(1),
        logStartOffset: offset(0),
      },
    });
    expect(late).toMatchObject([{ frame: { refusal: { code: 'NOT_LEADER_OR_FOLLOWER' } } }]);
    const result = { ok: false, refusal: refusal('INELIGIBLE_REPLICA') } as const;
    if (proposal === undefined) throw new Error('3 was proposed');
    cluster.step(1, { kind: 'alterPartitionReply', request: proposal.request, result });
    expect(cluster.node(1).machine.view().maximalIsr).toEqual([1, 2]);
  });

  test.each([
    ['a follower', 3],
    ['the leader', 1],
  ])('%s with an empty disk joins only when it has everything', (_, wiped) => {
    const cluster = started(three);
    cluster.produce(1, 'abc', 'all');
    cluster.run();
    cluster.crash(wiped);
    const rest = [1, 2, 3].filter((id) => id !== wiped);
    const brokerEpochs = { [wiped]: wiped + 10 };
    const leader = wiped === 1 ? 2 : 1;
    cluster.commit({ isr: rest, leader, leaderEpoch: 2, brokerEpochs });
    cluster.run();
    cluster.add({ id: wiped, log: new ModelLog() });
    cluster.freezeDisk(wiped);
    cluster.inform(wiped);
    cluster.run();
    expect(cluster.proposals).toEqual([]);
    cluster.thawDisk(wiped);
    cluster.run();
    expect(cluster.log(wiped).text).toBe('abc');
    expect(cluster.proposals.at(-1)?.request.isr).toContainEqual({
      id: wiped,
      brokerEpoch: wiped + 10,
    });
  });

  test('the last replica standing commits nothing alone (KIP-966)', () => {
    const cluster = started(three);
    const safe = cluster.produce(1, 'abc', 'all');
    cluster.run();
    expect(cluster.replies.get(safe)).toBe('ok 0');
    cluster.crash(3);
    cluster.commit({ isr: [1, 2] });
    const log2 = cluster.crash(2);
    cluster.commit({ isr: [1] });
    const alone = cluster.produce(1, 'defg', 1);
    const refused = cluster.produce(1, 'x', 'all');
    cluster.run();
    expect(cluster.replies.get(alone)).toBe('ok 3');
    expect(cluster.replies.get(refused)).toBe('NOT_ENOUGH_REPLICAS');
    expect(cluster.node(1).machine.view().highWatermark).toBe(3);
    const log1 = cluster.crash(1);
    // 2 was eligible and is elected; 1 comes back with what it wrote alone.
    cluster.add({ id: 2, log: log2 });
    cluster.elect(2, [2]);
    cluster.add({ id: 1, log: log1 });
    cluster.inform(1);
    cluster.run();
    cluster.agree();
    const after = cluster.produce(2, 'hi', 'all');
    cluster.run();
    expect(cluster.replies.get(after)).toBe('ok 3');
    expect(cluster.log(1).description).toEqual(cluster.log(2).description);
    expect(cluster.log(2).text).toBe('abchi');
  });

  test('a leader that is cut off promises nothing for long, and gives way', () => {
    const cluster = started(three);
    cluster.produce(1, 'abc', 'all');
    cluster.run();
    cluster.isolate(1);
    const weak = cluster.produce(1, 'x', 1);
    const strong = cluster.produce(1, 'y', 'all');
    cluster.run();
    expect(cluster.replies.get(weak)).toBe('ok 3');
    expect(cluster.replies.get(strong)).toBeUndefined();
    cluster.advance(SESSION_MS + 1);
    cluster.renewLeases([2, 3]);
    cluster.elect(2, [2, 3], [2, 3]);
    const next = cluster.produce(2, 'de', 'all');
    const late = cluster.produce(1, 'z', 1);
    cluster.run();
    expect(cluster.replies.get(next)).toBe('ok 3');
    expect(cluster.replies.get(late)).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(cluster.replies.get(strong)).toBe('LEADERSHIP_LOST');
    const { machine, now } = cluster.node(1);
    expect(machine.view().highWatermark).toBe(3);
    expect(machine.checkFetch({ expectedLeaderEpoch: null }, now, now).ok).toBe(false);
    cluster.heal();
    cluster.inform(1);
    cluster.run();
    expect(cluster.log(1).description).toEqual(['0@1 abc', '3@2 de']);
  });
});
