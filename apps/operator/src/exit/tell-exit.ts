import type { Bytes32 } from '@surety/domain';
import { formatReadable, formatTable, formatTime } from '../terminal/format.js';
import type { ExitItem } from './exit-items.js';
import type { ExitVault } from './exit-vault.js';
import type { NextExitAct } from './next-exit-act.js';

/** Says what comes next on the way to an open exit. */
export function tellNextExit(next: NextExitAct): string {
  switch (next.kind) {
    case 'never':
      return 'nothing: the vault never accepted a statement, so there is no block to prove anything in';
    case 'needless':
      return 'nothing: this vault is on the ledger’s own chain; release at the ledger (surety release), which no attester can stop';
    case 'announce':
      return `surety exit open announces it from ${formatTime(next.fromS)} on`;
    case 'wait':
      return `attesters may answer until ${formatTime(next.untilS)}; then surety exit open proves the ledger`;
    case 'prove':
      return 'surety exit open proves the ledger';
    case 'replay':
      return 'surety exit open replays the rest of the ledger’s journal';
    case 'claim':
      return 'it is open: surety exit claim, then surety exit pay';
  }
}

/** Lists what an exit would pay an account. */
export function tellExitItems(place: ExitVault, account: Bytes32, items: readonly ExitItem[]): string[] {
  if (items.length === 0) return [`account ${account} has nothing in the anchor block, and no lock after it`];
  const rows = items.map((item) => [item.name, formatExitUnits(place, item, item.amount)]);
  return [`account ${account}:`, ...formatTable([['ITEM', 'AMOUNT'], ...rows])];
}

/** Writes units of a vault's asset for people. */
export function formatExitUnits(
  { assets }: ExitVault,
  { vaultAsset }: Pick<ExitItem, 'vaultAsset'>,
  units: bigint,
): string {
  const asset = assets.find(({ index }) => index === vaultAsset);
  return asset === undefined
    ? `${units} units of asset ${vaultAsset}`
    : `${formatReadable(units, asset.decimals)} ${asset.symbol}`;
}
