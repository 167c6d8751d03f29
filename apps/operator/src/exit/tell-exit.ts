import type { Address, Bytes32 } from '@surety/domain';
import { formatReadable, formatTable, formatTime } from '../terminal/format.js';
import { type ExitItem, type ExitShare, ownPartOf } from './exit-items.js';
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

/** An item, and units of its owner's part that the vault has taken claims of. */
type ShownItem = Pick<ExitItem, 'name' | 'vaultAsset' | 'amount' | 'isShared'> & { readonly claimed: bigint };

/** Lists what an account has in an exit, what of it is still paid to its owner, and who is paid the rest. */
export function tellExitItems(
  place: Pick<ExitVault, 'assets'>,
  account: Bytes32,
  { items, shares }: { readonly items: readonly ShownItem[]; readonly shares: readonly ExitShare[] },
): string[] {
  if (items.length === 0) return [`account ${account} has nothing in the anchor block, and no lock after it`];
  const rows = items.map((item) => {
    const left = ownPartOf(item, shares) - item.claimed;
    return [item.name, ...[item.amount, item.claimed, left].map((units) => formatExitUnits(place, item, units))];
  });
  return [
    `account ${account}:`,
    ...formatTable([['ITEM', 'HELD', 'CLAIMED BY ITS OWNER', 'LEFT FOR ITS OWNER'], ...rows]),
    ...shares.map((share) => `of each line and parked credit ${tellShare(share)} (surety exit claim --protocol)`),
  ];
}

function tellShare({ protocol, claimant, shareBp }: ExitShare): string {
  return `protocol ${protocol} registered ${shareBp / 100} % for ${claimant}`;
}

/** Says why nothing of an item is left for a claimant: of a protocol's share, or of the owner's part. */
export function tellNothingLeft(
  item: Pick<ExitItem, 'name' | 'amount' | 'isShared'>,
  shares: readonly ExitShare[],
  protocol?: Address,
): string {
  if (protocol !== undefined) {
    const isRegistered = shares.some((one) => one.protocol === protocol);
    const why = isRegistered ? 'all of its share was claimed' : 'it registered no share of this account';
    return `${item.name}: nothing is left for protocol ${protocol}: ${why}`;
  }
  const why =
    ownPartOf(item, shares) === 0n && item.isShared && shares.length > 0
      ? `${shares.map(tellShare).join(', ')}: only those may claim it, with --protocol`
      : 'all of its part was claimed, see surety exit pay';
  return `${item.name}: nothing is left for the account’s owner: ${why}`;
}

/** Writes units of a vault's asset for people. */
export function formatExitUnits(
  { assets }: Pick<ExitVault, 'assets'>,
  { vaultAsset }: Pick<ExitItem, 'vaultAsset'>,
  units: bigint,
): string {
  const asset = assets.find(({ index }) => index === vaultAsset);
  return asset === undefined
    ? `${units} units of asset ${vaultAsset}`
    : `${formatReadable(units, asset.decimals)} ${asset.symbol}`;
}
