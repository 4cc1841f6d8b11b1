/**
 * ControllerService.Session: the stream that a broker holds to the controller.
 *
 * Behaviour: messages are handed on in their order, and answers come in any. The end of the stream is
 * told at once: it is how the controller notices that a broker's process is gone.
 * Limits: `peerQueueBytesMax` queued towards the broker before the host is asked to wait.
 */
import type { ControllerApi } from '../../broker/interfaces.ts';
import { CONTROLLER_SERVICE } from '../../wire/internal-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { bidirectional } from '../call.ts';
import type { ServerLimits } from '../limits.ts';
import { StreamReceiver, StreamSink } from '../peer-stream.ts';

export function session(
  controller: ControllerApi,
  environment: CallEnvironment,
  limits: ServerLimits,
): Rpc {
  return bidirectional(CONTROLLER_SERVICE.session, environment, (stream) => {
    const sink = new StreamSink(stream, limits.peerQueueBytesMax);
    const receiver = new StreamReceiver(stream, controller.acceptSession(sink));
    sink.attach({
      onDrain: () => receiver.onDrain(),
      onClosed: () => receiver.close(null),
    });
    return receiver;
  });
}
