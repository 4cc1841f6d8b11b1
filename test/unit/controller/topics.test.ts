import { describe, expect, test } from 'vitest';
import { assert } from '../../../src/base/assert.ts';
import { partitionIndex } from '../../../src/base/ids.ts';
import type { AdminReply } from '../../../src/controller/types.ts';
import { Cluster } from './cluster.ts';

function refusalOf(reply: AdminReply) {
  assert(reply.kind === 'refused', () => `not refused: ${JSON.stringify(reply)}`);
  return reply.refusal;
}

describe('topics', () => {
  test('take the cluster’s defaults where they do not say', () => {
    const cluster = new Cluster({ defaults: { partitions: 4 } }).start(1, 2);
    const asked = { partitions: 0, replicationFactor: 0 };
    expect(cluster.createTopic('two', asked)).toMatchObject({
      partitions: 4,
      replicationFactor: 2,
    });
    expect(cluster.partition('two').minIsr).toBe(1);
    cluster.start(3, 4);
    expect(cluster.createTopic('three', asked)).toMatchObject({ replicationFactor: 3 });
    expect(cluster.partition('three').minIsr).toBe(2);
    expect(cluster.topic('three').settings).toEqual({ durability: 'fsync' });
  });

  test('are only looked at when they are to be validated', () => {
    const cluster = new Cluster().start(1);
    expect(cluster.createTopic('flights', { validateOnly: true })).toMatchObject({
      kind: 'topicCreated',
    });
    expect(cluster.image.topicCount).toBe(0);
  });

  test('are not placed on brokers that are fenced, stopping or full', () => {
    const cluster = new Cluster().start(1, 2, 3, 4);
    cluster.fence(1);
    cluster.heartbeat(2, { wantsToStop: true });
    cluster.heartbeat(3, { full: true });
    cluster.createTopic('flights');
    expect(cluster.partition('flights').replicas).toEqual([4]);
  });

  test.each([
    ['', 'INVALID_TOPIC_EXCEPTION', 'cannot name a topic'],
    ['..', 'INVALID_TOPIC_EXCEPTION', '".."'],
    ['a/b', 'INVALID_TOPIC_EXCEPTION', '"a/b"'],
    ['x'.repeat(250), 'INVALID_TOPIC_EXCEPTION', '1 to 249'],
    ['flights', 'TOPIC_ALREADY_EXISTS', 'topic flights exists'],
  ] as const)('the name %j is refused: %s', (name, code, words) => {
    const cluster = new Cluster().start(1);
    cluster.createTopic('flights');
    const refusal = refusalOf(cluster.createTopic(name));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(words);
    expect(cluster.image.topicCount).toBe(1);
  });

  test.each([
    [{ partitions: -1 }, 'INVALID_PARTITIONS', 'cannot have -1 partitions'],
    [{ partitions: 1.5 }, 'INVALID_PARTITIONS', '1 to 1000'],
    [{ partitions: 1_001 }, 'INVALID_PARTITIONS', '1 to 1000'],
    [{ replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR', '3 is not possible with 2 usable'],
    [{ replicationFactor: -1 }, 'INVALID_REPLICATION_FACTOR', 'ask for 1 to 2'],
    [{ settings: { 'retention.msx': '1' } }, 'INVALID_CONFIG', 'retention.ms'],
    [{ settings: { 'segment.bytes': '3' } }, 'INVALID_CONFIG', 'segment.bytes cannot be "3"'],
  ] as const)('%j is refused: %s', (overrides, code, words) => {
    const cluster = new Cluster().start(1, 2);
    const refusal = refusalOf(cluster.createTopic('flights', overrides));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(words);
    expect(cluster.image.topicCount).toBe(0);
  });

  test('need a broker that runs', () => {
    const refusal = refusalOf(new Cluster().createTopic('flights'));
    expect(refusal.message).toContain('no broker can take replicas');
  });

  test('cannot exceed what the cluster may hold', () => {
    const cluster = new Cluster({ defaults: { partitionsMax: 5 } }).start(1);
    cluster.createTopic('flights', { partitions: 4 });
    expect(refusalOf(cluster.createTopic('trains', { partitions: 2 })).message).toContain(
      'has 4 of at most 5',
    );
    const more = cluster.admin({ kind: 'addPartitions', name: 'flights', total: 5 });
    expect(more).toEqual({ kind: 'done' });
  });

  test('grow and do not shrink', () => {
    const cluster = new Cluster().start(1, 2, 3);
    cluster.createTopic('flights', { partitions: 2, replicationFactor: 2 });
    const add = (name: string, total: number) =>
      cluster.admin({ kind: 'addPartitions', name, total });
    expect(refusalOf(add('flights', 2)).message).toContain('has 2 partitions and 2 were asked');
    expect(refusalOf(add('trains', 2)).code).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(add('flights', 5)).toEqual({ kind: 'done' });
    const { partitions } = cluster.topic('flights');
    expect(partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 4]);
    expect(partitions.map(({ replicas }) => replicas.length)).toEqual([2, 2, 2, 2, 2]);
  });

  test('keep their durability and refuse settings that do not exist', () => {
    const cluster = new Cluster().start(1);
    cluster.createTopic('flights', { settings: { durability: 'page-cache' } });
    const set = (settings: Record<string, string | null>) =>
      cluster.admin({ kind: 'alterTopic', name: 'flights', settings });
    expect(refusalOf(set({ durability: 'fsync' })).message).toContain('fixed');
    expect(refusalOf(set({ durability: null })).message).toContain('fixed');
    expect(refusalOf(set({ nothing: null })).message).toContain('no topic setting nothing');
    const events = cluster.journal.length;
    expect(set({ durability: 'page-cache' })).toEqual({ kind: 'done' });
    expect(cluster.journal).toHaveLength(events);
    expect(set({ 'retention.ms': '1d' })).toEqual({ kind: 'done' });
    expect(cluster.topic('flights').settings).toEqual({
      durability: 'page-cache',
      'retention.ms': '86400000',
    });
    expect(set({ 'retention.ms': null })).toEqual({ kind: 'done' });
    expect(cluster.topic('flights').settings).toEqual({ durability: 'page-cache' });
  });

  test('are gone once deleted, and recreated as others', () => {
    const cluster = new Cluster().start(1);
    cluster.createTopic('flights');
    const { topicId } = cluster.topic('flights');
    expect(cluster.admin({ kind: 'deleteTopic', name: 'flights' })).toEqual({ kind: 'done' });
    expect(refusalOf(cluster.admin({ kind: 'deleteTopic', name: 'flights' })).code).toBe(
      'UNKNOWN_TOPIC_OR_PARTITION',
    );
    cluster.createTopic('flights');
    expect(cluster.topic('flights').topicId).not.toBe(topicId);
    expect(cluster.image.partition(topicId, partitionIndex(0))).toBeUndefined();
  });

  test('whose leaders are asked for must exist', () => {
    const cluster = new Cluster().start(1, 2);
    cluster.createTopic('flights');
    const elect = (name: string | null, partition: number | null) =>
      cluster.admin({
        kind: 'electLeaders',
        name,
        partition: partition === null ? null : partitionIndex(partition),
      });
    expect(refusalOf(elect('trains', null)).message).toContain('no topic trains');
    expect(refusalOf(elect('flights', 1)).message).toContain('no partition 1');
    expect(refusalOf(elect(null, 1)).message).toContain('without its topic');
    expect(elect(null, null)).toMatchObject({
      results: [{ topic: 'flights', partition: 0, outcome: { code: 'ELECTION_NOT_NEEDED' } }],
    });
    cluster.fence(1);
    expect(elect('flights', 0)).toMatchObject({
      results: [{ outcome: { code: 'PREFERRED_LEADER_NOT_AVAILABLE' } }],
    });
  });
});
