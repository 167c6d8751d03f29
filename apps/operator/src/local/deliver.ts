import type { AggregatorClient } from '@surety/client';
import { collateralVaultAbi, keccak256 } from '@surety/contracts';
import { type Bytes32, address, bytesToHex, edgeId, oneLine, unpackEntry } from '@surety/domain';
import { BATCH_GAS_CEILING, type TransactionSender } from '@surety/workflows';
import { type Hex, encodeFunctionData } from 'viem';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { operatorError, tellFailure } from '../errors.js';
import { carryByHand } from './carry-by-hand.js';
import { type LocalPlace, openLocalPlace } from './local-place.js';
import { type PendingEntries, splitPacked } from './read-pending.js';
import { openConfig } from '../chains/open-config.js';
import { land } from '../chains/open-sender.js';
import { readLanded } from '../chains/read-landed.js';
import { type PaymentEnd, paymentOf } from '../payments/payment-of.js';
import { eachUnlessTried } from '../relay/trial-sender.js';
import { type TakenItems, requireAllTaken, tellRefused, unlessCoded } from '../terminal/each-unless-ended.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import type { ActOptions } from '../chains/act-by-hand.js';
import { CLAIMABLE } from '../relay/relay.js';

/** State of a payment that waits for its time. @source VaultTypes.PaymentState */
const QUEUED = 1;

/** Options of `surety deliver`. */
export interface DeliverOptions extends ActOptions {
  /** Looks for payments recorded earlier above this number alone. */
  readonly after?: string;
}

/** One release that the vault may owe, with its number in the ledger's journal. */
interface Owed {
  readonly seq: bigint;
  readonly packed: Uint8Array;
}

/**
 * Delivers every release that the vault beside the ledger lacks, and pays what is due there: anyone may. What the vault
 * refuses holds up no payment, and what landed is told before any failure.
 * @throws CARRY_REFUSED afterwards for what was refused; DECLINED.
 */
export async function deliver(terminal: Terminal, options: DeliverOptions): Promise<void> {
  const after = parseAfter(options.after);
  const config = openConfig(terminal);
  const place = openLocalPlace(config);
  const { name, chainId } = place.chain;
  const carry = await carryByHand({ terminal, options }, place, {
    direction: 'to-vault',
    command: 'deliver',
    question: (waiting, payer) =>
      `Deliver ${waiting} entries to the vault of ${name} (${chainId}), and pay what is due, with ${payer}`,
  });
  const { pending, count, carried, reached, sender, transactions, tried } = carry;
  const landed: Landed[] = [];
  const payOwed = async (): Promise<TakenItems> => {
    const edge = edgeId(place.edges.of('to-vault'), keccak256);
    const tell = (line: string): void => terminal.tell(line);
    const listed = await listedPayments(() => connectAggregator(config.aggregatorUrls), edge, tell, after);
    return payDue({ place, sender, landed }, [...listed, ...ownPayments(pending)]);
  };
  const paying = carry.ended === undefined ? await payOwed() : { refused: [], failures: [], ended: carry.ended };
  const refused = [...carry.refused, ...paying.refused];
  const isSilent = transactions.length + landed.length + refused.length === 0;
  if (paying.ended !== undefined && isSilent) throw paying.ended.by;
  const linesOf = (kind: PaymentEnd): object[] =>
    landed.filter((one) => one.kind === kind).map(({ seq, txHash }) => ({ seq, txHash }));
  const [paid, claimable] = [linesOf('paid'), linesOf('claimable')];
  const result = { delivered: carried, count: reached, transactions, paid, claimable, tried, refused };
  writeResult(terminal, options, result, () => [
    tried.length > 0
      ? `${count} entries wait; would be taken: ${tried.join(', ')}; nothing was sent`
      : `${carried} entries delivered, now ${reached}; ${paid.length} payments made`,
    ...(claimable.length === 0 ? [] : [`${claimable.length} ${CLAIMABLE}`]),
    ...refused.map(tellRefused),
  ]);
  requireAllTaken({ ...paying, refused, failures: [...carry.failures, ...paying.failures] }, 'CARRY_REFUSED');
}

function parseAfter(text = '0'): bigint {
  if (/^\d{1,20}$/.test(text)) return BigInt(text);
  throw operatorError('BAD_USE', `--after is "${text}"; expected the number of a payment, such as 4096`);
}

/** Releases of the entries that this run delivers. */
function ownPayments({ after, packed }: PendingEntries): Owed[] {
  return splitPacked(packed).map((entry, at) => ({ seq: after.count + BigInt(at) + 1n, packed: entry }));
}

/** Pages of 64 payments that one run takes from an aggregator: it reads each payment at the vault, one after the other. */
const PAGES_MAX = 64;

/**
 * Returns payments recorded earlier with a number above `after`, as an aggregator lists them. Without one, or with more than one run looks
 * at, the others are left out and `tell` hears it: nothing but convenience is lost.
 */
export async function listedPayments(
  connect: () => Pick<AggregatorClient, 'readPayments'>,
  edge: Bytes32,
  tell: (line: string) => void,
  after = 0n,
): Promise<Owed[]> {
  const owed: Owed[] = [];
  const found = (): string =>
    owed.length === 0
      ? 'payments that were recorded earlier are not looked for'
      : `${owed.length} payments that were recorded earlier were found, those above number ${owed.at(-1)?.seq} are not looked for`;
  try {
    const aggregator = connect();
    // A page may hold claimable payments alone.
    for (let page = 0; page < PAGES_MAX; page++) {
      const listed = await aggregator.readPayments(edge, owed.at(-1)?.seq ?? after);
      if (listed.length === 0) return owed;
      owed.push(...listed);
    }
    tell(
      `the aggregator lists more than one run looks at: ${found()}; look for those with surety deliver --after ${owed.at(-1)?.seq}`,
    );
  } catch (failure) {
    tell(`${oneLine(tellFailure(failure).message)}: ${found()}`);
  }
  return owed;
}

/** A call of `pay` that landed. */
interface Landed {
  readonly seq: bigint;
  readonly txHash: Hex;
  readonly kind: PaymentEnd;
}

/** Payments under way: the vault, and those whose call landed so far. */
interface Paying {
  readonly place: LocalPlace;
  readonly sender: TransactionSender;
  readonly landed: Landed[];
}

function payDue(paying: Paying, owed: readonly Owed[]): Promise<TakenItems> {
  const items = [...new Map(owed.map((one) => [one.seq, one])).values()];
  // One that landed unseen holds up no other, either.
  const isEnded = unlessCoded('CARRY_REFUSED', 'ENTRY_UNREAD');
  const nameOf = ({ seq }: Owed): string => `payment ${seq}`;
  return eachUnlessTried({ items, isEnded, nameOf }, (one) => payOne(paying, one));
}

async function payOne({ place, sender, landed }: Paying, { seq, packed }: Owed): Promise<void> {
  if (unpackEntry(packed).kind !== 'RELEASE') return;
  const { client, vault } = place;
  const to = address(vault.address);
  const contract = { address: to, abi: collateralVaultAbi } as const;
  const { state, readyAt } = await client.readContract({ ...contract, functionName: 'payment', args: [seq] });
  const { timestamp } = await client.getBlock();
  if (state !== QUEUED || BigInt(readyAt) > timestamp) return;
  const args = [seq, bytesToHex(packed), sender.address] as const;
  const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'pay', args });
  const call = { purpose: 'pay', to, calldata, gasCeiling: BATCH_GAS_CEILING };
  const hash = await land(sender, call, 'CARRY_REFUSED');
  const kind = await readLanded(place, { hash, purpose: 'pay' }, (logs) => paymentOf(logs, to));
  landed.push({ seq, txHash: hash, kind });
}
