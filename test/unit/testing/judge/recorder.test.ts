import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERRORS, OdradekError, type ErrorCode } from '../../../../src/base/errors.ts';
import { timestamp } from '../../../../src/base/ids.ts';
import { ConsumerBatch } from '../../../../src/client/consumer-batch.ts';
import { RecordBatchBuilder, RecordBatchView } from '../../../../src/record/index.ts';
import { finalReads } from '../../../../src/testing/judge/final-read.ts';
import { eventOf, eventsOf, lineOf } from '../../../../src/testing/judge/history-lines.ts';
import { MalformedHistory, type HistoryEvent } from '../../../../src/testing/judge/history.ts';
import { judge } from '../../../../src/testing/judge/judge.ts';
import {
  outcomeOfError,
  REFUSED_BEFORE_APPEND,
  REFUSED_FOR_WHAT_IT_IS,
} from '../../../../src/testing/judge/outcome.ts';
import { HistoryRecorder } from '../../../../src/testing/judge/recorder.ts';
import { startCluster, type TestCluster } from '../../../../src/testing/index.ts';
import { final, polled, sent, truncated } from './events.ts';

const START = { client: 'p1', partition: 'orders-0', value: 'a', acks: 'all' } as const;

function recorderAt(times: readonly number[]): HistoryRecorder {
  const left = [...times];
  return new HistoryRecorder({ now: () => left.shift() ?? 99 });
}

describe('the outcome of an error', () => {
  test('is unknown wherever the catalogue leaves it open', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const error = new OdradekError(code);
      if (!error.indeterminate) continue;
      expect([outcomeOfError(error, 'once'), outcomeOfError(error, 'any')]).toEqual([
        'unknown',
        'unknown',
      ]);
      expect(REFUSED_FOR_WHAT_IT_IS.has(code) || REFUSED_BEFORE_APPEND.has(code), code).toBe(false);
    }
  });

  test('is definite after retries only if every attempt was refused', () => {
    const outcomes = (code: ErrorCode): string[] => [
      outcomeOfError(new OdradekError(code), 'any'),
      outcomeOfError(new OdradekError(code), 'once'),
    ];
    expect(outcomes('MESSAGE_TOO_LARGE')).toEqual(['failed', 'failed']);
    expect(outcomes('BUFFER_EXHAUSTED')).toEqual(['failed', 'failed']);
    // An attempt before the last may have been written, and its answer lost.
    expect(outcomes('NOT_ENOUGH_REPLICAS')).toEqual(['unknown', 'failed']);
    expect(outcomes('CORRUPT_MESSAGE')).toEqual(['unknown', 'failed']);
    // Of what was under way when the producer was closed, nobody knows.
    expect(outcomes('CLIENT_CLOSED')).toEqual(['unknown', 'unknown']);
    expect(outcomes('UNKNOWN_SERVER_ERROR')).toEqual(['unknown', 'unknown']);
    expect(outcomeOfError(new TypeError('x is not a function'), 'once')).toBe('unknown');
  });
});

describe('sends', () => {
  test('are noted with their outcome', async () => {
    const recorder = recorderAt([10, 20, 30, 40, 50, 60]);
    const ok = await recorder.send(START, () => Promise.resolve({ offset: 7 }));
    expect(ok).toEqual({
      kind: 'send',
      ...START,
      outcome: 'ok',
      offset: 7,
      code: null,
      sentAt: 10,
      answeredAt: 20,
    });
    const refused = await recorder.send({ ...START, value: 'b' }, () =>
      Promise.reject(new OdradekError('MESSAGE_TOO_LARGE')),
    );
    expect(refused).toMatchObject({ outcome: 'failed', offset: null, code: 'MESSAGE_TOO_LARGE' });
    const unanswered = await recorder.send({ ...START, value: 'c', acks: 0 }, () =>
      Promise.resolve({ offset: null }),
    );
    expect(unanswered).toMatchObject({ outcome: 'unknown', code: null, answeredAt: 60 });
    expect(recorder.events).toEqual([ok, refused, unanswered]);
  });

  test('of one client never begin at the same time', () => {
    const recorder = recorderAt([10, 10, 10, 5]);
    const times = [START, START, { ...START, client: 'p2' }, START].map(
      (start) => recorder.startSend(start).unanswered().sentAt,
    );
    expect(times[0]).toBe(10);
    expect(times[1]).toBeGreaterThan(10);
    expect(times[2]).toBe(10);
    expect(times[3]).toBeGreaterThan(times[1] ?? 0);
  });

  test('without an answer are unknown in the end; a later answer counts all the same', () => {
    const recorder = recorderAt([10]);
    const send = recorder.startSend(START);
    recorder.finish();
    expect(recorder.events).toMatchObject([{ outcome: 'unknown', answeredAt: null, sentAt: 10 }]);
    send.settle(null, 0);
    const verdict = judge([...recorder.events, final({ 0: 'a' })], { idempotent: true });
    expect(verdict.anomalies).toEqual([]);
    expect(verdict.counts.sends).toEqual({ ok: 1, failed: 0, unknown: 0 });
  });

  test('are noted as they start where their process may be killed', () => {
    const recorder = new HistoryRecorder({ now: () => 10, noteStarts: true });
    recorder.startSend(START);
    const answered = recorder.startSend({ ...START, value: 'b' });
    answered.settle(null, 1);
    recorder.finish();
    expect(recorder.events).toMatchObject([
      { value: 'a', answeredAt: null },
      { value: 'b', answeredAt: null },
      { value: 'b', outcome: 'ok', offset: 1 },
    ]);
    const verdict = judge([...recorder.events, final({ 0: 'a', 1: 'b' })], { idempotent: true });
    expect(verdict.anomalies).toEqual([]);
    expect(verdict.counts.unknownWritten).toBe(1);
  });
});

describe('polls', () => {
  const batch = (values: readonly string[], fromOffset: number): ConsumerBatch => {
    const builder = new RecordBatchBuilder({ bytesMax: 4096 });
    for (const value of values)
      builder.append({ key: null, value, timestamp: timestamp(0), headers: [] });
    const view = new RecordBatchView(builder.build());
    return new ConsumerBatch({ topic: 'orders', partition: 0, fromOffset, highWatermark: 9, view });
  };

  test('have the records that were asked for, and the session they belong to', () => {
    const recorder = recorderAt([]);
    recorder.poll('c1', batch(['a', 'b', 'ü'], 1));
    recorder.beginSession('c1', 'orders-0');
    recorder.beginSession('c1', 'orders-1');
    recorder.poll('c1', batch(['a'], 0));
    recorder.poll('c2', batch(['a'], 0));
    const event = (session: number, client: string, records: Parameters<typeof polled>[0]) =>
      polled(records, { session, client, at: 99 });
    expect(recorder.events).toEqual([
      event(0, 'c1', { 1: 'b', 2: 'ü' }),
      event(1, 'c1', { 0: 'a' }),
      event(0, 'c2', { 0: 'a' }),
    ]);
  });
});

describe('lines', () => {
  const events: readonly HistoryEvent[] = [
    sent('a\n"ü', 0, { acks: 1 }),
    sent('b', null, { outcome: 'failed', code: 'MESSAGE_TOO_LARGE', answeredAt: null }),
    polled({ 0: 'a' }),
    truncated(3, 1),
    final({}, 4),
  ];
  const lines = events.map(lineOf);

  const read = async (text: readonly string[], lastMayBeTorn = false): Promise<HistoryEvent[]> => {
    const all: HistoryEvent[] = [];
    for await (const event of eventsOf(text, { lastMayBeTorn })) all.push(event);
    return all;
  };

  test('give back what was written', async () => {
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
    expect(await read([...lines, ''])).toEqual(events);
  });

  test('that are damaged are refused, but for a torn last one where that may be', async () => {
    const torn = [...lines.slice(0, 2), (lines[2] ?? '').slice(0, 20)];
    expect(await read(torn, true)).toEqual(events.slice(0, 2));
    await expect(read(torn)).rejects.toThrow(MalformedHistory);
    const inTheMiddle = [(lines[0] ?? '').slice(0, 20), ...lines];
    await expect(read(inTheMiddle, true)).rejects.toThrow(MalformedHistory);
  });

  test.each([
    '[]',
    'null',
    '{"kind":"toString"}',
    '{"kind":"final","partition":"t-0","logStartOffset":"0","records":[]}',
    '{"kind":"final","partition":"t-0","logStartOffset":0,"records":[{"offset":1}]}',
    lineOf(sent('a', 0)).replace('"all"', '2'),
    lineOf(sent('a', 0)).replace('"ok"', '"fine"'),
  ])('that are no events are refused: %s', (line) => {
    expect(() => eventOf(line)).toThrow(MalformedHistory);
  });
});

describe('with the SDK', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ brokers: 1 });
  });
  afterAll(() => cluster.stop());

  test('a run is recorded, read at the end and found in order', async () => {
    const client = cluster.client();
    await client.admin.createTopic('judged', { partitions: 3, replicationFactor: 1 });
    const producer = client.producer();
    const recorder = new HistoryRecorder({ now: () => performance.now() });
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        const partition = index % 2;
        const value = `v${index}`;
        const start = {
          client: 'p',
          partition: `judged-${partition}`,
          value,
          acks: 'all',
        } as const;
        return recorder.send(start, () => producer.send('judged', { partition, value }));
      }),
    );
    const tooLarge = { ...START, partition: 'judged-2', value: 'x'.repeat(2 ** 21) };
    await recorder.send(tooLarge, () =>
      producer.send('judged', { partition: 2, value: tooLarge.value }),
    );
    const posted = recorder.startSend({ ...START, partition: 'judged-1', value: 'posted' });
    producer.post('judged', { partition: 1, value: 'posted' }, posted.settle);
    await producer.close();
    recorder.finish();
    const consumer = client.consumer({ assign: ['judged'] });
    for await (const batch of consumer.batches({ untilEnd: true })) recorder.poll('c', batch);
    for await (const read of finalReads(client, 'judged')) recorder.add(read);

    const verdict = judge(recorder.events, { idempotent: true });
    expect(verdict.anomalies).toEqual([]);
    expect(verdict.counts).toMatchObject({
      sends: { ok: 101, failed: 1, unknown: 0 },
      polledRecords: 101,
      finalRecords: 101,
    });
    const ends = recorder.events.filter((event) => event.kind === 'final');
    expect(new Set(ends.map(({ partition }) => partition))).toEqual(
      new Set(['judged-0', 'judged-1', 'judged-2']),
    );
  });
});
