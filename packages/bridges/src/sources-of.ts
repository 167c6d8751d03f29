import type { Hex } from '@surety/domain';
import type { AssetSpec, ChainNumbers, PolicySpec, WitnessSpec, WitnessedSource } from './witness-spec.js';

/** The part of chains.config.json that lists sources and their witnesses. `Network` of `@surety/config` has this shape. */
export interface WitnessedNetwork {
  readonly settlement?: { readonly chainId: number; readonly ledger: string } | undefined;
  readonly chains: readonly (ChainNumbers & {
    readonly chainId: number;
    readonly name: string;
    readonly vault?:
      | {
          readonly address: string;
          readonly source: number;
          readonly assets: readonly AssetSpec[];
          readonly witnesses?: readonly WitnessSpec[] | undefined;
          readonly policy?: PolicySpec | undefined;
        }
      | undefined;
  })[];
}

/** A configured source with the chains of its two sides. */
export interface PlacedSource {
  /** Name of the vault's chain. */
  readonly chain: string;
  readonly vaultChainId: number;
  readonly ledgerChainId: number;
  readonly source: WitnessedSource;
}

/** Returns every configured vault on another chain than the ledger's; none while there is no ledger. */
export function sourcesOf({ settlement, chains }: WitnessedNetwork): PlacedSource[] {
  const home = chains.find((chain) => chain.chainId === settlement?.chainId);
  if (settlement === undefined || home === undefined) return [];
  return chains.flatMap((chain): PlacedSource[] => {
    const { vault } = chain;
    if (vault === undefined || chain === home) return [];
    return [
      {
        chain: chain.name,
        vaultChainId: chain.chainId,
        ledgerChainId: home.chainId,
        source: {
          source: vault.source,
          vault: lowered(vault.address as Hex),
          ledger: lowered(settlement.ledger as Hex),
          policy: vault.policy,
          assets: lowered(vault.assets),
          witnesses: lowered(vault.witnesses ?? []),
          vaultIds: chain,
          ledgerIds: home,
        },
      },
    ];
  });
}

/** Lower-cases every address: viem rejects mixed case with a wrong checksum, and the file may contain any case. */
function lowered<Value>(value: Value): Value {
  if (typeof value === 'string') return (/^0x[0-9a-fA-F]+$/.test(value) ? value.toLowerCase() : value) as Value;
  if (Array.isArray(value)) return value.map(lowered) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, lowered(item)])) as Value;
}
