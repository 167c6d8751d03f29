import { CallBudget, type RpcProvider, callAgreed, quorumSize } from '@surety/rpc';
import type { FinalBlock } from '@surety/workflows';
import { proveInTurn } from './prove-in-turn.js';
import type { ProofPlace } from './solvency-proof.js';

/** Calls of one question at one provider: the question, and the four with which a provider that was refused proves itself again. */
const CALLS_MAX = 8;

/** Opens a final block of a chain, `chain` in words, as the place of a proof: one provider proves, a quorum of them calls. */
export function openProofPlace(
  providers: readonly RpcProvider[],
  { chain, block }: { readonly chain: string; readonly block: Pick<FinalBlock, 'hash' | 'height' | 'timestamp'> },
): ProofPlace {
  const { hash, height, timestamp } = block;
  return {
    block: hash,
    timestamp,
    prove: (take) => proveInTurn(providers, `storage in block ${height} of ${chain}`, take),
    callAgreed: (call) =>
      callAgreed(
        { ...call, blockHash: hash },
        { providers, quorum: quorumSize(providers.length), budget: new CallBudget('a balance', CALLS_MAX) },
      ),
  };
}
