import type { Network } from '../parse-network.js';
import { type LintRule, lintRule } from './lint-rule.js';

type Market = NonNullable<NonNullable<Network['settlement']>['markets']>[number];

/** Least distance between the initial and the maintenance requirement, in basis points of the debt. */
const HEADROOM_MIN_BP = 200;
/** Where a kink still leaves lenders a reserve of cash, and borrowers a rate that can be foreseen. */
const KINK_BP = { least: 5_000, most: 9_500 } as const;
/** No market owes a trillion whole tokens: a cap above it was not chosen. */
const CAP_MAX_TOKENS = 1_000_000_000_000n;
/** Yearly rate at full utilisation that brings cash back: borrowers above the kink repay, and lenders come. */
const FULL_RATE_MIN_WAD = 200_000_000_000_000_000n;

/** Rules about markets. Their terms never change, so a bad one is repaired by another market only. */
export const MARKET_RULES: readonly LintRule[] = [
  lintRule({
    id: 'market-without-cap',
    severity: 'refuse',
    wants: 'a debt cap that somebody chose, below a trillion whole tokens',
    why: 'Without a cap, one collateral that is overvalued lends out everything that was deposited since.',
    fix: 'Deploy another market with `debtCap` at what its lenders can lose, and name that one here.',
    bad: { 'settlement.markets[0].terms.debtCap': `${2n ** 128n - 1n}` },
    good: { 'settlement.markets[0].terms.debtCap': '50000000000000' },
    subjects: marketsOf,
    field: 'terms.debtCap',
    judge: ({ market: { decimals, terms } }) =>
      BigInt(terms.debtCap) > CAP_MAX_TOKENS * 10n ** BigInt(decimals) ? terms.debtCap : null,
  }),
  lintRule({
    id: 'market-rate-flat',
    severity: 'refuse',
    wants: 'a rate that rises above the kink, to at least 20 % a year at full utilisation',
    why: 'Lenders leave by cash alone. Where the last token lent costs no more than the first, nobody repays and nobody can leave.',
    fix: 'Deploy another market with a higher `rate2`, and name that one here.',
    bad: { 'settlement.markets[0].terms.rate2': '0' },
    good: { 'settlement.markets[0].terms.rate2': '600000000000000000' },
    subjects: marketsOf,
    field: 'terms.rate2',
    judge: ({ market: { terms } }) => {
      const full = BigInt(terms.rate0) + BigInt(terms.rate1) + BigInt(terms.rate2);
      if (terms.rate2 === '0') return '0';
      return full < FULL_RATE_MIN_WAD ? `${full} with rate0 and rate1` : null;
    },
  }),
  lintRule({
    id: 'market-kink-misplaced',
    severity: 'warn',
    wants: `a kink between ${KINK_BP.least} and ${KINK_BP.most} basis points of utilisation`,
    why: 'A lower kink makes ordinary borrowing dear; a higher one lets cash run out before the rate rises.',
    fix: 'Deploy another market with `kinkBp` in between, and name that one here.',
    bad: { 'settlement.markets[0].terms.kinkBp': KINK_BP.most + 1 },
    good: { 'settlement.markets[0].terms.kinkBp': KINK_BP.most },
    subjects: marketsOf,
    field: 'terms.kinkBp',
    judge: ({ market: { terms } }) =>
      terms.kinkBp < KINK_BP.least || terms.kinkBp > KINK_BP.most ? String(terms.kinkBp) : null,
  }),
  lintRule({
    id: 'market-fee-pays-nobody',
    severity: 'warn',
    wants: 'a reward for whoever starts an auction',
    why: 'At 0 nobody is paid the gas of a start, so an account below maintenance waits for a friend of the lenders.',
    fix: 'Deploy another market with `keeperMost` at a few times the gas of a start, and name that one here.',
    bad: { 'settlement.markets[0].terms.keeperMost': '0' },
    good: { 'settlement.markets[0].terms.keeperMost': '1000000' },
    subjects: marketsOf,
    field: 'terms.keeperMost',
    judge: ({ market: { terms } }) => (terms.keeperMost === '0' ? '0' : null),
  }),
  lintRule({
    id: 'market-headroom-small',
    severity: 'warn',
    wants: `an initial requirement of at least ${HEADROOM_MIN_BP} basis points above maintenance`,
    why: 'Who borrows all that initial margin allows is that far from an auction: interest alone closes less.',
    fix: 'Deploy another market with a higher `initialBp`, and name that one here.',
    bad: { 'settlement.markets[0].terms.initialBp': 10_699 },
    good: { 'settlement.markets[0].terms.initialBp': 10_700 },
    subjects: marketsOf,
    field: 'terms.initialBp',
    judge: ({ market: { terms } }) =>
      terms.initialBp - terms.maintenanceBp < HEADROOM_MIN_BP
        ? `${terms.initialBp} against maintenance ${terms.maintenanceBp}`
        : null,
  }),
  lintRule({
    id: 'market-tranche-unpaid',
    severity: 'warn',
    wants: 'a part of the interest for the junior tranche',
    why: 'A tranche that earns liquidation fees alone stays empty, and lenders bear the first loss themselves.',
    fix: 'Deploy another market with `reserveBp` above 0, and name that one here.',
    bad: { 'settlement.markets[0].terms.reserveBp': 0 },
    good: { 'settlement.markets[0].terms.reserveBp': 1_000 },
    subjects: marketsOf,
    field: 'terms.reserveBp',
    judge: ({ market: { terms } }) => (terms.reserveBp === 0 ? '0' : null),
  }),
  lintRule({
    id: 'market-unpriced',
    severity: 'warn',
    wants: 'a price slot, so that a debt counts what its token is worth',
    why: 'A token that always counts 1.00 is still owed at 1.00 when it trades above: lenders carry the difference.',
    fix: 'Deploy another market with `priceSlot` at a slot of settlement.underlyings, and name that one here.',
    bad: { 'settlement.markets[0].terms.priceSlot': 0 },
    good: { 'settlement.markets[0].terms.priceSlot': 1 },
    subjects: marketsOf,
    field: 'terms.priceSlot',
    judge: ({ market: { terms } }) => (terms.priceSlot === 0 ? '0' : null),
  }),
];

/** Every market with its path. */
function marketsOf({ settlement }: Network): { path: string; market: Market }[] {
  return (settlement?.markets ?? []).map((market, at) => ({ path: `settlement.markets[${at}]`, market }));
}
