import { attesterSetAbi } from '@surety/contracts';
import { type Address, type Hex, address } from '@surety/domain';
import { type AttesterEpoch, membersOfBits } from '@surety/workflows';
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem';
import type { NewestBlock, QuorumCaller } from './quorum-caller.js';

/** One view of a contract at a block. */
export interface ViewCall {
  readonly to: Address;
  readonly abi: Abi;
  readonly name: string;
  readonly args?: readonly unknown[];
  readonly block: { readonly hash: string };
  /** False takes one provider's word. */
  readonly agreed?: boolean;
}

/** Calls under way at once: asked together where a quorum answers them, and alone no more than a provider's queue takes. */
const CALLS_AT_ONCE = 32;

/**
 * Returns a view's answer, of a quorum of providers or, if asked so, of one.
 * @throws NO_QUORUM, UNAVAILABLE (both retryable).
 */
export async function readView(caller: QuorumCaller, call: ViewCall, signal?: AbortSignal): Promise<unknown> {
  const { to, abi, name, args = [], block, agreed = true } = call;
  const request = { to, input: encodeFunctionData({ abi, functionName: name, args }), blockHash: block.hash as Hex };
  const read = (data: Hex): unknown => decodeFunctionResult({ abi, functionName: name, args, data });
  return agreed ? read(await caller.callAgreed(request, signal)) : caller.callOne(request, read, signal);
}

/**
 * Returns a view's answer at a provider's newest block.
 * @throws viem's error if there is no answer: a provider may lag behind the deployment.
 */
export async function readNewestView(newest: NewestBlock, call: Omit<ViewCall, 'block'>): Promise<unknown> {
  const { to, abi, name, args = [] } = call;
  const output = await newest.call(to, encodeFunctionData({ abi, functionName: name, args }));
  return decodeFunctionResult({ abi, functionName: name, args, data: output });
}

/** Returns all attester sets that a verifier has at a block. @throws NO_QUORUM (retryable). */
export async function readEpochsByCall(
  caller: QuorumCaller,
  at: { readonly attesterSet: Address; readonly block: { readonly hash: string } },
  signal?: AbortSignal,
): Promise<readonly AttesterEpoch[]> {
  const { attesterSet: to, block } = at;
  const view = (name: string, ...args: unknown[]): Promise<unknown> =>
    readView(caller, { to, abi: attesterSetAbi, name, args, block }, signal);
  const newest = (await view('newestEpoch')) as number;
  const epochs: AttesterEpoch[] = [];
  for (let epoch = 1; epoch <= newest; epoch++) {
    const members = ((await view('members', epoch)) as readonly Hex[]).map(address);
    const suspensionEnd = BigInt((await view('suspensionEnd', epoch)) as number | bigint);
    epochs.push({
      epoch,
      members,
      quorum: (await view('k', epoch)) as number,
      activeFrom: BigInt((await view('activeFrom', epoch)) as number | bigint),
      expires: BigInt((await view('expires', epoch)) as number | bigint),
      suspended: membersOfBits(members, (await view('suspended', epoch)) as number),
      ...(suspensionEnd === 0n ? {} : { suspensionEnd }),
    });
  }
  return epochs;
}

/** Works on items some at a time. */
export async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += CALLS_AT_ONCE)
    await Promise.all(items.slice(at, at + CALLS_AT_ONCE).map(work));
}
