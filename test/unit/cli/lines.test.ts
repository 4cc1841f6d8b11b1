import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Output } from '../../../src/cli/cli.ts';
import { CommandError } from '../../../src/cli/command-error.ts';
import { LineWriter } from '../../../src/cli/line-writer.ts';
import { lineParser } from '../../../src/cli/produce/line-parser.ts';
import { LineSplitter } from '../../../src/cli/produce/line-splitter.ts';

function split(chunks: readonly string[], lineBytesMax?: number): string[] {
  const splitter = new LineSplitter(lineBytesMax);
  const lines = chunks.flatMap((chunk) => [...splitter.split(Buffer.from(chunk))].map(String));
  const last = splitter.end();
  return last === null ? lines : [...lines, String(last)];
}

describe('lines of a stream', () => {
  test('are the same however the stream is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r'), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(80), { maxLength: 6 }), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length];
        places.sort((a, b) => a - b);
        const splitter = new LineSplitter();
        const lines: string[] = [];
        for (let index = 1; index < places.length; index++) {
          const chunk = bytes.subarray(places[index - 1], places[index]);
          for (const line of splitter.split(chunk)) lines.push(line.toString());
        }
        const last = splitter.end();
        if (last !== null) lines.push(last.toString());
        const expected = whole.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(lines).toEqual(expected);
      }),
    );
  });

  test('an empty line is a line, and the last needs no newline', () => {
    expect(split(['a\n\nb'])).toEqual(['a', '', 'b']);
    expect(split(['a\n'])).toEqual(['a']);
    expect(split([])).toEqual([]);
  });

  test('one that no topic would take is refused by its number, before it is all in memory', () => {
    expect(() => split(['a\nbb', 'bbb'], 4)).toThrow('line 2 is longer than 4 bytes');
  });
});

describe('records of lines', () => {
  const parse = (options: Parameters<typeof lineParser>[0], line: string) => {
    const { key, value, ...rest } = lineParser(options)(Buffer.from(line), 7);
    return {
      ...(key === undefined ? {} : { key: key === null ? null : String(key) }),
      value: String(value),
      ...rest,
    };
  };

  test('the value is the line, byte for byte', () => {
    const line = Buffer.from([0xff, 0x20, 0x0d]);
    expect(lineParser({ keyField: undefined as never })(line, 1)).toEqual({ value: line });
    expect(parse({}, ' {} \r')).toEqual({ value: ' {} \r' });
  });

  test('a key from a field, for all, or before a separator', () => {
    const keyField = 'origin';
    const keys: [string, string | null][] = [
      ['{"origin":"SFO","x":1}', 'SFO'],
      ['{"origin":17}', '17'],
      ['{"origin":{"a":[1]}}', '{"a":[1]}'],
      ['{"origin":""}', ''],
      ['{"origin":null}', null],
    ];
    for (const [line, key] of keys) expect(parse({ keyField }, line)).toEqual({ key, value: line });
    expect(parse({ key: 'k' }, 'v')).toEqual({ key: 'k', value: 'v' });
    expect(parse({ keySeparator: '::' }, 'a::b::c')).toEqual({ key: 'a', value: 'b::c' });
    expect(parse({ partition: 3, headers: [['a', 'b=c']] }, 'v')).toEqual({
      value: 'v',
      partition: 3,
      headers: [{ key: 'a', value: 'b=c' }],
    });
  });

  test.each([
    ['not json', 'line 7 is not JSON, which --key-field needs'],
    ['', 'line 7 is not JSON'],
    ['[1]', 'line 7 is no JSON object'],
    ['null', 'line 7 is no JSON object'],
    ['{"orig":1}', 'line 7 has no field "origin": {"orig":1}'],
    ['{"x":{"origin":1}}', 'line 7 has no field "origin"'],
  ])('a line without the field is refused by its number: %s', (line, sentence) => {
    expect(() => parse({ keyField: 'origin' }, line)).toThrow(sentence);
    expect(() => parse({ keyField: 'origin' }, line)).toThrow(CommandError);
  });

  test('what every object inherits is no field', () => {
    expect(() => parse({ keyField: 'constructor' }, '{}')).toThrow('has no field "constructor"');
  });

  test('a line without the separator is refused, and shown in part', () => {
    expect(() => parse({ keySeparator: ':' }, 'x'.repeat(200))).toThrow(
      `line 7 has no key: there is no ":" in it: ${'x'.repeat(80)}…`,
    );
  });
});

/** An output that takes nothing before it is told to. */
class SlowOutput implements Output {
  readonly written: string[] = [];
  readonly waiting: ((error?: Error | null) => void)[] = [];

  write(chunk: unknown, ...rest: unknown[]): boolean {
    // As a real one does, it may look at the bytes only once it gets round to them.
    const done = rest.find((each) => typeof each === 'function') as (error?: Error | null) => void;
    this.waiting.push((error) => {
      if (error === undefined) this.written.push(String(chunk));
      done(error);
    });
    return false;
  }
}

describe('writing lines', () => {
  test('waits for the output, and keeps the order over many buffers', async () => {
    const output = new SlowOutput();
    const writer = new LineWriter(output, 16);
    const lines = Array.from({ length: 50 }, (_, index) => `${index}`.padStart(index % 40, 'x'));
    let flushed = 0;
    const writing = (async () => {
      for (const line of lines) {
        if (writer.add(line)) await writer.flush();
        flushed++;
      }
      await writer.flush();
    })();
    for (let turn = 0; turn < 500; turn++) {
      const before = flushed;
      await Promise.resolve();
      if (flushed === before) output.waiting.shift()?.();
    }
    await writing;
    expect(output.written.join('')).toBe(lines.map((line) => `${line}\n`).join(''));
  });

  test('a reader that has gone away is no failure; any other end is', async () => {
    const output = new SlowOutput();
    const writer = new LineWriter(output, 16);
    writer.add('a');
    const flushed = writer.flush();
    output.waiting.shift()?.(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }));
    await flushed;
    expect(writer.gone).toBe(true);
    writer.add('b');
    await writer.flush();
    expect(output.waiting).toEqual([]);

    const full = new SlowOutput();
    const other = new LineWriter(full, 16);
    other.add('a');
    const failed = other.flush();
    full.waiting.shift()?.(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    await expect(failed).rejects.toThrow('no space');
  });
});
