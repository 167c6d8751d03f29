import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import type { AccountId } from '@surety/domain';
import { devnetError } from '../errors.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { plannedOf, vaultOf } from './lock.js';

/** One batch that the ledger applied: entries `from` + 1 … `to`. */
export interface AppliedBatch {
  readonly from: bigint;
  readonly to: bigint;
  readonly height: bigint;
  readonly gasUsed: bigint;
}

/** Reads the batches that the ledger applied for a chain's vault, in order. */
export async function readAppliedBatches(network: LocalNetwork, chainId: number): Promise<AppliedBatch[]> {
  const reader = settlementReader(network);
  const events = await reader.getContractEvents({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    eventName: 'Applied',
    args: { edge: plannedOf(network, chainId).edgeId },
    fromBlock: 0n,
    strict: true,
  });
  return Promise.all(
    events.map(async ({ args, blockNumber, transactionHash }) => {
      const { gasUsed } = await reader.getTransactionReceipt({ hash: transactionHash });
      return { from: args.from, to: args.to, height: blockNumber, gasUsed };
    }),
  );
}

/** Reads how many entries of a chain's vault the ledger has applied. */
export async function readAppliedCount(network: LocalNetwork, chainId: number): Promise<bigint> {
  const [, count] = await settlementReader(network).readContract({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'replicaOf',
    args: [plannedOf(network, chainId).request.source],
  });
  return count;
}

/** Reads how many entries a chain's vault has written. */
export async function readVaultJournalCount(network: LocalNetwork, chainId: number): Promise<bigint> {
  const reader = network.readers.get(chainId);
  if (reader === undefined) throw devnetError('STORY_BROKE', `chain ${chainId} is not part of this network`);
  const [, count] = await reader.readContract({
    address: vaultOf(network, chainId),
    abi: collateralVaultAbi,
    functionName: 'journalHead',
  });
  return count;
}

/** Returns the units on an account's line on the ledger. */
export async function readLedgerLine(
  network: LocalNetwork,
  request: { chainId: number; symbol: string; account: AccountId },
): Promise<bigint> {
  const planned = plannedOf(network, request.chainId);
  const at = planned.request.assets.findIndex(({ symbol }) => symbol === request.symbol);
  const line = await settlementReader(network).readContract({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'lineOf',
    args: [request.account, planned.assetIds[at] ?? 0],
  });
  return line.amount;
}

function settlementReader(network: LocalNetwork): NonNullable<ReturnType<LocalNetwork['readers']['get']>> {
  const reader = network.readers.get(SETTLEMENT_CHAIN_ID);
  if (reader === undefined) throw devnetError('STORY_BROKE', 'the settlement chain is not part of this network');
  return reader;
}
