import { mulDivDown } from '@surety/domain';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import type { SideReaders } from './diff-witnesses.js';
import type { WitnessedSource } from '../witness-spec.js';
import { answerOf } from './answer-of.js';
import { type Difference, differ } from './differ.js';

/** Compares each asset's token and cap at the vault, and what the ledger takes it for and how much of it. */
export async function diffAssets(source: WitnessedSource, readers: SideReaders): Promise<Difference[]> {
  const found = await Promise.all(
    source.assets.map(async ({ index, assetId, symbol, token, decimals, cap }) => {
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
      // The vault keeps thousandths of a whole token; what they come to is what the file states.
      const kept = near && mulDivDown(near.cap, 10n ** BigInt(near.decimals), 1_000n);
      return [
        ...differ(`${path}.token`, near?.token, token),
        ...differ(`${path}.decimals at the vault`, near?.decimals, decimals),
        ...differ(`${path}.cap at the vault`, kept, cap),
        ...differ(`${path}.source at the ledger`, far?.terms.source, source.source),
        ...differ(`${path}.index at the ledger`, far?.terms.vaultAsset, index),
        ...differ(`${path}.decimals at the ledger`, far?.terms.decimals, decimals),
        ...differ(`${path}.cap at the ledger`, far?.capUnits, cap),
      ];
    }),
  );
  return found.flat();
}
