import { type Address, type Keccak256, address, verifyStateProof } from '@surety/domain';
import {
  type CallBudget,
  type RpcProvider,
  describeError,
  parseBlock,
  parseProof,
  parseQuantity,
  toQuantity,
} from '@surety/rpc';
import { type ChainError, chainError, isChainError } from '../errors.js';
import type { FinalityRule } from './finality-rule.js';

/** The outcome of one provider's check at start. */
export type ProviderCheck =
  | {
      readonly provider: string;
      readonly operator: string;
      readonly ok: true;
      readonly height: bigint;
      readonly depth: bigint;
    }
  | {
      readonly provider: string;
      readonly operator: string;
      readonly ok: false;
      readonly code: string;
      readonly reason: string;
    };

/** Any account will do: absence can be proven too. */
const PROBE: Address = address(`0x${'0'.repeat(38)}01`);

/**
 * Checks that a provider serves this chain and can prove a final block: its chain id, a header that hashes to its hash
 * and an account proof under its state root. A provider that fails is refused until it passes.
 */
export async function checkProvider(
  provider: RpcProvider,
  check: { rule: FinalityRule; keccak256: Keccak256; budget: CallBudget; signal?: AbortSignal | undefined },
): Promise<ProviderCheck> {
  const { name, operator } = provider;
  try {
    const proved = await proveFinalBlock(provider, check);
    provider.accept();
    return { provider: name, operator, ok: true, ...proved };
  } catch (cause) {
    const error = isChainError(cause)
      ? cause
      : chainError('UNAVAILABLE', `provider ${name} could not be checked`, { cause });
    provider.refuse(error, async (budget) => {
      await proveFinalBlock(provider, { ...check, budget, signal: undefined });
    });
    return { provider: name, operator, ok: false, code: error.code, reason: error.message };
  }
}

async function proveFinalBlock(
  provider: RpcProvider,
  check: { rule: FinalityRule; keccak256: Keccak256; budget: CallBudget; signal?: AbortSignal | undefined },
): Promise<{ height: bigint; depth: bigint }> {
  const { rule, keccak256, budget, signal } = check;
  await provider.proveIdentity(budget);
  const head = await provider.ask({
    method: 'eth_blockNumber',
    params: [],
    parse: (result) => parseQuantity(result, 'eth_blockNumber'),
    budget,
    signal,
  });
  const depth = rule.kind === 'finalized-tag' ? 0n : rule.depth;
  const wanted = rule.kind === 'finalized-tag' ? undefined : head > depth ? head - depth : 0n;
  const block = await provider.ask({
    method: 'eth_getBlockByNumber',
    params: [wanted === undefined ? 'finalized' : toQuantity(wanted), false],
    parse: (result) => parseBlock(result, keccak256, wanted),
    budget,
    signal,
  });
  try {
    await provider.ask({
      method: 'eth_getProof',
      params: [PROBE, [], toQuantity(block.height)],
      parse: (result) =>
        verifyStateProof(
          { stateRoot: block.stateRoot, address: PROBE, slots: [], proof: parseProof(result, 0) },
          keccak256,
        ),
      budget,
      signal,
    });
  } catch (cause) {
    throw unproven(provider.name, { height: block.height, depth: head - block.height }, cause);
  }
  return { height: block.height, depth: head - block.height };
}

function unproven(provider: string, block: { height: bigint; depth: bigint }, cause: unknown): ChainError {
  return chainError(
    'UNPROVEN',
    `provider ${provider} cannot prove block ${block.height} at depth ${block.depth} (${describeError(cause)}); ` +
      'expected eth_getProof at final blocks, use a node that keeps that much state',
    { context: { provider, height: block.height, depth: block.depth }, cause },
  );
}
