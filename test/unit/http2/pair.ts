/** Connections over sockets in memory, and a peer that says whatever a test wants said. */
import { Duplex } from 'node:stream';
import {
  Http2Connection,
  type ConnectionHandlers,
  type ConnectionOptions,
  type Http2Stream,
  type StreamHandlers,
} from '../../../src/http2/connection.ts';
import {
  ALL_CALLS,
  frame,
  FRAME,
  FRAME_BYTES_MAX,
  FrameReader,
  PREFACE,
  SETTING,
  settingsFrame,
} from '../../../src/http2/frames.ts';
import {
  decodeHeaderFields,
  encodeHeaderFields,
  type HeaderFields,
} from '../../../src/http2/header-fields.ts';
import type { Unreadable } from '../../../src/http2/message-reader.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { cuts } from './bytes.ts';

/** One end of a socket in memory. What is written arrives in another turn of the event loop. */
export class MemorySocket extends Duplex {
  peer: MemorySocket | null = null;
  /** Nothing that this end writes is taken; as when the other end does not read. */
  #stuck = false;
  #pending: (() => void) | null = null;

  /** Two ends that are connected. */
  static pair(): [MemorySocket, MemorySocket] {
    const ends: [MemorySocket, MemorySocket] = [new MemorySocket(), new MemorySocket()];
    [ends[0].peer, ends[1].peer] = [ends[1], ends[0]];
    return ends;
  }

  constructor() {
    super({ allowHalfOpen: false });
  }

  set stuck(stuck: boolean) {
    this.#stuck = stuck;
    if (stuck) return;
    this.#pending?.();
    this.#pending = null;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.#take([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#take(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: () => void): void {
    setImmediate(() => this.peer?.push(null));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { peer } = this;
    setImmediate(() => {
      if (peer !== null && !peer.readableEnded && !peer.destroyed) peer.push(null);
    });
    this.#pending = null;
    done(error);
  }

  #take(chunks: Buffer[], done: (error?: Error) => void): void {
    const deliver = (): void => {
      setImmediate(() => {
        if (this.destroyed) return done(new Error('destroyed'));
        // A copy: whoever wrote may not be able to tell when the other end has read.
        if (this.peer?.destroyed === false) this.peer.push(Buffer.from(Buffer.concat(chunks)));
        done();
      });
    };
    if (this.#stuck) this.#pending = deliver;
    else deliver();
  }
}

export const OPTIONS: ConnectionOptions = {
  windowBytes: 1 << 20,
  messageBytesMax: 64 << 20,
  lentBytes: false,
  keepaliveTimeMs: 60_000,
  keepaliveTimeoutMs: 60_000,
};

export type Event =
  | { readonly kind: 'fields'; readonly fields: HeaderFields; readonly isLast: boolean }
  | { readonly kind: 'message'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'unreadable'; readonly problem: Unreadable }
  | { readonly kind: 'broken'; readonly message: string };

/** What one stream was told, in order. */
export class StreamRecorder implements StreamHandlers {
  readonly events: Event[] = [];
  readonly on: { message?: (bytes: Buffer) => void; over?: () => void; end?: () => void } = {};

  get kinds(): string[] {
    return this.events.map((event) =>
      event.kind === 'fields' && event.isLast ? 'trailers' : event.kind,
    );
  }

  get messages(): Buffer[] {
    return this.events.flatMap((event) => (event.kind === 'message' ? [event.bytes] : []));
  }

  onFields(fields: HeaderFields, isLast: boolean): void {
    this.events.push({ kind: 'fields', fields, isLast });
    if (isLast) this.on.over?.();
  }
  onMessage(bytes: Buffer): void {
    this.events.push({ kind: 'message', bytes });
    this.on.message?.(bytes);
  }
  onEnd(): void {
    this.events.push({ kind: 'end' });
    this.on.end?.();
  }
  onUnreadable(problem: Unreadable): void {
    this.events.push({ kind: 'unreadable', problem });
  }
  onBroken({ message }: Error): void {
    this.events.push({ kind: 'broken', message });
    this.on.over?.();
  }
}

/** A connection with what it told. */
export class End {
  readonly connection: Http2Connection;
  readonly socket: MemorySocket;
  readonly accepted: { stream: Http2Stream; fields: HeaderFields; told: StreamRecorder }[] = [];
  readonly closed: string[] = [];
  ready: boolean | null = null;
  goAways = 0;

  constructor(
    socket: MemorySocket,
    role: 'client' | 'server',
    options: Partial<ConnectionOptions> = {},
    handlers: Partial<ConnectionHandlers> = {},
  ) {
    this.socket = socket;
    const merged = { ...OPTIONS, ...options };
    this.connection = new Http2Connection(socket, role, merged, {
      onReady: (isOurs) => {
        this.ready = isOurs;
      },
      onStream: (stream, fields) => {
        const told = new StreamRecorder();
        this.accepted.push({ stream, fields, told });
        return told;
      },
      onGoAway: () => void this.goAways++,
      onClose: ({ message }) => void this.closed.push(message),
      ...handlers,
    });
    const random = new SeededRandom(1);
    socket.on('data', (chunk: Buffer) => {
      for (const piece of chunk.length < 10_000 ? cuts(chunk, random) : [chunk]) {
        const bytes = merged.lentBytes ? Buffer.from(piece) : piece;
        this.connection.receive(bytes);
        if (merged.lentBytes) bytes.fill(0xee);
      }
    });
  }

  /** A client’s. */
  open(): { stream: Http2Stream; told: StreamRecorder } {
    const told = new StreamRecorder();
    return { stream: this.connection.open(new Map([[':path', '/a/b']]), told), told };
  }

  /** The stream that the other end has begun as its `index`th. */
  async taken(index = 0) {
    await until(() => this.accepted.length > index);
    return this.accepted[index] as (typeof this.accepted)[number];
  }
}

/** Both ends ours. */
export async function pair(
  options: { client?: Partial<ConnectionOptions>; server?: Partial<ConnectionOptions> } = {},
): Promise<{ client: End; server: End }> {
  const [here, there] = MemorySocket.pair();
  const server = new End(there, 'server', options.server);
  const client = new End(here, 'client', { lentBytes: true, ...options.client });
  await until(() => client.ready === true && server.ready === true);
  return { client, server };
}

export interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The other end of a connection of ours, frame by frame. */
export class RawPeer {
  readonly socket: MemorySocket;
  readonly seen: SeenFrame[] = [];
  closed = false;

  constructor(socket: MemorySocket, preface: Buffer = Buffer.alloc(0)) {
    this.socket = socket;
    let data: Buffer[] = [];
    const reader = new FrameReader({
      onFrame: (type, flags, stream, payload) => {
        this.seen.push({ type, flags, stream, payload: Buffer.from(payload) });
      },
      onData: (_, bytes) => data.push(bytes),
      onDataEnd: (stream, flags) => {
        this.seen.push({ type: FRAME.data, flags, stream, payload: Buffer.concat(data) });
        data = [];
      },
    });
    let skip = preface.length;
    socket.on('data', (chunk: Buffer) => {
      const taken = Math.min(skip, chunk.length);
      skip -= taken;
      reader.push(chunk.subarray(taken));
    });
    socket.on('end', () => {
      this.closed = true;
    });
    socket.on('error', () => undefined);
  }

  send(...frames: Buffer[]): void {
    if (!this.socket.writableEnded && !this.socket.destroyed) {
      this.socket.write(Buffer.concat(frames));
    }
  }

  of(type: number, stream?: number): SeenFrame[] {
    return this.seen.filter(
      (each) => each.type === type && (stream === undefined || each.stream === stream),
    );
  }

  /** The code of the GOAWAY that has come. */
  get goAway(): number | null {
    return this.of(FRAME.goAway)[0]?.payload.readUInt32BE(4) ?? null;
  }
}

/** SETTINGS as one of ours sends them first. */
export function introduction(settings: readonly (readonly [number, number])[] = []): Buffer {
  return settingsFrame(
    new Map([
      [SETTING.initialWindow, 1 << 20],
      [SETTING.frameBytesMax, FRAME_BYTES_MAX],
      [SETTING.literalFields, ALL_CALLS],
      ...settings,
    ]),
  );
}

/** A server of ours, and a client that is a test’s. */
export async function rawClient(
  options: Partial<ConnectionOptions> = {},
  settings: readonly (readonly [number, number])[] = [],
): Promise<{ server: End; peer: RawPeer }> {
  const [here, there] = MemorySocket.pair();
  const server = new End(there, 'server', options);
  const peer = new RawPeer(here);
  peer.send(PREFACE, introduction(settings));
  await until(() => server.ready === true);
  return { server, peer };
}

/** A client of ours, and a server that is a test’s. */
export async function rawServer(
  options: Partial<ConnectionOptions> = {},
  settings: readonly (readonly [number, number])[] = [],
): Promise<{ client: End; peer: RawPeer }> {
  const [here, there] = MemorySocket.pair();
  const client = new End(here, 'client', { lentBytes: true, ...options });
  const peer = new RawPeer(there, PREFACE);
  peer.send(introduction(settings));
  await until(() => client.ready === true);
  return { client, peer };
}

export function headers(stream: number, flags = 4, fields = new Map([[':path', '/a/b']])): Buffer {
  return frame(FRAME.headers, flags, stream, encodeHeaderFields(fields));
}

export function fieldsOf({ payload }: SeenFrame): HeaderFields {
  return decodeHeaderFields(payload);
}

/** A message of gRPC, in a DATA frame of its own. */
export function dataOf(stream: number, message: Buffer, flags = 0): Buffer {
  return frame(FRAME.data, flags, stream, prefixed(message));
}

export function prefixed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Polls until it holds; the deadline is the test's own. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Long enough for whatever is under way between sockets in memory to have arrived. */
export async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
