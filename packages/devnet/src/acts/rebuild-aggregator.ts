import type { StateHashView } from '@surety/client';
import type { Bytes32 } from '@surety/domain';
import { COLLATERAL_CHAINS, SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';
import { readAppliedBatches } from './read-applied.js';

/** The state hash before the aggregator's database was deleted, and after it was rebuilt from the chains. */
export interface Rebuild {
  readonly hashBefore: Bytes32;
  readonly hashAfter: Bytes32;
  /** The final settlement block that both hashes commit to: the last one that changed anything. */
  readonly height: bigint;
  /** From the start of the new process to the same block folded. */
  readonly tookMs: number;
}

const SETTLE_MS = 60_000;

/**
 * Deletes the aggregator's database and lets a new process rebuild it from the chains. The hash commits to the last final
 * block that changed the state, so it stays the same while nothing happens, and only hashes of that block are compared.
 */
export async function rebuildAggregator(
  devnet: Devnet,
  tell: (line: string) => void = () => undefined,
): Promise<Rebuild> {
  const batches = await Promise.all(
    COLLATERAL_CHAINS.map(({ chainId }) => readAppliedBatches(devnet.network, chainId)),
  );
  const lastApplied = batches.flat().reduce((top, { height }) => (height > top ? height : top), 0n);
  const before = await awaitHash(devnet, lastApplied);
  tell(`state hash before  ${before.hash}`);
  await devnet.running('aggregator')?.stop();
  devnet.deleteAggregatorDatabase();
  tell('the aggregator was stopped and its database deleted; a new process starts with nothing');
  const startedMs = Date.now();
  await devnet.start('aggregator');
  const after = await awaitHash(devnet, lastApplied);
  tell(`state hash after   ${after.hash}`);
  return { hashBefore: before.hash, hashAfter: after.hash, height: lastApplied, tookMs: Date.now() - startedMs };
}

/** Waits until the aggregator's hash commits to a block that is final and that the chain itself has. */
async function awaitHash({ aggregator, network }: Devnet, height: bigint): Promise<StateHashView> {
  const reader = network.readers.get(SETTLEMENT_CHAIN_ID);
  return waitUntil({
    what: `block ${height} folded`,
    withinMs: SETTLE_MS,
    probe: async () => {
      const { stateHash } = await aggregator.readStatus();
      const at = stateHash?.chains.find(({ chainId }) => chainId === SETTLEMENT_CHAIN_ID);
      if (stateHash === null || at === undefined || at.height !== height) return undefined;
      const [own, final] = await Promise.all([
        reader?.getBlock({ blockNumber: height }),
        reader?.getBlock({ blockTag: 'finalized' }),
      ]);
      return own?.hash === at.hash && (final?.number ?? 0n) >= height ? stateHash : undefined;
    },
  });
}
