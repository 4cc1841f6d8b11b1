/**
 * What becomes of batches that are sent again, and of producers that a leader has forgotten: scenarios
 * 24 to 28, each to the end of `finish`, and 29 on one partition.
 */
import { expect, test } from 'vitest';
import { instant, timestamp } from '../../../src/base/ids.ts';
import { RecordBatchBuilder, readBatchHeader } from '../../../src/record/index.ts';
import type { Name, Story } from './story.ts';
import { tell } from './tell.ts';

const as = (sequence: number) => ({ as: { producerId: 7, sequence } });

test('scenario 24: a batch whose answer was lost with its leader has one place', () =>
  tell((story) => {
    story.write('A', 'm', as(0));
    const lost = story.produce('A', 'nn', 'all', as(1));
    story.until('everyone to have it', () =>
      'ABC'.split('').every((each) => story.logEnd(each as 'A') === 3),
    );
    story.kill('A');
    expect(lost.answer).toBeUndefined();
    story.until('another leader', () => story.leader !== null && story.leader !== 'A');
    const leader = story.leader ?? 'B';
    expect(story.answerTo(story.produce(leader, 'nn', 'all', as(1)))).toBe('ok 1');
    expect(story.answerTo(story.produce(leader, 'o', 'all', as(3)))).toBe('ok 3');
    expect(story.records(leader)).toBe('mnno');
    story.finish();
  }));

test('scenario 25: a retry is not acknowledged before the first is committed', () =>
  tell((story) => {
    story.hold('A', 'B');
    story.hold('A', 'C');
    const first = story.produce('A', 'm', 'all', as(0));
    story.until('A to have it', () => story.logEnd('A') === 1);
    const second = story.produce('A', 'm', 'all', as(0));
    story.pass(50);
    expect([first.answer, second.answer]).toEqual([undefined, undefined]);
    expect(story.records('A')).toBe('m');
    story.release();
    expect([story.answerTo(first), story.answerTo(second)]).toEqual(['ok 0', 'ok 0']);
    story.finish();
  }));

test('scenario 26: who was forgotten is told so, and nothing is left out in silence', () =>
  tell((story) => {
    story.write('A', 'm', as(0));
    story.within('A', (host) => {
      host.expireProducers(timestamp(1_000_000_000_000), 1_000);
      host.expireProducers(timestamp(1_000_000_010_000), 1_000);
    });
    story.pass(1);
    const next = story.produce('A', 'n', 'all', as(1));
    expect(story.answerTo(next)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(story.records('A')).toBe('m');
    story.finish();
  }));

test('scenario 26: a snapshot that has rotted is rebuilt from the batches', () =>
  tell((story) => {
    for (const [sequence, record] of [...'mnopq'].entries()) {
      story.write('A', record, as(sequence));
    }
    story.stop('A');
    expect(story.rotSnapshots('A')).toBeGreaterThan(0);
    story.startAndServe('A');
    story.untilIsr('ABC');
    story.kill('B', 'C');
    story.start('B', 'C');
    story.untilIsr('ABC');
    // Each of the five is known to whoever leads, the rotten one's owner too.
    story.stop('B');
    story.stop('C');
    story.startAndServe('B', 'C');
    story.untilIsr('ABC');
    const leader = story.leader ?? 'A';
    for (const [sequence, record] of [...'mnopq'].entries()) {
      expect(story.answerTo(story.produce(leader, record, 'all', as(sequence)))).toBe(
        `ok ${sequence}`,
      );
    }
    story.finish();
  }));

test('scenario 28: what timed out may be there, and a retry says where', () =>
  tell((story) => {
    story.hold('A', 'B');
    story.hold('A', 'C');
    const late = story.produce('A', 'm', 'all', { ...as(0), timeoutMs: 50 });
    expect(story.answerTo(late)).toBe('REQUEST_TIMED_OUT');
    story.release();
    expect(story.answerTo(story.produce('A', 'm', 'all', as(0)))).toBe('ok 0');
    story.finish();
  }));

test('scenario 29: a transaction ends for readers when its marker is committed, whoever leads by then', () =>
  tell((story) => {
    story.write('A', 'm');
    append(story, 'A', 0, 0);
    story.until('it is committed', () => story.highWatermark('A') === 2);
    expect(story.read('A')).toBe('m');
    // The marker is on A alone when A dies.
    story.hold('A', 'B');
    story.hold('A', 'C');
    end(story, 'A', 1);
    story.until('A to have the marker', () => story.logEnd('A') === 3);
    expect(story.read('A')).toBe('m');
    story.powerCut(['A']);
    story.release();
    story.until('another leader', () => story.leader !== null && story.leader !== 'A');
    const leader = story.leader ?? 'B';
    expect(story.read(leader)).toBe('m');
    // The coordinator, who was not answered, writes it once more.
    end(story, leader, 1);
    story.until('the marker is committed', () => story.highWatermark(leader) === 3);
    expect(story.read(leader)[1]).toBe('t');
  }));

/** One record of producer 9's transaction, past the door: nobody is asked whether it is open. */
function append(story: Story, name: Name, producerEpoch: number, baseSequence: number): void {
  story.within(name, (host) => {
    const builder = new RecordBatchBuilder({ bytesMax: 1_000 });
    builder.append({ key: null, value: 't', timestamp: timestamp(1_500_000_000_000) });
    const identity = { producerId: 9, producerEpoch, baseSequence };
    const data = builder.build({ ...identity, transactional: true });
    const { maxTimestamp } = readBatchHeader(data);
    const producer = {
      ...identity,
      lastOffsetDelta: 0,
      maxTimestamp,
      transactional: true,
      marker: null,
    };
    host.produce(
      {
        acks: 'all',
        batch: { data, recordsCount: 1, producer },
        expectedLeaderEpoch: null,
        deadline: instant(1e9),
      },
      () => {},
    );
  });
}

function end(story: Story, name: Name, producerEpoch: number): void {
  const marker = {
    producerId: 9,
    producerEpoch,
    outcome: 'commit',
    coordinatorEpoch: 0,
    timestamp: timestamp(1_500_000_000_001),
  } as const;
  story.within(name, (host) => void host.writeMarker(marker, instant(1e9)));
}
