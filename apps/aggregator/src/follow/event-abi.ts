import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { parseAbi } from 'viem';

/** The one event by which either contract says that its journal grew by an entry that is neither LOCK nor RELEASE. */
const JOURNALED =
  'event Journaled(bytes32 indexed edge, uint64 indexed index, uint8 kind, uint16 asset, uint128 amount, bytes32 indexed account, bytes32 party)';

/** What the ledger says, by whichever of its parts. */
export const ledgerEvents = [
  ...collateralLedgerAbi,
  ...parseAbi([
    JOURNALED,
    'event Refunded(uint16 indexed source, uint96 indexed seq, bytes32 indexed account, uint16 assetId, uint128 amount)',
    'event AssetImpaired(uint16 indexed source, uint16 indexed vaultAsset, uint256 deficit, uint256 accounted)',
    'event Transferred(bytes32 indexed from, bytes32 indexed to, uint16 assetId, uint128 amount, bytes32 cause)',
    'event AssetScaled(uint16 indexed assetId, uint8 scalings, uint256 rhoWad)',
  ]),
] as const;

/** What a vault says, by whichever of its parts. */
export const vaultEvents = [
  ...collateralVaultAbi,
  ...parseAbi([
    'event Stopped(uint96 indexed seq, address indexed by, bytes32 reason)',
    'event Scaled(uint96 indexed seq, uint16 indexed asset, uint8 scalings, uint256 rho)',
    'event Rerouted(uint96 indexed seq, uint96 indexed which, address to, bool taken)',
    'event LossBorne(uint96 indexed seq, uint256 loss)',
  ]),
] as const;
