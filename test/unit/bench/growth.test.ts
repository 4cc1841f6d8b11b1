import { expect, test } from 'vitest';
import { missingSpace } from '../../../bench/growth.ts';

test('says how much space is missing, and nothing where there is enough', () => {
  expect(missingSpace(33e9, 33e9)).toBeNull();
  expect(missingSpace(33e9, 5.25e9)).toBe(
    'three replicas of the log need 33 GB, and 5.25 GB are free',
  );
});
