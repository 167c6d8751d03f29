import type { ChainLog, FactTransaction, VaultTransaction } from '@surety/workflows';

/** How the aggregator reads logs as facts. */
export interface FactDecoders {
  decodeFacts(logs: readonly ChainLog[], chainId: number): { readonly transactions: readonly FactTransaction[] };
  decodeVaultFacts(logs: readonly ChainLog[], chainId: number): readonly VaultTransaction[];
}

/** Loads the aggregator's own decoders: an app exports nothing, so they are read from its sources. */
export async function loadDecoders(): Promise<FactDecoders> {
  const folder = new URL('../../../apps/aggregator/src/follow/', import.meta.url);
  const load = (file: string): Promise<unknown> => import(/* @vite-ignore */ new URL(file, folder).href);
  const facts = (await load('decode-facts.ts')) as Pick<FactDecoders, 'decodeFacts'>;
  const vaultFacts = (await load('decode-vault-facts.ts')) as Pick<FactDecoders, 'decodeVaultFacts'>;
  return { decodeFacts: facts.decodeFacts, decodeVaultFacts: vaultFacts.decodeVaultFacts };
}
