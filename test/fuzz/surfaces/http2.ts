/**
 * Our own ends of HTTP/2, in memory: a peer that says anything, to a server and to a client. The first
 * byte of an input says which, and how the handlers behave; the others are what the peer says.
 *
 * Oracles: nothing is thrown; a connection goes on, or ends with a GOAWAY that says why; what it says
 * itself is well-formed, and on no stream is more than the peer's window; each stream is told once
 * that it is over, and nothing afterwards; nothing is left open.
 */
import { Duplex } from 'node:stream';
import {
  Http2Connection,
  type Http2Stream,
  type StreamHandlers,
} from '../../../src/http2/connection.ts';
import {
  ALL_CALLS,
  FLAG,
  FRAME,
  frame,
  FRAME_HEADER_BYTES,
  FrameReader,
  numberFrame,
  PREFACE,
  SETTING,
  settingsFrame,
} from '../../../src/http2/frames.ts';
import {
  requestFields,
  responseFields,
  STATUS_OK,
  trailers,
} from '../../../src/http2/grpc-fields.ts';
import { encodeHeaderFields, type HeaderFields } from '../../../src/http2/header-fields.ts';
import type { Random } from '../../../src/base/random.ts';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { concat, INTERESTING_INTEGERS, mutate, oneIn, pick, randomBytes } from '../mutate.ts';
import type { Outcome, Surface, SurfaceContext } from '../surface.ts';
import { ACCEPTED, expectThat, refused } from '../surface.ts';

const INPUT_BYTES_MAX = 30_000;
const MESSAGE_BYTES_MAX = 4_096;
const CLIENT = 1;
const PAUSES = 2;
const LENT = 4;

export function createHttp2Surface(): Surface {
  const conversations = [asClient(), asServer()];
  const seeds = conversations.flatMap((frames, index) => {
    // What a client says is for a server.
    const role = index === 0 ? 0 : CLIENT;
    return [role, role | PAUSES, role | LENT, role | PAUSES | LENT].map((mode) =>
      concat(Uint8Array.of(mode), ...frames),
    );
  });
  return {
    name: 'http2',
    concurrency: 1,
    inputMsMax: 2_000,
    seeds,
    next(random: SeededRandom) {
      const mode = random.below(8);
      const frames = pick(conversations, random).slice();
      if (!oneIn(10, random)) {
        frames.splice(0, frames.length, ...((mode & CLIENT) === 0 ? asClient() : asServer()));
      }
      if (!oneIn(4, random)) mutateFrames(frames, random);
      const bytes = concat(...frames);
      const options = { corpus: seeds, bytesMax: INPUT_BYTES_MAX };
      return concat(Uint8Array.of(mode), oneIn(2, random) ? mutate(bytes, random, options) : bytes);
    },
    run: (input: Uint8Array, { random }: SurfaceContext) => new Conversation(input, random).run(),
  };
}

/** What a client says. */
function asClient(): Uint8Array[] {
  return [
    PREFACE,
    ...introduction(),
    headers(1, requestFields('/a.B/C', 'a:1')),
    data(1, 10, 0),
    data(1, 2_000, 900),
    numberFrame(FRAME.windowUpdate, 0, 5_000),
    headers(3, requestFields('/a.B/C', 'a:1')),
    data(3, 0),
    frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
    frame(FRAME.data, FLAG.endStream, 3, Buffer.alloc(0)),
    numberFrame(FRAME.windowUpdate, 1, 5_000),
    headers(5, requestFields('/a.B/C', 'a:1')),
    numberFrame(FRAME.resetStream, 5, 8),
    settingsFrame(new Map([[SETTING.initialWindow, 3_000]])),
    data(1, 300),
    frame(FRAME.data, FLAG.endStream, 1, Buffer.alloc(0)),
  ];
}

/** What a server says to a client with streams 1, 3 and 5. */
function asServer(): Uint8Array[] {
  return [
    ...introduction(),
    frame(FRAME.settings, FLAG.acknowledgement, 0, Buffer.alloc(0)),
    headers(1, responseFields()),
    headers(3, responseFields()),
    data(1, 10, 0),
    data(3, 2_000, 900),
    numberFrame(FRAME.windowUpdate, 0, 5_000),
    numberFrame(FRAME.windowUpdate, 1, 5_000),
    headers(1, trailers(STATUS_OK), FLAG.endStream),
    numberFrame(FRAME.resetStream, 5, 2),
    settingsFrame(new Map([[SETTING.initialWindow, 100]])),
    frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
    frame(FRAME.goAway, 0, 0, Buffer.from([0, 0, 0, 5, 0, 0, 0, 0])),
    data(3, 300),
    headers(3, trailers({ code: 5, message: 'ä', details: Buffer.from('x') }), FLAG.endStream),
  ];
}

function introduction(): Uint8Array[] {
  const settings: [number, number][] = [
    [SETTING.initialWindow, 1_000],
    [SETTING.frameBytesMax, 1 << 20],
    [SETTING.literalFields, ALL_CALLS],
  ];
  return [settingsFrame(new Map(settings)), numberFrame(FRAME.windowUpdate, 0, 10_000)];
}

function headers(stream: number, fields: HeaderFields, flags = 0): Uint8Array {
  return frame(FRAME.headers, flags | FLAG.endHeaders, stream, encodeHeaderFields(fields));
}

/** Messages of these lengths. */
function data(stream: number, ...lengths: number[]): Uint8Array {
  const payload = lengths.flatMap((length) => {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(length, 1);
    return [prefix, Buffer.alloc(length, 0x61)];
  });
  return frame(FRAME.data, 0, stream, Buffer.concat(payload));
}

/** Whole frames in other places, and frames that say something else. */
function mutateFrames(frames: Uint8Array[], random: Random): void {
  do {
    const at = random.below(frames.length + 1);
    const chosen = frames[at] ?? new Uint8Array(0);
    switch (random.below(5)) {
      case 0:
        frames.splice(at, 1);
        break;
      case 1:
        frames.splice(at, 0, ...Array<Uint8Array>(1 + random.below(60)).fill(chosen));
        break;
      case 2:
        frames.splice(random.below(frames.length + 1), 0, chosen);
        break;
      case 3:
        frames.splice(at, 0, anyFrame(random));
        break;
      default:
        if (chosen.length >= FRAME_HEADER_BYTES) frames[at] = withOtherHeader(chosen, random);
    }
  } while (oneIn(2, random));
}

function anyFrame(random: Random): Uint8Array {
  const stream = pick([0, 1, 1, 2, 3, 5, 7, 2 ** 31 - 1], random);
  const number = Number(BigInt.asUintN(32, pick(INTERESTING_INTEGERS, random)));
  const type = random.below(11);
  const flags = pick([0, 0, 1, 4, 5, random.below(256)], random);
  switch (random.below(3)) {
    case 0:
      return numberFrame(type, stream, number);
    case 1:
      return settingsFrame(new Map([[random.below(8), number]]));
    default:
      return frame(type, flags, stream, Buffer.from(randomBytes(random.below(40), random)));
  }
}

function withOtherHeader(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = Buffer.from(bytes);
  const at = pick([2, 3, 4, 4, 8, 8], random);
  changed[at] = at === 2 ? random.below(256) : pick([0, 1, 2, 3, 4, 5, 8, 9, 32], random);
  return changed;
}

/** One input. */
class Conversation {
  readonly #mode: number;
  readonly #said: Uint8Array;
  readonly #random: Random;
  readonly #socket = new Sink();
  readonly #streams: ToldStream[] = [];
  readonly #closes: Error[] = [];
  /** Both ends go away: a connection without streams closes, and can say nothing more. */
  #goodbye = false;

  constructor(input: Uint8Array, random: Random) {
    this.#mode = input[0] ?? 0;
    this.#said = input.subarray(1);
    this.#random = random;
  }

  async run(): Promise<Outcome> {
    const isClient = (this.#mode & CLIENT) !== 0;
    const isLent = (this.#mode & LENT) !== 0;
    const options = {
      windowBytes: 1 << 16,
      messageBytesMax: MESSAGE_BYTES_MAX,
      lentBytes: isLent,
      keepaliveTimeMs: 1_000,
      keepaliveTimeoutMs: 1_000,
    };
    const connection = new Http2Connection(this.#socket, isClient ? 'client' : 'server', options, {
      onReady: () => {
        for (let count = 0; isClient && count < 3; count++) {
          const told = new ToldStream(this.#mode, this.#random);
          told.begin(connection.open(requestFields('/a.B/C', 'a:1'), told), false);
          this.#streams.push(told);
        }
      },
      onStream: (stream) => {
        const told = new ToldStream(this.#mode, this.#random);
        told.begin(stream, true);
        this.#streams.push(told);
        return told;
      },
      onGoAway: () => {
        this.#goodbye = true;
        connection.goAway();
      },
      onClose: (error) => void this.#closes.push(error),
    });
    for (let at = 0; at < this.#said.length;) {
      const length = 1 + this.#random.below(pick([5, 100, 10_000], this.#random));
      const piece = Buffer.from(this.#said.subarray(at, at + length));
      connection.receive(piece);
      if (isLent) piece.fill(0xee);
      at += length;
      if (oneIn(10, this.#random)) await turn();
      if (oneIn(10, this.#random)) for (const told of this.#streams) told.resume();
    }
    for (const told of this.#streams) told.resume();
    await turn();
    const wasClosed = connection.closed;
    connection.destroy(new Error('the input is over'));
    await turn();
    await turn();
    return this.#judged(connection, wasClosed);
  }

  #judged(connection: Http2Connection, wasClosed: boolean): Outcome {
    expectThat(this.#closes.length === 1, 'the end of the connection was not told once');
    expectThat(connection.streams === 0, 'streams are left');
    expectThat(this.#socket.destroyed, 'the socket is left');
    for (const told of this.#streams) expectThat(told.isOver, 'the end of a stream was not told');
    const isClient = (this.#mode & CLIENT) !== 0;
    const goAway = readSaid(this.#socket.said, isClient);
    if (!wasClosed) return ACCEPTED;
    expectThat(
      this.#goodbye || (goAway !== null && goAway > 0),
      () => `closed with GOAWAY ${goAway}`,
    );
    return refused(`GOAWAY ${goAway}`);
  }
}

/** Reads what the connection has said; the code of its last GOAWAY. */
function readSaid(said: readonly Buffer[], isClient: boolean): number | null {
  let goAway: number | null = null;
  const bytes = Buffer.concat(said);
  if (isClient) expectThat(bytes.subarray(0, PREFACE.length).equals(PREFACE), 'no preface');
  let rest = bytes.length - (isClient ? PREFACE.length : 0);
  const reader = new FrameReader({
    onFrame(type, _, stream, payload) {
      rest -= FRAME_HEADER_BYTES + payload.length;
      expectThat(type <= FRAME.windowUpdate, () => `a frame of type ${type}`);
      if (type === FRAME.goAway) goAway = payload.readUInt32BE(4);
      if (type === FRAME.headers) expectThat(stream % 2 === 1, () => `HEADERS on ${stream}`);
    },
    onData: () => undefined,
    onDataEnd(stream, _, length) {
      rest -= FRAME_HEADER_BYTES + length;
      expectThat(stream % 2 === 1, () => `DATA on ${stream}`);
    },
  });
  reader.push(bytes.subarray(isClient ? PREFACE.length : 0));
  expectThat(rest === 0, () => `${rest} bytes behind the last frame`);
  return goAway;
}

/** Answers each message with itself, and pauses, ends or gives up as it happens. */
class ToldStream implements StreamHandlers {
  /** Nothing may be told any more. */
  isOver = false;
  readonly #pauses: boolean;
  readonly #random: Random;
  #stream: Http2Stream | null = null;
  #isServer = false;

  constructor(mode: number, random: Random) {
    this.#pauses = (mode & PAUSES) !== 0;
    this.#random = random;
  }

  begin(stream: Http2Stream, isServer: boolean): void {
    this.#stream = stream;
    this.#isServer = isServer;
    if (isServer) stream.sendFields(responseFields(), false);
    else stream.send(Buffer.alloc(this.#random.below(3_000)), this.#onWritten);
  }

  resume(): void {
    this.#stream?.resume();
  }

  onFields(_: HeaderFields, isLast: boolean): void {
    this.#expectOpen();
    if (isLast) this.isOver = true;
  }

  onMessage(message: Buffer): void {
    this.#expectOpen();
    expectThat(message.length <= MESSAGE_BYTES_MAX, 'a message that is too large');
    this.#stream?.send(message, this.#onWritten);
    if (this.#pauses && oneIn(2, this.#random)) this.#stream?.pause();
    if (oneIn(20, this.#random)) this.#finish();
    else if (oneIn(20, this.#random)) this.#cancel();
  }

  onEnd(): void {
    this.#expectOpen();
    if (this.#isServer) this.#finish();
    else this.#cancel();
  }

  onUnreadable(): void {
    this.#expectOpen();
    if (this.#isServer) this.#finish();
    else this.#cancel();
  }

  onBroken(): void {
    this.#expectOpen();
    this.isOver = true;
  }

  #finish(): void {
    if (!this.#isServer) return this.#stream?.end();
    this.isOver = true;
    this.#stream?.sendFields(trailers(STATUS_OK), true);
  }

  #cancel(): void {
    this.isOver = true;
    this.#stream?.cancel();
  }

  readonly #onWritten = (): void => {
    expectThat(!this.isOver || this.#isServer, 'written behind the end');
  };

  #expectOpen(): void {
    expectThat(!this.isOver, 'told of something behind the end');
  }
}

/** Takes what is written to it. */
class Sink extends Duplex {
  readonly said: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.said.push(chunk);
    done();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
