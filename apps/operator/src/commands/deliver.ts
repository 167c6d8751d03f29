import { loadSpendingKey } from '@surety/config';
import { collateralVaultAbi, keccak256 } from '@surety/contracts';
import { accountId, address, bytesToHex, edgeId, unpackEntry } from '@surety/domain';
import { BATCH_GAS_CEILING, type TransactionSender } from '@surety/workflows';
import { type Hex, encodeFunctionData } from 'viem';
import { connectAggregator } from '../connect-aggregator.js';
import { operatorError } from '../errors.js';
import { carryPending } from '../local/carry-pending.js';
import { type LocalPlace, openLocalPlace } from '../local/local-place.js';
import { openLocalDesk } from '../local/open-local-desk.js';
import { type PendingEntries, readPending, splitPacked } from '../local/read-pending.js';
import { openConfig } from '../open-config.js';
import { land, openKey } from '../open-sender.js';
import { untilTried } from '../relay/trial-sender.js';
import { type Terminal, writeResult } from '../terminal.js';
import type { CarryOptions } from './credit.js';

/** State of a payment that waits for its time. @source VaultTypes.PaymentState */
const QUEUED = 1;

/** One release that the vault may owe, with its number in the ledger's journal. */
interface Owed {
  readonly seq: bigint;
  readonly packed: Uint8Array;
}

/** Delivers every release that the vault beside the ledger lacks, and pays what is due there: anyone may. */
export async function deliver(terminal: Terminal, options: CarryOptions): Promise<void> {
  const config = openConfig(terminal);
  const place = openLocalPlace(config);
  const pending = await readPending(place, 'to-vault');
  const count = pending.tip.count - pending.after.count;
  const account = openKey(loadSpendingKey(terminal.environment));
  const desk = openLocalDesk(place, { account, waiting: terminal });
  const trial = options.dryRun === true ? desk.openTrial() : undefined;
  const sender = trial?.sender ?? desk.sender;
  const question = `Deliver ${count} entries to the vault of ${place.chain.name} (${place.chain.chainId}), and pay what is due, with ${account.address}, which pays the gas?`;
  if (trial === undefined && options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was sent; add --yes to deliver without a question');
  }
  const feeTo = accountId({ owner: sender.address, home: 0, sub: 0n });
  const tell = (line: string): void => terminal.tell(line);
  const use = { direction: 'to-vault', sender, feeTo, tell } as const;
  const transactions = (await untilTried(() => carryPending(place, pending, use))) ?? [];
  const tried = trial?.tried ?? [];
  const delivered = tried.length > 0 ? 0n : count;
  const owed = [...(await listedPayments(terminal, place, config.aggregatorUrls)), ...ownPayments(pending)];
  const paid = (await untilTried(() => payDue(place, sender, owed))) ?? [];
  writeResult(terminal, options, { delivered, count: pending.tip.count, transactions, paid, tried }, () => [
    tried.length > 0
      ? `${count} entries wait; would be taken: ${tried.join(', ')}; nothing was sent`
      : `${count} entries delivered, now ${pending.tip.count}; ${paid.length} payments made`,
  ]);
}

/** Releases of the entries that this run delivers. */
function ownPayments({ after, packed }: PendingEntries): Owed[] {
  return splitPacked(packed).map((entry, at) => ({ seq: after.count + BigInt(at) + 1n, packed: entry }));
}

/** Payments recorded earlier, as an aggregator lists them; none without one, since nothing but convenience is lost. */
async function listedPayments(terminal: Terminal, { edges }: LocalPlace, urls: readonly string[]): Promise<Owed[]> {
  try {
    return [...(await connectAggregator(urls).readPayments(edgeId(edges.of('to-vault'), keccak256), 0n))];
  } catch {
    terminal.tell(
      `no aggregator answers at ${urls.join(', ')}: payments that were recorded earlier are not looked for`,
    );
    return [];
  }
}

async function payDue(
  { client, vault }: LocalPlace,
  sender: TransactionSender,
  owed: readonly Owed[],
): Promise<{ readonly seq: bigint; readonly txHash: Hex }[]> {
  const to = address(vault.address);
  const contract = { address: to, abi: collateralVaultAbi } as const;
  const paid: { readonly seq: bigint; readonly txHash: Hex }[] = [];
  for (const { seq, packed } of new Map(owed.map((one) => [one.seq, one])).values()) {
    if (unpackEntry(packed).kind !== 'RELEASE') continue;
    const { state, readyAt } = await client.readContract({ ...contract, functionName: 'payment', args: [seq] });
    const { timestamp } = await client.getBlock();
    if (state !== QUEUED || BigInt(readyAt) > timestamp) continue;
    const args = [seq, bytesToHex(packed), sender.address] as const;
    const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'pay', args });
    const call = { purpose: 'pay', to, calldata, gasCeiling: BATCH_GAS_CEILING };
    paid.push({ seq, txHash: await land(sender, call, 'CARRY_REFUSED') });
  }
  return paid;
}
