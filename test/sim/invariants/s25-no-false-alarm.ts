import type { PartitionKey } from '../../../src/base/ids.ts';
import type { PartitionState } from '../../../src/controller/types.ts';
import { must } from '../violation.ts';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';

/**
 * S25: what nobody harmed is not called lost. A log is damaged only where its disk was made to lose or
 * to turn over what it had kept, and uncertain besides only behind a power cut or a disk that failed;
 * and only a broker that lost something stops being eligible. Everything else would be a replica out of
 * service, or a partition without a leader, for nothing.
 */
export function noFalseAlarm(): Invariant {
  /** `broker key`, or `broker *`: has lost what it promised to keep, ever. */
  const harmed = new Set<string>();
  /** Names of those whose power went, ever. */
  const powerless = new Set<string>();
  const seen = new WeakSet();
  const states = new Map<PartitionKey, PartitionState>();
  let checkedAt = -1;
  const remember = ({ losses }: World): void => {
    for (const { broker, key } of losses) harmed.add(`${broker} ${key ?? '*'}`);
  };
  const isHarmed = (broker: number, key: PartitionKey): boolean =>
    harmed.has(`${broker} *`) || harmed.has(`${broker} ${key}`);
  return {
    id: 'S25',
    title: 'what nobody harmed is not called lost',
    onDeath(world, name, how) {
      if (how !== 'power') return;
      powerless.add(name);
      const { node } = world.seat(name);
      // Whether the cache was lost or not: a machine that was started again cannot prove it.
      if ('id' in node && world.knobs.durability === 'page-cache') harmed.add(`${node.id} *`);
    },
    onReplica(world, { broker, host, ghost }) {
      if (seen.has(host)) return;
      seen.add(host);
      const { state, reason } = host.log.recovery;
      if (state === 'whole' || isHarmed(broker, host.key)) return;
      const name = `broker-${broker}`;
      const isExcused = state === 'uncertain' && (powerless.has(name) || world.unsound.has(name));
      must(
        isExcused,
        'S25',
        () =>
          `${ghost.name} on broker ${broker} is called ${state}, and nobody harmed it: ${reason}`,
      );
    },
    onEvent(world, seat) {
      if (world.losses.length > 0) remember(world);
      const { image } = world;
      if (seat !== world.controllerSeat || image === null || image.nextOffset === checkedAt) return;
      checkedAt = image.nextOffset;
      for (const key of world.keys) {
        const [before, state] = [states.get(key), world.partitionState(key)];
        if (state === undefined || state === before) continue;
        states.set(key, state);
        // Where several changes came at once, what was between them is not known.
        if (before === undefined || state.partitionEpoch > before.partitionEpoch + 1) continue;
        if (state.isr.length >= state.minIsr) continue;
        // An operator has given up waiting for them.
        if (state.recovering && !before.recovering) continue;
        const eligible = [...state.isr, ...state.elr];
        for (const broker of [...before.isr, ...before.elr]) {
          must(
            eligible.includes(broker) || isHarmed(broker, key),
            'S25',
            () =>
              `broker ${broker} could be elected for ${key}, and no longer can: nobody harmed it`,
          );
        }
      }
    },
  };
}
