import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { GROUP_SERVICE } from '../wire/coordination-services.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';
import type { MethodDescription } from '../wire/method-description.ts';
import type { CoordinatorKind } from '../wire/group-messages.ts';
import type { Cluster } from './cluster.ts';
import { retrying } from './retry.ts';
import type { Transport } from './transport.ts';
import type { CallOptions } from './waiting.ts';

export interface CoordinatorParts {
  readonly cluster: Cluster;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The broker that keeps a group's offsets, or a transactional id. Found by asking any broker, and
 * looked for again when it says that it is another, or does not answer. Owned by whoever calls it;
 * holds no connection of its own.
 */
export class Coordinator {
  readonly #parts: CoordinatorParts;
  readonly #kind: CoordinatorKind;
  readonly #key: string;
  /** As it was last found. */
  #address: string | null = null;

  constructor(parts: CoordinatorParts, kind: CoordinatorKind, key: string) {
    this.#parts = parts;
    this.#kind = kind;
    this.#key = key;
  }

  /** Calls until there is an answer, an error that no retry mends, or the time is up. */
  call<Request, Response>(
    method: MethodDescription<Request, Response>,
    request: Request,
    options: CallOptions & { readonly timeoutMs: number },
  ): Promise<Response> {
    const { transport } = this.#parts;
    const { timeoutMs, signal } = options;
    return retrying({ ...this.#parts, timeoutMs }, signal, async (leftMs, failures) => {
      const attempt = { timeoutMs: Math.min(leftMs, ATTEMPT_TIMEOUT_MS), signal };
      const address = this.#address ?? (await this.#find(attempt, failures));
      this.#address = address;
      try {
        return await transport.call(address, 'admin', method, request, attempt);
      } catch (error) {
        // Whether it is the coordinator still is a question of a millisecond.
        if (this.#address === address) this.#address = null;
        throw error;
      }
    });
  }

  async #find(
    attempt: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
    failures: number,
  ): Promise<string> {
    const { cluster, transport } = this.#parts;
    const addresses = cluster.addresses();
    const address = addresses[failures % addresses.length] ?? '';
    const request = { kind: this.#kind, key: this.#key };
    const method = GROUP_SERVICE.findCoordinator;
    const { endpoint } = await transport.call(address, 'admin', method, request, attempt);
    return formatEndpoint(endpoint);
  }
}

/** How long one broker may take, before the coordinator is looked for again. */
const ATTEMPT_TIMEOUT_MS = 3000;
