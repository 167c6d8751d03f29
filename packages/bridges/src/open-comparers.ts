import type { SourceComparer } from '@surety/workflows';
import type { PublicClient } from 'viem';
import { diffWitnesses } from './drift/diff-witnesses.js';
import { type WitnessedNetwork, sourcesOf } from './sources-of.js';

/**
 * Creates a comparer for each configured source; reads nothing yet. `openReader` is called once per chain and must
 * return a client on which a quorum of providers agrees, so that a single one can neither invent a difference nor hide
 * one.
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
