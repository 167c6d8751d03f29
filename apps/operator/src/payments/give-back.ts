import { hexToBytes } from '@surety/domain';
import { giveBackCalldata, refundCalldata } from '@surety/transactions';
import { GIVE_BACK_AFTER_S, type VaultPayment } from '@surety/workflows';
import { type ActOptions, actByHand, outcomeText } from '../chains/act-by-hand.js';
import { type FoundPayment, findPayment } from './find-payment.js';
import { operatorError } from '../errors.js';
import { openConfig, placeOf } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { payCommandOf } from '../relay/relayed-edges.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import { formatTime } from '../terminal/format.js';

/** Options of `surety give-back` and `surety refund`. */
export interface ReturnOptions extends ActOptions {
  readonly packed?: string;
}

/** A way to return a payment to its debited line. */
interface Return {
  readonly purpose: 'give-back' | 'refund';
  readonly code: 'GIVE_BACK_REFUSED' | 'REFUND_REFUSED';
  readonly needed: VaultPayment['state'];
  readonly calldataOf: typeof giveBackCalldata;
  /** Returns why the vault would refuse it now, if its date shows that. */
  readonly early: (payment: FoundPayment) => string | undefined;
}

/** An entry of the vault's journal. */
const GAS_CEILING = 300_000n;

/** Gives back a payment that has been claimable for 30 days: its amount returns to the account that was debited. Anyone may call it. */
export function giveBack(terminal: Terminal, id: string, options: ReturnOptions): Promise<void> {
  return bringBack(terminal, id, options, {
    purpose: 'give-back',
    code: 'GIVE_BACK_REFUSED',
    needed: 'CLAIMABLE',
    calldataOf: giveBackCalldata,
    early: ({ readyAt, nowS }) => {
      const from = readyAt + GIVE_BACK_AFTER_S;
      return nowS >= from ? undefined : `it may be given back from ${formatTime(from)} on`;
    },
  });
}

/**
 * Makes the vault journal the refund of a stopped payment: once witnesses confirmed the release, else 30 days after the
 * stop. Anyone may call it.
 */
export function refund(terminal: Terminal, id: string, options: ReturnOptions): Promise<void> {
  return bringBack(terminal, id, options, {
    purpose: 'refund',
    code: 'REFUND_REFUSED',
    needed: 'STOPPED',
    calldataOf: refundCalldata,
    // The vault itself says whether witnesses confirmed it.
    early: () => undefined,
  });
}

async function bringBack(terminal: Terminal, id: string, options: ReturnOptions, act: Return): Promise<void> {
  const config = openConfig(terminal);
  const account = openSpendingKey(terminal.environment);
  const { purpose, code } = act;
  const payment = await findPayment(config, { id, packed: options.packed, code });
  requireDue(payment, id, act);
  const { edge, seq, packed, entry } = payment;
  const chain = edge.destination;
  const done = await actByHand({ terminal, options, account }, placeOf(config, chain), {
    code,
    question: `Bring payment ${id} of ${chain.name} (${chain.chainId}) back to account ${entry.account}?`,
    call: {
      purpose,
      to: edge.journal.edge.replica,
      calldata: act.calldataOf({ seq, packed: hexToBytes(packed) }),
      gasCeiling: GAS_CEILING,
    },
  });
  writeResult(terminal, options, { id, seq, account: entry.account, ...done }, () => [
    `${purpose} of ${id}: ${outcomeText(done)}`,
    `${carriedText(edge)}, ${entry.amount} units of asset ${entry.asset} are on the line again`,
  ]);
}

function carriedText({ source }: FoundPayment['edge']): string {
  return source === 0
    ? 'once surety credit has carried the vault’s journal to the ledger, which anyone may'
    : 'once attesters signed the vault’s journal and it is applied';
}

function requireDue(payment: FoundPayment, id: string, { code, needed, early }: Return): void {
  const { state, edge, entry } = payment;
  const chain = edge.destination.name;
  if (entry.kind !== 'RELEASE') {
    throw operatorError(code, `${id} is a ${entry.kind}; expected a RELEASE: nothing comes back of anything else`);
  }
  if (state !== needed) {
    const hint = state === 'QUEUED' ? `; ${payCommandOf(edge)} pays it once it is due` : '';
    throw operatorError(code, `payment ${id} is ${state} on ${chain}; expected ${needed}${hint}; nothing was sent`);
  }
  const reason = early(payment);
  if (reason !== undefined) {
    throw operatorError(
      code,
      `payment ${id} is ${state} on ${chain} for less than 30 days; ${reason}; nothing was sent`,
    );
  }
}
