import type { WatcherConfig } from '@surety/config';
import { describe, expect, it } from 'vitest';
import { journalsOf } from './journals-of.js';

const some = (digits: string): string => `0x${digits.repeat(20)}`;
const word = (digits: string): string => `0x${digits.repeat(32)}`;

/** The part of a configuration that names journals: vaults of sources 0, 1 and 2 on chains 900, 901 and 902. */
function configOf(): WatcherConfig {
  const vault = (source: number, digits: string): unknown => ({
    source,
    address: some(digits),
    codeHash: word(digits),
    fromBlock: '7',
    attesterSet: some(`b${digits[0]}`),
  });
  return {
    chainIds: [900, 901],
    settlement: {
      chainId: 900,
      ledger: some('4e'),
      ledgerCodeHash: word('4e'),
      fromBlock: '3',
      attesterSet: some('5e'),
    },
    network: {
      chains: [
        { chainId: 900, vault: vault(0, '10') },
        { chainId: 901, vault: vault(1, '11') },
        { chainId: 902, vault: vault(2, '12') },
      ],
    },
  } as unknown as WatcherConfig;
}

describe('journalsOf', () => {
  it('gives both journals of each chosen vault beside the settlement chain, each judged where it leads to', () => {
    const journals = journalsOf(configOf());
    expect(
      journals.map(({ journal: { direction, contract, fromBlock }, domain }) => [
        direction,
        contract,
        fromBlock,
        domain,
      ]),
    ).toEqual([
      ['to-ledger', some('11'), 7n, { chainId: 900, verifyingContract: some('5e') }],
      ['to-vault', some('4e'), 3n, { chainId: 901, verifyingContract: some('b1') }],
    ]);
    const [there, back] = journals.map(({ journal: { edge } }) => edge);
    expect([there?.originChainId, there?.replica, back?.originChainId, back?.replica]).toEqual([
      901,
      some('4e'),
      900,
      some('11'),
    ]);
    expect(new Set(journals.map(({ journal: { edgeId } }) => edgeId)).size).toBe(2);
  });
});
