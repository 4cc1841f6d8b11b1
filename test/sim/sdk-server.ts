import { EventEmitter } from 'node:events';
import { instant } from '../../src/base/ids.ts';
import type { Broker } from '../../src/broker/broker.ts';
import type { MessageHandlers, MessageSink } from '../../src/broker/interfaces.ts';
import type { CallEnvironment, Rpc } from '../../src/server/call.ts';
import type { ServerLimits } from '../../src/server/limits.ts';
import { RequestMetrics } from '../../src/server/request-metrics.ts';
import { brokerRpcs } from '../../src/server/rpc/index.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { Listening } from '../../src/testing/cluster.ts';
import { GRPC_STATUS_NUMBERS, STATUS_DETAILS_TRAILER } from '../../src/wire/call-error.ts';
import type { Process, Scheduler } from './scheduler.ts';
import { isNewPacket, Outgoing, type Packet } from './sdk-wire.ts';
import { Violation } from './violation.ts';

/** Small, so that they are met. */
const LIMITS: ServerLimits = {
  receiveMessageBytesMax: 1024 * 1024,
  receiveWindowBytes: 1024 * 1024,
  unsettledBytesMax: 1024,
  produceTimeoutMs: 30_000,
  fetchWaitMsMax: 500,
  fetchBytesMax: 8 * 1024,
  fetchStreamMessageBytes: 4 * 1024,
  peerQueueBytesMax: 64 * 1024,
};

/** As long as production gives open streams when a broker stops. */
const STREAMS_END_MS = 1_000;

/**
 * The front doors of the simulated brokers: the RPC handlers of production behind connections of the
 * simulated network, where grpc-js would be. One for each life of a broker, by its address.
 */
export class SimulatedDoors {
  readonly #scheduler: Scheduler;
  readonly #doors = new Map<string, Door>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** To be called by the process that starts. Closing lets calls end for a while. */
  open(broker: Broker, id: number): Promise<Listening> {
    const life = this.#scheduler.current;
    if (life === null) throw new Error(`broker ${id} opens its doors outside of its process`);
    const grpc = { host: `broker-${id}.memory`, port: 9191 + id };
    const address = `${grpc.host}:${grpc.port}`;
    const door = new Door(this.#scheduler, life, broker);
    this.#doors.set(address, door);
    return Promise.resolve({
      grpc,
      close: async () => {
        if (this.#doors.get(address) === door) this.#doors.delete(address);
        if (life.alive) await door.close();
      },
    });
  }

  /** A connection has arrived at the process whose event this is; null: nobody listens. */
  accept(address: string, sink: MessageSink<Packet>): MessageHandlers<Packet> | null {
    const door = this.#doors.get(address);
    if (door === undefined || door.life !== this.#scheduler.current) return null;
    return door.accept(sink);
  }
}

class Door {
  readonly life: Process;
  readonly #scheduler: Scheduler;
  readonly #rpcs: ReadonlyMap<string, Rpc>;
  readonly #calls = new Set<ServerCall>();
  #closed: (() => void) | null = null;

  constructor(scheduler: Scheduler, life: Process, broker: Broker) {
    this.#scheduler = scheduler;
    this.life = life;
    const environment: CallEnvironment = {
      // The process would end.
      onFatal: (error) => scheduler.onError(error, life),
      requests: new RequestMetrics(new Metrics(), { now: () => instant(scheduler.now) }),
      log: {
        error: (message, fields) => this.#onUnexpected(message, fields),
        warn: (message, fields) => this.#onUnexpected(message, fields),
      },
    };
    const rpcs = brokerRpcs(broker.door, environment, LIMITS);
    this.#rpcs = new Map(rpcs.map((rpc) => [rpc.method.path, rpc]));
  }

  accept(sink: MessageSink<Packet>): MessageHandlers<Packet> {
    return new ServerConnection(this, new Outgoing(this.#scheduler, this.life), sink);
  }

  /** The handler of a call; null once the server stops. */
  begin(call: ServerCall, path: string): Rpc | null {
    if (this.#closed !== null) return null;
    const rpc = this.#rpcs.get(path);
    if (rpc === undefined) throw new Violation('sdk', `nobody answers ${path}`);
    this.#calls.add(call);
    return rpc;
  }

  ended(call: ServerCall): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#closed?.();
  }

  later(work: () => void): void {
    this.#scheduler.schedule(0, this.life, 'message', work);
  }

  /** Takes no more calls, and asks those that are open to end. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closed = resolve;
      this.#scheduler.schedule(STREAMS_END_MS, this.life, 'timer', resolve);
      for (const rpc of this.#rpcs.values()) rpc.stop();
      if (this.#calls.size === 0) resolve();
    });
  }

  #onUnexpected(message: string, fields: Readonly<Record<string, unknown>>): void {
    const { path, error } = fields;
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#scheduler.onError(
      new Violation('crash', `${this.life.name}: ${message}: ${String(path)}: ${why}`),
      this.life,
    );
  }
}

/** One connection as the server has it; lives as long as the network's stream. */
class ServerConnection implements MessageHandlers<Packet> {
  readonly #door: Door;
  readonly #outgoing: Outgoing;
  readonly #sink: MessageSink<Packet>;
  readonly #calls = new Map<number, ServerCall>();
  #lastSequence = 0;

  constructor(door: Door, outgoing: Outgoing, sink: MessageSink<Packet>) {
    this.#door = door;
    this.#outgoing = outgoing;
    this.#sink = sink;
    outgoing.flow(sink);
  }

  onMessage(packet: Packet): void {
    if (!isNewPacket(packet, this.#lastSequence)) return;
    const { frame, sequence } = packet;
    this.#lastSequence = sequence;
    switch (frame.kind) {
      case 'headers':
        return this.#begin(frame.call, frame.path);
      case 'data':
        return this.#calls.get(frame.call)?.receive(frame.bytes);
      case 'end':
        return this.#calls.get(frame.call)?.receiveEnd();
      case 'cancel': {
        this.#outgoing.withdraw(frame.call);
        const call = this.#calls.get(frame.call);
        this.#calls.delete(frame.call);
        return call?.over();
      }
      case 'ping':
        return this.#outgoing.send({ kind: 'pong' });
      case 'pong':
      case 'status':
        throw new Violation('sdk', `a client has sent ${frame.kind}`);
    }
  }

  onDrain(): void {
    this.#outgoing.flow(this.#sink);
  }

  onClose(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.over();
  }

  #begin(number: number, path: string): void {
    const call = new ServerCall({
      write: (bytes, onSent) =>
        this.#outgoing.send({ kind: 'data', call: number, bytes }, () => onSent()),
      finish: (code, message, details) => {
        this.#outgoing.send({ kind: 'status', call: number, code, message, details }, () => {
          this.#calls.delete(number);
          call.over();
        });
      },
      later: (work) => this.#door.later(work),
      onOver: () => this.#door.ended(call),
    });
    const rpc = this.#door.begin(call, path);
    if (rpc === null) {
      const { UNAVAILABLE: code } = GRPC_STATUS_NUMBERS;
      const message = 'the server is stopping';
      this.#outgoing.send({ kind: 'status', call: number, code, message, details: null });
      return;
    }
    this.#calls.set(number, call);
    call.begin(rpc);
  }
}

interface CallWire {
  write(bytes: Buffer, onSent: () => void): void;
  finish(code: number, message: string, details: Buffer | null): void;
  later(work: () => void): void;
  onOver(): void;
}

/** What grpc-js ends a call with. */
interface EmittedStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata: { get(key: string): (string | Buffer)[] };
}

/**
 * A call as grpc-js hands it to a handler, as far as `server/call.ts` makes use of it: `data`, `end`
 * and `cancelled` come out, `write`, `end` and an emitted `error` go in.
 */
class ServerCall extends EventEmitter {
  /** Of calls with one request. */
  request: Buffer | null = null;
  readonly #wire: CallWire;
  #rpc: Rpc | null = null;
  #received: (Buffer | 'end')[] = [];
  #paused = false;
  #reading = false;
  #finished = false;
  #over = false;

  constructor(wire: CallWire) {
    super();
    this.#wire = wire;
    this.on('error', (status: EmittedStatus) => this.#finish(status));
  }

  begin(rpc: Rpc): void {
    this.#rpc = rpc;
    if (rpc.method.requestStream) this.#handle();
  }

  receive(bytes: Buffer): void {
    if (this.#rpc?.method.requestStream === true) {
      this.#received.push(bytes);
      this.#read();
      return;
    }
    this.request = bytes;
    this.#handle();
  }

  receiveEnd(): void {
    if (this.#rpc?.method.requestStream !== true) return;
    this.#received.push('end');
    this.#read();
  }

  /** Nothing comes or goes any more, whoever ended it. */
  over(): void {
    if (this.#over) return;
    this.#over = true;
    this.#received = [];
    this.emit('cancelled', 'cancelled');
    this.emit('close');
    this.#wire.onOver();
  }

  // --- What the handler calls. ---

  sendMetadata(): void {
    // The client's transport waits for no headers.
  }

  write(bytes: Buffer, onWritten: (error?: Error) => void): boolean {
    if (this.#finished || this.#over) {
      this.#wire.later(() => onWritten(new Error('write after end')));
      return false;
    }
    this.#wire.write(bytes, () =>
      onWritten(this.#over ? new Error('the call is over') : undefined),
    );
    return true;
  }

  end(): void {
    this.#finish(null);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // As a stream of Node does it: not from within the caller.
    this.#wire.later(() => this.#read());
  }

  #handle(): void {
    const handler = this.#rpc?.handler as (call: unknown, callback?: unknown) => void;
    if (this.#rpc?.method.responseStream === true) return handler(this);
    handler(this, (status: EmittedStatus | null, response?: Buffer) => {
      if (response !== undefined) this.write(response, () => {});
      this.#finish(status);
    });
  }

  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#paused && !this.#over) {
        const next = this.#received.shift();
        if (next === undefined) return;
        if (next === 'end') this.emit('end');
        else this.emit('data', next);
      }
    } finally {
      this.#reading = false;
    }
  }

  #finish(status: EmittedStatus | null): void {
    if (this.#finished || this.#over) return;
    this.#finished = true;
    if (status === null) return this.#wire.finish(0, 'OK', null);
    const [details] = status.metadata.get(STATUS_DETAILS_TRAILER);
    if (details === undefined || typeof details === 'string') {
      throw new Violation('sdk', `a call has ended with ${status.details} and no error`);
    }
    this.#wire.finish(status.code, status.details, details);
  }
}
