import { collateralLedgerAbi } from '@surety/contracts';
import { type ContractFunctionReturnType, type Hex, encodeFunctionResult } from 'viem';

type AssetTerms = ContractFunctionReturnType<typeof collateralLedgerAbi, 'view', 'assetOf'>['terms'];

const NOTHING: AssetTerms = {
  source: 0,
  vaultAsset: 0,
  underlying: 0,
  ownPrice: 0,
  initialBp: 0,
  maintenanceBp: 0,
  decimals: 0,
  capThousandths: 0n,
  minMillionths: 0n,
};

/** Returns the ledger's answer about an asset with these terms. */
export function ledgerAsset(terms: Partial<AssetTerms>): Hex {
  return encodeFunctionResult({
    abi: collateralLedgerAbi,
    functionName: 'assetOf',
    result: {
      terms: { ...NOTHING, ...terms },
      credited: 0n,
      parked: 0n,
      capUnits: 0n,
      enableUnits: 0n,
      releasedCum: 0n,
      creditPausedUntil: 0,
    },
  });
}
