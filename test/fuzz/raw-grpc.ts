/** gRPC without the SDK: any bytes, on any RPC, and what comes back. */
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { ClientDuplexStream, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { OdradekError } from '../../src/base/errors.ts';
import { fromCallError, STATUS_DETAILS_TRAILER } from '../../src/wire/call-error.ts';

/** An answer that never comes is a failure. */
const DEADLINE_MS = 15_000;
const CANCELLED = 1;

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** One connection. */
export class RawGrpc {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    });
  }

  /** Rejects with the `OdradekError` that the status stands for. */
  unary(path: string, message: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        asTheyAre,
        asTheyAre,
        Buffer.from(message),
        new Metadata(),
        { deadline: Date.now() + DEADLINE_MS },
        (error, response) => {
          if (error !== null) reject(errorOf(error));
          else resolve(response ?? Buffer.alloc(0));
        },
      );
    });
  }

  /** Resolves with the first answer, or null at an end without one, and gives the call up. */
  firstOf(path: string, message: Uint8Array): Promise<Buffer | null> {
    const call = this.#client.makeServerStreamRequest(
      path,
      asTheyAre,
      asTheyAre,
      Buffer.from(message),
      new Metadata(),
      { deadline: Date.now() + DEADLINE_MS },
    );
    return new Promise((resolve, reject) => {
      call.once('data', (bytes: Buffer) => {
        resolve(bytes);
        call.cancel();
      });
      whenEnded(call, (error) => (error === null ? resolve(null) : reject(error)));
    });
  }

  stream(path: string): RawStream {
    return new RawStream(
      this.#client.makeBidiStreamRequest(path, asTheyAre, asTheyAre, new Metadata(), {
        deadline: Date.now() + DEADLINE_MS,
      }),
    );
  }

  close(): void {
    this.#client.close();
  }
}

/** A stream in both directions. */
export class RawStream {
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  #answers: Buffer[] = [];
  readonly #ended: Promise<OdradekError | null>;
  #wake: () => void = () => undefined;
  #isOver = false;

  constructor(call: ClientDuplexStream<Buffer, Buffer>) {
    this.#call = call;
    call.on('data', (bytes: Buffer) => {
      this.#answers.push(bytes);
      this.#wake();
    });
    this.#ended = new Promise((resolve) => {
      whenEnded(call, (error) => {
        this.#isOver = true;
        resolve(error);
        this.#wake();
      });
    });
  }

  send(message: Uint8Array): void {
    if (!this.#isOver) this.#call.write(Buffer.from(message));
  }

  some(holds: (answer: Buffer) => boolean): boolean {
    return this.#answers.some(holds);
  }

  forgetAnswers(): void {
    this.#answers = [];
  }

  /** The first answer; null if the stream ends without one. */
  async firstAnswer(): Promise<Buffer | null> {
    while (this.#answers.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#answers[0] ?? null;
  }

  /** Says that nothing more comes; resolves with all answers, rejects with how the stream failed. */
  async finish(): Promise<readonly Buffer[]> {
    this.#call.end();
    const error = await this.#ended;
    if (error !== null) throw error;
    return this.#answers;
  }

  /** Vanishes. */
  async cancel(): Promise<void> {
    this.#call.cancel();
    await this.#ended;
  }
}

/** Null for a good end, and for one that this side has brought about. */
function whenEnded(
  call: ClientDuplexStream<Buffer, Buffer> | ClientReadableStream<Buffer>,
  done: (error: OdradekError | null) => void,
): void {
  call.on('error', (error: ServiceError) => {
    done(error.code === CANCELLED ? null : errorOf(error));
  });
  call.on('end', () => done(null));
}

function errorOf(error: ServiceError): OdradekError {
  const [details] = error.metadata?.get(STATUS_DETAILS_TRAILER) ?? [];
  const bytes = details instanceof Buffer ? details : null;
  const { refusal } = fromCallError(error.code, error.details, bytes);
  return new OdradekError(refusal.code, `${refusal.message} (status ${error.code})`);
}
