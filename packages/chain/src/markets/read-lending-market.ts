import { marketAbi } from '@surety/contracts';
import { type Address, WAD, mulDivDown, mulDivUp } from '@surety/domain';
import type { PublicClient } from 'viem';

/** Figures of a market at one block, with interest up to then; token units, rates WAD a year. */
export interface LendingMarket {
  /** Cash and debt less provisions and what is uncollected: what all shares are worth. */
  readonly supplied: bigint;
  readonly cash: bigint;
  readonly borrowed: bigint;
  /** Part of the units that is lent, rounded up. */
  readonly utilisationWad: bigint;
  /** Rounded up. */
  readonly borrowRateWad: bigint;
  /** Rate that lenders earn, without the part that goes to the tranche; rounded down. */
  readonly supplyRateWad: bigint;
  /** Worth of the tranche's market shares, rounded down: so much is lost before a lender loses. */
  readonly tranche: bigint;
  /** Foreseeable losses of accounts in an auction, as they were last seen. */
  readonly provisions: bigint;
  /** Booked as lost, and owed still. */
  readonly writtenOff: bigint;
  /** Paid of what was written off, and not collected yet by those who bore the losses. */
  readonly uncollected: bigint;
}

const BASIS_POINTS = 10_000n;

/** Reads a market at one block. */
export async function readLendingMarket(
  reader: PublicClient,
  { market, blockNumber }: { readonly market: Address; readonly blockNumber: bigint },
): Promise<LendingMarket> {
  const at = { address: market, abi: marketAbi, blockNumber } as const;
  const [books, supplied, borrowRateWad, { reserveBp }] = await Promise.all([
    reader.readContract({ ...at, functionName: 'booksOf' }),
    reader.readContract({ ...at, functionName: 'totalAssets' }),
    reader.readContract({ ...at, functionName: 'rateNow' }),
    reader.readContract({ ...at, functionName: 'terms' }),
  ]);
  const tranche = await reader.readContract({ ...at, functionName: 'convertToAssets', args: [books.trancheShares] });
  const { cash, debt, provisions, writtenOff, uncollected } = books;
  const earned = mulDivDown(debt * borrowRateWad, BASIS_POINTS - BigInt(reserveBp), BASIS_POINTS);
  return {
    supplied,
    // What is uncollected comes first.
    cash: cash > uncollected ? cash - uncollected : 0n,
    borrowed: debt,
    utilisationWad: debt === 0n ? 0n : mulDivUp(debt, WAD, debt + cash),
    borrowRateWad,
    supplyRateWad: supplied === 0n ? 0n : mulDivDown(earned, 1n, supplied),
    tranche,
    provisions,
    writtenOff,
    uncollected,
  };
}
