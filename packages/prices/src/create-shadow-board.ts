import { type OperationCall, type TimelockOperation, readOperations, riskManagerAbi } from '@surety/contracts';
import type { Address } from '@surety/domain';
import { type ShadowBoard, type ShadowReading, type UnseenOperation, untilAborted } from '@surety/workflows';
import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  type PublicClient,
  decodeFunctionData,
} from 'viem';
import { type PriceReads, askFeed, readCountedPrice } from './create-price-board.js';

/** Ports of {@link createShadowBoard}. */
export interface ShadowBoardOptions {
  readonly reads: PriceReads;
  /** Reads the timelock: state and logs. */
  readonly reader: PublicClient;
  readonly riskManager: Address;
  /** Limits of the settlement chain's providers. */
  readonly limits: { readonly logRangeMax: number };
}

/**
 * Reads the feeds that wait in the timelock of the risk manager's governor, each beside the price that counts now. None where the
 * governor is no timelock.
 */
export function createShadowBoard({ reads, reader, riskManager, limits }: ShadowBoardOptions): ShadowBoard {
  const contract = { address: riskManager, abi: riskManagerAbi } as const;
  return {
    async readShadows(signal) {
      const operations = await untilAborted(waitingFor(reader, contract, limits), signal);
      const unseen = operations.flatMap(unseenOf);
      const listings = operations.flatMap((operation) =>
        (operation.content?.calls ?? []).flatMap((call) => listingOf(operation, call, riskManager)),
      );
      if (listings.length === 0) return { readings: [], unseen };
      const { height } = await reads.readHead('latest', signal);
      const at = { reads, riskManager, height, signal };
      const readings = await Promise.all(
        listings.map(async ({ slot, feed, readyAt }): Promise<ShadowReading> => {
          const [price, cached] = await Promise.all([askFeed(at, feed), readCountedPrice(at, slot)]);
          return { slot, feed, readyAt, price, counted1e12: cached.price };
        }),
      );
      return { readings, unseen };
    },
  };
}

/** Returns what waits for a risk manager. The reader's requests have no signal. */
async function waitingFor(
  reader: PublicClient,
  contract: { readonly address: Address; readonly abi: typeof riskManagerAbi },
  limits: ShadowBoardOptions['limits'],
): Promise<readonly TimelockOperation[]> {
  const governor = await reader.readContract({ ...contract, functionName: 'governor' });
  return operationsAt(reader, governor.toLowerCase() as Address, limits);
}

/** Returns what waits at a governor; nothing where it is an account or another contract. */
async function operationsAt(
  reader: PublicClient,
  governor: Address,
  limits: ShadowBoardOptions['limits'],
): Promise<readonly TimelockOperation[]> {
  try {
    return await readOperations(reader, governor, { limits });
  } catch (error) {
    // No answer, or a refusal: no timelock. Whoever could not be asked stays unknown.
    const isNone = (one: unknown): boolean =>
      one instanceof ContractFunctionZeroDataError || one instanceof ContractFunctionRevertedError;
    if (error instanceof BaseError && error.walk(isNone) !== null) return [];
    throw error;
  }
}

function unseenOf({ id, readyAt, content }: TimelockOperation): readonly UnseenOperation[] {
  return content === undefined ? [{ operation: id, readyAt }] : [];
}

interface Listing {
  readonly slot: number;
  readonly feed: Address;
  readonly readyAt: bigint;
}

function listingOf(
  { readyAt }: TimelockOperation,
  { to, data }: OperationCall,
  riskManager: Address,
): readonly Listing[] {
  if (to !== riskManager) return [];
  try {
    const { functionName, args } = decodeFunctionData({ abi: riskManagerAbi, data });
    if (functionName !== 'listUnderlying') return [];
    const [slot, feed] = args;
    return [{ slot, feed: feed.toLowerCase() as Address, readyAt }];
  } catch {
    // Words that no risk manager answers are no listing.
    return [];
  }
}
