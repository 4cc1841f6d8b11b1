import type { OdradekError } from '../base/errors.ts';
import type { MethodDescription } from '../wire/method-description.ts';

/**
 * What a connection is for. Each purpose has connections of its own, so that a large fetch does not
 * delay acknowledgements, nor either of them the news of a new leader.
 */
export type Purpose = 'metadata' | 'admin' | 'produce' | 'fetch';

export interface StreamHandlers<Response> {
  onMessage(response: Response): void;
  /** Once, unless the stream was closed from this side. Never before `open` has returned. */
  onEnd(error: OdradekError): void;
}

export interface OutgoingStream<Request> {
  /** `onSent` is called once the message has been handed to the network. */
  send(message: Request, onSent?: () => void): void;
  /** Sends no more. What was sent is read by the other side, which then ends the stream. */
  end(): void;
  /** No handler is called from here on; what is still on its way may not arrive. */
  close(): void;
}

/** The way to brokers, by address (`host:port`). Connections are made when they are needed. */
export interface Transport {
  /** One request, one answer. Rejects with an `OdradekError`. */
  call<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    request: Request,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Response>;
  /** A stream in both directions; `first` is sent at once. */
  open<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    first: Request,
    handlers: StreamHandlers<Response>,
  ): OutgoingStream<Request>;
  /** One request, a stream of answers. */
  watch<Request, Response>(
    address: string,
    purpose: Purpose,
    method: MethodDescription<Request, Response>,
    request: Request,
    handlers: StreamHandlers<Response>,
  ): { close(): void };
  close(): void;
}
