import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode, refusal } from '../../../src/base/errors.ts';
import { leaderEpoch, nodeId } from '../../../src/base/ids.ts';
import { GRPC_STATUS_NUMBERS, fromCallError, toCallError } from '../../../src/wire/call-error.ts';
import { fromErrorMessage, readRefusal, toErrorMessage } from '../../../src/wire/item-error.ts';
import { decodeMessage, google } from '../../../src/wire/protobuf.ts';

const LEADER = {
  broker: nodeId(2),
  leaderEpoch: leaderEpoch(7),
  endpoint: { host: '::1', port: 9192 },
};

describe('a call that failed', () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])('%s comes back as it was', (code) => {
    const error = { refusal: refusal(code, `why ${code}`), leader: null };
    const sent = toCallError(error);
    expect(sent.code).toBe(GRPC_STATUS_NUMBERS[ERRORS[code].grpc]);
    expect(fromCallError(sent.code, sent.message, sent.details)).toEqual(error);
  });

  test('says who leads', () => {
    for (const leader of [LEADER, { ...LEADER, broker: null, endpoint: null }]) {
      const error = { refusal: refusal('NOT_LEADER_OR_FOLLOWER'), leader };
      const sent = toCallError(error);
      expect(fromCallError(sent.code, sent.message, sent.details)).toEqual(error);
    }
  });

  test('carries the details that other clients look for', () => {
    const { details } = toCallError({ refusal: refusal('NOT_ENOUGH_REPLICAS'), leader: null });
    const status = decodeMessage(google.rpc.Status, details);
    expect(status.code).toBe(14);
    expect(status.details.map((each) => each.type_url)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.RetryInfo',
    ]);
    const info = decodeMessage(google.rpc.ErrorInfo, status.details[0]?.value ?? Buffer.alloc(0));
    expect(info).toMatchObject({
      reason: 'NOT_ENOUGH_REPLICAS',
      domain: 'odradek',
      metadata: { number: '19' },
    });
  });

  test('has no RetryInfo when repeating is no use', () => {
    const { details } = toCallError({ refusal: refusal('INVALID_REQUEST'), leader: null });
    expect(decodeMessage(google.rpc.Status, details).details).toHaveLength(1);
  });

  test('without our details is read by its status', () => {
    expect(fromCallError(14, 'connect ECONNREFUSED', null).refusal).toEqual({
      code: 'NETWORK_EXCEPTION',
      message: 'connect ECONNREFUSED',
    });
    expect(fromCallError(4, '', Buffer.from('rubbish')).refusal.code).toBe('REQUEST_TIMED_OUT');
    expect(fromCallError(2, 'boom', null).refusal.code).toBe('UNKNOWN_SERVER_ERROR');
  });
});

describe('an item that failed', () => {
  test('keeps its code, its sentence and who leads', () => {
    const error = { refusal: refusal('FENCED_LEADER_EPOCH', 'epoch 3 is over'), leader: LEADER };
    expect(fromErrorMessage(toErrorMessage(error.refusal, error.leader))).toEqual(error);
  });

  test('with a name that this catalogue lacks is read by its number', () => {
    expect(readRefusal('SOMETHING_NEWER', 6, 'x').code).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(readRefusal('SOMETHING_NEWER', 4711, 'x')).toEqual({
      code: 'UNKNOWN_SERVER_ERROR',
      message: 'x',
    });
    // A name of every object is no error code.
    expect(readRefusal('constructor', 4711, '').code).toBe('UNKNOWN_SERVER_ERROR');
  });
});
