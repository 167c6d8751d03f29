import type { Bytes32, EdgeDirection } from '@surety/domain';

/** How settings on chain stand to the aggregator's configuration. */
export interface ConfigurationView {
  /** `unknown`: never compared, or a chain did not answer. */
  readonly state: 'same' | 'drifted' | 'unknown';
  /** When the chains last answered for all of it, in milliseconds; null if they never did. */
  readonly comparedAtMs: number | null;
  /** Places that differ, as they were seen last. */
  readonly drift: readonly {
    /** As in chains.config.json, from the vault on. */
    readonly path: string;
    readonly seen: string;
    readonly expected: string;
  }[];
}

/** One witness of an edge. */
export interface WitnessView {
  readonly witness: string;
  /** `layerzero`, `wormhole` or `state-proof`; a newer aggregator may say more. */
  readonly kind: string;
  /** Its place at vault and ledger. */
  readonly slot: number;
  /**
   * `contradicted` counts no more, `drifted` is set otherwise than configured, `unknown` could not be read or compared, `silent` told
   * nothing of a journal that has entries, `behind` not of all, `unconfirmed` told what was not compared yet; else `ok`.
   */
  readonly health: string;
  /** The newest head that arrived: its count, when in seconds, and the first block of the destination with that time. */
  readonly head: { readonly count: bigint; readonly time: bigint; readonly block: bigint | null } | null;
  /** The newest count that is confirmed by it. */
  readonly confirmed: bigint | null;
  /** Entries that it has not told of, and, if there are any, the age of its newest head in seconds. */
  readonly lag: { readonly entries: bigint; readonly seconds: bigint | null } | null;
  /** What telling the newest head costs now, in wei of the origin chain; null if nothing is to be told. */
  readonly feeWei: bigint | null;
  readonly configuration: ConfigurationView;
}

/** The witnesses of one edge; what could not be read is null. */
export interface WitnessEdgeView {
  readonly edge: Bytes32;
  readonly direction: EdgeDirection;
  readonly source: number;
  /** Name of the vault's chain. */
  readonly chain: string;
  readonly originChainId: number;
  readonly destinationChainId: number;
  /** Entries of the journal now. */
  readonly count: bigint | null;
  /** How many must confirm; null if the configuration does not say. */
  readonly m: number | null;
  /** Witnesses that count: set as configured, not contradicted, and read. */
  readonly alive: number;
  /** Share of each cap, in basis points, that may be in use unconfirmed, by the configuration. */
  readonly fastShareBp: number | null;
  /** That share in token units, at most what the ledger allows; only of edges to the ledger. */
  readonly fast: readonly { readonly assetId: number; readonly symbol: string; readonly units: bigint | null }[];
  readonly witnesses: readonly WitnessView[];
  /** What is asked of all witnesses, and the source's assets. */
  readonly configuration: ConfigurationView;
}

/** Answer of `GET /v1/witnesses`. */
export interface WitnessesAnswer {
  readonly edges: readonly WitnessEdgeView[];
}
