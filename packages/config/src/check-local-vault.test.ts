import { describe, expect, it } from 'vitest';
import { applyExample } from './lint/apply-example.js';
import { findNetworkIssues } from './parse-network.js';

const some = (digits: string): string => `0x${digits.repeat(40).slice(0, 40)}`;
/** The example's ledger stands on `chains[1]`. */
const place = 'chains[1].vault';
const local = {
  address: some('1a'),
  codeHash: `0x${'ea'.repeat(32)}`,
  source: 0,
  fromBlock: '30',
  attesterSet: some('1b'),
  desk: some('1c'),
  assets: [
    {
      index: 1,
      assetId: 2,
      symbol: 'USDC',
      token: some('73'),
      decimals: 6,
      underlying: 1,
      cap: '15000000000000',
      minimum: '1000000',
      baseI: 9_500,
      baseM: 9_800,
    },
  ],
};

function issuesOf(changes: Record<string, unknown>): string[] {
  return findNetworkIssues(applyExample({ [place]: local, ...changes })).map(
    ({ path, seen, expected }) => `${path}: seen ${seen}; expected ${expected}`,
  );
}

describe('the vault of the settlement chain', () => {
  it('is source 0 beside the ledger, with its verifier and its desk', () => {
    expect(issuesOf({})).toEqual([]);
  });

  const refused: readonly (readonly [what: string, changes: Record<string, unknown>, issue: string])[] = [
    ['another number', { [`${place}.source`]: 9 }, `${place}.source: seen 9; expected 0, the vault of the settlement`],
    ['no desk', { [`${place}.desk`]: null }, `${place}.desk: seen nothing; expected the LocalDesk`],
    [
      'a witness policy',
      { [`${place}.policy`]: { m: 1, valueMaxUsd: '1', fastBp: 10 } },
      `${place}.policy: seen m = 1; expected none`,
    ],
    [
      'the attester set of the ledger',
      { [`${place}.attesterSet`]: some('7') },
      `${place}.attesterSet: seen ${some('7')}; expected the LocalVerifier`,
    ],
    [
      'a fee of locks',
      { [`${place}.assets[0].lockFeeBp`]: 1 },
      `${place}.assets[0].lockFeeBp: seen 1; expected 0 or nothing`,
    ],
    [
      'source 0 on another chain',
      { [place]: null, 'chains[0].vault.source': 0 },
      'chains[0].vault.source: seen 0; expected a number from 1: source 0 is the vault of the settlement chain 8453',
    ],
    ['two of source 0', { 'chains[0].vault.source': 0 }, 'chains: seen vault.source 0 more than once'],
    ['a desk on another chain', { 'chains[0].vault.desk': some('1d') }, 'chains[0].vault.desk: seen'],
  ];

  it.each(refused)('refuses %s', (_, changes, issue) => {
    const issues = issuesOf(changes);
    expect(issues.filter((one) => one.startsWith(issue))).toHaveLength(1);
  });
});
