import { expect, test } from 'vitest';
import { outcomeOf } from '../../../bench/peers/kafka/failover.ts';
import { parseDescription } from '../../../bench/peers/kafka/kafka-cluster.ts';

test('reads who leads and who is in sync', () => {
  const header =
    'Topic: failover\tTopicId: x\tPartitionCount: 1\tReplicationFactor: 3\tConfigs: \n';
  const partition =
    '\tTopic: failover\tPartition: 0\tLeader: 1\tReplicas: 1,0,2\tIsr: 1,0,2\tElr: \n';
  expect(parseDescription(header + partition)).toEqual({ leader: 1, isr: [1, 0, 2] });
  expect(parseDescription(partition.replace('Leader: 1', 'Leader: none')).leader).toBeNull();
  expect(() => parseDescription(header)).toThrow('TopicCommand said');
});

test('tells what became of a message', () => {
  const line = (name: string) => `{"timestamp":1763800000000,"name":"${name}","value":"7"}`;
  expect(outcomeOf(line('producer_send_success'))).toBe('acknowledged');
  expect(outcomeOf(line('producer_send_error'))).toBe('error');
  expect(outcomeOf(line('startup_complete'))).toBeNull();
  expect(outcomeOf('[2026-11-22] WARN something')).toBeNull();
});
