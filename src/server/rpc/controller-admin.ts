/**
 * ControllerService.Admin: a user's request that a broker forwards.
 *
 * Behaviour: a refusal is an answer like any other, and the broker turns it into its call's status.
 */
import type { ControllerApi } from '../../broker/interfaces.ts';
import { CONTROLLER_SERVICE } from '../../wire/internal-services.ts';
import type { CallEnvironment, Rpc } from '../call.ts';
import { unary } from '../call.ts';

export function controllerAdmin(controller: ControllerApi, environment: CallEnvironment): Rpc {
  return unary(
    CONTROLLER_SERVICE.admin,
    environment,
    (request) => controller.admin(request),
    (reply, refused) => {
      if (reply.kind === 'refused') refused(reply.refusal);
    },
  );
}
