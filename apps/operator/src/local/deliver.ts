import type { AggregatorClient } from '@surety/client';
import { collateralVaultAbi, keccak256 } from '@surety/contracts';
import { type Bytes32, address, bytesToHex, edgeId, unpackEntry } from '@surety/domain';
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
import { isTried } from '../relay/trial-sender.js';
import {
  type TakenItems,
  eachUnlessEnded,
  requireAllTaken,
  tellRefused,
  unlessCoded,
} from '../terminal/each-unless-ended.js';
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
 * Delivers every release that the vault beside the ledger lacks, and pays what is due there: anyone may. A payment that the vault refuses
 * holds up no other.
 * @throws CARRY_REFUSED afterwards for those that were refused, or with the contract's own reason; DECLINED.
 */
export async function deliver(terminal: Terminal, options: DeliverOptions): Promise<void> {
  const after = parseAfter(options.after);
  const config = openConfig(terminal);
  const place = openLocalPlace(config);
  const { name, chainId } = place.chain;
  const { pending, count, sender, transactions, tried } = await carryByHand({ terminal, options }, place, {
    direction: 'to-vault',
    command: 'deliver',
    question: (waiting, payer) =>
      `Deliver ${waiting} entries to the vault of ${name} (${chainId}), and pay what is due, with ${payer}`,
  });
  const delivered = tried.length > 0 ? 0n : count;
  const edge = edgeId(place.edges.of('to-vault'), keccak256);
  const listed = await listedPayments(
    () => connectAggregator(config.aggregatorUrls),
    edge,
    (line) => terminal.tell(line),
    after,
  );
  const owed = [...listed, ...ownPayments(pending)];
  const landed: Landed[] = [];
  const taken = await payDue({ place, sender, landed }, owed);
  const { refused, ended } = taken;
  if (ended !== undefined && transactions.length + landed.length + refused.length === 0) throw ended.by;
  const linesOf = (kind: PaymentEnd): object[] =>
    landed.filter((one) => one.kind === kind).map(({ seq, txHash }) => ({ seq, txHash }));
  const [paid, claimable] = [linesOf('paid'), linesOf('claimable')];
  const result = { delivered, count: pending.tip.count, transactions, paid, claimable, tried, refused };
  writeResult(terminal, options, result, () => [
    tried.length > 0
      ? `${count} entries wait; would be taken: ${tried.join(', ')}; nothing was sent`
      : `${count} entries delivered, now ${pending.tip.count}; ${paid.length} payments made`,
    ...(claimable.length === 0 ? [] : [`${claimable.length} ${CLAIMABLE}`]),
    ...refused.map(tellRefused),
  ]);
  requireAllTaken(taken, 'CARRY_REFUSED');
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
    tell(`${tellFailure(failure).message}: ${found()}`);
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

async function payDue(paying: Paying, owed: readonly Owed[]): Promise<TakenItems> {
  const items = [...new Map(owed.map((one) => [one.seq, one])).values()];
  // One that landed unseen holds up no other, either.
  const isEnded = unlessCoded('CARRY_REFUSED', 'ENTRY_UNREAD');
  const nameOf = ({ seq }: Owed): string => `payment ${seq}`;
  const taken = await eachUnlessEnded({ items, isEnded, nameOf }, (one) => payOne(paying, one));
  // A dry run ends at the first one that would be taken.
  return isTried(taken.ended?.by) ? { refused: taken.refused } : taken;
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
