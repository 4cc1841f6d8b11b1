/**
 * Between the transports (grpc-js, and `http2/` for our own clients and brokers) and the handlers in
 * `rpc/`. Messages cross the transports as bytes and are decoded and encoded here, so that
 * a malformed one is answered as every other error is: with the catalogue's name in the status
 * details.
 *
 * Who ends a call: a handler that throws a refusal (`OdradekError`) fails its own call; anything else
 * is logged and answered with UNKNOWN_SERVER_ERROR; an `InvariantViolation` goes to `onFatal`, since
 * the process must not carry on with a broken promise.
 */
import { Metadata } from '@grpc/grpc-js';
import type {
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  StatusObject,
  UntypedHandleCall,
  sendUnaryData,
} from '@grpc/grpc-js';
import { InvariantViolation } from '../base/assert.ts';
import { OdradekError, refusal } from '../base/errors.ts';
import type { Refusal } from '../base/errors.ts';
import type { Http2Stream, StreamHandlers as StreamHandlersOfHttp2 } from '../http2/connection.ts';
import {
  responseFields,
  STATUS_OK,
  trailers,
  UNIMPLEMENTED,
  type CallStatus,
} from '../http2/grpc-fields.ts';
import { STATUS_DETAILS_TRAILER, toCallError } from '../wire/call-error.ts';
import type { LeaderHint } from '../wire/item-error.ts';
import type { MethodDescription } from '../wire/method-description.ts';
import type { RequestMeter, RequestMetrics, Refused } from './request-metrics.ts';

/** What the server says to an operator. */
export interface ServerLog {
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface CallEnvironment {
  readonly log: ServerLog;
  readonly requests: RequestMetrics;
  /** A bug was found; the process must end. */
  onFatal(error: unknown): void;
}

/** One RPC with its handler, ready to be registered. */
export interface Rpc {
  readonly method: Pick<
    MethodDescription<never, never>,
    'path' | 'requestStream' | 'responseStream'
  >;
  readonly handler: UntypedHandleCall;
  /** Takes a call of our own transport. */
  readonly accept: (stream: Http2Stream) => StreamHandlersOfHttp2;
  /** Ends streams that are open: the server is stopping. */
  stop(): void;
}

/** A stream as its handler writes to it. After the end every method does nothing. */
export interface ServerStream<Response> {
  /** Queues a message; `written` is called once it has been handed to the network. */
  write(response: Response, written?: () => void): void;
  /** Messages queued and not yet handed to the network, and their bytes. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Stops reading, so that the client's sends pile up on its own side. */
  pause(): void;
  resume(): void;
  /** Ends well, behind what is queued. */
  end(): void;
  /** Ends with an error, behind what is queued. */
  fail(refusal: Refusal, leader?: LeaderHint | null): void;
  /** Counts an item that is refused while the stream goes on. */
  readonly refused: Refused;
}

export interface StreamHandlers<Request> {
  onMessage(request: Request): void;
  /** The client will send nothing more, and still reads. */
  onEnd(): void;
  /** Exactly once, whichever side ended the stream; `cancelled` when the client vanished. */
  onClose(cancelled: boolean): void;
  /** The server is stopping: end soon. */
  onStop(): void;
}

/**
 * One message in, one out. `signal` is aborted when the client gives up or vanishes. `countRefused`
 * names what an answer refuses, where a part of a request can be.
 */
export function unary<Request, Response>(
  method: MethodDescription<Request, Response>,
  environment: CallEnvironment,
  handle: (request: Request, signal: AbortSignal) => Promise<Response> | Response,
  countRefused?: (response: Response, refused: Refused) => void,
): Rpc {
  const meter = environment.requests.of(method.path);
  const refused: Refused = (reason) => meter.refused(reason);
  const answer = (
    bytes: Buffer,
    signal: AbortSignal,
    respond: (response: Buffer) => void,
    refuse: (status: StatusError) => void,
  ): void => {
    const arrivedAt = meter.now();
    // The handler may be synchronous, and throw before there is a promise.
    const run = async () => {
      const response = await handle(method.requestDeserialize(bytes), signal);
      countRefused?.(response, refused);
      return method.responseSerialize(response);
    };
    run().then(
      (response) => {
        meter.ended(arrivedAt);
        respond(response);
      },
      (error: unknown) => {
        const { reason, leader } = explain(error, method.path, environment);
        refused(reason);
        meter.ended(arrivedAt);
        refuse(statusOf(reason, leader));
      },
    );
  };
  const handler = (
    call: ServerUnaryCall<Buffer, Buffer>,
    callback: sendUnaryData<Buffer>,
  ): void => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    answer(call.request, abort.signal, (response) => callback(null, response), callback);
  };
  const accept = (http2Stream: Http2Stream): StreamHandlersOfHttp2 => {
    const call = new Http2Call(http2Stream);
    const abort = new AbortController();
    call.onClose = () => abort.abort();
    const respond = (response: Buffer): void => {
      call.begin();
      call.write(response, () => undefined);
      call.end();
    };
    const take = (bytes: Buffer): void => {
      answer(bytes, abort.signal, respond, (status) => call.fail(status));
    };
    return call.handlers(oneRequest(call, refused, take));
  };
  return { method, handler, accept, stop: () => undefined };
}

/** Many in, many out. `open` is called when the client's headers arrive. */
export function bidirectional<Request, Response>(
  method: MethodDescription<Request, Response>,
  environment: CallEnvironment,
  open: (stream: ServerStream<Response>) => StreamHandlers<Request>,
): Rpc {
  const meter = environment.requests.of(method.path);
  const live = new Set<StreamHandlers<Request>>();
  /** Opens the handler of a call; what the transport is to tell it. Null: it refused the call. */
  const begin = (stream: CallStream<Response>): Incoming | null => {
    let incoming: Incoming | null = null;
    guard(method.path, environment, stream, () => {
      const handlers = open(stream);
      live.add(handlers);
      const guarded = (work: () => void) => guard(method.path, environment, stream, work);
      stream.onClosed((cancelled) => {
        live.delete(handlers);
        guarded(() => handlers.onClose(cancelled));
      });
      incoming = {
        onBytes: (bytes) => {
          if (!stream.ended) guarded(() => handlers.onMessage(method.requestDeserialize(bytes)));
        },
        onEnd: () => {
          if (!stream.ended) guarded(() => handlers.onEnd());
        },
        onUnreadable: (reason) => stream.fail(reason),
      };
    });
    return incoming;
  };
  const handler = (call: ServerDuplexStream<Buffer, Buffer>): void => {
    const incoming = begin(new CallStream(new GrpcCall(call, call), method, meter));
    if (incoming === null) return;
    call.on('data', (bytes: Buffer) => incoming.onBytes(bytes));
    call.on('end', () => incoming.onEnd());
  };
  const accept = (http2Stream: Http2Stream): StreamHandlersOfHttp2 => {
    const call = new Http2Call(http2Stream);
    const incoming = begin(new CallStream(call, method, meter));
    return call.handlers(incoming);
  };
  return { method, handler, accept, stop: () => stopAll(live) };
}

interface Incoming {
  onBytes(bytes: Buffer): void;
  onEnd(): void;
  onUnreadable(reason: Refusal): void;
}

/** One in, many out. `open` is called with the request; nothing more will come but the end. */
export function serverStreaming<Request, Response>(
  method: MethodDescription<Request, Response>,
  environment: CallEnvironment,
  open: (
    request: Request,
    stream: ServerStream<Response>,
  ) => Omit<StreamHandlers<never>, 'onMessage' | 'onEnd'>,
): Rpc {
  type Handlers = ReturnType<typeof open>;
  const meter = environment.requests.of(method.path);
  const live = new Set<Handlers>();
  const begin = (bytes: Buffer, stream: CallStream<Response>): void => {
    guard(method.path, environment, stream, () => {
      const handlers = open(method.requestDeserialize(bytes), stream);
      live.add(handlers);
      stream.onClosed((cancelled) => {
        live.delete(handlers);
        guard(method.path, environment, stream, () => handlers.onClose(cancelled));
      });
    });
  };
  const handler = (call: ServerWritableStream<Buffer, Buffer>): void => {
    begin(call.request, new CallStream(new GrpcCall(call, null), method, meter));
  };
  const accept = (http2Stream: Http2Stream): StreamHandlersOfHttp2 => {
    const call = new Http2Call(http2Stream);
    const refused: Refused = (reason) => meter.refused(reason);
    const take = (bytes: Buffer): void => begin(bytes, new CallStream(call, method, meter));
    return call.handlers(oneRequest(call, refused, take));
  };
  return { method, handler, accept, stop: () => stopAll(live) };
}

/** Takes the one message of a call, once the client has said that there are no more. */
function oneRequest(call: Http2Call, onRefused: Refused, take: (bytes: Buffer) => void): Incoming {
  let request: Buffer | null = null;
  let refused = false;
  const refuse = (reason: Refusal): void => {
    if (refused) return;
    refused = true;
    onRefused(reason);
    call.fail(statusOf(reason, null));
  };
  return {
    onBytes: (bytes) => {
      if (request !== null) refuse(refusal('INVALID_REQUEST', 'this call takes one message'));
      request = bytes;
    },
    onEnd: () => {
      if (refused) return;
      if (request === null) refuse(refusal('INVALID_REQUEST', 'the message is missing'));
      else take(request);
    },
    onUnreadable: refuse,
  };
}

function stopAll(live: Iterable<{ onStop(): void }>): void {
  for (const handlers of [...live]) handlers.onStop();
}

class CallStream<Response> implements ServerStream<Response> {
  /** The handler has ended the stream; what the client still sends is of no interest. */
  ended = false;
  queuedMessages = 0;
  queuedBytes = 0;
  readonly refused: Refused;
  private closed = false;
  private readonly call: Carrier;
  private readonly serialize: (response: Response) => Buffer;
  private closedListener: ((cancelled: boolean) => void) | null = null;

  constructor(
    call: Carrier,
    method: Pick<MethodDescription<never, Response>, 'responseSerialize'>,
    meter: RequestMeter,
  ) {
    this.call = call;
    this.serialize = method.responseSerialize;
    this.refused = (reason) => meter.refused(reason);
    call.onClose = () => this.close();
    // Headers at once: a client keeps what it has sent for a retry until it sees them.
    call.begin();
  }

  onClosed(listener: (cancelled: boolean) => void): void {
    this.closedListener = listener;
    if (this.closed) listener(!this.ended);
  }

  write(response: Response, written?: () => void): void {
    if (this.ended || this.closed) return;
    const bytes = this.serialize(response);
    this.queuedMessages++;
    this.queuedBytes += bytes.length;
    this.call.write(bytes, (failed) => {
      this.queuedMessages--;
      this.queuedBytes -= bytes.length;
      // A write that fails is followed by the stream's close, which says so to the handler.
      if (!failed && !this.closed) written?.();
    });
  }

  pause(): void {
    this.call.pause();
  }

  resume(): void {
    if (!this.ended && !this.closed) this.call.resume();
  }

  end(): void {
    if (this.ended || this.closed) return;
    this.ended = true;
    this.call.end();
  }

  fail(reason: Refusal, leader: LeaderHint | null = null): void {
    if (this.ended || this.closed) return;
    this.ended = true;
    this.refused(reason);
    this.call.fail(statusOf(reason, leader));
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.closedListener?.(!this.ended);
  }
}

/** A call of our own transport for a method that there is not. */
export function refuseCall(stream: Http2Stream, path: string): StreamHandlersOfHttp2 {
  const message = `there is no method ${path.slice(0, PATH_LENGTH_MAX)}`;
  const call = new Http2Call(stream);
  call.over({ code: UNIMPLEMENTED, message, details: null });
  return call.handlers(null);
}

/** More of it than a method's path has fits into no answer. */
const PATH_LENGTH_MAX = 200;

/** A call as its transport carries it. */
interface Carrier {
  /** Called once or more when the call is over, whoever ended it. */
  onClose: () => void;
  /** Sends the headers. */
  begin(): void;
  write(bytes: Buffer, done: (failed: boolean) => void): void;
  pause(): void;
  resume(): void;
  /** Both end the call behind what was written; what the client still sends is dropped. */
  end(): void;
  fail(status: StatusError): void;
}

class GrpcCall implements Carrier {
  onClose: () => void = () => undefined;
  private readonly call: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;
  private readonly readable: ServerDuplexStream<Buffer, Buffer> | null;

  constructor(
    call: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
    readable: ServerDuplexStream<Buffer, Buffer> | null,
  ) {
    this.call = call;
    this.readable = readable;
    // grpc-js emits it at every end, good or bad, once the trailers are out.
    call.on('cancelled', () => this.onClose());
    call.on('close', () => this.onClose());
  }

  begin(): void {
    this.call.sendMetadata(new Metadata());
  }

  write(bytes: Buffer, done: (failed: boolean) => void): void {
    this.call.write(bytes, (error?: Error | null) => done(error !== undefined && error !== null));
  }

  pause(): void {
    this.readable?.pause();
  }

  resume(): void {
    this.readable?.resume();
  }

  end(): void {
    this.call.end();
    // What is still under way is read and dropped, or the client would never see the end.
    this.readable?.resume();
  }

  fail(status: StatusError): void {
    // grpc-js's way to end a stream with a status.
    this.call.emit('error', status);
    this.readable?.resume();
  }
}

class Http2Call implements Carrier {
  onClose: () => void = () => undefined;
  private readonly stream: Http2Stream;
  private begun = false;

  constructor(stream: Http2Stream) {
    this.stream = stream;
  }

  /** What the connection tells; null: the handler has refused the call already. */
  handlers(incoming: Incoming | null): StreamHandlersOfHttp2 {
    return {
      onFields: () => undefined,
      onMessage: (bytes) => incoming?.onBytes(bytes),
      onEnd: () => incoming?.onEnd(),
      onUnreadable: (problem) => {
        const reason =
          problem === 'compressed'
            ? refusal('INVALID_REQUEST', 'messages are not taken compressed')
            : refusal(
                'MESSAGE_TOO_LARGE',
                `a message of ${problem.bytes} bytes is larger than max, which is ${problem.bytesMax}`,
              );
        incoming?.onUnreadable(reason);
      },
      onBroken: () => this.onClose(),
    };
  }

  begin(): void {
    this.begun = true;
    this.stream.sendFields(responseFields(), false);
  }

  write(bytes: Buffer, done: (failed: boolean) => void): void {
    this.stream.send(bytes, () => done(false));
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  end(): void {
    this.over(STATUS_OK);
  }

  fail({ code, details, metadata }: StatusObject): void {
    const [trailer] = metadata.get(STATUS_DETAILS_TRAILER);
    this.over({ code, message: details, details: trailer instanceof Buffer ? trailer : null });
  }

  over(status: CallStatus): void {
    // Trailers alone are the answer's header fields, too.
    const first = this.begun ? [] : responseFields();
    this.stream.sendFields(new Map([...first, ...trailers(status)]), true);
    // Not from within the handler, who may be in the middle of something.
    queueMicrotask(() => this.onClose());
  }
}

/** Runs a piece of a stream's handler; what it throws ends the stream. */
function guard<Response>(
  path: string,
  environment: CallEnvironment,
  stream: ServerStream<Response>,
  work: () => void,
): void {
  try {
    work();
  } catch (error) {
    const { reason, leader } = explain(error, path, environment);
    stream.fail(reason, leader);
  }
}

/** A refusal on its way out of a handler, with who leads. */
export class RefusedCall extends OdradekError {
  readonly leader: LeaderHint | null;

  constructor(reason: Refusal, leader: LeaderHint | null = null) {
    super(reason.code, reason.message);
    this.leader = leader;
  }
}

/** The value, or the call fails with the refusal that stands in its place. */
export function orRefused<Value extends object>(answer: Value | Refusal): Value {
  if (isRefusal(answer)) throw new RefusedCall(answer);
  return answer;
}

function isRefusal(answer: object): answer is Refusal {
  return 'code' in answer;
}

function explain(
  error: unknown,
  path: string,
  environment: CallEnvironment,
): { reason: Refusal; leader: LeaderHint | null } {
  if (error instanceof OdradekError) {
    return {
      reason: refusal(error.code, error.message),
      leader: error instanceof RefusedCall ? error.leader : null,
    };
  }
  if (error instanceof InvariantViolation) environment.onFatal(error);
  else environment.log.error('a request failed unexpectedly', { path, error });
  return { reason: refusal('UNKNOWN_SERVER_ERROR'), leader: null };
}

type StatusError = StatusObject & Error;

/** Headers have a bound, and a sentence that is longer than this helps nobody. */
const MESSAGE_LENGTH_MAX = 2_000;

function statusOf(reason: Refusal, leader: LeaderHint | null): StatusError {
  // Through UTF-8 and back: grpc-js throws on half of a surrogate pair, which a cut may leave.
  const text = Buffer.from(reason.message.slice(0, MESSAGE_LENGTH_MAX)).toString();
  const { code, message, details } = toCallError({ refusal: refusal(reason.code, text), leader });
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_TRAILER, details);
  return { code, details: message, metadata, name: reason.code, message };
}
