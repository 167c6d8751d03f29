import type { ReleaseQuoteView } from '@surety/client';
import { WAD } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { ReleasePlan } from './plan-release.js';
import { previewRelease } from './preview-release.js';

const vault = `0x${'ee'.repeat(20)}`;
const plan = {
  chain: { chainId: 902, name: 'beta' },
  settlementChain: { name: 'settlement' },
  vault: { address: vault },
  asset: { symbol: 'WETH', decimals: 18 },
  fee: 0n,
} as unknown as ReleasePlan;
const cost = { gas: 200_000n, feeWei: 200_000n * 10n ** 9n, coin: WAD };
const initial = { assetsWad: 9_000n * WAD, requirementWad: 8_000n * WAD, freeWad: 1_000n * WAD };
const payment = { lane: 'small', waits: false, largest: 50n * WAD };
const quote = { marginAfter: { initial }, payment, waitS: 60, etaS: 5 } as unknown as ReleaseQuoteView;
const preview = (given: ReleaseQuoteView | undefined, of = cost): string[] =>
  previewRelease({ plan, amount: 2n * WAD, recipient: '0xabc', cost: of, quote: given });

describe('the preview of a release', () => {
  it('shows amount, recipient, vault, fee, margin left, seconds and gas', () => {
    expect(preview(quote)).toEqual([
      `amount: 2 WETH to 0xabc, paid by the vault ${vault} on beta (902)`,
      'fee: none',
      'margin: initial assets 9,000.00 and requirement 8,000.00 afterwards, 1,000.00 free',
      'arrives: about 65 s from now',
      'gas: about 0.0002 of the coin of settlement (200000 gas)',
    ]);
  });

  it('calls the gas that is set aside for protocols a limit, not the cost', () => {
    const gas = 4_179_726n;
    expect(preview(quote, { ...cost, gas, feeWei: gas * 10n ** 9n }).at(-1)).toBe(
      'gas: needs a gas limit of 4179726, up to about 0.004179 of the coin of settlement; most of it comes back unused, since the ledger asks no protocol with less than 4000000 left',
    );
  });

  it('names what may hold it up, and what nobody tells', () => {
    const stopped = { ...quote, payment: { ...payment, lane: null, waits: true } } as unknown as ReleaseQuoteView;
    expect(preview(stopped).filter((line) => line.startsWith('may take longer'))).toEqual([
      'may take longer: it is above the fast limit of the vault: it waits for witnesses',
      'may take longer: it is above the largest payment, 50 WETH: the vault would stop and refund it; release less at a time',
    ]);
    expect(preview({ ...quote, payment: null, etaS: null })).toEqual(
      expect.arrayContaining([
        'arrives: unknown; this aggregator has timed no release of this vault since its start',
        'may take longer: the vault does not answer now',
      ]),
    );
    expect(preview(undefined)).toContain('margin and time: unknown, since no aggregator answers');
  });
});
