import type { Address, ChainId } from '@surety/domain';
import { type Abi, type ContractFunctionArgs, type ContractFunctionName, encodeFunctionData } from 'viem';
import { collateralLedgerAbi } from '../generated/index.js';
import { formatArgs } from './format-args.js';
import type { PlannedAct } from './plan-deployment.js';

/** A contract of a plan, the name that people know it by, and who acts on it. */
export interface ActedContract<ContractAbi extends Abi = Abi> {
  readonly name: string;
  readonly abi: ContractAbi;
  readonly chainId: ChainId;
  readonly by: Address;
  readonly to: Address;
}

type Called<
  ContractAbi extends Abi,
  Mutability extends 'nonpayable' | 'view',
  Name extends ContractFunctionName<ContractAbi, Mutability>,
> = readonly [Name, ContractFunctionArgs<ContractAbi, Mutability, Name>];

/** Plans a call, with its words for people and the view that tells whether it is done, by the first word unless given. */
export function planAct<
  const ContractAbi extends Abi,
  Act extends ContractFunctionName<ContractAbi, 'nonpayable'>,
  Probe extends ContractFunctionName<ContractAbi, 'view'>,
>(
  { name, abi: typed, ...place }: ActedContract<ContractAbi>,
  act: Partial<PlannedAct> & {
    readonly call: Called<ContractAbi, 'nonpayable', Act>;
    readonly seenBy: Called<ContractAbi, 'view', Probe>;
    readonly purpose?: string;
  },
): PlannedAct {
  const { call, seenBy, purpose, ...more } = act;
  const abi: Abi = typed;
  const encode = ([functionName, args]: readonly [string, unknown]) =>
    encodeFunctionData({ abi, functionName, args: args as readonly unknown[] });
  const [functionName, args] = call as readonly [string, readonly unknown[]];
  const text = `${name}.${functionName}(${args.map(formatArgs).join(', ')})`;
  return {
    ...place,
    text: purpose === undefined ? text : `${text} for ${purpose}`,
    data: encode(call),
    probe: encode(seenBy),
    probeWord: 0,
    ...more,
  };
}

/** Returns a deployment's ledger as its governor acts on it. */
export function actedLedger(home: { readonly chainId: ChainId; readonly governor: Address; readonly ledger: Address }) {
  return {
    name: 'ledger',
    abi: collateralLedgerAbi,
    chainId: home.chainId,
    by: home.governor,
    to: home.ledger,
  } as const;
}
