import type { Bytes32 } from '@surety/domain';
import type { LineFact } from '../ledger-projection/collateral-rows.js';

/** Groups lines by their account. */
export function linesByAccount(lines: readonly LineFact[]): ReadonlyMap<Bytes32, readonly LineFact[]> {
  const found = new Map<Bytes32, LineFact[]>();
  for (const line of lines) {
    const known = found.get(line.account);
    if (known === undefined) found.set(line.account, [line]);
    else known.push(line);
  }
  return found;
}
