import { type Address, AppError, type Hex } from '@surety/domain';
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem';

/** The single read that this package needs; `createChainReads` of `@surety/transactions` implements it. */
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

/** Error codes of this package: no refusal by a contract is expected. */
export type BridgesErrorCode = 'WITNESS_UNREADABLE';

/** A view of a contract and its arguments. */
export interface ContractView {
  readonly to: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args?: readonly unknown[];
}

/** Reads a view. @throws WITNESS_UNREADABLE if the contract reverts, since it is then not the configured one. */
export async function readContractView<Answer>(
  reads: BridgeReads,
  view: ContractView,
  signal?: AbortSignal,
): Promise<Answer> {
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
