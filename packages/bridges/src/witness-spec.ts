import type { Hex } from '@surety/domain';

/** A verifier of LayerZero's. */
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

/** One end of a witness that proves state. */
export interface StateProofEndSpec {
  readonly contract: string;
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
      readonly guardianSet: { readonly index: number; readonly size: number };
      readonly atVault: WormholeEndSpec;
      readonly atLedger: WormholeEndSpec;
    }
  | { readonly kind: 'state-proof'; readonly atVault: StateProofEndSpec; readonly atLedger: StateProofEndSpec }
);

/** A source with its witnesses, and the two contracts that listen to them. */
export interface WitnessedSource {
  readonly source: number;
  readonly vault: Hex;
  readonly ledger: Hex;
  /** How many must confirm; undefined if the configuration does not say. */
  readonly m?: number | undefined;
  readonly witnesses: readonly WitnessSpec[];
  /** What the bridges call the two chains; undefined where they have no number. */
  readonly vaultIds: ChainNumbers;
  readonly ledgerIds: ChainNumbers;
}

/** What the bridges call a chain. */
export interface ChainNumbers {
  readonly layerZeroEid?: number | undefined;
  readonly wormholeChainId?: number | undefined;
}

/** The side of a pair: beside the vault, or beside the ledger. */
export type Side = 'atVault' | 'atLedger';

/** One place where a chain says something else than the configuration. */
export interface Drift {
  /** As in chains.config.json, from the source on. */
  readonly path: string;
  /** What the chain says. */
  readonly seen: string;
  /** What the configuration says. */
  readonly expected: string;
}
