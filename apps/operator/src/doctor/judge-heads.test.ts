import { expect, it } from 'vitest';
import { findLagging } from './judge-heads.js';

const named = (...heads: readonly bigint[]) => heads.map((head, at) => ({ provider: `p${at}`, head }));

it('names a provider that is more than 30 s behind, and more than three blocks', () => {
  expect([...findLagging(named(1_000n, 969n, 1_000n), 1_000)]).toEqual([
    ['p1', "its head 969 is 31 blocks behind the others'; expected at most 30: mend it, or name another one"],
  ]);
  expect(findLagging(named(1_000n, 970n, 1_000n), 1_000).size).toBe(0);
  expect([...findLagging(named(1_000n, 996n, 1_000n), 12_000).keys()]).toEqual(['p1']);
  expect(findLagging(named(1_000n, 997n, 1_000n), 12_000).size).toBe(0);
});

it('believes no single head that is far ahead, unless there are but two', () => {
  expect(findLagging(named(9_000n, 1_000n, 1_000n), 1_000).size).toBe(0);
  expect([...findLagging(named(9_000n, 1_000n), 1_000).keys()]).toEqual(['p1']);
  expect(findLagging(named(9_000n), 1_000).size).toBe(0);
  expect(findLagging([], 1_000).size).toBe(0);
});
