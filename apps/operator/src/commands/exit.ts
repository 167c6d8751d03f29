import { loadSpendingKey } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  CUT_LENGTH,
  type Hex,
  accountId,
  address,
  bytes32,
  bytesToHex,
  packEntry,
  parseAccountId,
  tokenUnits,
} from '@surety/domain';
import { encodeFunctionData, pad } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type ActOptions, type ActResult, actByHand, outcomeText } from '../acts/act-by-hand.js';
import { operatorError } from '../errors.js';
import { type Claimant, claimParts, exitMarkCalldata, proveClaim, readLargestClaim } from '../exit/exit-claim.js';
import {
  EXIT_CLAIMS,
  type ExitItem,
  type ExitMark,
  FOLDED_MOST,
  type QueuedPayment,
  cutRun,
  listExitItems,
  proveOpening,
  readQueued,
} from '../exit/exit-items.js';
import { type ExitVault, type ExitState, openExitVault, readExit, readRun } from '../exit/exit-vault.js';
import { type NextExitAct, nextExitAct } from '../exit/next-exit-act.js';
import { formatReadable, formatTable, formatTime } from '../format.js';
import { openConfig } from '../open-config.js';
import { openKey } from '../open-sender.js';
import { parseAccountArgument, parseAddressArgument } from '../parse-account.js';
import { parseTokenUnits } from '../parse-decimal.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';

/** Options of every `surety exit` command. */
interface ExitOptions extends OutputOptions {
  readonly chain: string;
}

/** Options of `surety exit show`. */
export interface ExitShowOptions extends ExitOptions {
  readonly account?: string;
}

/** Options of `surety exit open`. */
export type ExitOpenOptions = ExitOptions & ActOptions;

/** Options of `surety exit claim`. */
export interface ExitClaimOptions extends ExitOpenOptions {
  readonly account?: string;
  readonly item?: string;
  readonly amount?: string;
  readonly recipient?: string;
  readonly protocol?: string;
}

/** Options of `surety exit pay`. */
export interface ExitPayOptions extends ExitOpenOptions {
  readonly account?: string;
}

/** Well above what an opening or a claim takes with proofs of a large state. */
const GAS_CEILING = 5_000_000n;
/** A replayed entry is queued as a payment. */
const REPLAYED_MOST = CUT_LENGTH;

/** Shows how far an exit is, what comes next, and with `--account` what it would pay. */
export async function exitShow(terminal: Terminal, options: ExitShowOptions): Promise<void> {
  const place = openExitVault(openConfig(terminal), options.chain);
  const state = await readExit(place);
  const next = nextExitAct(state);
  const account = options.account === undefined ? undefined : parseAccountArgument(options.account, '--account');
  const isListed = account !== undefined && next.kind !== 'never';
  if (isListed) terminal.tell(`reading logs of ${place.at.chain.name} and ${place.home.chain.name} …`);
  const items = isListed ? await listExitItems(place, state, account) : [];
  const shown = items.map(({ name, vaultAsset, amount }) => ({ name, vaultAsset, amount }));
  const result = {
    chain: place.at.chain.name,
    vault: place.vault,
    ...state,
    next,
    account: account ?? null,
    items: shown,
  };
  writeResult(terminal, options, result, () => [
    `vault ${place.vault} on ${place.at.chain.name} (${place.at.chain.chainId})`,
    `newest statement made: ${state.asOf === 0n ? 'never' : formatTime(state.asOf)}; anchor block ${state.anchor}`,
    `claims taken: ${state.claims}; next: ${tellNext(next)}`,
    ...(account === undefined ? [] : tellItems(place, account, items)),
  ]);
}

function tellNext(next: NextExitAct): string {
  switch (next.kind) {
    case 'never':
      return 'nothing: the vault never accepted a statement, so there is no block to prove anything in';
    case 'announce':
      return `surety exit open announces it from ${formatTime(next.fromS)} on`;
    case 'wait':
      return `attesters may answer until ${formatTime(next.untilS)}; then surety exit open proves the ledger`;
    case 'prove':
      return 'surety exit open proves the ledger';
    case 'replay':
      return 'surety exit open replays the rest of the ledger’s journal';
    case 'claim':
      return 'it is open: surety exit claim, then surety exit pay';
  }
}

function tellItems(place: ExitVault, account: Bytes32, items: readonly ExitItem[]): string[] {
  if (items.length === 0) return [`account ${account} has nothing in the anchor block, and no lock after it`];
  const rows = items.map((item) => [item.name, formatItem(place, item, item.amount)]);
  return [`account ${account}:`, ...formatTable([['ITEM', 'AMOUNT'], ...rows])];
}

function formatItem({ assets }: ExitVault, { vaultAsset }: Pick<ExitItem, 'vaultAsset'>, units: bigint): string {
  const asset = assets.find(({ index }) => index === vaultAsset);
  return asset === undefined
    ? `${units} units of asset ${vaultAsset}`
    : `${formatReadable(units, asset.decimals)} ${asset.symbol}`;
}

/** A key that acts on the vault's chain. */
interface ExitHand {
  readonly terminal: Terminal;
  readonly options: ActOptions;
  readonly account: PrivateKeyAccount;
  readonly place: ExitVault;
}

function act(
  { terminal, options, account, place }: ExitHand,
  { purpose, question, calldata }: { readonly purpose: string; readonly question: string; readonly calldata: Hex },
): Promise<ActResult> {
  const { chain, endpoints } = place.at;
  terminal.tell(`${purpose} …`);
  return actByHand({ terminal, options, account }, endpoints, {
    chain,
    code: 'EXIT_REFUSED',
    question,
    call: { purpose, to: place.vault, calldata, gasCeiling: GAS_CEILING },
  });
}

/** Keeps heads, so that what follows may end at them; a dry run keeps none. */
async function mark(hand: ExitHand, marks: readonly ExitMark[]): Promise<ActResult[]> {
  const done: ActResult[] = [];
  for (const one of marks) {
    const question = `Keep the head at entry ${one.count} at the vault of ${hand.place.at.chain.name}?`;
    const result = await act(hand, { purpose: `mark entry ${one.count}`, question, calldata: exitMarkCalldata(one) });
    done.push(result);
    if (result.txHash === null) break;
  }
  return done;
}

/** Announces, proves or replays, as far as the vault takes it now: anyone may. */
export async function exitOpen(terminal: Terminal, options: ExitOpenOptions): Promise<void> {
  const place = openExitVault(openConfig(terminal), options.chain);
  const hand = { terminal, options, account: openKey(loadSpendingKey(terminal.environment)), place };
  const acts: (ActResult & { readonly act: string })[] = [];
  let next = nextExitAct(await readExit(place));
  for (;;) {
    if (next.kind === 'never') {
      throw operatorError(
        'EXIT_REFUSED',
        `the vault of ${options.chain} never accepted a statement; expected one: without an anchor block nothing can be proven, so nothing was sent`,
      );
    }
    if (next.kind === 'claim' || next.kind === 'wait') break;
    const kind = next.kind;
    const done = await (kind === 'announce' ? announce(hand) : kind === 'prove' ? prove(hand) : replay(hand));
    acts.push(...done.map((one) => ({ act: kind, ...one })));
    if (options.dryRun === true) break;
    next = nextExitAct(await readExit(place));
  }
  writeResult(terminal, options, { chain: place.at.chain.name, acts, next }, () => [
    ...acts.map((one) => `${one.act}: ${outcomeText(one)}`),
    `next: ${tellNext(next)}`,
  ]);
}

async function announce(hand: ExitHand): Promise<ActResult[]> {
  const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'announceExit' });
  const question = `Announce the exit of the vault on ${hand.place.at.chain.name}? Attesters have 7 days to answer.`;
  return [await act(hand, { purpose: 'announcement', question, calldata })];
}

async function prove(hand: ExitHand): Promise<ActResult[]> {
  const { place } = hand;
  const state = await readExit(place);
  const { opening, applied } = await proveOpening(place, state);
  const { packed } = await readRun(place, 'to-ledger', { after: applied, tip: state.journal });
  const { first, marks } = cutRun(place, { after: applied, packed }, FOLDED_MOST);
  const marked = await mark(hand, marks);
  if (marked.some(({ txHash }) => txHash === null)) return marked;
  const calldata = encodeFunctionData({
    abi: collateralVaultAbi,
    functionName: 'openExit',
    args: [opening, first] as never,
  });
  const question = `Open the exit on ${place.at.chain.name}? It is one way: the vault takes no statement any more.`;
  return [...marked, await act(hand, { purpose: 'opening', question, calldata })];
}

async function replay(hand: ExitHand): Promise<ActResult[]> {
  const { place } = hand;
  const state = await readExit(place);
  const { journal } = await proveOpening(place, state);
  const { packed } = await readRun(place, 'to-vault', { after: state.replica, tip: journal });
  const { first, marks } = cutRun(place, { after: state.replica, packed }, REPLAYED_MOST, 'to-vault');
  const marked = state.replica.count + REPLAYED_MOST < journal.count ? await mark(hand, marks) : [];
  if (marked.some(({ txHash }) => txHash === null)) return marked;
  const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'replayExit', args: [first] });
  const question = `Replay the ledger’s journal from entry ${state.replica.count + 1n} at the vault of ${place.at.chain.name}?`;
  return [...marked, await act(hand, { purpose: 'replay', question, calldata })];
}

/** One claim as the vault took it. */
interface TakenClaim extends ActResult {
  readonly item: string;
  readonly amount: bigint;
}

/** Claims what an account has, in as many parts as the vault's limit asks for; `--item` claims one thing alone. */
export async function exitClaim(terminal: Terminal, options: ExitClaimOptions): Promise<void> {
  const place = openExitVault(openConfig(terminal), options.chain);
  const account = openKey(loadSpendingKey(terminal.environment));
  const hand = { terminal, options, account, place };
  const claimant = claimantOf(options, address(account.address));
  const state = await readExit(place);
  const next = nextExitAct(state);
  if (next.kind !== 'claim') {
    throw operatorError(
      'EXIT_REFUSED',
      `the exit on ${place.at.chain.name} is not open; expected an open one; next: ${tellNext(next)}`,
    );
  }
  terminal.tell(`reading logs of ${place.at.chain.name} and ${place.home.chain.name} …`);
  const items = chooseItems(await listExitItems(place, state, claimant.account), options, claimant.account);
  const claims: TakenClaim[] = [];
  for (const item of items) claims.push(...(await claimItem(hand, state, { item, claimant, wanted: options.amount })));
  writeResult(terminal, options, { account: claimant.account, recipient: claimant.recipient, claims }, () =>
    claims.length === 0
      ? [`nothing is left to claim for account ${claimant.account}`]
      : [
          ...claims.map(({ item, amount, ...done }) => {
            const found = items.find(({ name }) => name === item) as ExitItem;
            return `claim of ${formatItem(place, found, amount)} from ${item}: ${outcomeText(done)}`;
          }),
          'surety exit pay pays each when it is due',
        ],
  );
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
  { item, amount }: ExitClaimOptions,
  account: Bytes32,
): readonly ExitItem[] {
  if (item === undefined) {
    if (amount === undefined) return items;
    throw operatorError('BAD_USE', `--amount ${amount} is of one item; expected --item with it`);
  }
  const found = items.filter(({ name }) => name.toLowerCase() === item.toLowerCase());
  if (found.length > 0) return found;
  const known = items.map(({ name }) => name).join(', ') || 'none';
  throw operatorError('BAD_USE', `--item is "${item}"; account ${account} has ${known}`);
}

async function claimItem(
  hand: ExitHand,
  state: ExitState,
  {
    item,
    claimant,
    wanted,
  }: { readonly item: ExitItem; readonly claimant: Claimant; readonly wanted: string | undefined },
): Promise<TakenClaim[]> {
  const { place } = hand;
  const proven = await proveClaim(place, state, item, claimant);
  const marked = await mark(hand, proven.proof.marks);
  if (marked.some(({ txHash }) => txHash === null)) {
    hand.terminal.tell(`${item.name}: heads are kept first, and a dry run keeps none; it ends here`);
    return [];
  }
  const [left, largest] = await Promise.all([proven.readLeft(), readLargestClaim(place, item.vaultAsset)]);
  const amount = wanted === undefined ? left : parseTokenUnits(wanted, decimalsOf(place, item), '--amount');
  if (amount > left) {
    throw operatorError(
      'EXIT_REFUSED',
      `--amount ${wanted ?? ''} is above the ${formatItem(place, item, left)} that are left of ${item.name}; nothing was sent`,
    );
  }
  if (amount > 0n && largest === 0n) {
    throw operatorError(
      'EXIT_REFUSED',
      `the vault’s payment limit of ${formatItem(place, item, 0n)} is 0; expected one: it pays nothing of it`,
    );
  }
  const taken: TakenClaim[] = [];
  for (const part of claimParts(amount, largest)) {
    const question = `Claim ${formatItem(place, item, part)} of ${item.name} for ${claimant.recipient}?`;
    const done = await act(hand, { purpose: `claim of ${item.name}`, question, calldata: proven.callOf(part) });
    taken.push({ item: item.name, amount: part, ...done });
    if (done.txHash === null) break;
  }
  return taken;
}

function decimalsOf({ assets }: ExitVault, { name, vaultAsset }: ExitItem): number {
  const asset = assets.find(({ index }) => index === vaultAsset);
  if (asset !== undefined) return asset.decimals;
  throw operatorError(
    'UNKNOWN_ASSET',
    `${name} is of asset ${vaultAsset}, which chains.config.json does not list; leave out --amount to claim all`,
  );
}

/** Pays claims that are due: anyone may. */
export async function exitPay(terminal: Terminal, options: ExitPayOptions): Promise<void> {
  const place = openExitVault(openConfig(terminal), options.chain);
  const account = openKey(loadSpendingKey(terminal.environment));
  const hand = { terminal, options, account, place };
  const of = options.account === undefined ? undefined : parseAccountArgument(options.account, '--account');
  terminal.tell(`reading logs of ${place.at.chain.name} …`);
  const [claims, { nowS }] = await Promise.all([
    readQueued(place, { account: of, above: EXIT_CLAIMS }),
    readExit(place),
  ]);
  const queued = claims.filter(({ state }) => state === 'QUEUED');
  const due = queued.filter(({ readyAt }) => readyAt <= nowS);
  const later = queued.filter(({ readyAt }) => readyAt > nowS);
  const paid: (ActResult & { readonly seq: bigint; readonly amount: bigint; readonly recipient: string })[] = [];
  for (const one of due) {
    const args = [one.seq, packedClaim(one), account.address] as const;
    const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'pay', args });
    const question = `Pay claim ${one.seq - EXIT_CLAIMS} to ${one.recipient} on ${place.at.chain.name}?`;
    const done = await act(hand, { purpose: `payment of claim ${one.seq - EXIT_CLAIMS}`, question, calldata });
    paid.push({ seq: one.seq, amount: one.amount, recipient: one.recipient, ...done });
  }
  writeResult(terminal, options, { paid, later }, () => [
    ...paid.map((one, at) => {
      const asset = { vaultAsset: due[at]?.asset ?? 0 };
      return `${formatItem(place, asset, one.amount)} to ${one.recipient}: ${outcomeText(one)}`;
    }),
    ...later.map(
      (one) => `${formatItem(place, { vaultAsset: one.asset }, one.amount)} is due at ${formatTime(one.readyAt)}`,
    ),
    ...(queued.length === 0 ? ['no claim waits for its payment'] : []),
  ]);
}

/** The entry that the vault recorded for a claim. @source VaultExit._claim */
function packedClaim({ asset, amount, account, recipient }: QueuedPayment): Hex {
  return bytesToHex(
    packEntry({
      kind: 'RELEASE',
      asset,
      amount: tokenUnits(amount),
      account,
      party: bytes32(pad(recipient)),
      fee: tokenUnits(0n),
    }),
  );
}
