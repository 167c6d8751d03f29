import type { Hex } from '@surety/domain';

/** One DVN of LayerZero. */
export interface DvnSpec {
  readonly address: string;
}

/** One direction of a LayerZero path. */
export interface UlnSpec {
  readonly confirmations: number;
  readonly requiredDvns: readonly DvnSpec[];
  readonly optionalDvns: readonly DvnSpec[];
  readonly optionalThreshold: number;
}

/** One end of a LayerZero witness as chains.config.json states it. */
export interface LayerZeroEndSpec {
  readonly contract: string;
  readonly endpoint: string;
  readonly sendLibrary?: string | undefined;
  readonly receiveLibrary?: string | undefined;
  readonly executor?: string | undefined;
  readonly peer?: string | undefined;
  readonly send: UlnSpec;
  readonly receive: UlnSpec;
}

/** One end of a Wormhole witness as chains.config.json states it. */
export interface WormholeEndSpec {
  readonly contract: string;
  readonly core: string;
  readonly consistencyLevel: number;
  readonly peer?: string | undefined;
}

/** One end of a state-proof witness. */
export interface StateProofEndSpec {
  readonly contract: string;
  /** The source of the other chain's block hashes; `l1-block` is the predeploy of an OP-stack chain. */
  readonly hashSource: { readonly kind: string; readonly address: string };
}

/** A set of Wormhole's guardians: its number, and how many they are. */
export interface GuardianSetSpec {
  readonly index: number;
  readonly size: number;
}

/** A witness of a source as chains.config.json states it. `Network` of `@surety/config` has this shape. */
export type WitnessSpec = {
  readonly name: string;
  readonly slot: number;
  readonly mayConflict: boolean;
} & (
  | { readonly kind: 'layerzero'; readonly atVault: LayerZeroEndSpec; readonly atLedger: LayerZeroEndSpec }
  | {
      readonly kind: 'wormhole';
      readonly guardianSet: GuardianSetSpec;
      /** The set that may already be in force at either end. */
      readonly nextGuardianSet?: GuardianSetSpec | undefined;
      readonly atVault: WormholeEndSpec;
      readonly atLedger: WormholeEndSpec;
    }
  | { readonly kind: 'state-proof'; readonly atVault: StateProofEndSpec; readonly atLedger: StateProofEndSpec }
);

/** The witness policy of a source in chains.config.json. */
export interface PolicySpec {
  /** Number of confirmations required. */
  readonly m: number;
  /**
   * Share of each asset's cap that may be in use unconfirmed, in basis points; the ledger allows a quarter of it while
   * the source is contested.
   */
  readonly fastBp: number;
  /** Share of each asset's daily limit that the vault pays unconfirmed, in basis points; 2,500 if left out. */
  readonly vaultFastBp?: number | undefined;
}

/** An asset as chains.config.json states it. */
export interface AssetSpec {
  /** The vault's own index. */
  readonly index: number;
  readonly assetId: number;
  readonly symbol: string;
  readonly token: string;
  readonly decimals: number;
  /** The ledger's price slot of the token's underlying. */
  readonly underlying: number;
  /** Token units as decimal text. */
  readonly cap: string;
  /** Smallest lock, in token units as decimal text. */
  readonly minimum: string;
  /** Smallest fee of a lock, in basis points of the smallest lock; 0 if left out. */
  readonly lockFeeBp?: number | undefined;
  /** Weights in basis points, initial and maintenance. */
  readonly baseI: number;
  readonly baseM: number;
}

/** A source with its witnesses, and the two contracts that listen to them. */
export interface WitnessedSource {
  readonly source: number;
  readonly vault: Hex;
  readonly ledger: Hex;
  /** The witness policy; undefined if the configuration has none. */
  readonly policy?: PolicySpec | undefined;
  readonly assets: readonly AssetSpec[];
  readonly witnesses: readonly WitnessSpec[];
  /** The bridges' ids of the two chains; undefined where they have none. */
  readonly vaultIds: ChainNumbers;
  readonly ledgerIds: ChainNumbers;
}

/** The bridges' ids of a chain. */
export interface ChainNumbers {
  readonly layerZeroEid?: number | undefined;
  readonly wormholeChainId?: number | undefined;
}

/** The side of a witness pair: beside the vault, or beside the ledger. */
export type Side = 'atVault' | 'atLedger';
