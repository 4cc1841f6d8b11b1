import { OdradekError, type Refusal } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type {
  ControllerApi,
  ControllerTransport,
  MessageHandlers,
  MessageSink,
  PeerAcceptor,
  PeerReply,
  PeerRequest,
  PeerTransport,
} from '../broker/interfaces.ts';
import type { Endpoint } from '../controller/types.ts';

/**
 * The streams between the processes of a cluster that runs in one process. Messages travel as
 * values, in order, at the next turn of the event loop or after `delayMs`; a link between two nodes
 * can be cut, in one direction or both, and whoever is on it sees its stream end, or hears nothing.
 */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #controllers = new Map<string, ControllerApi>();
  readonly #brokers = new Map<string, PeerAcceptor>();
  readonly #names = new Map<string, string>();
  readonly #streams = new Set<MemoryStream<unknown, unknown>>();
  readonly #cut = new Set<string>();
  delayMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  listenController(name: string, endpoint: Endpoint, api: ControllerApi): void {
    this.#controllers.set(keyOf(endpoint), api);
    this.#names.set(keyOf(endpoint), name);
  }

  listenBroker(name: string, endpoint: Endpoint, door: PeerAcceptor): void {
    this.#brokers.set(keyOf(endpoint), door);
    this.#names.set(keyOf(endpoint), name);
  }

  /** The process is gone: its streams end, and nobody can connect. */
  remove(name: string): void {
    for (const [key, other] of this.#names) {
      if (other !== name) continue;
      this.#controllers.delete(key);
      this.#brokers.delete(key);
      this.#names.delete(key);
    }
    for (const stream of [...this.#streams]) if (stream.touches(name)) stream.break('peer is gone');
  }

  /**
   * Cuts what goes from `from` to `to`. Streams between them stay open and silent, as they do when a
   * cable is pulled; `heal` lets what waits through.
   */
  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cut.clear();
    for (const stream of [...this.#streams]) stream.resume();
  }

  isCut(from: string, to: string): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  /** How `name` reaches leaders. */
  peersOf(name: string): PeerTransport {
    return {
      connect: (endpoint, open, handlers) =>
        this.#connect(name, endpoint, handlers, (sink) => {
          const door = this.#brokers.get(keyOf(endpoint));
          return door === undefined ? null : door.acceptFollower(open, sink);
        }),
      call: (endpoint, request, timeoutMs) => this.#call(name, endpoint, request, timeoutMs),
    };
  }

  /** How `name` reaches the controller. */
  controllersOf(name: string): ControllerTransport {
    return {
      connect: (endpoint, handlers) =>
        this.#connect(name, endpoint, handlers, (sink) => {
          const api = this.#controllers.get(keyOf(endpoint));
          return api === undefined ? null : api.acceptSession(sink);
        }),
      admin: (endpoint, request) => {
        const api = this.#controllers.get(keyOf(endpoint));
        const target = this.#names.get(keyOf(endpoint));
        if (api === undefined || target === undefined || this.isCut(name, target)) {
          return Promise.reject(new OdradekError('NOT_CONTROLLER'));
        }
        return api.admin(request);
      },
    };
  }

  /** What is cut on the way, there or back, has no answer; neither has one whose process is gone. */
  #call(
    from: string,
    endpoint: Endpoint,
    request: PeerRequest,
    timeoutMs: number,
  ): Promise<PeerReply> {
    const to = this.#names.get(keyOf(endpoint));
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(timeoutMs, () =>
        reject(new OdradekError('REQUEST_TIMED_OUT')),
      );
      const settle = (outcome: () => void): void => {
        timer.cancel();
        outcome();
      };
      const fail = (): void =>
        settle(() => reject(new OdradekError('NETWORK_EXCEPTION', `no ${keyOf(endpoint)}`)));
      this.#clock.setTimer(this.delayMs, () => {
        const door = this.#brokers.get(keyOf(endpoint));
        if (to === undefined || door === undefined) return fail();
        if (this.isCut(from, to)) return;
        door.answerPeer(request).then(
          (reply) =>
            this.#clock.setTimer(this.delayMs, () => {
              if (this.#brokers.get(keyOf(endpoint)) !== door) return fail();
              if (!this.isCut(to, from)) settle(() => resolve(reply));
            }),
          (error: unknown) =>
            settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
        );
      });
    });
  }

  #connect<Up, Down>(
    from: string,
    endpoint: Endpoint,
    handlers: MessageHandlers<Down> & { onOpen(): void },
    accept: (sink: MessageSink<Down>) => MessageHandlers<Up> | Refusal | null,
  ): MessageSink<Up> {
    const to = this.#names.get(keyOf(endpoint)) ?? null;
    const stream = new MemoryStream<Up, Down>({
      from,
      to: to ?? '',
      clock: this.#clock,
      network: this,
      onEnd: () => this.#streams.delete(stream),
      client: handlers,
    });
    this.#streams.add(stream);
    this.#clock.setTimer(0, () => {
      if (to === null) return stream.break(`nobody listens on ${keyOf(endpoint)}`);
      if (this.isCut(from, to) || this.isCut(to, from)) return;
      const accepted = accept(stream.serverSink);
      if (accepted === null) return stream.break(`nobody listens on ${keyOf(endpoint)}`);
      if ('code' in accepted) return stream.break(accepted.message);
      stream.accepted(accepted);
      handlers.onOpen();
    });
    return stream.clientSink;
  }
}

interface Packet {
  readonly to: 'client' | 'server';
  readonly message: unknown;
}

class MemoryStream<Up, Down> {
  readonly clientSink: MessageSink<Up>;
  readonly serverSink: MessageSink<Down>;
  readonly #from: string;
  readonly #to: string;
  readonly #clock: Clock;
  readonly #network: MemoryNetwork;
  readonly #client: MessageHandlers<Down>;
  readonly #onEnd: () => void;
  #server: MessageHandlers<Up> | null = null;
  #packets: Packet[] = [];
  #scheduled = false;
  #ended = false;

  constructor(options: {
    from: string;
    to: string;
    clock: Clock;
    network: MemoryNetwork;
    client: MessageHandlers<Down>;
    onEnd: () => void;
  }) {
    this.#from = options.from;
    this.#to = options.to;
    this.#clock = options.clock;
    this.#network = options.network;
    this.#client = options.client;
    this.#onEnd = options.onEnd;
    this.clientSink = {
      send: (message) => this.#send('server', message),
      close: () => this.#end(null),
    };
    this.serverSink = {
      send: (message) => this.#send('client', message),
      close: (reason) => this.#end(reason === undefined ? null : new Error(reason.message)),
    };
  }

  touches(name: string): boolean {
    return this.#from === name || this.#to === name;
  }

  accepted(server: MessageHandlers<Up>): void {
    this.#server = server;
    this.resume();
  }

  break(reason: string): void {
    this.#end(new Error(reason));
  }

  resume(): void {
    if (this.#packets.length > 0) this.#schedule();
  }

  #send(to: 'client' | 'server', message: unknown): boolean {
    if (this.#ended) return true;
    this.#packets.push({ to, message });
    this.#schedule();
    return true;
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    this.#clock.setTimer(this.#network.delayMs, () => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const kept: Packet[] = [];
    const packets = this.#packets;
    this.#packets = [];
    for (const packet of packets) {
      if (this.#ended) return;
      const toServer = packet.to === 'server';
      const cut = toServer
        ? this.#network.isCut(this.#from, this.#to) || this.#server === null
        : this.#network.isCut(this.#to, this.#from);
      if (cut) {
        kept.push(packet);
      } else if (toServer) {
        this.#server?.onMessage(packet.message as Up);
      } else {
        this.#client.onMessage(packet.message as Down);
      }
    }
    this.#packets = [...kept, ...this.#packets];
  }

  #end(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#clock.setTimer(0, () => {
      this.#client.onClose(error);
      this.#server?.onClose(error);
    });
  }
}

function keyOf(endpoint: Endpoint): string {
  return `${endpoint.host}:${endpoint.port}`;
}
