import type { SourceComparer } from '@surety/workflows';
import type { PublicClient } from 'viem';
import { openAgreeingReader } from './agreeing-reader.js';
import { diffWitnesses } from './drift/diff-witnesses.js';
import { type WitnessedNetwork, sourcesOf } from './sources-of.js';

/** Milliseconds for one read at one provider. */
const READ_TIMEOUT_MS = 20_000;

/** Opens a comparer for each source of the configuration; nothing is read yet. `urlsOf` gives the providers of a chain. */
export function openComparers(
  network: WitnessedNetwork,
  urlsOf: (chainId: number) => readonly string[],
): SourceComparer[] {
  const opened = new Map<number, PublicClient>();
  const readerOf = (chainId: number): PublicClient => {
    const known = opened.get(chainId) ?? openAgreeingReader(urlsOf(chainId), { timeoutMs: READ_TIMEOUT_MS });
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
