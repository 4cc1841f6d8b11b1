import type { MessageSink } from '../../src/broker/interfaces.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** What travels on a connection between a client and a broker, as HTTP/2 has it: many calls at a time. */
export type Frame =
  | { readonly kind: 'headers'; readonly call: number; readonly path: string }
  /** One message of the call, in the wire's own bytes. */
  | { readonly kind: 'data'; readonly call: number; readonly bytes: Buffer }
  /** The client has sent everything. */
  | { readonly kind: 'end'; readonly call: number }
  /** The client has lost interest. */
  | { readonly kind: 'cancel'; readonly call: number }
  /** How the call ends; `details` is the trailer with the error, null when it went well. */
  | {
      readonly kind: 'status';
      readonly call: number;
      readonly code: number;
      readonly message: string;
      readonly details: Buffer | null;
    }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' };

/** The network repeats messages at times; TCP drops what it has had. */
export interface Packet {
  readonly sequence: number;
  readonly frame: Frame;
}

export function isNewPacket(packet: Packet, lastSequence: number): boolean {
  return packet.sequence > lastSequence;
}

/**
 * What one end of a connection sends: frames leave in order, and wait while the network is full or
 * there is no connection yet. Who sent one may be told when the network has it, in an event of its
 * own, as a callback of Node's streams would be.
 */
export class Outgoing {
  readonly #scheduler: Scheduler;
  readonly #process: Process;
  #sink: MessageSink<Packet> | null = null;
  #sequence = 0;
  #waiting: { readonly frame: Frame; readonly onSent: (() => void) | null }[] = [];
  #full = false;
  #sent: (() => void)[] = [];

  constructor(scheduler: Scheduler, process: Process) {
    this.#scheduler = scheduler;
    this.#process = process;
  }

  /** The connection is there, or has room again. */
  flow(sink: MessageSink<Packet>): void {
    this.#sink = sink;
    this.#full = false;
    while (!this.#full) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#pass(sink, next.frame, next.onSent);
    }
  }

  send(frame: Frame, onSent: (() => void) | null = null): void {
    if (this.#sink === null || this.#full) this.#waiting.push({ frame, onSent });
    else this.#pass(this.#sink, frame, onSent);
  }

  /** Takes back what has not left. */
  withdraw(call: number): void {
    this.#waiting = this.#waiting.filter(({ frame }) => !('call' in frame) || frame.call !== call);
  }

  #pass(sink: MessageSink<Packet>, frame: Frame, onSent: (() => void) | null): void {
    this.#sequence += 1;
    if (!sink.send({ sequence: this.#sequence, frame: framed(frame) })) this.#full = true;
    if (onSent === null) return;
    this.#sent.push(onSent);
    if (this.#sent.length > 1) return;
    this.#scheduler.schedule(0, this.#process, 'message', () => {
      for (const told of this.#sent.splice(0)) told();
    });
  }
}

/**
 * Messages may refer to records that lie elsewhere until they leave, and all that grpc-js asks of
 * them then is to be copied.
 */
function framed(frame: Frame): Frame {
  if (frame.kind !== 'data') return frame;
  const bytes = Buffer.alloc(frame.bytes.length);
  frame.bytes.copy(bytes, 0);
  return { ...frame, bytes };
}
