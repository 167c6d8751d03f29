import { type Address, type Bytes32, accountId, address, parseAccountId } from '@surety/domain';
import { type ActResult, outcomeText } from '../chains/act-by-hand.js';
import { operatorError } from '../errors.js';
import { eachUnlessEnded, requireAllTaken, tellRefused, unlessCoded } from '../terminal/each-unless-ended.js';
import {
  type Claimable,
  type Claimant,
  type ProvenClaim,
  claimParts,
  proveClaim,
  readLargestClaim,
} from './exit-claim.js';
import { type ExitHand, awaitShown, keepHeads, openExitHand, takeStep } from './exit-hand.js';
import { type ExitItem, listExitItems, readExitShares } from './exit-items.js';
import { type ExitState, type ExitVault, readExit } from './exit-vault.js';
import { nextExitAct } from './next-exit-act.js';
import { formatExitUnits, tellNextExit, tellNothingLeft } from './tell-exit.js';
import { parseAccountArgument, parseAddressArgument } from '../terminal/parse-account.js';
import { parseTokenUnits } from '../terminal/parse-decimal.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import type { ExitOpenOptions } from './exit.js';

/** Options of `surety exit claim`. */
export interface ExitClaimOptions extends ExitOpenOptions {
  readonly account?: string;
  readonly item?: string;
  readonly amount?: string;
  readonly recipient?: string;
  readonly protocol?: string;
}

/** One claim as the vault took it. */
interface TakenClaim extends ActResult {
  readonly item: string;
  readonly amount: bigint;
}

/**
 * Claims what an account has, in as many parts as the vault's limit asks for; `--item` claims one thing alone. What the vault refuses does
 * not hold up the rest; what was claimed before any other failure is told before it.
 */
export async function exitClaim(terminal: Terminal, options: ExitClaimOptions): Promise<void> {
  const hand = openExitHand(terminal, options);
  const { place, account } = hand;
  const claimant = claimantOf(options, address(account.address));
  const state = await readExit(place);
  const next = nextExitAct(place, state);
  if (next.kind !== 'claim') {
    throw operatorError(
      'EXIT_REFUSED',
      `the exit on ${place.at.chain.name} is not open; expected an open one; next: ${tellNextExit(next)}`,
    );
  }
  terminal.tell(`reading logs of ${place.at.chain.name} and ${place.home.chain.name} …`);
  const items = chooseItems(await listExitItems(place, state, claimant.account), options, claimant.account);
  const claims: TakenClaim[] = [];
  const taken = await eachUnlessEnded(
    { items, isEnded: unlessCoded('EXIT_REFUSED'), nameOf: ({ name }) => name },
    (item) => claimItem(hand, state, { item, claimant, wanted: options.amount, taken: claims }),
  );
  const { refused, ended } = taken;
  if (ended !== undefined && claims.length + refused.length === 0) throw ended.by;
  const result = { account: claimant.account, recipient: claimant.recipient, claims, refused };
  writeResult(terminal, options, result, () => [
    ...claims.map(({ item, amount, ...done }) => {
      const found = items.find(({ name }) => name === item) as ExitItem;
      return `claim of ${formatExitUnits(place, found, amount)} from ${item}: ${outcomeText(done)}`;
    }),
    ...refused.map(tellRefused),
    claims.length === 0
      ? `nothing was claimed for account ${claimant.account}${items.length === 0 ? ': it has nothing in the anchor block, and no lock after it' : '; the lines above say why'}`
      : 'surety exit pay pays each when it is due',
  ]);
  requireAllTaken(taken, 'EXIT_REFUSED');
}

function claimantOf({ account, recipient, protocol }: ExitClaimOptions, caller: Address): Claimant {
  const own = accountId({ owner: caller, home: 0, sub: 0n });
  const of = account === undefined ? own : parseAccountArgument(account, '--account');
  const isOwn = parseAccountId(of).owner === caller;
  if (recipient === undefined && !isOwn && protocol === undefined) {
    throw operatorError(
      'BAD_USE',
      `--recipient is missing; expected the address to pay: the key ${caller} is not the owner of ${of}`,
    );
  }
  return {
    account: of,
    caller,
    recipient: recipient === undefined ? caller : parseAddressArgument(recipient, '--recipient'),
    protocol: protocol === undefined ? undefined : parseAddressArgument(protocol, '--protocol'),
  };
}

function chooseItems(
  items: readonly ExitItem[],
  { item, amount, protocol }: ExitClaimOptions,
  account: Bytes32,
): readonly ExitItem[] {
  // A lock and a stopped payment count for no protocol.
  if (protocol !== undefined && item === undefined) return items.filter(({ name }) => /^(?:line|parked):/u.test(name));
  if (item === undefined) {
    if (amount === undefined) return items;
    throw operatorError('BAD_USE', `--amount ${amount} is of one item; expected --item with it`);
  }
  const found = items.filter(({ name }) => name.toLowerCase() === item.toLowerCase());
  if (found.length > 0) return found;
  const known = items.map(({ name }) => name).join(', ') || 'none';
  throw operatorError('BAD_USE', `--item is "${item}"; account ${account} has ${known}`);
}

interface WantedClaim {
  readonly item: ExitItem;
  readonly claimant: Claimant;
  /** Whole tokens as text; undefined for all that is left. */
  readonly wanted: string | undefined;
  /** Takes up each part once it landed. */
  readonly taken: TakenClaim[];
}

async function claimItem(hand: ExitHand, state: ExitState, claim: WantedClaim): Promise<void> {
  const { item, claimant, wanted, taken } = claim;
  const { place, options } = hand;
  // What the vault owes nobody is less once another item was claimed.
  await awaitShown(hand);
  const proven = await proveClaim(place, state, item, claimant);
  if (proven.proof.end !== undefined && options.dryRun !== true) await keepHeads(hand, [proven.proof.end]);
  const found = await claimableOf(hand, proven, claimant);
  if (found === undefined) return;
  const { left, room } = found;
  if (left === 0n) {
    const shares = await readExitShares(place, state, claimant.account);
    const why = tellNothingLeft(item, shares, claimant.protocol);
    if (wanted === undefined) return hand.terminal.tell(why);
    throw operatorError('EXIT_REFUSED', `${why}; expected --amount ${wanted} of it; nothing was sent`);
  }
  const amount = wanted === undefined ? room : parseTokenUnits(wanted, decimalsOf(place, item), '--amount');
  if (amount > left) {
    throw operatorError(
      'EXIT_REFUSED',
      `--amount ${wanted ?? ''} is above the ${formatExitUnits(place, item, left)} that are left of ${item.name}; nothing was sent`,
    );
  }
  if (room < left && (room === 0n || amount > room)) {
    throw operatorError(
      'EXIT_REFUSED',
      `the vault has ${formatExitUnits(place, item, room)} that it owes nobody; expected the ${formatExitUnits(place, item, amount > room ? amount : left)} of ${item.name}; nothing of it was sent: claim less with --amount, or run it again, tokens that arrive later count`,
    );
  }
  if (room < left && wanted === undefined) {
    hand.terminal.tell(
      `${item.name}: of ${formatExitUnits(place, item, left)} the vault has ${formatExitUnits(place, item, room)} that it owes nobody; only these are claimed`,
    );
  }
  const largest = await readLargestClaim(place, item.vaultAsset);
  if (amount > 0n && largest === 0n) {
    throw operatorError(
      'EXIT_REFUSED',
      `the payment limit of asset ${item.vaultAsset} is 0; expected one: the vault pays nothing of it`,
    );
  }
  for (const part of claimParts(amount, largest)) {
    const question = `Claim ${formatExitUnits(place, item, part)} of ${item.name} for ${claimant.recipient}?`;
    const done = await takeStep(hand, { purpose: `claim of ${item.name}`, question, calldata: proven.callOf(part) });
    taken.push({ item: item.name, amount: part, ...done });
    if (options.dryRun === true) break;
  }
}

/** Asks what may be claimed of an item, and keeps heads first where the vault needs them; undefined where a dry run cannot know. */
async function claimableOf(
  hand: ExitHand,
  { item, proof, probe }: ProvenClaim,
  claimant: Claimant,
): Promise<Claimable | undefined> {
  let answer = await probe();
  if ('refusal' in answer && answer.refusal === 'ExitHeadUnknown' && proof.marks.length > 0) {
    await keepHeads(hand, proof.marks);
    if (hand.options.dryRun === true) {
      hand.terminal.tell(`${item.name}: heads are kept first, and a dry run keeps none; it ends here`);
      return undefined;
    }
    answer = await probe();
  }
  if ('left' in answer) return answer;
  throw operatorError('EXIT_REFUSED', `${claimant.caller} cannot claim it: ${answer.detail}; nothing of it was sent`);
}

function decimalsOf({ assets }: ExitVault, { name, vaultAsset }: ExitItem): number {
  const asset = assets.find(({ index }) => index === vaultAsset);
  if (asset !== undefined) return asset.decimals;
  throw operatorError(
    'UNKNOWN_ASSET',
    `${name} is of asset ${vaultAsset}, which chains.config.json does not list; leave out --amount to claim all`,
  );
}
