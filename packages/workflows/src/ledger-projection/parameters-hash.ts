import { type Bytes32, type Keccak256, bytes32, bytesToHex, concatBytes, uintToBytes } from '@surety/domain';
import type { WeightRamp } from '@surety/margin';
import type { AssetTerms } from './settlement-reader.js';

/**
 * Returns the version of the parameters that lines are weighed with: keccak256 over all assets, ascending, big-endian and without
 * separators,
 *
 *   asset u16 ‖ source u16 ‖ decimals u8 ‖ initial u16 ‖ maintenance
 *   source's initial u16 ‖ source's maintenance ‖ stale, dark, floor in minutes u16 each ‖ frozen maintenance u16
 *   number of prices u8 ‖ greatest age of each in seconds u32
 *
 * where the frozen maintenance is 0 while the asset is impaired or unsettled, since it falls with time then, and a maintenance weight is from u16 ‖ to u16 ‖ start u64 ‖ end u64, with equal weights and no times unless it is falling.
 * Prices, coverages, states and ages of sources are facts, no parameters. All of it is read from ledger and risk manager: two processes
 * with one hash weigh alike.
 */
export function parametersHash(terms: Iterable<AssetTerms>, keccak256: Keccak256): Bytes32 {
  const ascending = [...terms].sort((left, right) => left.assetId - right.assetId);
  return bytes32(bytesToHex(keccak256(concatBytes(...ascending.flatMap(assetBytes)))));
}

function assetBytes({ assetId, sourceIndex, asset, source, prices, isStanding }: AssetTerms): Uint8Array[] {
  return [
    number(assetId, 2),
    number(sourceIndex, 2),
    number(asset.decimals, 1),
    number(asset.baseInitialBps, 2),
    ...weightBytes(asset.baseMaintenanceBps, asset.maintenanceRamp),
    number(source.weightInitialBps, 2),
    ...weightBytes(source.weightMaintenanceBps, source.maintenanceRamp),
    number(source.staleAfterMinutes, 2),
    number(source.darkAfterMinutes, 2),
    number(source.floorAfterMinutes, 2),
    number(isStanding ? 0 : source.frozenMaintenanceBps, 2),
    number(prices.length, 1),
    ...prices.map(({ maxAgeS }) => number(maxAgeS, 4)),
  ];
}

function weightBytes(weightBps: number, ramp: WeightRamp | undefined): Uint8Array[] {
  const { fromBps, toBps, start, end } = ramp ?? { fromBps: weightBps, toBps: weightBps, start: 0n, end: 0n };
  return [number(fromBps, 2), number(toBps, 2), uintToBytes(start, 8), uintToBytes(end, 8)];
}

function number(value: number, bytes: number): Uint8Array {
  return uintToBytes(BigInt(value), bytes);
}
