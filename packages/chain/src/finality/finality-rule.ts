import { chainError } from '../errors.js';

/** The rule by which a block becomes final, from the configuration. `latest` and `safe` are not rules. */
export type FinalityRule =
  | { readonly kind: 'finalized-tag' }
  /** A block is final once this many lie above it; the reason says why that is enough on this chain. */
  | { readonly kind: 'depth'; readonly depth: bigint; readonly reason: string }
  /** Only on a chain that is marked for development: any depth, even 0. */
  | { readonly kind: 'development'; readonly depth: bigint };

/** Checks a rule. @throws BAD_OPTIONS. */
export function requireFinality(rule: FinalityRule, chain: { chainId: number; development: boolean }): void {
  if (rule.kind === 'finalized-tag') return;
  if (rule.kind === 'development' && !chain.development) {
    throw chainError(
      'BAD_OPTIONS',
      `chain ${chain.chainId} has a development finality rule; expected the chain to be marked for development`,
    );
  }
  if (rule.depth < (rule.kind === 'depth' ? 1n : 0n)) {
    throw chainError(
      'BAD_OPTIONS',
      `chain ${chain.chainId} counts ${rule.depth} blocks as final; expected a depth of at least 1`,
    );
  }
  if (rule.kind === 'depth' && rule.reason.trim() === '') {
    throw chainError(
      'BAD_OPTIONS',
      `chain ${chain.chainId} has a finality depth without a reason; state why ${rule.depth} blocks are enough`,
    );
  }
}
