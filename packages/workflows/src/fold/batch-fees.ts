import type { ParkedFact } from './ledger-fact.js';

/** The fees of one batch by asset: each asset's are credited once, unless they were parked under the last entry that paid into them. */
export class BatchFees {
  readonly #fees = new Map<number, { readonly sum: bigint; readonly last: bigint }>();

  /** Adds the fee of an entry. */
  add(assetId: number, fee: bigint, index: bigint): void {
    if (fee > 0n) this.#fees.set(assetId, { sum: (this.#fees.get(assetId)?.sum ?? 0n) + fee, last: index });
  }

  /** Gives the fees that reach a line. */
  credited(
    source: number,
    parked: readonly ParkedFact[],
    assetIdOf: (vaultAsset: number) => number | undefined,
  ): readonly { readonly assetId: number; readonly sum: bigint }[] {
    const isParked = (assetId: number, last: bigint): boolean =>
      parked.some(
        ({ reason, index, ...one }) =>
          reason === 'FEE' &&
          one.source === source &&
          BigInt.asUintN(64, index) === last &&
          assetIdOf(one.vaultAsset) === assetId,
      );
    return [...this.#fees].flatMap(([assetId, { sum, last }]) => (isParked(assetId, last) ? [] : [{ assetId, sum }]));
  }
}
