import type { Clock, Timer } from '../../src/base/clock.ts';
import { OdradekError } from '../../src/base/errors.ts';
import type { MessageSink } from '../../src/broker/interfaces.ts';
import {
  abortedError,
  closedError,
  errorOfRefusal,
  NotConnected,
} from '../../src/client/errors.ts';
import { RECONNECT_BACKOFF } from '../../src/client/retry.ts';
import type {
  OutgoingStream,
  Purpose,
  StreamHandlers,
  Transport,
} from '../../src/client/transport.ts';
import { onAbort } from '../../src/client/waiting.ts';
import { fromCallError } from '../../src/wire/call-error.ts';
import type { MethodDescription } from '../../src/wire/method-description.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Process } from './scheduler.ts';
import type { SimulatedDoors } from './sdk-server.ts';
import { isNewPacket, Outgoing, type Frame, type Packet } from './sdk-wire.ts';
import { Violation } from './violation.ts';

export interface SimulatedTransportOptions {
  readonly network: SimulatedNetwork;
  readonly doors: SimulatedDoors;
  /** Of the client, to the network. */
  readonly name: string;
  readonly process: Process;
  readonly clock: Clock;
}

/**
 * The SDK's way to the simulated brokers. As with grpc-js, there is one connection for each broker
 * and purpose, on which calls share their fate: made when it is first needed, lost with everything
 * under way, looked after by pings, and not tried again at once where it could not be made. Messages
 * cross as the bytes that they have on the wire. Lives and dies with one life of one process.
 */
export class SimulatedTransport implements Transport {
  readonly #options: SimulatedTransportOptions;
  readonly #channels = new Map<string, Channel>();
  #closed = false;

  constructor(options: SimulatedTransportOptions) {
    this.#options = options;
  }

  call<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    request: Request,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Response> {
    const { timeoutMs, signal } = options;
    return new Promise<Response>((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      if (signal?.aborted === true) return reject(abortedError(signal));
      let answer: Buffer | null = null;
      let stopListening: (() => void) | null = null;
      const finish = (settle: () => void): void => {
        deadline.cancel();
        stopListening?.();
        settle();
      };
      const call = this.#channel(address, purpose).start(method.path, {
        onData: (bytes) => {
          answer = bytes;
        },
        onEnd: (error) =>
          finish(() => {
            if (error === null && answer !== null) resolve(decode(method, answer));
            else reject(error ?? new OdradekError('NETWORK_EXCEPTION', `${address}: no answer`));
          }),
      });
      const giveUp = (error: OdradekError): void =>
        finish(() => {
          call.cancel();
          reject(error);
        });
      const deadline = this.#options.clock.setTimer(timeoutMs, () =>
        giveUp(new OdradekError('REQUEST_TIMED_OUT', `${address}: Deadline exceeded`)),
      );
      if (signal !== undefined) stopListening = onAbort(signal, () => giveUp(abortedError(signal)));
      call.send(method.requestSerialize(request));
      call.end();
    });
  }

  open<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    first: Request,
    handlers: StreamHandlers<Response>,
  ): OutgoingStream<Request> {
    const call = this.#follow(address, purpose, method, handlers);
    call.send(method.requestSerialize(first));
    return {
      send: (message, onSent) => call.send(method.requestSerialize(message), onSent),
      end: () => call.end(),
      close: () => call.cancel(),
    };
  }

  watch<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    request: Request,
    handlers: StreamHandlers<Response>,
  ): { close(): void } {
    const call = this.#follow(address, purpose, method, handlers);
    call.send(method.requestSerialize(request));
    call.end();
    return { close: () => call.cancel() };
  }

  close(): void {
    this.#closed = true;
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  #follow<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    handlers: StreamHandlers<Response>,
  ): OpenCall {
    const callHandlers: CallHandlers = {
      onData: (bytes) => handlers.onMessage(decode(method, bytes)),
      onEnd: (error) =>
        handlers.onEnd(
          error ?? new OdradekError('NETWORK_EXCEPTION', `${address} has ended the stream`),
        ),
    };
    if (this.#closed) return refused(this.#options, callHandlers, closedError());
    return this.#channel(address, purpose).start(method.path, callHandlers);
  }

  #channel(address: string, purpose: Purpose): Channel {
    const key = `${purpose} ${address}`;
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = new Channel(this.#options, address, KEEPALIVE[purpose]);
      this.#channels.set(key, channel);
    }
    return channel;
  }
}

/** What the caller of one RPC holds. After its end, or `cancel`, every method does nothing. */
interface OpenCall {
  send(bytes: Buffer, onSent?: () => void): void;
  end(): void;
  /** Nothing is heard of it from here on. */
  cancel(): void;
}

interface CallHandlers {
  onData(bytes: Buffer): void;
  /** Once, in an event of its own; null: it ended well. */
  onEnd(error: OdradekError | null): void;
}

interface Keepalive {
  readonly timeMs: number;
  readonly timeoutMs: number;
}

/** As `grpc-transport.ts` has them. */
const KEEPALIVE: Readonly<Record<Purpose, Keepalive>> = {
  metadata: { timeMs: 500, timeoutMs: 1_000 },
  admin: { timeMs: 5_000, timeoutMs: 10_000 },
  produce: { timeMs: 5_000, timeoutMs: 10_000 },
  fetch: { timeMs: 5_000, timeoutMs: 10_000 },
};

/** The connections to one broker for one purpose, one after the other. */
class Channel {
  readonly #options: SimulatedTransportOptions;
  readonly #address: string;
  readonly #keepalive: Keepalive;
  #connection: Connection | null = null;
  /** In a row, of connecting. */
  #failures = 0;
  #retryAt = -Infinity;
  #reason = '';

  constructor(options: SimulatedTransportOptions, address: string, keepalive: Keepalive) {
    this.#options = options;
    this.#address = address;
    this.#keepalive = keepalive;
  }

  start(path: string, handlers: CallHandlers): OpenCall {
    const { clock } = this.#options;
    if (this.#connection === null) {
      if (clock.now() < this.#retryAt) {
        const error = new NotConnected(`${this.#address}: ${this.#reason}`);
        return refused(this.#options, handlers, error);
      }
      this.#connection = this.#connect();
    }
    return this.#connection.start(path, handlers);
  }

  close(): void {
    this.#connection?.break(new OdradekError('NETWORK_EXCEPTION', 'the channel was closed'));
  }

  #connect(): Connection {
    const connection = new Connection(this.#options, this.#address, this.#keepalive, {
      onOpen: () => {
        this.#failures = 0;
      },
      onLost: (wasOpen, reason) => {
        if (this.#connection === connection) this.#connection = null;
        if (wasOpen) return;
        const { initialMs, maxMs } = RECONNECT_BACKOFF;
        const waitMs = Math.min(maxMs, initialMs * 2 ** Math.min(this.#failures, 10));
        this.#failures += 1;
        this.#reason = reason;
        this.#retryAt = this.#options.clock.now() + waitMs;
      },
    });
    return connection;
  }
}

interface ConnectionListeners {
  onOpen(): void;
  onLost(wasOpen: boolean, reason: string): void;
}

class Connection {
  readonly #address: string;
  readonly #clock: Clock;
  readonly #keepalive: Keepalive;
  readonly #listeners: ConnectionListeners;
  readonly #outgoing: Outgoing;
  readonly #sink: MessageSink<Packet>;
  readonly #calls = new Map<number, CallHandlers>();
  #lastCall = 0;
  #lastSequence = 0;
  #isOpen = false;
  #isLost = false;
  /** The next ping, or the patience for the answer to the last. */
  #timer: Timer | null = null;

  constructor(
    options: SimulatedTransportOptions,
    address: string,
    keepalive: Keepalive,
    listeners: ConnectionListeners,
  ) {
    const { network, doors, name, process, clock } = options;
    this.#address = address;
    this.#clock = clock;
    this.#keepalive = keepalive;
    this.#listeners = listeners;
    this.#outgoing = new Outgoing(network.scheduler, process);
    const colon = address.lastIndexOf(':');
    this.#sink = network.connect<Packet, Packet>(
      name,
      { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) },
      {
        onOpen: () => this.#onOpen(),
        onMessage: (packet) => this.#onPacket(packet),
        onDrain: () => this.#outgoing.flow(this.#sink),
        onClose: (error) => this.#lose(error?.message ?? 'connection closed'),
      },
      (sink) => doors.accept(address, sink),
    );
  }

  start(path: string, handlers: CallHandlers): OpenCall {
    this.#lastCall += 1;
    const call = this.#lastCall;
    this.#calls.set(call, handlers);
    this.#outgoing.send({ kind: 'headers', call, path });
    const isOver = (): boolean => !this.#calls.has(call);
    return {
      send: (bytes, onSent) => {
        if (isOver()) return;
        const frame: Frame = { kind: 'data', call, bytes };
        if (onSent === undefined) this.#outgoing.send(frame);
        else {
          this.#outgoing.send(frame, () => {
            if (!this.#isLost) onSent();
          });
        }
      },
      end: () => {
        if (!isOver()) this.#outgoing.send({ kind: 'end', call });
      },
      cancel: () => {
        if (isOver()) return;
        this.#calls.delete(call);
        this.#outgoing.withdraw(call);
        if (this.#isOpen) this.#outgoing.send({ kind: 'cancel', call });
      },
    };
  }

  /** Ends the connection from this side, and every call on it. */
  break(error: OdradekError): void {
    if (this.#isLost) return;
    this.#sink.close();
    this.#lose(error.message);
  }

  #onOpen(): void {
    if (this.#isLost) return;
    this.#isOpen = true;
    this.#listeners.onOpen();
    this.#outgoing.flow(this.#sink);
    this.#pingLater();
  }

  #onPacket(packet: Packet): void {
    if (this.#isLost || !isNewPacket(packet, this.#lastSequence)) return;
    const { frame, sequence } = packet;
    this.#lastSequence = sequence;
    switch (frame.kind) {
      case 'data':
        this.#calls.get(frame.call)?.onData(frame.bytes);
        return;
      case 'status': {
        const call = this.#calls.get(frame.call);
        this.#calls.delete(frame.call);
        call?.onEnd(errorOfStatus(frame));
        return;
      }
      case 'pong':
        this.#timer?.cancel();
        this.#pingLater();
        return;
      case 'headers':
      case 'end':
      case 'cancel':
      case 'ping':
        throw new Violation('sdk', `a broker has sent ${frame.kind}`);
    }
  }

  #lose(reason: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#timer?.cancel();
    this.#listeners.onLost(this.#isOpen, reason);
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    const message = `${this.#address}: ${reason}`;
    for (const call of calls) {
      call.onEnd(
        this.#isOpen ? new OdradekError('NETWORK_EXCEPTION', message) : new NotConnected(message),
      );
    }
  }

  #pingLater(): void {
    this.#timer = this.#clock.setTimer(this.#keepalive.timeMs, () => {
      // Nobody waits for this connection: it may rest.
      if (this.#calls.size === 0) return this.#pingLater();
      this.#outgoing.send({ kind: 'ping' });
      this.#timer = this.#clock.setTimer(this.#keepalive.timeoutMs, () =>
        this.break(new OdradekError('NETWORK_EXCEPTION', 'no answer to a ping')),
      );
    });
  }
}

/** A call that ends at once: without a connection, nothing of it leaves. */
function refused(
  { network, process }: SimulatedTransportOptions,
  handlers: CallHandlers,
  error: OdradekError,
): OpenCall {
  const end = network.scheduler.schedule(0, process, 'message', () => handlers.onEnd(error));
  return { send: () => {}, end: () => {}, cancel: () => end.cancel() };
}

/** Null where a call ended well. */
function errorOfStatus(status: Frame & { kind: 'status' }): OdradekError | null {
  const { code, message, details } = status;
  return code === 0 ? null : errorOfRefusal(fromCallError(code, message, details).refusal);
}

/** What our own server has sent can be read, or one of the two is wrong. */
function decode<Response>(
  method: Pick<MethodDescription<unknown, Response>, 'path' | 'responseDeserialize'>,
  bytes: Buffer,
): Response {
  try {
    return method.responseDeserialize(bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Violation('sdk', `an answer of ${method.path} cannot be read: ${why}`);
  }
}
