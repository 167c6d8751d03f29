import { proveExitUnsettled } from '@surety/chain';
import { collateralVaultAbi } from '@surety/contracts';
import { CUT_LENGTH, address } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { type ActOptions, type ActResult, outcomeText } from '../chains/act-by-hand.js';
import { simulateCall } from '../chains/simulate-call.js';
import { operatorError } from '../errors.js';
import { type ExitMark, cutRun, marksBetween } from './cut-run.js';
import { type ExitHand, type ExitStep, awaitShown, keepHeads, openExitHand, takeStep } from './exit-hand.js';
import { FOLDED_MOST, listExitItems, ownPartOf, proveOpening, readClaimed, readExitShares } from './exit-items.js';
import { openExitVault, readExit, readRun } from './exit-vault.js';
import { readKnownRun } from './kept-end.js';
import { nextExitAct, requireOpenable } from './next-exit-act.js';
import { tellExitItems, tellNextExit } from './tell-exit.js';
import { eachUnlessEnded, requireAllTaken } from '../terminal/each-unless-ended.js';
import { formatTime } from '../terminal/format.js';
import { openConfig } from '../chains/open-config.js';
import { parseAccountArgument } from '../terminal/parse-account.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety exit show`. */
export interface ExitShowOptions extends OutputOptions {
  readonly chain: string;
  readonly account?: string;
}

/** Options of `surety exit open`. */
export interface ExitOpenOptions extends ActOptions {
  readonly chain: string;
}

/** Options of `surety exit end`. */
export interface ExitEndOptions extends ExitOpenOptions {
  readonly asset: string;
}

/** A replayed entry is queued as a payment. */
const REPLAYED_MOST = Number(CUT_LENGTH);

/** Shows how far an exit is, what comes next, and with `--account` what it would pay its owner and protocols. */
export async function exitShow(terminal: Terminal, options: ExitShowOptions): Promise<void> {
  const place = openExitVault(openConfig(terminal), options.chain);
  const state = await readExit(place);
  const next = nextExitAct(place, state);
  const account = options.account === undefined ? undefined : parseAccountArgument(options.account, '--account');
  // Without an anchor block there is nothing to list.
  const isListed = account !== undefined && next.kind !== 'never' && next.kind !== 'needless';
  if (isListed) terminal.tell(`reading logs of ${place.at.chain.name} and ${place.home.chain.name} …`);
  const items = isListed ? await listExitItems(place, state, account) : [];
  const shares = isListed ? await readExitShares(place, state, account) : [];
  const claimed = await readClaimed(place, items);
  const shown = items.map((item, at) => ({ ...item, claimed: claimed[at] ?? 0n }));
  const result = {
    chain: place.at.chain.name,
    vault: place.vault,
    ...state,
    next,
    account: account ?? null,
    items: shown.map((item) => {
      const { name, vaultAsset, amount: held, claimed: taken } = item;
      return { name, vaultAsset, held, claimed: taken, amount: ownPartOf(item, shares) - taken };
    }),
    shares,
  };
  writeResult(terminal, options, result, () => [
    `vault ${place.vault} on ${place.at.chain.name} (${place.at.chain.chainId})`,
    `newest statement made: ${state.asOf === 0n ? 'never' : formatTime(state.asOf)}; anchor block ${state.anchor}`,
    `claims taken: ${state.claims}; next: ${tellNextExit(next)}`,
    ...(account === undefined ? [] : tellExitItems(place, account, { items: shown, shares })),
  ]);
}

/** Announces, proves and replays, as far as the vault takes it now: anyone may. What was sent before a failure is told before it. */
export async function exitOpen(terminal: Terminal, options: ExitOpenOptions): Promise<void> {
  const hand = openExitHand(terminal, options);
  const { place } = hand;
  const acts: (ActResult & { readonly act: string })[] = [];
  let next = nextExitAct(place, await readExit(place));
  const items = ['announce', 'prove', 'replay'] as const;
  // Each act follows from the one before it.
  const taken = await eachUnlessEnded({ items, nameOf: (kind) => kind, isEnded: () => true }, async (kind) => {
    if (options.dryRun === true && acts.length > 0) return;
    requireOpenable(next, options.chain);
    if (next.kind !== kind) return;
    try {
      await (kind === 'announce' ? announce(hand) : kind === 'prove' ? prove(hand) : replay(hand));
    } finally {
      acts.push(...hand.taken.slice(acts.length).map((one) => ({ act: kind, ...one })));
    }
    if (options.dryRun !== true) next = nextExitAct(place, await readExit(place, await awaitShown(hand)));
  });
  const { ended } = taken;
  if (ended !== undefined && acts.length === 0) throw ended.by;
  const result = { chain: place.at.chain.name, acts, next: ended === undefined ? next : null };
  writeResult(terminal, options, result, () => [
    ...acts.map((one) => `${one.act}: ${outcomeText(one)}`),
    ...(ended === undefined ? [`next: ${tellNextExit(next)}`] : []),
  ]);
  requireAllTaken(taken, 'EXIT_REFUSED');
}

/** Ends the locks of an asset that nobody has claimed yet, so that nobody locks what it could not take out again: anyone may. */
export async function exitEnd(terminal: Terminal, options: ExitEndOptions): Promise<void> {
  const hand = openExitHand(terminal, options);
  const { place } = hand;
  const asset = place.assets.find(({ symbol }) => symbol.toLowerCase() === options.asset.toLowerCase());
  if (asset === undefined) {
    const known = place.assets.map(({ symbol }) => symbol).join(', ');
    throw operatorError('BAD_USE', `--asset is "${options.asset}"; the vault of ${options.chain} lists ${known}`);
  }
  const state = await readExit(place);
  requireOpenable(nextExitAct(place, state), options.chain);
  const { anchor, openedAt } = state;
  if (openedAt === 0n)
    throw operatorError(
      'EXIT_REFUSED',
      `the exit on ${options.chain} is not open; expected an open one: surety exit open --chain ${options.chain}`,
    );
  const { ledger, source } = place;
  const proof = await place.prove((ask) =>
    proveExitUnsettled(ask, { ledger, anchor, source, vaultAsset: asset.index }),
  );
  const done = await takeStep(hand, {
    purpose: `end of ${asset.symbol}`,
    question: `End the locks of ${asset.symbol} on ${place.at.chain.name}? It is one way: from then on its tokens pay claims alone.`,
    calldata: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'endAsset', args: [asset.index, proof] }),
  });
  writeResult(terminal, options, { asset: asset.symbol, ...done }, () => [
    `end of ${asset.symbol}: ${outcomeText(done)}`,
  ]);
}

function announce(hand: ExitHand): Promise<void> {
  const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'announceExit' });
  const question = `Announce the exit of the vault on ${hand.place.at.chain.name}? Attesters have 7 days to answer.`;
  return takeSteps(hand, [{ purpose: 'announcement', question, calldata }], []);
}

async function prove(hand: ExitHand): Promise<void> {
  const { place } = hand;
  const state = await readExit(place);
  const { opening, applied } = await proveOpening(place, state);
  const { packed, end } = await readKnownRun(place, state, { after: applied, least: 0 });
  // A dry run is asked at the block that it read.
  if (end !== undefined && hand.options.dryRun !== true) await keepHeads(hand, [end]);
  const chunks = cutRun(applied, packed, FOLDED_MOST);
  const args = [opening, chunks[0]?.entries ?? '0x'] as never;
  const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'openExit', args });
  const question = `Open the exit on ${place.at.chain.name}? It is one way: the vault takes no statement any more.`;
  const marks = marksBetween(place.logsOf('to-ledger').edgeId, chunks);
  await takeSteps(hand, [{ purpose: 'opening', question, calldata }], marks);
}

async function replay(hand: ExitHand): Promise<void> {
  const { place } = hand;
  const state = await readExit(place);
  const { replica } = state;
  const { journal } = await proveOpening(place, state);
  const { packed } = await readRun(place, 'to-vault', { after: replica, tip: journal });
  const chunks = cutRun(replica, packed, REPLAYED_MOST);
  const steps = chunks.map(({ after, entries }) => ({
    purpose: `replay from entry ${after.count + 1n}`,
    question: `Replay the ledger’s journal from entry ${after.count + 1n} at the vault of ${place.at.chain.name}?`,
    calldata: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'replayExit', args: [entries] }),
  }));
  return takeSteps(hand, steps, marksBetween(place.logsOf('to-vault').edgeId, chunks));
}

/** Takes steps in order, and keeps heads first unless an earlier run kept them: then the first step would be taken at once. */
async function takeSteps(hand: ExitHand, steps: readonly ExitStep[], marks: readonly ExitMark[]): Promise<void> {
  const { place, account, taken } = hand;
  const [first] = steps;
  if (first === undefined) return;
  const call = { to: place.vault, data: first.calldata };
  const isKept = marks.length === 0 || (await simulateCall(place.at, call, address(account.address))) === undefined;
  if (!isKept) await keepHeads(hand, marks);
  for (const step of steps) {
    if (taken.at(-1)?.txHash === null) break;
    await takeStep(hand, step);
  }
}
