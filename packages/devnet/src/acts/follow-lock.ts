import type { LockStage, EntryView } from '@surety/client';
import type { Devnet } from '../start-devnet.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import { waitUntil } from '../processes/wait-until.js';
import type { MinedLock } from './lock.js';
import { readAppliedEvents } from './read-applied.js';

/** The stages of an entry in their order. */
const STAGES: readonly LockStage[] = ['seen', 'final', 'attested', 'applied'];

/** A lock's stages with their times, in milliseconds after its block was seen. */
export interface LockProgress {
  readonly entry: EntryView;
  /** Time at which the aggregator saw each stage begin. */
  readonly stageMs: Readonly<Partial<Record<LockStage, number>>>;
  /** Time at which the node itself first called the lock's block final. */
  readonly finalOnChainMs: number;
  /** Settlement blocks from that moment to the block that applied the lock. */
  readonly settlementBlocksToApply: bigint;
}

/** Follows a lock over HTTP and on the chains until the ledger has applied it. Calls `tell` once for each stage. */
export async function followLock(
  devnet: Devnet,
  request: {
    readonly chainId: number;
    readonly lock: MinedLock;
    readonly withinMs: number;
    readonly tell?: (stage: LockStage, afterMs: number) => void;
  },
): Promise<LockProgress> {
  const { chainId, lock, withinMs } = request;
  const stageMs: Partial<Record<LockStage, number>> = {};
  const finality = watchFinality(devnet, chainId, lock, withinMs);
  const entry = await waitUntil({
    what: `lock ${lock.txHash} applied`,
    withinMs,
    everyMs: 60,
    probe: async () => {
      const [found] = await devnet.aggregator.readEntry(lock.txHash);
      if (found === undefined) return undefined;
      for (const stage of STAGES) {
        const atMs = found.times[`${stage}Ms`];
        if (atMs === null || stageMs[stage] !== undefined) continue;
        const afterMs = Math.max(0, atMs - lock.minedMs);
        stageMs[stage] = afterMs;
        request.tell?.(stage, afterMs);
      }
      return found.stage === 'applied' ? found : undefined;
    },
  });
  const { finalOnChainMs, settlementHeight } = await finality;
  const appliedAt = await findAppliedBlock(devnet, chainId, entry.index);
  return { entry, stageMs, finalOnChainMs, settlementBlocksToApply: appliedAt - settlementHeight };
}

/** Notes when the lock's block became final and where the settlement chain stood then, as the nodes themselves say. */
async function watchFinality(
  { network }: Devnet,
  chainId: number,
  lock: MinedLock,
  withinMs: number,
): Promise<{ finalOnChainMs: number; settlementHeight: bigint }> {
  return waitUntil({
    what: `block ${lock.height} of chain ${chainId} final`,
    withinMs,
    everyMs: 40,
    probe: async () => {
      const block = await network.readers.get(chainId)?.getBlock({ blockTag: 'finalized' });
      if (block === undefined || block.number < lock.height) return undefined;
      const newest = await network.readers.get(SETTLEMENT_CHAIN_ID)?.getBlock({ blockTag: 'latest' });
      return { finalOnChainMs: Date.now() - lock.minedMs, settlementHeight: newest?.number ?? 0n };
    },
  });
}

async function findAppliedBlock({ network }: Devnet, chainId: number, index: bigint): Promise<bigint> {
  const events = await readAppliedEvents(network, chainId);
  return events.find(({ args }) => args.to >= index)?.blockNumber ?? 0n;
}
