import type { Hex } from '@surety/domain';
import { serveMethods } from './serve-landing.js';

/**
 * Starts a provider of chain 900 that takes every call, except those for which `refuse` gives the data of a revert; `closing` gets
 * what ends it.
 */
export function serveCalls(refuse: (from: string) => Hex | undefined, closing: (() => void)[]): Promise<string> {
  return serveMethods((method, [call]) => {
    if (method === 'eth_chainId') return '0x384';
    const reverted = refuse((call as { readonly from: string }).from);
    return reverted === undefined ? '0x' : { reverted };
  }, closing);
}
