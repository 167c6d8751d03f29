import { collateralVaultAbi } from '@surety/contracts';
import type { Hex } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type ActOptions, type ActResult, actByHand } from '../chains/act-by-hand.js';
import { openConfig } from '../chains/open-config.js';
import { openSpendingKey, pollIntervalOf } from '../chains/open-sender.js';
import { operatorError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import type { ExitMark } from './cut-run.js';
import { type ExitVault, openExitVault } from './exit-vault.js';

/** A key that acts at a vault. */
export interface ExitHand {
  readonly terminal: Terminal;
  readonly options: ActOptions;
  readonly account: PrivateKeyAccount;
  readonly place: ExitVault;
  /** Steps that were taken so far, in order. */
  readonly taken: ActResult[];
  readonly landing: Landing;
}

/** The last step that landed, as far as the providers were not waited for. */
interface Landing {
  last: { readonly purpose: string; readonly height: bigint } | undefined;
  /** True once they were waited for in vain: one that stands still would hold up each step. */
  isGivenUp: boolean;
}

/** One step of an exit, with the question to the person before it is sent. */
export interface ExitStep {
  readonly purpose: string;
  readonly question: string;
  readonly calldata: Hex;
}

/** Well above what an opening or a claim takes with proofs of a large state. */
const GAS_CEILING = 5_000_000n;
/** Honest providers are seconds apart: one that lacks a block for longer stands still. */
const SHOWN_WITHIN_MS = 60_000;

/** Opens the vault and the key. @throws UNKNOWN_CHAIN, BAD_USE, NO_PROVIDER, KEY_UNREADABLE. */
export function openExitHand(terminal: Terminal, options: ActOptions & { readonly chain: string }): ExitHand {
  const place = openExitVault(openConfig(terminal), options.chain);
  return {
    terminal,
    options,
    account: openSpendingKey(terminal.environment),
    place,
    taken: [],
    landing: { last: undefined, isGivenUp: false },
  };
}

/** Simulates a step, asks, and lands it. @throws EXIT_REFUSED with the vault's own reason, DECLINED. */
export async function takeStep(hand: ExitHand, { purpose, question, calldata }: ExitStep): Promise<ActResult> {
  const { terminal, place, landing } = hand;
  await awaitShown(hand);
  terminal.tell(`${purpose} …`);
  const done = await actByHand(hand, place.at, {
    code: 'EXIT_REFUSED',
    question,
    call: { purpose, to: place.vault, calldata, gasCeiling: GAS_CEILING },
    onLanded: (height) => (landing.last = { purpose, height }),
  });
  hand.taken.push(done);
  return done;
}

/**
 * Waits until two thirds of the providers show the block in which the last step landed, a minute at most: one provider may have it first, and
 * what comes next is read from two thirds. Returns their newest block then, undefined if they do not show it: what is read may be older.
 * @throws DECLINED if it is interrupted.
 */
export async function awaitShown({ terminal, place, landing }: ExitHand): Promise<bigint | undefined> {
  const { last } = landing;
  if (last === undefined) return undefined;
  landing.last = undefined;
  const { chain, clock } = place.at;
  const { purpose, height } = last;
  let shown: bigint | undefined;
  const look = async (ended: AbortSignal): Promise<void> => {
    for (let isTold = false; !ended.aborted; isTold = true) {
      // Of too few that answer nobody knows whether they have it.
      const newest = await place.client.getBlock().then(
        ({ number }) => number,
        () => undefined,
      );
      if (newest !== undefined && newest >= height) return void (shown = newest);
      if (landing.isGivenUp) return;
      if (!isTold) terminal.tell(`waiting until two thirds of the providers of ${chain.name} show block ${height} …`);
      await clock.sleep(pollIntervalOf(chain), ended);
    }
  };
  await terminal.untilInterrupted(async (interrupted) => {
    const over = new AbortController();
    const ended = AbortSignal.any([interrupted, over.signal]);
    try {
      await Promise.race([look(ended), clock.sleep(SHOWN_WITHIN_MS, ended)]);
    } finally {
      over.abort();
    }
    if (!interrupted.aborted) return;
    const seen = `interrupted before two thirds of the providers of ${chain.name} show block ${height}`;
    throw operatorError('DECLINED', `${seen}, in which the ${purpose} landed; nothing else was sent`);
  });
  landing.isGivenUp ||= shown === undefined;
  return shown;
}

/** Keeps heads at the vault, in order, and waits until they are shown; a dry run simulates the first and ends. */
export async function keepHeads(hand: ExitHand, marks: readonly ExitMark[]): Promise<void> {
  for (const { edge, count, head, entries } of marks) {
    const result = await takeStep(hand, {
      purpose: `mark at entry ${count}`,
      question: `Keep the head at entry ${count} at the vault of ${hand.place.at.chain.name}?`,
      calldata: encodeFunctionData({
        abi: collateralVaultAbi,
        functionName: 'markExit',
        args: [edge, count, head, entries],
      }),
    });
    if (result.txHash === null) break;
  }
  await awaitShown(hand);
}
