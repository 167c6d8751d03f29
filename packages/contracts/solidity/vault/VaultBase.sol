// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {Payment, PauseWindow, VaultAsset, VaultInit} from "../interfaces/VaultTypes.sol";

/// @title What every part of the vault stands on: its constants, its storage, its roles
/// @notice The vault and its acts contract both inherit this and nothing else that keeps anything, so that the acts find by
///         delegatecall what the vault has written.
/// @dev The storage is that of the whole protocol; parts that later releases add use slots that are here already.
abstract contract VaultBase is ReentrancyGuardTransient {
    /// @dev Most that may be accounted of one token, so that every amount fits every field of the protocol.
    uint256 internal constant ACCOUNTED_MAX = type(uint104).max;
    uint8 internal constant PAUSE_LOCK = 1;
    uint8 internal constant PAUSE_PAY = 8;
    /// @dev Bits of `VaultAsset.flags`, see there.
    uint8 internal constant HINT_LOCK = 1;
    uint8 internal constant HINT_PAY = 2;
    uint8 internal constant HINT_SHORT = 4;
    uint8 internal constant HINT_EXIT = 128;

    uint256 internal immutable _settlementChainId;
    address internal immutable _ledger;
    uint16 internal immutable _source;
    address internal immutable _attesterSet;
    address internal immutable _governor;
    address internal immutable _guardian;
    address internal immutable _pauser;
    address internal immutable _wrappedNative;
    bool internal immutable _development;

    /// @dev Names of the edges once they were opened again, 0 in generation 0, whose names are immutable: a lock need not
    ///      read them then. Bit 3 of every asset's flags is kept for saying that a later name is to be read.
    bytes32[2] internal _edgesNow;
    uint16 internal _assetCount;
    uint40 internal _quarantinedUntil;
    mapping(uint16 asset => VaultAsset) internal _assets;
    mapping(address token => uint16 asset) internal _indexOf;
    mapping(uint16 asset => PauseWindow) internal _pauses;
    mapping(uint96 seq => Payment) internal _payments;

    modifier onlyRole(address needed) {
        if (msg.sender != needed) revert ICollateralVault.NotAuthorized(msg.sender, needed);
        _;
    }

    constructor(VaultInit memory init) {
        if (init.settlementChainId == 0) revert ICollateralVault.InitFieldMissing("settlementChainId");
        if (init.ledger == address(0)) revert ICollateralVault.InitFieldMissing("ledger");
        if (init.attesterSet == address(0)) revert ICollateralVault.InitFieldMissing("attesterSet");
        if (init.governor == address(0)) revert ICollateralVault.InitFieldMissing("governor");
        if (init.guardian == address(0)) revert ICollateralVault.InitFieldMissing("guardian");
        if (init.pauser == address(0)) revert ICollateralVault.InitFieldMissing("pauser");
        if ((init.source == 0) != (init.settlementChainId == block.chainid)) {
            revert ICollateralVault.SourceMismatch(init.source, block.chainid, init.settlementChainId);
        }
        _settlementChainId = init.settlementChainId;
        _ledger = init.ledger;
        _source = init.source;
        _attesterSet = init.attesterSet;
        _governor = init.governor;
        _guardian = init.guardian;
        _pauser = init.pauser;
        _wrappedNative = init.wrappedNative;
        _development = init.development;
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
        if (!answered) revert ICollateralVault.BalanceUnreadable(token);
    }

    /// @dev What a lock and a payment meet while a deficit is reported.
    function _revertShort(VaultAsset storage kept, uint16 asset) internal view {
        (uint256 sum, uint256 deficit) = (kept.accounted, kept.deficit);
        revert ICollateralVault.AssetShort(asset, sum, sum > deficit ? sum - deficit : 0);
    }

    /// @dev Gives the asset's storage or reverts if the index was never given out.
    function _listed(uint16 asset) internal view returns (VaultAsset storage kept) {
        kept = _assets[asset];
        if (kept.token == address(0)) revert ICollateralVault.AssetUnknown(asset);
    }
}
