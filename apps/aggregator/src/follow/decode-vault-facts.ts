import { collateralVaultAbi } from '@surety/contracts';
import { address, bytes32 } from '@surety/domain';
import type { ChainLog, VaultFact, VaultTransaction } from '@surety/workflows';
import type { DecodeEventLogReturnType } from 'viem';
import { decodeLog, noFact, topicsOf } from './decode-log.js';
import { conditionOf } from './edge-condition.js';
import { groupByTransaction } from './group-by-transaction.js';
import { REWIND_FACTS } from './rewind-step.js';

/**
 * Decodes a vault's logs, ascending, into facts about releases, losses and reports, grouped by transaction. Other logs
 * give no fact.
 */
export function decodeVaultFacts(logs: readonly ChainLog[], chainId: number): readonly VaultTransaction[] {
  return groupByTransaction(logs, chainId, vaultFactOf);
}

/** Decodes one log into a fact; undefined if it is not about releases, losses or reports. */
export function vaultFactOf(log: ChainLog): VaultFact | undefined {
  const event = decodeLog(collateralVaultAbi, log);
  return event === undefined ? undefined : factOf(event, log);
}

/** One event of a vault. */
type VaultEvent = DecodeEventLogReturnType<typeof collateralVaultAbi>;
type EventName = VaultEvent['eventName'];
type ArgsOf<Name extends EventName> = Extract<VaultEvent, { readonly eventName: Name }>['args'];

/** Decoders of a vault's events. A new event does not compile before it has one. */
const FACTS: { readonly [Name in EventName]: (args: ArgsOf<Name>, log: ChainLog) => VaultFact | undefined } = {
  Applied: ({ edge, from, to, head }, { txHash }) => ({
    kind: 'applied',
    edge: bytes32(edge),
    from,
    to,
    head: bytes32(head),
    txHash,
  }),
  RefusedRelease: ({ seq, reason }) => ({ kind: 'refused', seq, reason }),
  Queued: ({ seq, asset: vaultAsset, account, recipient, amount, readyAt }) => ({
    kind: 'queued',
    seq,
    vaultAsset,
    account: bytes32(account),
    recipient: address(recipient),
    amount,
    readyAt: BigInt(readyAt),
  }),
  Paid: ({ seq }) => ({ kind: 'paid', seq }),
  Claimable: ({ seq, reason }) => ({ kind: 'claimable', seq, reason }),
  Stopped: ({ seq, reason }) => ({ kind: 'stopped', seq, reason: bytes32(reason) }),
  LossQueued: ({ seq, asset: vaultAsset, amount, found, readyAt }) => ({
    kind: 'loss-queued',
    seq,
    vaultAsset,
    amount,
    found,
    readyAt: BigInt(readyAt),
  }),
  LossTaken: ({ seq, asset: vaultAsset, units, found }) => ({ kind: 'loss-taken', seq, vaultAsset, units, found }),
  LossBorne: ({ seq, loss }) => ({ kind: 'loss-borne', seq, loss }),
  Shortfall: ({ asset: vaultAsset, deficit: missing, coverage: coverageWad }) => ({
    kind: 'shortfall',
    vaultAsset,
    missing,
    coverageWad,
  }),
  EdgeStateChanged: ({ state, until, cause }) => ({ kind: 'edge-state', ...conditionOf({ state, until, cause }) }),

  // Rewinds, and what comes after them.
  ...REWIND_FACTS,
  Settled: ({ seq, amount }) => ({ kind: 'settled', seq, amount }),
  Voided: ({ seq, due }) => ({ kind: 'voided', seq, due }),
  PaidPastPoint: ({ seq, amount }) => ({ kind: 'paid-past-point', seq, amount }),

  // Events that say nothing of releases, losses or reports.
  Appointed: noFact,
  AssetListed: noFact,
  Confirmed: noFact,
  Conflict: noFact,
  ExitAheadSeen: noFact,
  ExitAnnounced: noFact,
  ExitClaimed: noFact,
  ExitOpened: noFact,
  ExitProven: noFact,
  ExitRedirected: noFact,
  ExitUnsettled: noFact,
  FastLimitSet: noFact,
  HeldForRewind: noFact,
  Journaled: noFact,
  LimitsSet: noFact,
  LockFeeSet: noFact,
  Locked: noFact,
  Marked: noFact,
  Paused: noFact,
  Refreshed: noFact,
  SuccessorSet: noFact,
  TokenCodeNoted: noFact,
  TokenCodePinned: noFact,
  Unpaused: noFact,
  Waits: noFact,
  WitnessPolicySet: noFact,
  WitnessSet: noFact,
};

/** First topics of the events that give a fact. Of all others, locks most of all, a vault may tell any number. */
export const VAULT_FACT_TOPICS = topicsOf(collateralVaultAbi, (name) => FACTS[name] !== noFact);

function factOf<Name extends EventName>(
  event: { readonly eventName: Name; readonly args: ArgsOf<Name> },
  log: ChainLog,
): VaultFact | undefined {
  return FACTS[event.eventName](event.args, log);
}
