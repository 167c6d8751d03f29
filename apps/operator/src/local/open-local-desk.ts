import { attesterSetAbi, collateralLedgerAbi, collateralVaultAbi, localDeskAbi } from '@surety/contracts';
import { AppError, type Bytes32, CUT_LENGTH, type Hex, type TxHash, address, bytesToHex } from '@surety/domain';
import { createChainReads } from '@surety/transactions';
import { BATCH_GAS_CEILING, type LandOutcome, type TransactionSender } from '@surety/workflows';
import { type Abi, encodeFunctionData, pad } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type OperatorErrorCode, operatorError } from '../errors.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { type SendingHand, land, openRpc, openSender } from '../chains/open-sender.js';
import { type TrialSender, createTrialSender } from '../relay/trial-sender.js';
import { formatTime } from '../terminal/format.js';
import type { LocalPlace } from './local-place.js';
import { type PendingEntries, readPending } from './read-pending.js';

/** Errors of the desk, and of the ledger, the vault and the verifiers behind it. */
const DESK_ERRORS: Abi = [...localDeskAbi, ...collateralLedgerAbi, ...collateralVaultAbi, ...attesterSetAbi].filter(
  ({ type }) => type === 'error',
);
/** Seconds in which a signed release may be submitted: one transaction's time, with a margin. */
const ORDER_LIFETIME_S = 600n;
/** Gas of a cancellation: one slot of the ledger and an event. */
const CANCEL_GAS_CEILING = 200_000n;
/** Gas that a later second may take more: buckets refill, and interest accrues. */
const SPARE_GAS = 50_000n;

/** A lock in token units; the desk locks the listed token of an asset. */
export interface DeskLock {
  readonly token: Hex;
  readonly amount: bigint;
  readonly account: Bytes32;
}

/** A release in token units, fee included; the recipient is an address of the same chain. */
export interface DeskRelease {
  readonly account: Bytes32;
  readonly assetId: number;
  readonly vaultAsset: number;
  readonly amount: bigint;
  readonly recipient: Hex;
  readonly fee: bigint;
}

/** The desk beside the ledger, used with one key. */
export interface LocalDesk {
  readonly sender: TransactionSender;
  /** Returns a sender that simulates in place of {@link sender}. */
  openTrial(): TrialSender;
  /** Locks and credits, with every lock that waits before it. @throws LOCK_REFUSED with the contract's own reason. */
  lockAndCredit(lock: DeskLock): Promise<TxHash>;
  /**
   * Signs a release as its owner, submits it and has it paid if it is due. An order that was sent in vain is cancelled.
   * @throws RELEASE_REFUSED likewise; its words say whether the order may still be submitted by others.
   */
  releaseAndPay(release: DeskRelease): Promise<TxHash>;
}

/** Opens the desk with a key. Nothing is sent yet. */
export function openLocalDesk(place: LocalPlace, { account, waiting }: Omit<SendingHand, 'errors'>): LocalDesk {
  const sender = openSender(place, { account, errors: DESK_ERRORS, waiting });
  const call = (purpose: string, calldata: Hex) =>
    ({ purpose, to: place.desk, calldata, gasCeiling: BATCH_GAS_CEILING, spareGas: SPARE_GAS }) as const;
  return {
    sender,
    openTrial: () => createTrialSender(createChainReads(openRpc(place), DESK_ERRORS), sender),
    async lockAndCredit({ token, amount, account: owner }) {
      const { after, packed } = requireFew(await readPending(place, 'to-ledger'), 'LOCK_REFUSED', 'credit');
      const args = [token, amount, owner, after.count, bytesToHex(packed)] as const;
      const calldata = encodeFunctionData({ abi: localDeskAbi, functionName: 'lockAndCredit', args });
      return land(sender, call('lock', calldata), 'LOCK_REFUSED');
    },
    async releaseAndPay(release) {
      const { order, signature } = await signOrder(place, account, release);
      const { after, packed } = requireFew(await readPending(place, 'to-vault'), 'RELEASE_REFUSED', 'deliver');
      const args = [order, signature, after.count, bytesToHex(packed)] as const;
      const calldata = encodeFunctionData({ abi: localDeskAbi, functionName: 'releaseAndPay', args });
      const advice = adviceOf(order);
      const outcome = await sender.land(call('release', calldata)).catch((cause: unknown) => {
        if (!(cause instanceof AppError)) throw cause;
        const { code, message, retryable } = cause;
        throw new AppError({ code, message: `${message}; ${advice}`, retryable, cause });
      });
      if (outcome.kind === 'landed') return outcome.txHash;
      const why = outcome.kind === 'overtaken' ? outcome.detail : outcome.name;
      const said = `the release was ${outcome.kind}: ${why}`;
      if (isUsed(outcome)) throw operatorError('RELEASE_REFUSED', `${said}; ${MADE_BY_OTHERS}`);
      // Only providers saw it: it was simulated and not sent.
      if (outcome.kind === 'refused' && outcome.wasSent !== true)
        throw operatorError(
          'RELEASE_REFUSED',
          `${said}: ${outcome.detail}; nothing was sent, but providers saw its order: ${advice}`,
        );
      throw await cancelOrder(place, sender, { order, said });
    },
  };
}

/** Others may make the release until then, so whoever only waits and repeats it may be paid twice. */
function adviceOf({ nonce, deadline }: DeskOrder): string {
  return (
    `anybody may submit its signed order, number ${nonce}, until ${formatTime(deadline)}; wait until then, then look whether the line was ` +
    `debited; repeat only if not`
  );
}

const MADE_BY_OTHERS = 'somebody else has submitted its order: the release is made; do not repeat it';

/** Only a submission takes the number of an order that its owner has not cancelled. */
function isUsed(outcome: Exclude<LandOutcome, { kind: 'landed' }>): boolean {
  return outcome.kind !== 'overtaken' && outcome.name === 'NonceUsed';
}

/**
 * Cancels the number of an order whose transaction made no release: whoever saw it could else submit the order beside its repeat.
 * Returns what to throw.
 */
async function cancelOrder(
  { settlement }: LocalPlace,
  sender: TransactionSender,
  { order, said }: { readonly order: DeskOrder; readonly said: string },
): Promise<AppError> {
  const args = [order.account, order.nonce] as const;
  const calldata = encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'cancelNonce', args });
  const call = { purpose: 'cancellation', to: address(settlement.ledger), calldata, gasCeiling: CANCEL_GAS_CEILING };
  const outcome = await sender.land(call).catch((cause: unknown) => {
    const why = cause instanceof Error ? ` (${cause.message})` : '';
    throw operatorError('RELEASE_REFUSED', `${said}; its order may not be cancelled${why}: ${adviceOf(order)}`, cause);
  });
  if (outcome.kind === 'landed')
    return operatorError('RELEASE_REFUSED', `${said}; its order is cancelled, and nothing of it is under way`);
  return operatorError(
    'RELEASE_REFUSED',
    isUsed(outcome) ? `${said}; ${MADE_BY_OTHERS}` : `${said}; its order is not cancelled: ${adviceOf(order)}`,
  );
}

/** Refuses a backlog that would cost more than one transaction: it is carried over first. */
function requireFew(pending: PendingEntries, code: OperatorErrorCode, command: string): PendingEntries {
  const waiting = pending.tip.count - pending.after.count;
  if (waiting <= CUT_LENGTH) return pending;
  throw operatorError(
    code,
    `${waiting} entries of others wait; expected at most ${CUT_LENGTH}: run surety ${command} first`,
  );
}

/** @source LedgerAccounts.RELEASE_TYPE */
const RELEASE_TYPES = {
  Release: [
    { name: 'account', type: 'bytes32' },
    { name: 'assetId', type: 'uint16' },
    { name: 'amount', type: 'uint128' },
    { name: 'recipient', type: 'bytes32' },
    { name: 'fee', type: 'uint96' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint40' },
  ],
} as const;

/** Signs an order with a number of its own: the time in milliseconds, which one owner uses once. */
async function signOrder(
  place: LocalPlace,
  account: PrivateKeyAccount,
  { vaultAsset, recipient, ...release }: DeskRelease,
): Promise<{ order: DeskOrder; signature: Hex }> {
  const { clock, chain, settlement } = place;
  // One provider's time could make an order valid for years.
  const { timestamp } = await openAgreedReader(place).getBlock();
  const message = {
    ...release,
    recipient: pad(recipient),
    nonce: BigInt(clock.nowMs()),
    deadline: Number(timestamp + ORDER_LIFETIME_S),
  };
  const ledger = address(settlement.ledger);
  const signature = await account.signTypedData({
    domain: { name: 'Surety', version: '1', chainId: chain.chainId, verifyingContract: ledger },
    types: RELEASE_TYPES,
    primaryType: 'Release',
    message,
  });
  return { order: { ...message, vaultAsset }, signature };
}

/** @source ILocalDesk.SignedRelease */
interface DeskOrder extends Omit<DeskRelease, 'recipient'> {
  readonly recipient: Hex;
  readonly nonce: bigint;
  readonly deadline: number;
}
