import { type RevertToken, revertIn } from '@surety/contracts';
import type { BlockHeight, TxHash } from '@surety/domain';
import { createChainReads } from '@surety/transactions';
import type { TransactionCall } from '@surety/workflows';
import type { Abi } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type OperatorErrorCode, operatorError } from '../errors.js';
import { land, openRpc, openSender, type SpendingChain } from './open-sender.js';
import type { OutputOptions, Terminal } from '../terminal/terminal.js';
import { ACT_ERRORS } from './simulate-call.js';

/** Options of every act that one key makes once. */
export interface ActOptions extends OutputOptions {
  /** Simulates and ends. */
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** One act: the call, the question to the person before it is sent, and the code of a refusal. */
export interface ActByHand {
  readonly call: TransactionCall;
  readonly question: string;
  readonly code: OperatorErrorCode;
  /** The token whose amounts a refusal may name. */
  readonly token?: RevertToken;
  /** Asks once more, after the answer and right before sending, whether it is still what the question said. */
  readonly requireStill?: (() => Promise<void>) | undefined;
  /** Hears the height of the block in which it landed. */
  readonly onLanded?: (height: BlockHeight) => void;
}

/** The person who acts. */
export interface ActHand {
  readonly terminal: Terminal;
  readonly options: ActOptions;
  readonly account: PrivateKeyAccount;
  /** Declares the errors by which contracts may refuse; those of acts of roles unless given. */
  readonly errors?: Abi;
}

/** The outcome of an act. */
export interface ActResult {
  readonly chainId: number;
  readonly to: string;
  readonly calldata: string;
  /** Null for a dry run: it would have been taken. */
  readonly txHash: TxHash | null;
}

/**
 * Simulates an act, asks, and lands it; a dry run ends after the simulation.
 * @throws the act's code with the contract's own reason, nothing sent; DECLINED.
 */
export async function actByHand(
  { terminal, options, account, errors = ACT_ERRORS }: ActHand,
  place: SpendingChain,
  { call, question, code, token, requireStill, onLanded }: ActByHand,
): Promise<ActResult> {
  const { chain } = place;
  const sender = openSender(place, { account, errors, waiting: terminal });
  const { to, calldata } = call;
  const simulated = await createChainReads(openRpc(place), errors).estimate({ from: sender.address, to, calldata });
  if (simulated.kind === 'reverted') {
    const reason = token === undefined ? simulated.revert.detail : revertIn(simulated.revert, token);
    throw operatorError(
      code,
      `the ${call.purpose} would be refused by ${to} on ${chain.name}: ${reason}; nothing was sent`,
    );
  }
  const result = { chainId: chain.chainId, to, calldata };
  if (options.dryRun === true) return { ...result, txHash: null };
  if (options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', `nothing was sent; add --yes to ${call.purpose} without a question`);
  }
  await requireStill?.();
  return { ...result, txHash: await land(sender, call, code, onLanded) };
}

/** Describes the outcome of an act. */
export function outcomeText({ txHash }: ActResult): string {
  return txHash === null ? 'simulated only; it would be taken' : `sent in ${txHash}`;
}
