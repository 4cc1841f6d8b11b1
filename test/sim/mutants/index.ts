import { COMPACTION_MUTANTS } from './compaction.ts';
import { CONTROLLER_MUTANTS } from './controller.ts';
import { DAMAGE_MUTANTS } from './damage.ts';
import { DURABILITY_MUTANTS } from './durability.ts';
import { FOLLOWER_MUTANTS } from './follower.ts';
import { HANDOVER_MUTANTS } from './handover.ts';
import { IN_SYNC_MUTANTS } from './in-sync-replicas.ts';
import { LEADER_MUTANTS } from './leader.ts';
import { LEASE_MUTANTS } from './leases.ts';
import { RULES, type Mutant } from './mutant.ts';
import { PRODUCER_MUTANTS } from './producers.ts';
import { RESTART_MUTANTS } from './restarts.ts';
import { TRANSACTION_MUTANTS } from './transactions.ts';

/** Every mutant, in the order of the rules. */
export const MUTANTS: readonly Mutant[] = [
  ...LEADER_MUTANTS,
  ...IN_SYNC_MUTANTS,
  ...CONTROLLER_MUTANTS,
  ...FOLLOWER_MUTANTS,
  ...RESTART_MUTANTS,
  ...DURABILITY_MUTANTS,
  ...DAMAGE_MUTANTS,
  ...LEASE_MUTANTS,
  ...HANDOVER_MUTANTS,
  ...PRODUCER_MUTANTS,
  ...TRANSACTION_MUTANTS,
  ...COMPACTION_MUTANTS,
].sort((a, b) => RULES.indexOf(a.rule) - RULES.indexOf(b.rule));
