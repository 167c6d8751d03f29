import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import type { StateHashView } from '@surety/client';
import type { Bytes32 } from '@surety/domain';
import { COLLATERAL_CHAINS, SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { waitUntil } from '../processes/wait-until.js';
import { awaitReadiness } from '../processes/await-readiness.js';
import type { Devnet } from '../start-devnet.js';
import { vaultOf } from './lock.js';

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
 * Deletes the aggregator's database and lets a new process rebuild it from the chains. The hash commits to the last
 * final block that changed the state, so it stays the same while nothing happens. Only hashes of that block are
 * compared. Ends once the new process is ready.
 */
export async function rebuildAggregator(
  devnet: Devnet,
  tell: (line: string) => void = () => undefined,
): Promise<Rebuild> {
  const changed = await readLastChanges(devnet.network);
  const before = await awaitHash(devnet, changed);
  tell(`state hash before  ${before.hash}`);
  await devnet.running('aggregator')?.stop();
  await devnet.deleteAggregatorDatabase();
  tell('the aggregator was stopped and its database deleted; a new process starts with nothing');
  const startedMs = Date.now();
  const rebuilt = await devnet.start('aggregator');
  const after = await awaitHash(devnet, changed);
  const tookMs = Date.now() - startedMs;
  tell(`state hash after   ${after.hash}`);
  // It has folded the chains, and may not have heard the attesters yet.
  await awaitReadiness(rebuilt, SETTLE_MS);
  return {
    hashBefore: before.hash,
    hashAfter: after.hash,
    height: changed.get(SETTLEMENT_CHAIN_ID) ?? 0n,
    tookMs,
  };
}

/** Waits until the aggregator's hash commits to these blocks, which are final and the chains' own. */
async function awaitHash(
  { aggregator, network }: Devnet,
  changed: ReadonlyMap<number, bigint>,
): Promise<StateHashView> {
  return waitUntil({
    what: `blocks ${[...changed].map(([chainId, height]) => `${height} of ${chainId}`).join(', ')} folded`,
    withinMs: SETTLE_MS,
    probe: async () => {
      const { stateHash } = await aggregator.readStatus();
      if (stateHash === null || stateHash.chains.length !== changed.size) return undefined;
      for (const { chainId, height, hash } of stateHash.chains) {
        if (changed.get(chainId) !== height) return undefined;
        const reader = network.readers.get(chainId);
        const [own, final] = await Promise.all([
          reader?.getBlock({ blockNumber: height }),
          reader?.getBlock({ blockTag: 'finalized' }),
        ]);
        if (own?.hash !== hash || (final?.number ?? 0n) < height) return undefined;
      }
      return stateHash;
    },
  });
}

/** Returns the last block of each chain that changed a line, a replica or a payment, as the nodes' own logs say. */
async function readLastChanges(network: LocalNetwork): Promise<ReadonlyMap<number, bigint>> {
  const ledger = { address: network.plan.settlement.ledger, abi: collateralLedgerAbi };
  const ends = await Promise.all([
    lastOf(network, SETTLEMENT_CHAIN_ID, ledger, ['Applied', 'Unparked', 'Released']),
    ...COLLATERAL_CHAINS.map(({ chainId }) => {
      const vault = { address: vaultOf(network, chainId), abi: collateralVaultAbi };
      return lastOf(network, chainId, vault, ['Queued', 'Paid', 'Claimable']);
    }),
  ]);
  return new Map(ends.filter(([, height]) => height > 0n));
}

async function lastOf(
  network: LocalNetwork,
  chainId: number,
  contract: { readonly address: `0x${string}`; readonly abi: typeof collateralLedgerAbi | typeof collateralVaultAbi },
  names: readonly string[],
): Promise<readonly [chainId: number, height: bigint]> {
  const reader = network.readers.get(chainId);
  let heights: bigint[] = [];
  for (const eventName of names) {
    const found = await reader?.getContractEvents({ ...contract, eventName: eventName as 'Applied', fromBlock: 0n });
    heights = [...heights, ...(found ?? []).map(({ blockNumber }) => blockNumber)];
  }
  return [chainId, heights.reduce((top, height) => (height > top ? height : top), 0n)];
}
