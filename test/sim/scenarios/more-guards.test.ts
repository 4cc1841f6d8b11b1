/** The stories of `guarded-stories-more.ts` and `guarded-stories-out-of-date.ts`, told as they are. */
import { describe, test } from 'vitest';
import type { GuardedStory } from './guarded-stories.ts';
import * as stories from './guarded-stories-more.ts';
import * as late from './guarded-stories-out-of-date.ts';
import { tell } from './tell.ts';

const SUBJECTS: Readonly<Record<string, readonly (readonly [string, GuardedStory])[]>> = {
  'who is elected': [
    ['an outsider is elected once an operator allows it, by the sweep', stories.nobodyButTheSweep],
    ['the furthest of two that are uncertain', stories.uncertainAmongThemselves],
    ['the fullest of the last that were known', stories.fullestOfTheLast],
  ],
  'the controller’s journal': [
    ['nobody is told what rests on what is not committed', stories.numberThatNoJournalHolds],
    ['the power goes as a snapshot is to get its name', stories.snapshotWithoutAName],
  ],
  'a log that is being cut, at every moment': [
    ['its process dies', stories.killedWhileItCuts],
    ['its process dies, or its machine loses power', stories.powerlessWhileItCuts],
    ['segments go from the end', stories.cutFromTheEnd],
    ['batches go before their epochs', stories.batchesAgreeWithEpochs],
  ],
  'a planned change of leader': [
    ['waits for a record that the target lacks', stories.targetThatLacksOne],
    ['is not called off once it is under way', stories.readyThatIsLate],
    ['is not made where the leader has gone on', stories.readyThatIsOver],
    ['is asked for again when the stream broke', stories.readyThatIsLost],
    ['ends when the target cannot lead any more', stories.readyForNothing],
    ['is waited for although the leader was cut off meanwhile', stories.readyAcrossALapse],
  ],
  'what a start finds': [
    ['a number that was given and never written down', stories.numberThatIsOnNoDisk],
    ['a mark, and no directory', stories.directoryThatIsGone],
    ['a log that it began to judge before', stories.diesWhileItJudges],
    ['the first batch of an epoch, and what explains it', stories.firstBatchOfAnEpoch],
  ],
  'what a dead process had sent': [
    ['arrives while its successor is being registered', stories.registeredBetween],
    ['arrives behind the end of its successor', stories.registeredFromTheGrave],
  ],
  'a leader that is none any more': [
    ['was alone in sync, and stops by its own clock', stories.aloneAndCutOff],
    ['is still followed in another topic', stories.followedElsewhere],
    ['takes no write that came while it was cut off', stories.writeFromBefore],
  ],
  'an answer to an old session': [['cuts nothing of the new one', stories.answerToAnOldSession]],
  'an epoch without a record': [['does not outlive the leadership', stories.ledWithoutARecord]],
  'what is out of date when it arrives': [
    ['an epoch that the leader has not heard of', late.epochThatTheLeaderHasNotHeardOf],
    ['a position below the start of the log', late.askedForWhatIsDeleted],
    ['the answer to the proposal before', late.answerToTheProposalBefore],
    ['a sign of life from whoever leads instead', late.heardByItsSuccessor],
    ['a flush from before the log began again', late.flushFromBefore],
    ['a flush from before a cut of nothing', late.flushBeforeACutOfNothing],
    ['a log end that was said while the log still grew', late.endThatWasNotTheLast],
    ['a log end of an earlier life', late.endOfAnEarlierLife],
  ],
  damage: [
    ['of a leader that nobody has heard of: it keeps what it has', stories.damageNobodyHasHeardOf],
    ['of an eligible one: so does it', stories.damageOfAnEligible],
    ['of a follower: what it said before counts no more', stories.saidBeforeTheDamage],
  ],
};

describe.each(Object.entries(SUBJECTS))('%s', (_subject, told) => {
  test.each(told)('%s', (_title, story) => tell(story.tell, story.options));
});
