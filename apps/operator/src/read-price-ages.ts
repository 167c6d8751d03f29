import { riskManagerAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { formatAge } from './format.js';
import type { Reach } from './open-config.js';
import { openReader } from './open-sender.js';

/** A price that counts for nothing new, and why. */
export interface StalePrice {
  readonly symbol: string;
  readonly detail: string;
}

/** Reads the price of every underlying at the newest block, and returns those too old or failing; none where the settlement chain has no provider. */
export async function readStalePrices({ network, endpoints, clock }: Reach): Promise<readonly StalePrice[]> {
  const { settlement, chains } = network;
  const chain = chains.find(({ chainId }) => chainId === settlement?.chainId);
  const reached = endpoints.get(chain?.chainId ?? 0) ?? [];
  if (settlement === undefined || chain === undefined || reached.length === 0) return [];
  const reader = openReader({ chain, endpoints: reached, clock });
  const { number: blockNumber, timestamp } = await reader.getBlock();
  const all = await Promise.all(
    settlement.underlyings.map(async ({ id, symbol, feed }): Promise<StalePrice[]> => {
      const contract = { address: address(settlement.riskManager), abi: riskManagerAbi, blockNumber } as const;
      const price = await reader.readContract({ ...contract, functionName: 'priceOf', args: [id] });
      const ageS = Number(timestamp) - price.observedAt;
      const what = `it counts 0 for new risk, other grades keep the last price; feed ${feed}`;
      if (price.failing) return [{ symbol, detail: `its feed fails: ${what}` }];
      if (ageS <= price.maxAgeS) return [];
      const seen = price.observedAt === 0 ? 'it has no price' : `its price is ${formatAge(ageS)} old`;
      return [{ symbol, detail: `${seen}; allowed are ${formatAge(price.maxAgeS)}: ${what}` }];
    }),
  );
  return all.flat();
}
