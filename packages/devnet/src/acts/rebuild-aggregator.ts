import type { StatusView } from '@surety/client';
import type { Bytes32 } from '@surety/domain';
import { devnetError } from '../errors.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';

/** The state hash before the aggregator's database was deleted, and after it was rebuilt from the chains. */
export interface Rebuild {
  readonly hashBefore: Bytes32;
  readonly hashAfter: Bytes32;
  /** From the start of the new process to the same final blocks folded. */
  readonly tookMs: number;
}

const SETTLE_MS = 60_000;

/**
 * Holds every chain still, so that final blocks stay what they are, deletes the aggregator's database, and lets a new
 * process rebuild it. The hash commits to the final block of each chain, so only equal blocks can be compared.
 */
export async function rebuildAggregator(devnet: Devnet, blockSeconds: number): Promise<Rebuild> {
  const nodes = [...devnet.network.nodes.values()];
  await Promise.all(nodes.map((node) => node.startBlocks(0)));
  try {
    const before = await settledHash(devnet);
    await devnet.running('aggregator')?.stop();
    devnet.deleteAggregatorDatabase();
    const startedMs = Date.now();
    await devnet.start('aggregator');
    const after = await settledHash(devnet);
    return { hashBefore: before, hashAfter: after, tookMs: Date.now() - startedMs };
  } finally {
    await Promise.all(nodes.map((node) => node.startBlocks(blockSeconds)));
  }
}

/** Waits until the aggregator has folded the final block of every chain that its hash commits to. */
async function settledHash(devnet: Devnet): Promise<Bytes32> {
  return waitUntil({
    what: 'every final block folded',
    withinMs: SETTLE_MS,
    probe: async () => {
      const status = await devnet.aggregator.readStatus();
      return (await isAtFinalBlocks(devnet, status)) ? status.stateHash?.hash : undefined;
    },
  });
}

async function isAtFinalBlocks({ network }: Devnet, { stateHash }: StatusView): Promise<boolean> {
  if (stateHash === null || stateHash.chains.length === 0) return false;
  const same = await Promise.all(
    stateHash.chains.map(async ({ chainId, height, hash }) => {
      const reader = network.readers.get(chainId);
      if (reader === undefined)
        throw devnetError('STORY_BROKE', `the state hash names chain ${chainId}, which is not part of this network`);
      const final = await reader.getBlock({ blockTag: 'finalized' });
      return final.number === height && final.hash === hash;
    }),
  );
  return same.every(Boolean);
}
