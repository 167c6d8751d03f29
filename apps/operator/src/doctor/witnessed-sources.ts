import { type NamesByDirection, type PlacedSource, type SideReaders, sourcesOf } from '@surety/bridges';
import { vaultEdges } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { edgeId } from '@surety/domain';
import { createReader, providerTransport, quorumTransport } from '@surety/rpc';
import type { PublicClient } from 'viem';
import { type Reach, placeOf, requireSettlement } from '../chains/open-config.js';
import { patienceOf, providersOf } from '../chains/open-sender.js';

/** A source of the configuration with readers of its two chains. */
export interface OpenSource extends PlacedSource {
  /** Readers that need agreement of several providers. */
  readonly readers: SideReaders;
  /** Readers that take the first provider's answer. */
  readonly firstReaders: SideReaders;
  readonly edges: NamesByDirection;
}

/** Opens every vault that the configuration names, at all providers whose variables are set. @throws BAD_USE without a settlement part, NO_PROVIDER. */
export function openSources(reach: Reach): OpenSource[] {
  const { network, clock } = reach;
  const { chains } = network;
  const { settlement } = requireSettlement(network);
  const chainOf = (id: number): (typeof chains)[number] => {
    const chain = chains.find(({ chainId }) => chainId === id);
    if (chain === undefined) throw new TypeError(`the configuration names no chain ${id}`);
    return chain;
  };
  const readerOf = (id: number, transportOf: typeof quorumTransport): PublicClient => {
    const providers = providersOf(placeOf(reach, chainOf(id)));
    return createReader(transportOf(providers));
  };
  const firstOf: typeof quorumTransport = (providers) => providerTransport(providers, undefined, patienceOf({ clock }));
  return sourcesOf(network).map((placed) => {
    const { vaultChainId, ledgerChainId } = placed;
    const sides = (transportOf: typeof quorumTransport): SideReaders => ({
      atVault: readerOf(vaultChainId, transportOf),
      atLedger: readerOf(ledgerChainId, transportOf),
    });
    const { chainId, vault } = chainOf(vaultChainId);
    if (vault === undefined) throw new TypeError(`chain ${chainId} has no vault`);
    const own = vaultEdges(settlement, { chainId, vault });
    const nameOf = (direction: keyof NamesByDirection): NamesByDirection['to-ledger'] =>
      edgeId(own.of(direction), keccak256);
    return {
      ...placed,
      readers: sides(quorumTransport),
      firstReaders: sides(firstOf),
      edges: { 'to-ledger': nameOf('to-ledger'), 'to-vault': nameOf('to-vault') },
    };
  });
}
