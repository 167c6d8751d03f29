import type { Address, AppError, BlockHeight } from '@surety/domain';
import {
  type Abi,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  encodeFunctionData,
} from 'viem';
import { type ChainReads, decodeAnswer } from './chain-reads.js';
import type { UntypedCall } from './land-acts.js';

type Reading = 'view' | 'pure';

/** Names of a contract's views. */
export type ViewName<ContractAbi extends Abi> = ContractFunctionName<ContractAbi, Reading>;

/** The name of a view, with its arguments. */
interface View {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A view that gave no value of its shape. */
type NoView =
  | { readonly kind: 'reverted' | 'no-code'; readonly seen: string }
  | { readonly kind: 'misshapen'; readonly error: unknown };

/** Asks a contract's views, each for its value or what came instead. */
export function askViews<const ContractAbi extends Abi>(of: {
  readonly reads: Pick<ChainReads, 'call'>;
  readonly to: Address;
  readonly abi: ContractAbi;
}) {
  const { reads, to } = of;
  return async <Name extends ViewName<ContractAbi>>(
    functionName: Name,
    args: ContractFunctionArgs<ContractAbi, Reading, Name>,
    at: BlockHeight | 'latest',
    signal?: AbortSignal,
  ): Promise<
    { readonly kind: 'value'; readonly value: ContractFunctionReturnType<ContractAbi, Reading, Name> } | NoView
  > => {
    const asked: UntypedCall = { abi: of.abi, functionName, args: args as readonly unknown[] };
    const answer = await reads.call({ to, calldata: encodeFunctionData(asked) }, at, signal);
    if (answer.kind === 'reverted') return { kind: 'reverted', seen: answer.revert.detail };
    if (answer.bytes === '0x') return { kind: 'no-code', seen: 'no code' };
    try {
      const value = decodeAnswer({ ...asked, data: answer.bytes });
      return { kind: 'value', value: value as ContractFunctionReturnType<ContractAbi, Reading, Name> };
    } catch (error) {
      return { kind: 'misshapen', error };
    }
  };
}

/** Reads a contract's views, all of which it must have; `missing` makes the error if one gives nothing. @throws RPC_BAD_ANSWER. */
export function readViews<const ContractAbi extends Abi>(
  of: Parameters<typeof askViews<ContractAbi>>[0] & { readonly missing: (view: View, seen: string) => AppError },
) {
  const ask = askViews(of);
  return async <Name extends ViewName<ContractAbi>>(
    name: Name,
    ...[args, at, signal]: [
      args: ContractFunctionArgs<ContractAbi, Reading, Name>,
      at: BlockHeight | 'latest',
      signal?: AbortSignal,
    ]
  ): Promise<ContractFunctionReturnType<ContractAbi, Reading, Name>> => {
    const answer = await ask(name, args, at, signal);
    if (answer.kind === 'value') return answer.value;
    if (answer.kind === 'misshapen') throw answer.error;
    throw of.missing({ name, args: args as readonly unknown[] }, answer.seen);
  };
}
