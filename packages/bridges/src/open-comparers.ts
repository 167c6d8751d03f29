import type { SourceComparer } from '@surety/workflows';
import type { PublicClient } from 'viem';
import { diffWitnesses } from './drift/diff-witnesses.js';
import { type WitnessedNetwork, sourcesOf } from './sources-of.js';

/**
 * Opens a comparer for each source of the configuration; nothing is read yet. `openReader` opens a chain, and is asked once
 * for each: what most of its providers answer alike, so that one of them makes up no difference and hides none.
 */
export function openComparers(
  network: WitnessedNetwork,
  openReader: (chainId: number) => PublicClient,
): SourceComparer[] {
  const opened = new Map<number, PublicClient>();
  const readerOf = (chainId: number): PublicClient => {
    const known = opened.get(chainId) ?? openReader(chainId);
    opened.set(chainId, known);
    return known;
  };
  return sourcesOf(network).map(({ chain, vaultChainId, ledgerChainId, source }) => {
    const readers = { atVault: readerOf(vaultChainId), atLedger: readerOf(ledgerChainId) };
    return {
      source: source.source,
      name: chain,
      witnesses: source.witnesses.map(({ name }) => name),
      compare: () => diffWitnesses(source, readers),
    };
  });
}
