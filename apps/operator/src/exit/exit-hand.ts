import { collateralVaultAbi } from '@surety/contracts';
import type { Hex } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type ActOptions, type ActResult, actByHand } from '../chains/act-by-hand.js';
import { openConfig } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
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
}

/** One step of an exit, with the question to the person before it is sent. */
export interface ExitStep {
  readonly purpose: string;
  readonly question: string;
  readonly calldata: Hex;
}

/** Well above what an opening or a claim takes with proofs of a large state. */
const GAS_CEILING = 5_000_000n;

/** Opens the vault and the key. @throws UNKNOWN_CHAIN, BAD_USE, NO_PROVIDER, KEY_UNREADABLE. */
export function openExitHand(terminal: Terminal, options: ActOptions & { readonly chain: string }): ExitHand {
  const place = openExitVault(openConfig(terminal), options.chain);
  return { terminal, options, account: openSpendingKey(terminal.environment), place, taken: [] };
}

/** Simulates a step, asks, and lands it. @throws EXIT_REFUSED with the vault's own reason, DECLINED. */
export async function takeStep(hand: ExitHand, { purpose, question, calldata }: ExitStep): Promise<ActResult> {
  const { terminal, place } = hand;
  terminal.tell(`${purpose} …`);
  const done = await actByHand(hand, place.at, {
    code: 'EXIT_REFUSED',
    question,
    call: { purpose, to: place.vault, calldata, gasCeiling: GAS_CEILING },
  });
  hand.taken.push(done);
  return done;
}

/** Keeps heads at the vault, in order; a dry run simulates the first and ends. */
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
}
