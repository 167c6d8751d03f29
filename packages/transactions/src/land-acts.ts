import type { Address } from '@surety/domain';
import type { LandOutcome, TransactionCall, TransactionSender } from '@surety/workflows';
import { type Abi, type ContractFunctionArgs, type ContractFunctionName, encodeFunctionData } from 'viem';

/** A call whose types are checked: viem infers none from a generic name. */
export interface UntypedCall {
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
}

/** Lands calls of one contract, each with at most so much simulated gas. */
export function landActs<const ContractAbi extends Abi>(of: {
  readonly sender: TransactionSender;
  readonly to: Address;
  readonly abi: ContractAbi;
  readonly gasCeiling: bigint;
}) {
  const { sender, to, gasCeiling } = of;
  return <Name extends ContractFunctionName<ContractAbi, 'nonpayable'>>(
    functionName: Name,
    args: ContractFunctionArgs<ContractAbi, 'nonpayable', Name>,
    ...[call, signal]: [call: Omit<TransactionCall, 'to' | 'calldata' | 'gasCeiling'>, signal?: AbortSignal]
  ): Promise<LandOutcome> => {
    const encoded: UntypedCall = { abi: of.abi, functionName, args: args as readonly unknown[] };
    return sender.land({ ...call, to, calldata: encodeFunctionData(encoded), gasCeiling }, signal);
  };
}
