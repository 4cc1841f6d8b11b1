import type { Invariant } from './invariant.ts';
import { oneLeaderPerEpoch } from './s01-one-leader-per-epoch.ts';
import { epochsRise } from './s02-epochs-rise.ts';
import { leaderCompleteness } from './s03-leader-completeness.ts';
import { candidateCompleteness } from './s04-candidate-completeness.ts';
import { quorumSuperset } from './s05-quorum-superset.ts';
import { logMatching } from './s06-log-matching.ts';
import { commitIsStable } from './s07-commit-is-stable.ts';
import { noGlobalLoss } from './s08-no-global-loss.ts';
import { highWatermark } from './s09-high-watermark.ts';
import { readCommittedOnly } from './s10-read-committed-only.ts';
import { consumerOrder } from './s11-consumer-order.ts';
import { acknowledgements } from './s12-acknowledgements.ts';
import { idempotence } from './s13-idempotence.ts';
import { definiteFailure } from './s14-definite-failure.ts';
import { fencing } from './s15-fencing.ts';
import { metadataPrefix } from './s16-metadata-prefix.ts';
import { offsets } from './s17-offsets.ts';
import { transactions } from './s18-transactions.ts';
import { recovery } from './s20-recovery.ts';
import { durability } from './s21-durability.ts';
import { handover } from './s22-handover.ts';
import { leases } from './s23-leases.ts';
import { noFalseAlarm } from './s25-no-false-alarm.ts';
import { minimum } from './s26-minimum.ts';
import { failedLogs } from './s27-failed-logs.ts';

export type { Answer, Invariant } from './invariant.ts';

/** All of them, new, in the order in which they look. */
export function INVARIANTS(): Invariant[] {
  return [
    logMatching(),
    commitIsStable(),
    oneLeaderPerEpoch(),
    epochsRise(),
    leaderCompleteness(),
    candidateCompleteness(),
    quorumSuperset(),
    noGlobalLoss(),
    highWatermark(),
    readCommittedOnly(),
    consumerOrder(),
    acknowledgements(),
    idempotence(),
    definiteFailure(),
    fencing(),
    metadataPrefix(),
    offsets(),
    transactions(),
    recovery(),
    durability(),
    handover(),
    leases(),
    noFalseAlarm(),
    minimum(),
    failedLogs(),
  ];
}
