import type { EdgeReport, WitnessReport } from '@surety/bridges';
import { expect, test } from 'vitest';
import { formatEdges } from './format-edges.js';

function reportOf(witness: Partial<WitnessReport>, edge: Partial<EdgeReport> = {}): EdgeReport {
  const one = {
    witness: 'layerzero',
    health: 'ok',
    head: null,
    confirmed: 2n,
    lag: { entries: 0n, seconds: null },
    feeWei: null,
  };
  const whole = {
    source: 1,
    chain: 'alpha',
    direction: 'to-ledger',
    count: 2n,
    m: 1,
    alive: 2,
    fast: [{ assetId: 4, symbol: 'USDC', units: 40_000_500_000n }],
    witnesses: [{ ...one, ...witness }],
  };
  return { ...whole, ...edge } as unknown as EdgeReport;
}

const lines = (...edges: EdgeReport[]): string[] => formatEdges(edges, () => 6);

test('says how many witnesses count, how many are needed above what, and nothing where all is well', () => {
  expect(lines(reportOf({})).slice(2)).toEqual([
    '',
    'alpha to-ledger: 2 witnesses count, 1 needed above the fast limits (40,000.5 USDC)',
  ]);
  const unread = reportOf({}, { m: null, fast: [{ assetId: 4, symbol: 'USDC', units: null }] });
  expect(lines(unread).at(-1)).toBe('alpha to-ledger: 2 witnesses count (unread USDC)');
});

test('explains each health that occurs, once', () => {
  const told = lines(reportOf({ health: 'unheard' }), reportOf({ health: 'unheard' }), reportOf({ health: 'drifted' }));
  expect(told.slice(-2)).toEqual([
    'unheard: has told nothing yet of a journal that has entries',
    'drifted: is not set as configured, and confirms nothing',
  ]);
});

test('says that no source has a witness', () => {
  expect(lines()).toEqual(['no source has a witness']);
});
