import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import type { AccountId } from '@surety/domain';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { plannedOf, vaultOf } from './lock.js';
import { ledgerContractOf, readerOf } from './send.js';

/** One batch that the ledger applied: entries `from` + 1 … `to`. */
export interface AppliedBatch {
  readonly from: bigint;
  readonly to: bigint;
  readonly height: bigint;
  readonly gasUsed: bigint;
}

/** Reads the batches that the ledger applied for a chain's vault, in order. */
export async function readAppliedBatches(network: LocalNetwork, chainId: number): Promise<AppliedBatch[]> {
  const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
  const events = await readAppliedEvents(network, chainId);
  return Promise.all(
    events.map(async ({ args, blockNumber, transactionHash }) => {
      const { gasUsed } = await reader.getTransactionReceipt({ hash: transactionHash });
      return { from: args.from, to: args.to, height: blockNumber, gasUsed };
    }),
  );
}

/** Reads the ledger's logs of batches that it applied for a chain's vault, in order. */
export async function readAppliedEvents(network: LocalNetwork, chainId: number) {
  const edge = plannedOf(network, chainId).edgeId;
  const ledger = { address: network.plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  const applied = { ...ledger, eventName: 'Applied', args: { edge }, fromBlock: 0n, strict: true } as const;
  return readerOf(network, SETTLEMENT_CHAIN_ID).getContractEvents(applied);
}

/** Reads how many entries of a chain's vault the ledger has applied. */
export async function readAppliedCount(network: LocalNetwork, chainId: number): Promise<bigint> {
  const [, count] = await ledgerContractOf(network).read.replicaOf([plannedOf(network, chainId).request.source]);
  return count;
}

/** Reads how many entries a chain's vault has written. */
export async function readVaultJournalCount(network: LocalNetwork, chainId: number): Promise<bigint> {
  const vault = { address: vaultOf(network, chainId), abi: collateralVaultAbi } as const;
  const [, count] = await readerOf(network, chainId).readContract({ ...vault, functionName: 'journalHead' });
  return count;
}

/** Returns the units on an account's line on the ledger. */
export async function readLedgerLine(
  network: LocalNetwork,
  request: { chainId: number; symbol: string; account: AccountId },
): Promise<bigint> {
  const planned = plannedOf(network, request.chainId);
  const at = planned.request.assets.findIndex(({ symbol }) => symbol === request.symbol);
  return (await ledgerContractOf(network).read.lineOf([request.account, planned.assetIds[at] ?? 0])).amount;
}
