import { duplicates } from './duplicates.js';
import type { ConfigIssue } from './errors.js';
import { MARKET_RATE_MAX_WAD } from './market-schema.js';
import type { NetworkFile } from './network-schema.js';

type Market = NonNullable<NonNullable<NetworkFile['settlement']>['markets']>[number];

/** Finds terms that no constructor would have taken, price slots that do not exist, and markets that stand twice. */
export function findMarketIssues({ settlement }: NetworkFile): ConfigIssue[] {
  const markets = settlement?.markets ?? [];
  const path = 'settlement.markets';
  const slots = new Set(settlement?.underlyings.map(({ id }) => id));
  return [
    ...duplicates({ values: markets.map(({ name }) => name), path, what: 'name' }),
    ...duplicates({ values: markets.map(({ address }) => address.toLowerCase()), path, what: 'address' }),
    ...markets.flatMap((market, at) =>
      issuesOf(market, slots).map((issue) => ({ ...issue, path: `${path}[${at}].terms.${issue.path}` })),
    ),
  ];
}

/** The constructor's own limits across terms. @source MarketState, MarketClaims */
function issuesOf({ terms }: Market, slots: ReadonlySet<number>): ConfigIssue[] {
  const { initialBp, maintenanceBp, feeBp, priceSlot, debtCap, least } = terms;
  const issues: ConfigIssue[] = [];
  const expect = (holds: boolean, path: string, seen: number | bigint | string, expected: string): void => {
    if (!holds) issues.push({ path, seen: String(seen), expected });
  };
  const floor = 10_000 + feeBp;
  expect(maintenanceBp >= floor, 'maintenanceBp', maintenanceBp, `at least ${floor}, 10,000 and feeBp`);
  expect(initialBp >= maintenanceBp, 'initialBp', initialBp, `at least maintenanceBp ${maintenanceBp}`);
  const rates = BigInt(terms.rate0) + BigInt(terms.rate1) + BigInt(terms.rate2);
  expect(rates <= MARKET_RATE_MAX_WAD, 'rate0', `${rates} with rate1 and rate2`, `at most ${MARKET_RATE_MAX_WAD}`);
  expect(BigInt(debtCap) >= BigInt(least), 'debtCap', debtCap, `at least \`least\` ${least}`);
  expect(priceSlot === 0 || slots.has(priceSlot), 'priceSlot', priceSlot, '0, or an id in settlement.underlyings');
  return issues;
}
