import { type Asset, SOURCE_STATES, type Source, type SourceState } from '@surety/margin';
import { aggregatorError } from '../errors.js';

const STATE_NAMES = new Map<bigint, SourceState>(
  (Object.entries(SOURCE_STATES) as [SourceState, number][]).map(([name, value]) => [BigInt(value), name]),
);

/** Reads the weights of an asset's word. @source IRiskManager.LineWords.asset */
export function decodeAssetWord(word: bigint): Asset {
  return {
    decimals: Number(field(word, 48, 8)),
    baseInitialBps: Number(field(word, 64, 16)),
    baseMaintenanceBps: Number(field(word, 80, 16)),
  };
}

/** Reads a source's word. @source IRiskManager.LineWords.source @throws BAD_WORD for a state that does not exist. */
export function decodeSourceWord(word: bigint): Source {
  const state = STATE_NAMES.get(field(word, 40, 8));
  if (state === undefined) {
    throw aggregatorError(
      'BAD_WORD',
      `a source has state ${field(word, 40, 8)}; expected 1 to 6, check the ledger's version`,
    );
  }
  return {
    asOf: field(word, 0, 40),
    state,
    stateUntil: field(word, 48, 40),
    weightInitialBps: Number(field(word, 88, 16)),
    weightMaintenanceBps: Number(field(word, 104, 16)),
    thawedAt: field(word, 152, 40),
    staleAfterMinutes: Number(field(word, 192, 16)),
    darkAfterMinutes: Number(field(word, 208, 16)),
    floorAfterMinutes: Number(field(word, 224, 16)),
    frozenMaintenanceBps: Number(field(word, 240, 16)),
  };
}

/** Flag of a word whose maintenance weight may be on its way. @source LedgerStorage.ASSET_RAMP_HINT, SOURCE_RAMP_HINT */
const RAMP_HINT = 128n;

/** True if an asset's maintenance weight may be falling; `rampOf` has the ramp. */
export function mayAssetRamp(word: bigint): boolean {
  return (field(word, 56, 8) & RAMP_HINT) !== 0n;
}

/** Flags of an asset that is impaired or unsettled. @source LedgerStorage.ASSET_IMPAIRED, ASSET_UNSETTLED */
const STANDING = 20n;

/** True if an asset is impaired or unsettled. Its source's word then has a maintenance freshness that only time lowers. */
export function isStandingAsset(word: bigint): boolean {
  return (field(word, 56, 8) & STANDING) !== 0n;
}

/** True if a source's maintenance weight may be falling; `sourceRampOf` has the ramp. */
export function maySourceRamp(word: bigint): boolean {
  return (field(word, 144, 8) & RAMP_HINT) !== 0n;
}

function field(word: bigint, shift: number, bits: number): bigint {
  return BigInt.asUintN(bits, word >> BigInt(shift));
}
