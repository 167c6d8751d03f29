import { WAD, mulDivUp } from '@surety/domain';
import type { ChainReads } from '@surety/transactions';

/** Gas of a bid for one line that is made by itself. Beside three others it takes three fifths of that. */
export const LONE_BID_GAS = 364_000n;

/** Reads what the gas of a bid costs at the fees of the newest block, WAD of the unit of account. */
export function bidCostReader(
  reads: Pick<ChainReads, 'readMarket'>,
  coinPriceWad: bigint,
): (signal?: AbortSignal) => Promise<bigint> {
  return async (signal) => {
    const { baseFeePerGas, tipPerGas } = await reads.readMarket(signal);
    return mulDivUp(LONE_BID_GAS * (baseFeePerGas + tipPerGas), coinPriceWad, WAD);
  };
}
