/** The stories of `guarded-stories-more.ts`, told as they are. */
import { describe, test } from 'vitest';
import * as stories from './guarded-stories-more.ts';
import { tell } from './tell.ts';

describe('elections that nothing else brings about', () => {
  test('an outsider is elected once an operator allows it, by the sweep', () =>
    tell(stories.nobodyButTheSweep.tell, stories.nobodyButTheSweep.options));
});

describe('damage', () => {
  test('a leader that nobody has heard of as damaged keeps what it has', () =>
    tell(stories.damageNobodyHasHeardOf.tell, stories.damageNobodyHasHeardOf.options));
});

describe('the controller’s journal', () => {
  test('nobody is told what rests on something that is not committed', () =>
    tell(stories.numberThatNoJournalHolds.tell, stories.numberThatNoJournalHolds.options));
});

describe('a log that is being cut, at every moment', () => {
  test('its process dies', () =>
    tell(stories.killedWhileItCuts.tell, stories.killedWhileItCuts.options));

  test('its process dies, or its machine loses power', () =>
    tell(stories.powerlessWhileItCuts.tell, stories.powerlessWhileItCuts.options));
});
