import { collateralVaultAbi } from '@surety/contracts';
import { address, bytes32 } from '@surety/domain';
import type { ChainLog, VaultFact, VaultTransaction } from '@surety/workflows';
import { decodeEventLog } from 'viem';
import { rewindStepOf } from './decode-rewind-facts.js';
import { conditionOf } from './edge-condition.js';
import { groupByTransaction } from './group-by-transaction.js';

/** Reads a vault's logs, ascending, as facts of releases, losses and reports grouped by transaction. Other logs give no fact. */
export function decodeVaultFacts(logs: readonly ChainLog[], chainId: number): readonly VaultTransaction[] {
  return groupByTransaction(logs, chainId, vaultFactOf);
}

/** Reads one log as a fact; undefined if it says nothing of releases, losses or reports. */
export function vaultFactOf({ topics, data, txHash }: ChainLog): VaultFact | undefined {
  const [topic, ...rest] = topics;
  if (topic === undefined) return undefined;
  let event;
  try {
    event = decodeEventLog({ abi: collateralVaultAbi, topics: [topic, ...rest], data });
  } catch {
    return undefined;
  }
  switch (event.eventName) {
    case 'Applied': {
      const { edge, from, to, head } = event.args;
      return { kind: 'applied', edge: bytes32(edge), from, to, head: bytes32(head), txHash };
    }
    case 'Queued': {
      const { seq, asset, account, recipient, amount, readyAt } = event.args;
      return {
        kind: 'queued',
        seq,
        vaultAsset: asset,
        account: bytes32(account),
        recipient: address(recipient),
        amount,
        readyAt: BigInt(readyAt),
      };
    }
    case 'Paid':
      return { kind: 'paid', seq: event.args.seq };
    case 'Claimable':
      return { kind: 'claimable', seq: event.args.seq, reason: event.args.reason };
    case 'Stopped':
      return { kind: 'stopped', seq: event.args.seq, reason: bytes32(event.args.reason) };
    case 'LossQueued': {
      const { seq, asset: vaultAsset, amount, found, readyAt } = event.args;
      return { kind: 'loss-queued', seq, vaultAsset, amount, found, readyAt: BigInt(readyAt) };
    }
    case 'LossTaken': {
      const { seq, asset: vaultAsset, units, found } = event.args;
      return { kind: 'loss-taken', seq, vaultAsset, units, found };
    }
    case 'Shortfall': {
      const { asset: vaultAsset, deficit: missing, coverage: coverageWad } = event.args;
      return { kind: 'shortfall', vaultAsset, missing, coverageWad };
    }
    case 'LossBorne':
      return { kind: 'loss-borne', seq: event.args.seq, loss: event.args.loss };
    case 'EdgeStateChanged':
      return { kind: 'edge-state', ...conditionOf(event.args) };
    case 'Settled':
      return { kind: 'settled', seq: event.args.seq, amount: event.args.amount };
    case 'Rewinding':
    case 'Unwound':
    case 'EdgeOpened':
      return rewindStepOf(event);
    case 'Voided':
      return { kind: 'voided', seq: event.args.seq, due: event.args.due };
    case 'PaidPastPoint':
      return { kind: 'paid-past-point', seq: event.args.seq, amount: event.args.amount };
    case 'RefusedRelease':
      return { kind: 'refused', seq: event.args.seq, reason: event.args.reason };
    default:
      return undefined;
  }
}
