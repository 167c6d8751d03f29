import { riskManagerAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import type { ContractFunctionReturnType } from 'viem';
import { tellFailure } from '../errors.js';
import { formatAge } from '../terminal/format.js';
import { type Reach, reachSettlement } from '../chains/open-config.js';
import { openAgreedReader } from '../chains/open-agreed.js';

/** A price that counts for nothing new, and why. */
export interface StalePrice {
  readonly symbol: string;
  readonly detail: string;
}

/**
 * Reads the newest price of every underlying, and returns those too old, failing or not readable; none where the settlement
 * chain has no provider: nothing is known of them then. Two thirds of the providers must agree. The prices come first: the block after them
 * makes a price older by a moment, never younger.
 */
export async function readStalePrices(reach: Reach): Promise<readonly StalePrice[]> {
  const found = reachSettlement(reach);
  if (found === undefined) return [];
  const { settlement, place } = found;
  const reader = openAgreedReader(place);
  const riskManager = { address: address(settlement.riskManager), abi: riskManagerAbi } as const;
  const { underlyings } = settlement;
  try {
    const prices = await Promise.all(
      underlyings.map(({ id }) => reader.readContract({ ...riskManager, functionName: 'priceOf', args: [id] })),
    );
    const { timestamp } = await reader.getBlock();
    return underlyings.flatMap(({ symbol, feed }, at) => {
      const detail = judgePrice(prices[at] as Price, Number(timestamp));
      return detail === undefined ? [] : [{ symbol, detail: `${detail}; feed ${feed}` }];
    });
  } catch (cause) {
    const detail = `it cannot be read: ${tellFailure(cause).message}; ask surety doctor`;
    return underlyings.map(({ symbol }) => ({ symbol, detail }));
  }
}

/** Names each price that nobody can be asked for: the settlement chain has no provider. */
export function tellUnreadPrices(reach: Reach): string[] {
  if (reachSettlement(reach) !== undefined) return [];
  const underlyings = reach.network.settlement?.underlyings ?? [];
  return underlyings.map(({ symbol }) => `price of ${symbol}: not read: the settlement chain has no provider`);
}

type Price = Pick<
  ContractFunctionReturnType<typeof riskManagerAbi, 'view', 'priceOf'>,
  'failing' | 'observedAt' | 'maxAgeS'
>;

/** Returns why a price counts for nothing new at a time in seconds; undefined where it counts. */
function judgePrice({ failing, observedAt, maxAgeS }: Price, nowS: number): string | undefined {
  const ageS = nowS - observedAt;
  if (!failing && ageS <= maxAgeS) return undefined;
  // The risk manager marks a feed as failing as soon as somebody reads it past its age, so an old price shows as either.
  const fails = failing ? 'its feed fails; ' : '';
  const seen = observedAt === 0 ? 'it has no price' : `its price is ${formatAge(ageS)} old`;
  const follows = 'it counts 0 for new risk, other grades keep the last price';
  return `${fails}${seen}; allowed are ${formatAge(maxAgeS)}: ${follows}`;
}
