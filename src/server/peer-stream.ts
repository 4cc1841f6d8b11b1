/**
 * A stream from one of our own processes, as a host sees it: a sink to send by, and handlers that are
 * told what arrives and, exactly once, that it is over.
 */
import type { Refusal } from '../base/errors.ts';
import { OdradekError, refusal } from '../base/errors.ts';
import type { MessageHandlers, MessageSink } from '../broker/interfaces.ts';
import type { ServerStream, StreamHandlers } from './call.ts';

/** The sending half. Full from `queueBytesMax` on; asks for more once half of it has left. */
export class StreamSink<Message> implements MessageSink<Message> {
  private readonly stream: ServerStream<Message>;
  private readonly queueBytesMax: number;
  private full = false;
  private onDrain: (() => void) | null = null;
  private onClosed: (() => void) | null = null;

  constructor(stream: ServerStream<Message>, queueBytesMax: number) {
    this.stream = stream;
    this.queueBytesMax = queueBytesMax;
  }

  attach(listeners: { onDrain(): void; onClosed(): void }): void {
    this.onDrain = () => listeners.onDrain();
    this.onClosed = () => listeners.onClosed();
  }

  send(message: Message): boolean {
    this.stream.write(message, () => {
      if (!this.full || this.stream.queuedBytes > this.queueBytesMax / 2) return;
      this.full = false;
      this.onDrain?.();
    });
    this.full ||= this.stream.queuedBytes >= this.queueBytesMax;
    return !this.full;
  }

  close(error?: Refusal): void {
    if (error === undefined) this.stream.end();
    else this.stream.fail(error);
    // Not from within the caller, who may be in the middle of something.
    queueMicrotask(() => this.onClosed?.());
  }
}

/** The receiving half: tells the host, and makes sure that it hears of the end once. */
export class StreamReceiver<Message> implements StreamHandlers<Message> {
  private readonly stream: ServerStream<never>;
  private handlers: MessageHandlers<Message> | null;

  constructor(stream: ServerStream<never>, handlers: MessageHandlers<Message>) {
    this.stream = stream;
    this.handlers = handlers;
  }

  onMessage(message: Message): void {
    this.handlers?.onMessage(message);
  }

  onDrain(): void {
    this.handlers?.onDrain?.();
  }

  onEnd(): void {
    this.close(null);
    this.stream.end();
  }

  onStop(): void {
    this.stream.fail(refusal('SHUTTING_DOWN'));
    this.close(null);
  }

  onClose(cancelled: boolean): void {
    this.close(cancelled ? new OdradekError('NETWORK_EXCEPTION', 'the stream broke') : null);
  }

  close(error: Error | null): void {
    const { handlers } = this;
    this.handlers = null;
    handlers?.onClose(error);
  }
}
