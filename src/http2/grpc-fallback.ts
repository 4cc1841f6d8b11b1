import type { Client, ServiceError } from '@grpc/grpc-js';
import type { CallHandlers, OutgoingCall } from './client-channel.ts';
import { DETAILS_TRAILER, STATUS_OK, type CallStatus } from './grpc-fields.ts';

/** A call over grpc-js, for endpoints that are not ours, in the shape of one over our own connection. */
export function callByGrpc(client: Client, path: string, handlers: CallHandlers): OutgoingCall {
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(path, asItIs, asItIs);
  let over = false;
  /** Nothing more is sent. */
  let ended = false;
  const finish = (status: CallStatus): void => {
    if (over) return;
    over = true;
    handlers.onEnd(status, false);
  };
  call.on('metadata', () => {
    if (!over) handlers.onOpen();
  });
  call.on('data', (bytes: Buffer) => {
    if (!over) handlers.onMessage(bytes);
  });
  call.on('error', (error: ServiceError) => finish(statusOfError(error)));
  // Emitted behind 'error', and alone when the other side ended well.
  call.on('status', () => finish(STATUS_OK));
  return {
    send(message, written) {
      if (over || ended) return;
      // What is in pieces has what grpc-js asks of a buffer.
      call.write(message as Buffer, (error?: Error | null) => {
        if (!over && (error === undefined || error === null)) written?.();
      });
    },
    end() {
      ended = true;
      call.end();
    },
    cancel() {
      over = true;
      call.cancel();
    },
  };
}

/** What grpc-js says of a call that failed. */
export function statusOfError({ code, details, metadata }: ServiceError): CallStatus {
  const [trailer] = metadata.get(DETAILS_TRAILER);
  return { code, message: details, details: trailer instanceof Buffer ? trailer : null };
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}
