import { describe, expect, test } from 'vitest';
import {
  DEFAULT_TOPIC_CONFIG,
  TOPIC_CONFIGS,
  describeTopicConfig,
  effectiveMinInsyncReplicas,
  encodeTopicConfig,
  parseTopicConfig,
  refuseTopicConfigChange,
  type TopicConfig,
} from '../../../src/base/topic-config.ts';

function parsed(entries: Record<string, string>, defaults?: TopicConfig): TopicConfig {
  const result = parseTopicConfig(entries, defaults);
  if ('refusal' in result) throw new Error(result.refusal.message);
  return result.config;
}

function refused(entries: Record<string, string>): string {
  const result = parseTopicConfig(entries);
  if (!('refusal' in result)) throw new Error('was accepted');
  expect(result.refusal.code).toBe('INVALID_CONFIG');
  return result.refusal.message;
}

describe('topic settings', () => {
  test('nothing given is the defaults', () => {
    expect(parsed({})).toEqual(DEFAULT_TOPIC_CONFIG);
  });

  test('units are understood, and what is stored has one spelling', () => {
    const result = parseTopicConfig({ 'retention.ms': '7d', 'segment.bytes': '64MiB' });
    expect(result).toMatchObject({
      config: { retentionMs: 604_800_000, segmentBytes: 67_108_864 },
      settings: { 'retention.ms': '604800000', 'segment.bytes': '67108864' },
    });
  });

  test('a setting covers the default, and only that one', () => {
    const defaults = { ...DEFAULT_TOPIC_CONFIG, retentionMs: 5, durability: 'page-cache' as const };
    expect(parsed({ 'retention.ms': '-1' }, defaults)).toEqual({ ...defaults, retentionMs: -1 });
  });

  test('refusals name the setting, the value and what is possible', () => {
    expect(refused({ 'retention.sm': '1' })).toBe(
      'there is no topic setting retention.sm (did you mean retention.ms?)',
    );
    expect(refused({ 'segment.bytes': '100' })).toBe(
      'segment.bytes cannot be "100": it must be a size such as 64KiB or 1GiB from 512 to 2147483647',
    );
    expect(refused({ durability: 'sync' })).toBe(
      'durability cannot be "sync": it must be fsync or page-cache',
    );
    expect(refused({ 'cleanup.policy': 'shred' })).toContain('delete or compact');
    expect(refused({ 'unclean.leader.election.enable': 'yes' })).toContain('true or false');
    expect(refused({ 'min.insync.replicas': '1.5' })).toContain('a whole number from 0 to 100');
    expect(refused({ 'retention.ms': '' })).toContain('a duration');
    expect(refused({ constructor: '1' })).toContain('there is no topic setting constructor');
  });

  test('encoding and parsing again changes nothing, so every field has a setting', () => {
    const config = parsed({ 'retention.bytes': '1GiB', durability: 'page-cache' });
    const encoded = encodeTopicConfig(config);
    expect(Object.keys(encoded)).toEqual(Object.keys(TOPIC_CONFIGS).sort());
    expect(parsed(encoded)).toEqual(config);
    const fields = Object.values(TOPIC_CONFIGS).map(({ field }) => field);
    expect(fields.sort()).toEqual(Object.keys(DEFAULT_TOPIC_CONFIG).sort());
  });

  test('durability is fixed at creation', () => {
    const before = parsed({});
    expect(refuseTopicConfigChange(before, parsed({ 'retention.ms': '1' }))).toBeNull();
    expect(refuseTopicConfigChange(before, parsed({ durability: 'page-cache' }))?.message).toBe(
      'durability is fixed when a topic is created; it is "fsync" here',
    );
  });

  test('min.insync.replicas by rule and never beyond the replicas', () => {
    const byRule = parsed({});
    expect([1, 2, 3, 5].map((factor) => effectiveMinInsyncReplicas(byRule, factor))).toEqual([
      1, 1, 2, 2,
    ]);
    const three = parsed({ 'min.insync.replicas': '3' });
    expect([1, 3, 5].map((factor) => effectiveMinInsyncReplicas(three, factor))).toEqual([1, 3, 3]);
  });

  test('the reference gives every setting with its default', () => {
    expect(describeTopicConfig().find(({ name }) => name === 'retention.ms')).toEqual({
      name: 'retention.ms',
      default: '7d',
      range: 'a duration such as 10s or 7d from -1',
      fixed: false,
      description: 'how long records are kept; -1 is for ever',
    });
  });
});
