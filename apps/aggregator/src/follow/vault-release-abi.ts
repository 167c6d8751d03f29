import { parseAbi } from 'viem';

/** What a vault says of releases, and the views that the fold compares itself with. @source ICollateralVaultReleases.sol */
export const vaultReleaseAbi = parseAbi([
  'event Queued(uint96 indexed seq, uint16 asset, bytes32 indexed account, address indexed recipient, uint128 amount, uint40 readyAt)',
  'event Paid(uint96 indexed seq, address indexed feeTo, uint96 fee)',
  'event Claimable(uint96 indexed seq, uint8 reason)',
  'event Applied(bytes32 indexed edge, uint64 from, uint64 to, bytes32 head, address by)',
  'event RefusedRelease(uint96 indexed seq, uint8 reason)',
]);
