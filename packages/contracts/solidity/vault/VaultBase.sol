// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ICollateralVaultReleases} from "../interfaces/ICollateralVaultReleases.sol";
import {Payment, PauseWindow, VaultAsset, VaultInit} from "../interfaces/VaultTypes.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {JournalLib} from "../libraries/JournalLib.sol";
import {ReplicaLib} from "../libraries/ReplicaLib.sol";

/// @title What every part of the vault stands on: its constants, its storage, its roles
/// @dev The storage is that of the whole protocol; parts that later releases add use slots that are here already.
abstract contract VaultBase is ICollateralVault, ReentrancyGuardTransient {
    /// @dev Most that may be accounted of one token, so that every amount fits every field of the protocol.
    uint256 internal constant ACCOUNTED_MAX = type(uint104).max;
    uint8 internal constant PAUSE_LOCK = 1;
    uint8 internal constant PAUSE_PAY = 8;
    /// @dev Bits of `VaultAsset.flags`, see there.
    uint8 internal constant HINT_LOCK = 1;
    uint8 internal constant HINT_PAY = 2;
    uint8 internal constant HINT_SHORT = 4;

    /// @inheritdoc ICollateralVault
    uint256 public immutable settlementChainId;
    /// @inheritdoc ICollateralVault
    address public immutable ledger;
    /// @inheritdoc ICollateralVault
    uint16 public immutable source;
    /// @inheritdoc ICollateralVault
    address public immutable attesterSet;
    /// @inheritdoc ICollateralVault
    address public immutable governor;
    /// @inheritdoc ICollateralVault
    address public immutable guardian;
    /// @inheritdoc ICollateralVault
    address public immutable pauser;
    /// @inheritdoc ICollateralVault
    address public immutable wrappedNative;

    /// @inheritdoc ICollateralVault
    bytes32 public immutable outboundEdge;
    /// @inheritdoc ICollateralVault
    bytes32 public immutable inboundEdge;
    /// @dev First slot of the outbound journal in generation 0.
    bytes32 internal immutable _journalSlot;

    /// @dev Names of the edges once they were opened again, 0 in generation 0, whose names are immutable: a lock need not
    ///      read them then. Bit 3 of every asset's flags is kept for saying that a later name is to be read.
    bytes32[2] internal _edgesNow;
    /// @inheritdoc ICollateralVault
    uint16 public assetCount;
    /// @inheritdoc ICollateralVaultReleases
    uint40 public quarantinedUntil;
    mapping(uint16 asset => VaultAsset) internal _assets;
    mapping(address token => uint16 asset) internal _indexOf;
    mapping(uint16 asset => PauseWindow) internal _pauses;
    mapping(uint96 seq => Payment) internal _payments;

    modifier onlyRole(address needed) {
        if (msg.sender != needed) revert NotAuthorized(msg.sender, needed);
        _;
    }

    constructor(VaultInit memory init) {
        if (init.settlementChainId == 0) revert InitFieldMissing("settlementChainId");
        if (init.ledger == address(0)) revert InitFieldMissing("ledger");
        if (init.attesterSet == address(0)) revert InitFieldMissing("attesterSet");
        if (init.governor == address(0)) revert InitFieldMissing("governor");
        if (init.guardian == address(0)) revert InitFieldMissing("guardian");
        if (init.pauser == address(0)) revert InitFieldMissing("pauser");
        if ((init.source == 0) != (init.settlementChainId == block.chainid)) {
            revert SourceMismatch(init.source, block.chainid, init.settlementChainId);
        }
        settlementChainId = init.settlementChainId;
        ledger = init.ledger;
        source = init.source;
        attesterSet = init.attesterSet;
        governor = init.governor;
        guardian = init.guardian;
        pauser = init.pauser;
        wrappedNative = init.wrappedNative;
        outboundEdge = EdgeLib.nameOf(block.chainid, address(this), init.settlementChainId, init.ledger, 0, 0);
        inboundEdge = EdgeLib.nameOf(init.settlementChainId, init.ledger, block.chainid, address(this), 0, 0);
        _journalSlot = JournalLib.slotOf(outboundEdge);
        JournalLib.open(outboundEdge, 0);
        ReplicaLib.open(inboundEdge, 0);
    }

    /// @dev Token units that the vault holds. A lock asks twice; in assembly each time costs 200 gas less.
    function _heldOf(address token) internal view returns (uint256 units) {
        bool answered;
        assembly ("memory-safe") {
            // balanceOf(address), with its argument behind it, in scratch space.
            mstore(0x20, address())
            mstore(0, 0x70a08231)
            answered := staticcall(gas(), token, 0x1c, 0x24, 0, 0x20)
            answered := and(answered, gt(returndatasize(), 0x1f))
            units := mload(0)
        }
        if (!answered) revert BalanceUnreadable(token);
    }

    /// @dev What a lock and a payment meet while a deficit is reported.
    function _revertShort(VaultAsset storage kept, uint16 asset) internal view {
        (uint256 sum, uint256 deficit) = (kept.accounted, kept.deficit);
        revert AssetShort(asset, sum, sum > deficit ? sum - deficit : 0);
    }

    /// @dev Gives the asset's storage or reverts if the index was never given out.
    function _listed(uint16 asset) internal view returns (VaultAsset storage kept) {
        kept = _assets[asset];
        if (kept.token == address(0)) revert AssetUnknown(asset);
    }
}
