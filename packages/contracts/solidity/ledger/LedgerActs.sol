// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ICollateralLedger, LedgerInit} from "../interfaces/ICollateralLedger.sol";
import {ILedgerActs} from "../interfaces/ILedgerActs.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {Statements} from "../libraries/Statements.sol";
import {LedgerMarginViews} from "./LedgerMarginViews.sol";
import {LedgerProtocols} from "./LedgerProtocols.sol";
import {LedgerReleases} from "./LedgerReleases.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @title The acts of owners, operators, protocols and roles
/// @notice Called through the ledger, on the ledger's storage; `ILedgerActs` and `ILedgerTerms` are its manuals.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract LedgerActs is LedgerProtocols, LedgerReleases, LedgerMarginViews {
    bytes32 private constant RELEASE_TYPE = keccak256(
        "Release(bytes32 account,uint16 assetId,uint128 amount,bytes32 recipient,uint96 fee,uint256 nonce,uint40 deadline)"
    );

    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerActs
    function setEnabled(bytes32 account, uint16 assetId, bool on) external {
        _onlyOwner(account);
        _listedAsset(assetId);
        uint256 lanes = _enabled[account];
        (uint256 lane, uint256 used) = _laneOf(lanes, assetId);
        if (on == (lane != LANES)) return;
        if (on) {
            if (used == LANES) revert ICollateralLedger.TooManyEnabledLines(used + 1, LANES);
            _enabled[account] = lanes | (uint256(assetId) << (used * LANE_BITS));
        } else {
            _enabled[account] = _dropLane(lanes, lane, used);
            // A line that does not count is released without a margin check, so it may not cease to count without one.
            _requireInitial(account);
        }
        emit ICollateralLedger.Enabled(account, assetId, on);
    }

    /// @inheritdoc ILedgerActs
    function requestRelease(bytes32 account, uint16 assetId, uint128 amount, bytes32 recipient, uint96 fee) external {
        _requireReleaser(account, recipient, fee);
        _release(account, assetId, amount, recipient, fee);
    }

    /// @inheritdoc ILedgerActs
    function requestReleaseBySig(
        bytes32 account,
        uint16 assetId,
        uint128 amount,
        bytes32 recipient,
        uint96 fee,
        uint256 nonce,
        uint40 deadline,
        bytes calldata sig
    ) external {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        bytes32 structHash = keccak256(
            abi.encode(RELEASE_TYPE, account, assetId, amount, recipient, fee, nonce, deadline)
        );
        bytes32 digest = Statements.digestOf(domainSeparator(), structHash);
        if (
            !_isOwnable(account) ||
            !SignatureChecker.isValidSignatureNowCalldata(AccountLib.ownerOf(account), digest, sig)
        ) revert SignatureRefused(account);
        _useNonce(account, nonce);
        _release(account, assetId, amount, recipient, fee);
    }

    /// @inheritdoc ILedgerActs
    function cancelNonce(bytes32 account, uint256 nonce) external {
        _onlyOwner(account);
        _useNonce(account, nonce);
        emit NonceCancelled(account, nonce);
    }

    /// @inheritdoc ILedgerActs
    function setOperator(bytes32 account, address operator, uint16 rights, uint40 expiry) external {
        _onlyOwner(account);
        // Whom an owner elsewhere appointed can hand nothing on.
        if (operator == address(0) || operator == msg.sender || !_isOwnable(account)) revert OperatorRefused(operator);
        if (rights & ~RIGHTS != 0) revert RightsRefused(rights, RIGHTS);
        _operators[account][operator] = Operator(rights, expiry);
        emit OperatorSet(account, operator, rights, expiry);
    }

    /// @inheritdoc ILedgerActs
    function operatorOf(bytes32 account, address operator) external view returns (uint16 rights, uint40 expiry) {
        Operator storage record = _operators[account][operator];
        return (record.rights, record.expiry);
    }

    /// @inheritdoc ILedgerActs
    function nonceUsed(bytes32 account, uint256 nonce) external view returns (bool) {
        // The shifted 1 is the bit of this nonce in its word.
        // forge-lint: disable-next-line(incorrect-shift)
        return _nonces[account][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    /// @inheritdoc ILedgerActs
    function releasedOf(uint16 source, uint96 seq) external view returns (bytes32) {
        return _released[source][seq];
    }

    /// @inheritdoc ILedgerActs
    function domainSeparator() public view returns (bytes32) {
        return Statements.domainSeparatorOf(block.chainid, address(this));
    }

    /// @dev Debits the line, journals the entry, and then looks at the margin: a revert undoes all of it.
    function _release(bytes32 account, uint16 assetId, uint128 amount, bytes32 recipient, uint96 fee) private {
        AssetRecord storage asset = _listedAsset(assetId);
        SourceRecord storage source = _acceptingSource(asset.source);
        if (fee > amount) revert FeeAboveAmount(fee, amount);
        _requireRecipient(source, recipient);
        bool counted = _debit(account, assetId, amount, asset);
        // A line is part of its asset's sum, which is below 2^104.
        _lowerCredited(asset, amount);
        asset.releasedCum += amount;
        uint16 vaultAsset = asset.vaultAsset;
        uint64 index = _journalRelease(asset.source, vaultAsset, account, amount, recipient, fee);
        emit Released(source.outboundEdge, index, account, assetId, vaultAsset, amount, recipient, fee);
        if (counted) _requireInitial(account);
    }

    function _useNonce(bytes32 account, uint256 nonce) private {
        // forge-lint: disable-next-line(incorrect-shift)
        uint256 bit = 1 << (nonce & 0xff);
        uint256 word = _nonces[account][nonce >> 8];
        if (word & bit != 0) revert NonceUsed(account, nonce);
        _nonces[account][nonce >> 8] = word | bit;
    }
}
