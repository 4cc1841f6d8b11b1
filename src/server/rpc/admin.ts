/**
 * What the RPCs that change the cluster share: the request goes to the active controller by way of
 * the broker, and a refusal becomes the call's status.
 */
import type { BrokerApi } from '../../broker/interfaces.ts';
import type { AdminReply, AdminRequest } from '../../controller/types.ts';
import { OdradekError } from '../../base/errors.ts';
import { RefusedCall } from '../call.ts';

type ReplyOf<Kind extends AdminReply['kind']> = Extract<AdminReply, { kind: Kind }>;

/** Forwards, and expects this kind of answer. Throws `RefusedCall` for a refusal. */
export async function forward<Kind extends Exclude<AdminReply['kind'], 'refused'>>(
  broker: BrokerApi,
  request: AdminRequest,
  kind: Kind,
): Promise<ReplyOf<Kind>> {
  const reply = await broker.admin(request);
  if (reply.kind === 'refused') throw new RefusedCall(reply.refusal);
  if (!isOfKind(reply, kind)) {
    throw new OdradekError(
      'UNKNOWN_SERVER_ERROR',
      `the controller answered ${request.kind} with ${reply.kind}; is it of another version?`,
    );
  }
  return reply;
}

function isOfKind<Kind extends AdminReply['kind']>(
  reply: AdminReply,
  kind: Kind,
): reply is ReplyOf<Kind> {
  return reply.kind === kind;
}
