import { mulDivDown, mulDivUp } from '@surety/domain';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import type { SideReaders } from './diff-witnesses.js';
import type { WitnessedSource } from '../witness-spec.js';
import { answerOf } from './answer-of.js';
import { type Difference, differ } from './differ.js';

/** The vault's fast share in basis points from an asset's listing on. @source IVaultAdmin.setFastLimit */
const VAULT_FAST_BP = 2_500;

/**
 * Compares each asset's token, cap, minimum lock, minimum lock fee and fast share at the vault, and its underlying, cap
 * and weights at the ledger.
 */
export async function diffAssets(source: WitnessedSource, readers: SideReaders): Promise<Difference[]> {
  const vaultFastBp = source.policy?.vaultFastBp ?? VAULT_FAST_BP;
  const found = await Promise.all(
    source.assets.map(async (asset) => {
      const { index, assetId, symbol, token, decimals, cap } = asset;
      const path = `assets[${symbol}]`;
      const [near, far] = await Promise.all([
        answerOf(
          readers.atVault.readContract({
            address: source.vault,
            abi: collateralVaultAbi,
            functionName: 'assetOf',
            args: [index],
          }),
        ),
        answerOf(
          readers.atLedger.readContract({
            address: source.ledger,
            abi: collateralLedgerAbi,
            functionName: 'assetOf',
            args: [assetId],
          }),
        ),
      ]);
      // The vault stores the cap in thousandths of a whole token; the file states units.
      const kept = near && mulDivDown(near.cap, 10n ** BigInt(near.decimals), 1_000n);
      const least = near && atLeastOne(mulDivUp(near.min, 10n ** BigInt(near.decimals), 1_000_000n));
      return [
        ...differ(`${path}.token`, near?.token, token),
        ...differ(`${path}.decimals at the vault`, near?.decimals, decimals),
        ...differ(`${path}.cap at the vault`, kept, cap),
        ...differ(`${path}.minimum at the vault`, least, atLeastOne(BigInt(asset.minimum))),
        ...differ(`${path}.lockFeeBp at the vault`, near?.feeBp, asset.lockFeeBp ?? 0),
        // A lower one is stricter: it is one asset’s, and whoever lowered it had a reason.
        ...(near !== undefined && near.fastBp <= vaultFastBp
          ? []
          : differ(`policy.vaultFastBp (${symbol})`, near?.fastBp, vaultFastBp)),
        ...differ(`${path}.source at the ledger`, far?.terms.source, source.source),
        ...differ(`${path}.index at the ledger`, far?.terms.vaultAsset, index),
        ...differ(`${path}.decimals at the ledger`, far?.terms.decimals, decimals),
        ...differ(`${path}.cap at the ledger`, far?.capUnits, cap),
        ...differ(`${path}.underlying at the ledger`, far?.terms.underlying, asset.underlying),
        ...differ(`${path}.baseI at the ledger`, far?.terms.initialBp, asset.baseI),
        ...differ(`${path}.baseM at the ledger`, far?.terms.maintenanceBp, asset.baseM),
      ];
    }),
  );
  return found.flat();
}

/** A vault never accepts a lock of zero units. @source VaultBase._minUnits */
function atLeastOne(units: bigint): bigint {
  return units === 0n ? 1n : units;
}
