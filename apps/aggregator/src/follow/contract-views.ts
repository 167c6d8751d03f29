import { attesterSetAbi } from '@surety/contracts';
import { type Address, type Hex, address } from '@surety/domain';
import { type AttesterEpoch, type FinalBlock, membersOfBits } from '@surety/workflows';
import {
  type Abi,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  decodeFunctionResult,
  encodeFunctionData,
} from 'viem';
import type { NewestBlock, QuorumCaller } from './quorum-caller.js';

/** A contract whose views are asked. */
interface Viewed<Of extends Abi> {
  readonly to: Address;
  readonly abi: Of;
}

/** A contract at a block. */
export interface ViewedAt<Of extends Abi> extends Viewed<Of> {
  readonly block: { readonly hash: string };
  /** False takes one provider's word. */
  readonly agreed?: boolean;
  /** True where a stranger's contract has a say in the answer: a provider that answers otherwise is not counted as lying. */
  readonly mayDiffer?: boolean;
}

type ViewName<Of extends Abi> = ContractFunctionName<Of, 'pure' | 'view'>;

/** Asks one view of a contract: its name, then its arguments. */
export type AskView<Of extends Abi> = <Name extends ViewName<Of>>(
  name: Name,
  ...args: readonly unknown[]
) => Promise<ContractFunctionReturnType<Of, 'pure' | 'view', Name>>;

/** Calls under way at once: asked together where a quorum answers them, and alone no more than a provider's queue takes. */
const CALLS_AT_ONCE = 32;

/**
 * Returns what asks a contract's views at a block: a quorum of providers or, if wanted so, one.
 * An answer throws NO_QUORUM or UNAVAILABLE (both retryable).
 */
export function viewsAt<Of extends Abi>(
  caller: QuorumCaller,
  { to, abi, block, agreed = true, mayDiffer = false }: ViewedAt<Of>,
  signal?: AbortSignal,
): AskView<Of> {
  const blockHash = block.hash as Hex;
  return askViews(abi, async (input, read) =>
    agreed
      ? read(await caller.callAgreed({ to, input, blockHash, mayDiffer }, signal))
      : caller.callOne({ to, input, blockHash }, read, signal),
  );
}

/**
 * Returns what asks a contract's views at a provider's newest block.
 * An answer throws viem's error if there is none: a provider may lag behind the deployment.
 */
export function newestViews<Of extends Abi>(newest: NewestBlock, { to, abi }: Viewed<Of>): AskView<Of> {
  return askViews(abi, async (input, read) => read(await newest.call(to, input)));
}

function askViews<Of extends Abi>(
  abi: Of,
  ask: <Answer>(input: Hex, read: (data: Hex) => Answer) => Promise<Answer>,
): AskView<Of> {
  return (name, ...args) => {
    const call = { abi: abi as Abi, functionName: name as string, args };
    type Answer = ContractFunctionReturnType<Of, 'pure' | 'view', typeof name>;
    return ask(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }) as Answer);
  };
}

/**
 * Returns all attester sets that a verifier has at a block. Of known sets that have ended nothing is asked: nothing of them
 * changes any more.
 * @throws NO_QUORUM (retryable).
 */
export async function readEpochsByCall(
  caller: QuorumCaller,
  at: { readonly attesterSet: Address; readonly block: FinalBlock; readonly known: readonly AttesterEpoch[] },
  signal?: AbortSignal,
): Promise<readonly AttesterEpoch[]> {
  const { attesterSet: to, block, known } = at;
  const view = viewsAt(caller, { to, abi: attesterSetAbi, block }, signal);
  const newest = await view('newestEpoch');
  const epochs: AttesterEpoch[] = [];
  for (let epoch = 1; epoch <= newest; epoch++) {
    const held = known.find((one) => one.epoch === epoch && one.expires <= block.timestamp);
    epochs.push(held ?? (await readEpoch(view, epoch)));
  }
  return epochs;
}

async function readEpoch(view: AskView<typeof attesterSetAbi>, epoch: number): Promise<AttesterEpoch> {
  const members = (await view('members', epoch)).map(address);
  const suspensionEnd = BigInt(await view('suspensionEnd', epoch));
  return {
    epoch,
    members,
    quorum: await view('k', epoch),
    activeFrom: BigInt(await view('activeFrom', epoch)),
    expires: BigInt(await view('expires', epoch)),
    suspended: membersOfBits(members, await view('suspended', epoch)),
    ...(suspensionEnd === 0n ? {} : { suspensionEnd }),
  };
}

/** Works on items some at a time. */
export async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += CALLS_AT_ONCE)
    await Promise.all(items.slice(at, at + CALLS_AT_ONCE).map(work));
}
