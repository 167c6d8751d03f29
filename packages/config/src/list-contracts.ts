import type { Network } from './parse-network.js';

/** A contract that the configuration names, or may name and does not. */
export interface NamedContract {
  readonly chain: string;
  readonly chainId: number;
  /** Its role here, such as `ledger` or `witness of alpha: lz`. */
  readonly name: string;
  /** As the file writes it; null where the file lacks it. */
  readonly address: string | null;
  /** True for a contract of others that a part of Surety calls, such as a token or a bridge. */
  readonly foreign: boolean;
}

type Chain = Network['chains'][number];
type Settlement = NonNullable<Network['settlement']>;
type Vault = NonNullable<Chain['vault']>;
type Witness = NonNullable<Vault['witnesses']>[number];
type Source = NonNullable<Settlement['underlyings'][number]['sources']>[number];
/** The chain of a row. */
type Place = Pick<NamedContract, 'chain' | 'chainId'>;
type End = 'atVault' | 'atLedger';

/** Lists every contract of a configuration, chain by chain in the file's order; what the file lacks has a null address. */
export function listContracts({ settlement, chains }: Pick<Network, 'settlement' | 'chains'>): NamedContract[] {
  return chains.flatMap(({ name: chain, chainId, vault }) => {
    const place = { chain, chainId };
    if (chainId !== settlement?.chainId)
      return vault === undefined ? [own(place, 'vault', null)] : atVault(place, vault);
    return [
      ...atSettlement(place, settlement),
      // Nobody expects a vault beside the ledger.
      ...(vault === undefined ? [] : atVault(place, vault)),
      ...chains.flatMap((other) =>
        (other.vault?.witnesses ?? []).flatMap((one) => ofWitness(place, one, { end: 'atLedger', of: other.name })),
      ),
    ];
  });
}

function atSettlement(chain: Place, settlement: Settlement): NamedContract[] {
  return [
    own(chain, 'ledger', settlement.ledger),
    own(chain, 'lens', settlement.lens),
    own(chain, 'risk manager', settlement.riskManager),
    own(chain, 'attester set', settlement.attesterSet),
    own(chain, 'price desk', settlement.priceDesk ?? null),
    own(chain, 'auction', settlement.auction ?? null),
    ...(settlement.markets ?? []).flatMap((market) => [
      own(chain, `market ${market.name}`, market.address),
      own(chain, `tranche of ${market.name}`, market.tranche),
      foreign(chain, `token of ${market.name}: ${market.symbol}`, market.token),
    ]),
    ...settlement.underlyings.flatMap(({ symbol, feed, sources }) => [
      own(chain, `feed of ${symbol}`, feed),
      ...(sources ?? []).flatMap((source) => ofPriceSource(chain, symbol, source)),
    ]),
  ];
}

function ofPriceSource(chain: Place, symbol: string, source: Source): NamedContract[] {
  switch (source.kind) {
    case 'aggregator':
      return [
        own(chain, `${source.network} adapter of ${symbol}`, source.adapter),
        foreign(chain, `${source.network} feed of ${symbol}`, source.aggregator),
      ];
    case 'pyth':
      return [
        own(chain, `pyth adapter of ${symbol}`, source.adapter),
        foreign(chain, `pyth of ${symbol}`, source.pyth),
      ];
    case 'redstone':
      return [own(chain, `redstone adapter of ${symbol}`, source.adapter)];
  }
}

function atVault(chain: Place, vault: Vault): NamedContract[] {
  const isLocal = vault.source === 0;
  return [
    own(chain, 'vault', vault.address),
    own(chain, isLocal ? 'verifier of the vault' : 'attester set', vault.attesterSet),
    ...(isLocal ? [own(chain, 'desk', vault.desk ?? null)] : []),
    own(chain, 'gateway', vault.gateway ?? null),
    ...(vault.witnesses ?? []).flatMap((witness) => ofWitness(chain, witness, { end: 'atVault', of: chain.chain })),
    ...vault.assets.map(({ symbol, token }) => foreign(chain, `token ${symbol}`, token)),
  ];
}

function ofWitness(
  place: Place,
  witness: Witness,
  { end, of }: { readonly end: End; readonly of: string },
): NamedContract[] {
  const whose = `${witness.name} of ${of}`;
  const contracts = [own(place, `witness ${whose}`, witness[end].contract)];
  switch (witness.kind) {
    case 'layerzero':
      return [...contracts, foreign(place, `LayerZero endpoint of ${whose}`, witness[end].endpoint)];
    case 'wormhole':
      return [...contracts, foreign(place, `Wormhole core of ${whose}`, witness[end].core)];
    case 'state-proof':
      return [...contracts, foreign(place, `hash source of ${whose}`, witness[end].hashSource.address)];
  }
}

function own(place: Place, name: string, at: string | null): NamedContract {
  return { ...place, name, address: at, foreign: false };
}

function foreign(place: Place, name: string, at: string): NamedContract {
  return { ...place, name, address: at, foreign: true };
}
