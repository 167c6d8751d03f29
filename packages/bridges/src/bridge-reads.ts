import { type Address, AppError, type Hex } from '@surety/domain';
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem';

/** The one read that the ports need; `createChainReads` of `@surety/transactions` satisfies it. */
export interface BridgeReads {
  call(
    request: { readonly to: Address; readonly calldata: Hex },
    at: 'latest',
    signal?: AbortSignal,
  ): Promise<
    | { readonly kind: 'answer'; readonly bytes: Hex }
    | { readonly kind: 'reverted'; readonly revert: { readonly name: string } }
  >;
}

/** What a contract of a bridge or of ours refuses with: none of them is expected. */
export type BridgesErrorCode = 'WITNESS_UNREADABLE';

/** A view and its arguments. */
export interface View {
  readonly to: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args?: readonly unknown[];
}

/** Reads a view. @throws WITNESS_UNREADABLE where the contract refuses: it is not the one that was configured. */
export async function readView<Answer>(reads: BridgeReads, view: View, signal?: AbortSignal): Promise<Answer> {
  const { to, abi, functionName, args = [] } = view;
  const calldata = encodeFunctionData({ abi, functionName, args: [...args] });
  const answer = await reads.call({ to, calldata }, 'latest', signal);
  if (answer.kind === 'answer' && answer.bytes !== '0x')
    return decodeFunctionResult({ abi, functionName, data: answer.bytes }) as Answer;
  throw new AppError<BridgesErrorCode>({
    code: 'WITNESS_UNREADABLE',
    message: `${to} refuses ${functionName}${answer.kind === 'reverted' ? `: ${answer.revert.name}` : ', it answers nothing'}; expected a contract of a witness, of a bridge, a vault or a ledger; compare with surety config diff`,
    retryable: true,
  });
}
