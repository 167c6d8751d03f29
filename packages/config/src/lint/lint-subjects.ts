import type { Network } from '../parse-network.js';

/** One chain of the file. */
export type Chain = Network['chains'][number];
type Vault = NonNullable<Chain['vault']>;
type Settlement = NonNullable<Network['settlement']>;
/** A witness of a source. */
export type LintedWitness = NonNullable<Vault['witnesses']>[number];
/** A witness of one kind. */
export type WitnessOf<Kind extends LintedWitness['kind']> = Extract<LintedWitness, { kind: Kind }>;
/** One direction's setting of a LayerZero library. */
export type Uln = WitnessOf<'layerzero'>['atVault']['send'];

/** A chain with its path. */
export interface ChainSubject {
  readonly path: string;
  readonly chain: Chain;
}

/** A vault on a public chain other than the settlement chain, with the settlement at the other end. */
export interface SourceSubject extends ChainSubject {
  readonly vault: Vault;
  readonly settlement: Settlement;
  readonly ledgerChain: Chain;
  readonly witnesses: readonly LintedWitness[];
  /** Organisations that run attesters, as far as the file names them. */
  readonly attesterOperators: ReadonlySet<string>;
}

/** A source with its policy. */
export interface PolicySubject extends SourceSubject {
  readonly policy: NonNullable<Vault['policy']>;
}

/** A witness with its source. */
export interface WitnessSubject extends SourceSubject {
  readonly witness: LintedWitness;
}

/** One end of a witness: its own chain, the chain it listens to, and the contract there. */
export interface EndSubject<End = LintedWitness['atVault']> {
  readonly path: string;
  readonly end: End;
  readonly here: Chain;
  readonly there: Chain;
  readonly peerWanted: string;
}

/** One direction of a LayerZero path, named by its receiving end. */
export interface WaySubject {
  readonly path: string;
  readonly send: Uln;
  readonly receive: Uln;
  readonly origin: Chain;
}

/** One setting of a LayerZero library, with the operators of the source's other witnesses. */
export interface UlnSubject {
  readonly path: string;
  readonly uln: Uln;
  readonly otherOperators: ReadonlySet<string>;
}

/** Every chain with its path. */
export function chainsOf(network: Network): ChainSubject[] {
  return network.chains.map((chain, at) => ({ path: `chains[${at}]`, chain }));
}

/** Chains that are not marked as development chains. */
export function publicChainsOf(network: Network): ChainSubject[] {
  return chainsOf(network).filter(({ chain }) => !chain.development);
}

/** The chains of a file of the production profile. */
export function productionChainsOf(network: Network): ChainSubject[] {
  return network.profile === 'production' ? chainsOf(network) : [];
}

/** Every asset of every vault. */
export function assetsOf(network: Network): { path: string; asset: Vault['assets'][number] }[] {
  return chainsOf(network).flatMap(({ path, chain }) =>
    (chain.vault?.assets ?? []).map((asset, at) => ({ path: `${path}.vault.assets[${at}]`, asset })),
  );
}

/** The underlyings of a settlement in the production profile. */
export function underlyingsOf(network: Network): { path: string; underlying: Settlement['underlyings'][number] }[] {
  if (network.profile !== 'production') return [];
  return (network.settlement?.underlyings ?? []).map((underlying, at) => ({
    path: `settlement.underlyings[${at}]`,
    underlying,
  }));
}

/** The network that answers for a source of a price. */
export function priceNetworkOf(source: NonNullable<Settlement['underlyings'][number]['sources']>[number]): string {
  return source.kind === 'aggregator' ? source.network : source.kind;
}

/** The sources on public chains. */
export function publicSourcesOf(network: Network): SourceSubject[] {
  const settlement = network.settlement;
  const ledgerChain = network.chains.find((chain) => chain.chainId === settlement?.chainId);
  if (settlement === undefined || ledgerChain === undefined) return [];
  const attesterOperators = new Set(network.attesters?.operators?.map(({ operator }) => operator));
  return publicChainsOf(network).flatMap(({ path, chain }) =>
    chain.vault === undefined || chain.chainId === settlement.chainId
      ? []
      : [
          {
            path: `${path}.vault`,
            chain,
            vault: chain.vault,
            settlement,
            ledgerChain,
            witnesses: chain.vault.witnesses ?? [],
            attesterOperators,
          },
        ],
  );
}

/** The assets of the sources on public chains. */
export function sourceAssetsOf(network: Network): { path: string; asset: Vault['assets'][number] }[] {
  return publicSourcesOf(network).flatMap(({ path, vault }) =>
    vault.assets.map((asset, at) => ({ path: `${path}.assets[${at}]`, asset })),
  );
}

/** The sources that have a policy. */
export function policiesOf(network: Network): PolicySubject[] {
  return publicSourcesOf(network).flatMap((source) =>
    source.vault.policy === undefined
      ? []
      : [{ ...source, path: `${source.path}.policy`, policy: source.vault.policy }],
  );
}

/** The witnesses of all sources. */
export function witnessesOf(network: Network): WitnessSubject[] {
  return publicSourcesOf(network).flatMap((source) =>
    source.witnesses.map((witness, at) => ({ ...source, path: `${source.path}.witnesses[${at}]`, witness })),
  );
}

/** Both ends of every witness. */
export function witnessEndsOf(network: Network): EndSubject[] {
  return witnessesOf(network).flatMap(({ path, witness, chain, ledgerChain, vault, settlement }) => {
    const proven = witness.kind === 'state-proof';
    const { atVault, atLedger } = witness;
    return [
      {
        path: `${path}.atVault`,
        end: atVault,
        here: chain,
        there: ledgerChain,
        peerWanted: proven ? settlement.ledger : atLedger.contract,
      },
      {
        path: `${path}.atLedger`,
        end: atLedger,
        here: ledgerChain,
        there: chain,
        peerWanted: proven ? vault.address : atVault.contract,
      },
    ];
  });
}

/** The ends of LayerZero witnesses. */
export function layerZeroEndsOf(network: Network): EndSubject<WitnessOf<'layerzero'>['atVault']>[] {
  return witnessEndsOf(network).flatMap((one) => ('endpoint' in one.end ? [{ ...one, end: one.end }] : []));
}

/** The ends of Wormhole witnesses. */
export function wormholeEndsOf(network: Network): EndSubject<WitnessOf<'wormhole'>['atVault']>[] {
  return witnessEndsOf(network).flatMap((one) => ('core' in one.end ? [{ ...one, end: one.end }] : []));
}

/** The ends of witnesses by state proof. */
export function stateProofEndsOf(network: Network): EndSubject<WitnessOf<'state-proof'>['atVault']>[] {
  return witnessEndsOf(network).flatMap((one) => ('hashSource' in one.end ? [{ ...one, end: one.end }] : []));
}

/** Both directions of every LayerZero witness. */
export function waysOf(network: Network): WaySubject[] {
  return witnessesOf(network).flatMap(({ path, witness, chain, ledgerChain }) =>
    witness.kind !== 'layerzero'
      ? []
      : [
          {
            path: `${path}.atLedger.receive`,
            send: witness.atVault.send,
            receive: witness.atLedger.receive,
            origin: chain,
          },
          {
            path: `${path}.atVault.receive`,
            send: witness.atLedger.send,
            receive: witness.atVault.receive,
            origin: ledgerChain,
          },
        ],
  );
}

/** The four library settings of every LayerZero witness. */
export function ulnsOf(network: Network): UlnSubject[] {
  return witnessesOf(network).flatMap(({ path, witness, witnesses }) => {
    if (witness.kind !== 'layerzero') return [];
    const others = witnesses.filter((other) => other !== witness);
    const otherOperators = new Set(others.map(({ operator }) => operator));
    return (['atVault', 'atLedger'] as const).flatMap((end) =>
      (['send', 'receive'] as const).map((way) => ({
        path: `${path}.${end}.${way}`,
        uln: witness[end][way],
        otherOperators,
      })),
    );
  });
}

/** True if an address is missing or zero, which are the same on chain. */
export function isUnset(address: string | undefined): boolean {
  return address === undefined || /^0x0{40}$/.test(address);
}

/** True if two hex texts are equal, ignoring case. */
export function isSame(one: { readonly hex: string }, other: { readonly hex: string }): boolean {
  return one.hex.toLowerCase() === other.hex.toLowerCase();
}
