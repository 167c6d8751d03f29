import { riskManagerAbi } from '@surety/contracts';
import { type Address, mulDivDown } from '@surety/domain';
import type { RecordedPrice } from '@surety/margin';
import { type PublicClient, getAbiItem } from 'viem';

const event = getAbiItem({ abi: riskManagerAbi, name: 'PricePoked' });

/** The risk manager and the blocks whose prices are wanted. */
export interface RecordedPricesOptions {
  readonly reader: PublicClient;
  readonly riskManager: Address;
  /** First block that may hold a price, such as that of the ledger's deployment. */
  readonly fromBlock: bigint;
  /** Seconds; prices observed earlier are left out. */
  readonly since: bigint;
  /** Most blocks of one log query. */
  readonly logSpanMax: bigint;
  /** Called after each query with blocks read and blocks in all. */
  readonly onRead?: (read: bigint, all: bigint) => void;
}

/**
 * Reads the prices that the risk manager accepted, by price slot, each observation once, up to the newest block. By the word of
 * one provider: an estimate may rest on it, no margin does. @throws what the provider throws.
 */
export async function readRecordedPrices(
  options: RecordedPricesOptions,
): Promise<ReadonlyMap<number, readonly RecordedPrice[]>> {
  const { reader, riskManager, since, logSpanMax, onRead } = options;
  const newest = await reader.getBlockNumber();
  const first = await firstBlockSince(reader, { from: options.fromBlock, newest, since });
  const found = new Map<number, Map<bigint, bigint>>();
  for (let fromBlock = first; fromBlock <= newest; fromBlock += logSpanMax) {
    const last = fromBlock + logSpanMax - 1n;
    const toBlock = last < newest ? last : newest;
    const logs = await reader.getLogs({ address: riskManager, event, strict: true, fromBlock, toBlock });
    for (const { args } of logs) {
      if (args.observedAt < since || args.price === 0n) continue;
      const slot = found.get(args.slot) ?? new Map<bigint, bigint>();
      found.set(args.slot, slot.set(args.observedAt, args.price));
    }
    onRead?.(toBlock - first + 1n, newest - first + 1n);
  }
  return new Map([...found].map(([slot, prices]) => [slot, [...prices].map(([at, price]) => ({ at, price }))]));
}

/** Finds the first block at or after a time by halving, so that years of blocks cost a few reads. */
async function firstBlockSince(
  reader: PublicClient,
  { from, newest, since }: { readonly from: bigint; readonly newest: bigint; readonly since: bigint },
): Promise<bigint> {
  let [low, high] = [from, newest];
  while (low < high) {
    const middle = mulDivDown(low + high, 1n, 2n);
    const { timestamp } = await reader.getBlock({ blockNumber: middle });
    if (timestamp < since) low = middle + 1n;
    else high = middle;
  }
  return low;
}
