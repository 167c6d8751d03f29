import { collateralLedgerAbi } from '@surety/contracts';
import type { Hex } from '@surety/domain';
import type { ReleaseVerdict } from '@surety/workflows';
import { decodeErrorResult } from 'viem';

/** Names the error of a revert. @source ILedger */
export function releaseRefusalOf(reason: Hex): ReleaseVerdict {
  try {
    const { errorName, abiItem, args } = decodeErrorResult({ abi: collateralLedgerAbi, data: reason });
    const inputs = 'inputs' in abiItem ? abiItem.inputs : [];
    // An error without parameters has none, whatever the type says.
    const values = ((args as readonly unknown[] | undefined) ?? []).map((value, at) => ({
      name: inputs[at]?.name ?? String(at),
      value: String(value),
    }));
    const named = values.map(({ name, value }) => `${name} ${value}`).join(', ');
    return { kind: 'refused', code: errorName, detail: `${errorName}(${named})`, values };
  } catch {
    return { kind: 'refused', code: 'UNKNOWN', detail: `the ledger reverts with ${reason.slice(0, 74)}`, values: [] };
  }
}
