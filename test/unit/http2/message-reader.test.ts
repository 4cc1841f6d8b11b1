import { describe, expect, test } from 'vitest';
import { MessageReader, type Unreadable } from '../../../src/http2/message-reader.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { cuts, randomBytes } from './bytes.ts';

const BYTES_MAX = 500;

function message(bytes: Buffer, flag = 0, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** What is read of these pieces; each is written over behind its push if they are `lent`. */
function read(pieces: Iterable<Buffer>, lent: boolean) {
  const got: Buffer[] = [];
  const reader = new MessageReader(BYTES_MAX, lent, (bytes) => got.push(bytes));
  let problem: Unreadable | null = null;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    problem = reader.push(bytes);
    if (lent) bytes.fill(0xee);
    if (problem !== null) break;
  }
  return { got: got.map((bytes) => bytes.toString('hex')), problem };
}

describe('a reader of messages', () => {
  test.each([true, false])('gives them whole however they were cut, lent: %s', (lent) => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new SeededRandom(seed);
      const sent = Array.from({ length: random.below(10) }, () =>
        randomBytes(random.below(3) === 0 ? 0 : random.below(BYTES_MAX + 1), random),
      );
      const bytes = Buffer.concat(sent.map((each) => message(each)));
      expect(read(cuts(bytes, random), lent), `seed ${seed}`).toEqual({
        got: sent.map((each) => each.toString('hex')),
        problem: null,
      });
    }
  });

  test('copies nothing of a message that came whole and is nobody else’s', () => {
    const chunk = Buffer.concat([message(Buffer.from('one')), message(Buffer.from('two'))]);
    const got: Buffer[] = [];
    new MessageReader(BYTES_MAX, false, (bytes) => got.push(bytes)).push(chunk);
    expect(got.map(String)).toEqual(['one', 'two']);
    expect(got.every(({ buffer }) => buffer === chunk.buffer)).toBe(true);
  });

  test('says that a message is too large before it has come', () => {
    const bytes = Buffer.concat([
      message(Buffer.alloc(BYTES_MAX)),
      message(Buffer.alloc(0), 0, BYTES_MAX + 1),
    ]);
    const { got, problem } = read([bytes], false);
    expect(got.length).toBe(1);
    expect(problem).toEqual({ bytes: BYTES_MAX + 1, bytesMax: BYTES_MAX });
  });

  test('says that a message is compressed', () => {
    const bytes = Buffer.concat([message(Buffer.from('a')), message(Buffer.from('b'), 1)]);
    expect(read([bytes], true)).toEqual({ got: ['61'], problem: 'compressed' });
  });
});
