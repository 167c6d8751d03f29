import type { Side, SideReaders } from '@surety/bridges';
import {
  type Abi,
  type Hex,
  RpcRequestError,
  createPublicClient,
  custom,
  encodeFunctionData,
  encodeFunctionResult,
} from 'viem';

/** What a contract of a modelled chain answers to one call. */
export interface ModelledAnswer {
  readonly side: Side;
  readonly to: Hex;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
  /** As viem decodes it: one value, or a list of several. */
  result: unknown;
  /** Where in the result those values lie that the comparison must not overlook; "" is the result itself. */
  readonly held: readonly string[];
  /** `gone`: no such contract or view. `refused`: it reverts. `silent`: no provider answers. */
  state: 'there' | 'gone' | 'refused' | 'silent';
}

/** Both chains of a source, as tables of answers. */
export interface ModelledChains {
  readonly answers: readonly ModelledAnswer[];
  /** By side and address in lower case. */
  readonly codes: Map<string, Hex>;
}

/** Names a contract's code among the codes of modelled chains. */
export function codeKey(side: Side, address: string): string {
  return `${side} ${address.toLowerCase()}`;
}

/** Opens readers of modelled chains: calls and answers go through the encodings that real nodes see. */
export function openModelledReaders(chains: ModelledChains): SideReaders {
  return { atVault: openSide(chains, 'atVault'), atLedger: openSide(chains, 'atLedger') };
}

function openSide({ answers, codes }: ModelledChains, side: Side): SideReaders['atVault'] {
  const table = new Map<string, ModelledAnswer>(
    answers
      .filter((answer) => answer.side === side)
      .map((answer) => [`${answer.to.toLowerCase()} ${encodeFunctionData(answer)}`, answer] as const),
  );
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    if (method === 'eth_getCode') return codes.get(codeKey(side, (params as [string])[0])) ?? '0x';
    if (method !== 'eth_call') throw new TypeError(`${method} is not modelled`);
    const [{ to, data }] = params as [{ to: string; data: string }];
    const answer = table.get(`${to.toLowerCase()} ${data}`);
    if (answer === undefined || answer.state === 'gone') return '0x';
    if (answer.state === 'silent') throw new TypeError('nobody answers');
    if (answer.state === 'refused')
      throw new RpcRequestError({ body: {}, url: 'model', error: { code: 3, message: 'execution reverted' } });
    return encodeFunctionResult(answer as Parameters<typeof encodeFunctionResult>[0]);
  };
  return createPublicClient({ transport: custom({ request }, { retryCount: 0 }) });
}
