import { mulDivDown, mulDivUp } from '@surety/domain';
import type { LineFact, ParkedCreditFact } from './collateral-rows.js';
import { foldError } from './fold-errors.js';
import type { AssetScaledFact } from './ledger-fact.js';

/** One scaling of an asset that its vault had too little of. */
export interface ScalingFact {
  readonly assetId: number;
  /** Place among the asset's scalings, from 0. */
  readonly number: number;
  /** Part that is left, 1e18 for all. */
  readonly rhoWad: bigint;
  /** Sequence number of the last entry of the vault's journal that it reaches: a credit parked later is whole. */
  readonly inboundSeq: bigint;
}

const WAD = 10n ** 18n;

/** Gives what a scaling leaves of token units, rounded down. @source LedgerScalings.sol */
export function scaledDown(units: bigint, rhoWad: bigint): bigint {
  return mulDivDown(units, rhoWad, WAD);
}

/**
 * Gives a line as the ledger's view shows it: with every scaling of its asset, in order. Catching up at any time gives the same
 * integers (I12: each step rounds the amount down). `scalings` are those of the line's asset, ascending.
 * @source LedgerScalings.sol, _lineOf
 */
export function catchUpLine(line: LineFact, scalings: readonly ScalingFact[]): LineFact {
  if (line.scalings >= scalings.length) return line;
  // Of nothing there is nothing to scale.
  if (line.amount === 0n) return { ...line, scalings: scalings.length };
  let { amount, unseasoned } = line;
  for (const { rhoWad } of scalings.slice(line.scalings)) {
    amount = scaledDown(amount, rhoWad);
    // Rounded up, but never above the amount: no unit seasons by being scaled.
    const rounded = mulDivUp(unseasoned, rhoWad, WAD);
    unseasoned = rounded < amount ? rounded : amount;
  }
  return { ...line, amount, unseasoned, scalings: scalings.length };
}

/** Gives a parked credit as the ledger's view shows it; it is kept as it was parked. @source LedgerScalings.sol, _parkedOf */
export function catchUpParked(credit: ParkedCreditFact, scalings: readonly ScalingFact[]): ParkedCreditFact {
  let { amount, fee } = credit;
  for (const { rhoWad, inboundSeq } of scalings) {
    if (inboundSeq < credit.index) continue;
    amount = scaledDown(amount, rhoWad);
    fee = scaledDown(fee, rhoWad);
  }
  return amount === credit.amount && fee === credit.fee ? credit : { ...credit, amount, fee };
}

/** The scalings of every asset, in order. */
export class AssetScalings {
  readonly #scalings = new Map<number, readonly ScalingFact[]>();
  #fresh: ScalingFact[] = [];

  constructor(scalings: readonly ScalingFact[]) {
    for (const scaling of scalings) this.#scalings.set(scaling.assetId, [...this.of(scaling.assetId), scaling]);
  }

  /** True if no asset was ever scaled. */
  get isEmpty(): boolean {
    return this.#scalings.size === 0;
  }

  /** Gives the scalings of one asset, ascending. */
  of(assetId: number): readonly ScalingFact[] {
    return this.#scalings.get(assetId) ?? [];
  }

  /** Gives a line with every scaling of its asset. */
  catchUp(line: LineFact): LineFact {
    return catchUpLine(line, this.of(line.assetId));
  }

  /** Adds one that reaches what was credited or parked up to an entry of the vault's journal. @throws FACT_GAP if one is missing. */
  add({ assetId, scalings, rhoWad }: AssetScaledFact, inboundSeq: bigint): void {
    const before = this.of(assetId);
    if (before.length + 1 !== scalings) {
      throw foldError(
        'FACT_GAP',
        `asset ${assetId} is scaled as number ${scalings}, ${before.length} are known; read the missing logs`,
      );
    }
    const scaling = { assetId, number: before.length, rhoWad, inboundSeq };
    this.#scalings.set(assetId, [...before, scaling]);
    this.#fresh.push(scaling);
  }

  /** Gives those added since the last call. */
  takeChanges(): ScalingFact[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }
}
