import { describe, expect, it } from 'vitest';
import { LedgerAge } from './ledger-age.js';

/** What is told of a block that is a day old, of an Ethereum that is a development chain or not. */
function overdueS(development: boolean): bigint {
  const finality = { rule: 'tag', tag: 'finalized', stepBlocks: 32 };
  const chain = { chainId: 1, blockTimeMs: 12_000, development, finality };
  const follower = { snapshot: { block: { timestamp: 1_000n } } };
  const listed = { network: { chains: [chain] }, settlementChainId: 1 };
  return new LedgerAge(follower as never, listed as never, { nowMs: () => (1_000 + 86_400) * 1_000 }).overdueS;
}

describe('the age of the last folded block', () => {
  it('is judged, but on a development chain, whose clock people set', () => {
    expect(overdueS(false)).toBe(86_400n - 300n - 2n * 3n * 32n * 12n);
    expect(overdueS(true)).toBe(0n);
  });
});
