import { type Network, type VaultEdges, vaultEdges } from '@surety/config';
import { type AskNode } from '@surety/chain';
import { collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  type Address,
  type BlockHash,
  type EdgeDirection,
  type Entry,
  type JournalPosition,
  address,
  blockHash,
  bytes32,
  concatBytes,
  edgeId,
  foldJournal,
  packEntry,
} from '@surety/domain';
import type { PublicClient } from 'viem';
import { operatorError } from '../errors.js';
import { type JournalLogs, readJournalLogs } from '../chains/journal-logs.js';
import { type Reach, placeOf, requireSettlement } from '../chains/open-config.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import type { SpendingChain } from '../chains/open-sender.js';
import { proveAtProviders } from '../chains/prove-at-providers.js';
import { findVault } from '../lock/plan-lock.js';

/** A vault and the ledger, as the exit by storage proof uses them. */
export interface ExitVault {
  /** The vault's chain. */
  readonly at: SpendingChain;
  readonly client: PublicClient;
  readonly vault: Address;
  readonly source: number;
  readonly assets: NonNullable<Network['chains'][number]['vault']>['assets'];
  readonly edges: VaultEdges;
  /** The settlement chain. */
  readonly home: SpendingChain;
  readonly homeClient: PublicClient;
  readonly ledger: Address;
  /** Logs of both journals. */
  logsOf(direction: EdgeDirection): JournalLogs;
  /**
   * Asks one provider of the settlement chain after the other for a proof.
   * @throws PROVIDER_FAILED if none keeps the state of the anchor block.
   */
  prove<Proof>(take: (ask: AskNode) => Promise<Proof>): Promise<Proof>;
}

/** Opens both chains, of which values are what two thirds of their providers answer. @throws UNKNOWN_CHAIN, BAD_USE without a settlement part, NO_PROVIDER. */
export function openExitVault(reach: Reach, chainName: string): ExitVault {
  const { chain, vault } = findVault(reach.network, chainName);
  const { settlement, chain: homeChain } = requireSettlement(reach.network, 'the proofs are of its ledger');
  const [at, home] = [placeOf(reach, chain), placeOf(reach, homeChain)];
  const [client, homeClient] = [openAgreedReader(at), openAgreedReader(home)];
  const edges = vaultEdges(settlement, { chainId: chain.chainId, vault });
  return {
    at,
    client,
    vault: address(vault.address),
    source: vault.source,
    assets: vault.assets,
    edges,
    home,
    homeClient,
    ledger: address(settlement.ledger),
    logsOf: (direction) => {
      const ofVault = direction === 'to-ledger';
      const edge = edges.of(direction);
      return {
        client: ofVault ? client : homeClient,
        journal: edge.journal,
        edgeId: edgeId(edge, keccak256),
        direction,
        fromBlock: BigInt((ofVault ? vault : settlement).fromBlock),
        span: BigInt((ofVault ? chain : homeChain).limits.logRangeMax),
      };
    },
    prove: (take) => proveAtProviders(home, `the ledger ${settlement.ledger} in the anchor block`, take),
  };
}

/** The exit as the vault keeps it at its newest block; times in seconds. */
export interface ExitState {
  readonly announcedAt: bigint;
  readonly openableAt: bigint;
  readonly provenAt: bigint;
  readonly openedAt: bigint;
  readonly anchor: BlockHash;
  /** Entries of the ledger's journal in the proven block, 0 before a proof. */
  readonly count: bigint;
  readonly claims: bigint;
  /** When the newest accepted statement was made, 0 for never. */
  readonly asOf: bigint;
  readonly replica: JournalPosition;
  readonly journal: JournalPosition;
  readonly nowS: bigint;
}

/** Reads the exit at one block of the vault's chain, the newest unless given. */
export async function readExit(
  { client, vault }: Pick<ExitVault, 'client' | 'vault'>,
  block?: bigint,
): Promise<ExitState> {
  const shown = await client.getBlock(block === undefined ? {} : { blockNumber: block });
  const { number: blockNumber, timestamp: nowS } = shown;
  const contract = { address: vault, abi: collateralVaultAbi, blockNumber } as const;
  const [status, [, count, head, asOf], [, tip, tipHead]] = await Promise.all([
    client.readContract({ ...contract, functionName: 'exitStatus' }),
    client.readContract({ ...contract, functionName: 'replicaState' }),
    client.readContract({ ...contract, functionName: 'journalHead' }),
  ]);
  return {
    announcedAt: BigInt(status.announcedAt),
    openableAt: BigInt(status.openableAt),
    provenAt: BigInt(status.provenAt),
    openedAt: BigInt(status.openedAt),
    anchor: blockHash(status.anchor),
    count: status.count,
    claims: status.claims,
    asOf: BigInt(asOf),
    replica: { count, head: bytes32(head) },
    journal: { count: tip, head: bytes32(tipHead) },
    nowS,
  };
}

/**
 * Reads a journal's entries between two of its positions.
 * @throws PROVIDER_FAILED if the logs do not lead from one to the other.
 */
export async function readRun(
  place: ExitVault,
  direction: EdgeDirection,
  { after, tip }: { readonly after: JournalPosition; readonly tip: JournalPosition },
): Promise<{ readonly entries: readonly Entry[]; readonly packed: Uint8Array }> {
  const logs = place.logsOf(direction);
  const blockNumber = await logs.client.getBlockNumber({ cacheTime: 0 });
  const entries = await readJournalLogs(logs, { after: after.count, tip: tip.count, blockNumber });
  const packed = concatBytes(...entries.map(packEntry));
  const reached = foldJournal(after, packed, keccak256);
  if (reached.count === tip.count && reached.head === tip.head) return { entries, packed };
  const { chain } = direction === 'to-ledger' ? place.at : place.home;
  throw operatorError(
    'PROVIDER_FAILED',
    `the logs of ${chain.name} lead from entry ${after.count} to ${reached.head} at ${reached.count}; expected ${tip.head} at ${tip.count}: ask another provider`,
  );
}
