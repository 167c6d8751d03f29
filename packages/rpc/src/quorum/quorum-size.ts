import { rpcError } from '../errors.js';

/** Returns the number of equal answers needed from N configured providers: q = ⌈2N/3⌉. @source PROTOCOL section 4, point 2 */
export function quorumSize(providerCount: number): number {
  return Math.ceil((2 * providerCount) / 3);
}

/** Fewest providers of a chain that is not marked for development. @source PROTOCOL section 4, point 2 */
const PROVIDERS_MIN = 4;
const OPERATORS_MIN = 3;

/** Checks the configured providers before any request is sent. @throws BAD_OPTIONS naming what is missing. */
export function requireProviders(
  providers: readonly { readonly name: string; readonly operator: string }[],
  chain: { chainId: number; development: boolean },
): void {
  const names = new Set(providers.map((provider) => provider.name));
  const operators = new Set(providers.map((provider) => provider.operator));
  if (providers.length === 0) {
    throw rpcError(
      'BAD_OPTIONS',
      `chain ${chain.chainId} has no provider; expected at least ${PROVIDERS_MIN}, add providers`,
    );
  }
  if (names.size !== providers.length) {
    throw rpcError(
      'BAD_OPTIONS',
      `chain ${chain.chainId} has two providers of one name; expected ${providers.length} names, rename one`,
    );
  }
  if (chain.development) return;
  if (providers.length < PROVIDERS_MIN || operators.size < OPERATORS_MIN) {
    throw rpcError(
      'BAD_OPTIONS',
      `chain ${chain.chainId} has ${providers.length} providers of ${operators.size} operators; expected at least ${PROVIDERS_MIN} of ${OPERATORS_MIN}, ` +
        'add providers or mark it as a development chain',
    );
  }
}
