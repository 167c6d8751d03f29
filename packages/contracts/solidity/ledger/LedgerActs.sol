// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ICollateralLedger, LedgerInit} from "../interfaces/ICollateralLedger.sol";
import {ILedgerActs} from "../interfaces/ILedgerActs.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {Forwarding} from "../libraries/Forwarding.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {Statements} from "../libraries/Statements.sol";
import {LedgerDuties} from "./LedgerDuties.sol";
import {LedgerMarginViews} from "./LedgerMarginViews.sol";
import {LedgerProtocols} from "./LedgerProtocols.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title The acts of owners, operators, protocols and roles
/// @notice Called through the ledger, on the ledger's storage; `ILedgerActs` and `ILedgerTerms` are its manuals.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract LedgerActs is LedgerProtocols, LedgerMarginViews {
    /// @dev Release to the owner's own address, without a fee.
    uint16 private constant RIGHT_RELEASE = 1;
    /// @dev With `RIGHT_RELEASE`: any recipient and any fee.
    uint16 private constant RIGHT_OTHER_RECIPIENTS = 2;
    uint16 private constant RIGHTS = RIGHT_RELEASE | RIGHT_OTHER_RECIPIENTS;
    bytes32 private constant RELEASE_TYPE = keccak256(
        "Release(bytes32 account,uint16 assetId,uint128 amount,bytes32 recipient,uint96 fee,uint256 nonce,uint40 deadline)"
    );

    /// @notice keccak256 of the values that this contract was built with; the ledger compares it with its own.
    bytes32 public immutable initHash;

    /// @notice The contract that carries out what this one does not declare, on the same storage; built with this one.
    address public immutable duties;

    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {
        initHash = keccak256(abi.encode(init));
        duties = address(new LedgerDuties(init));
    }

    /// @inheritdoc ILedgerActs
    function setEnabled(bytes32 account, uint16 assetId, bool on) external {
        _onlyOwner(account);
        _listedAsset(assetId);
        uint256 lanes = _enabled[account];
        (uint256 lane, uint256 used) = _laneOf(lanes, assetId);
        if (on == (lane != LANES)) return;
        if (on) {
            if (LedgerWords.amountOf(_lines[account][assetId]) == 0) {
                revert ICollateralLedger.LineEmpty(account, assetId);
            }
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

    /// @notice Passes every other call on to the duties contract.
    /// @dev Safety: the address is fixed for ever and its code has the same storage layout (compared in the build).
    fallback() external {
        Forwarding.pass(duties);
    }

    /// @dev The owner may do anything; an operator what its rights say, while they last.
    function _requireReleaser(bytes32 account, bytes32 recipient, uint96 fee) private view {
        address owner = AccountLib.ownerOf(account);
        if (_isOwnable(account)) {
            if (msg.sender == owner) return;
            Operator storage operator = _operators[account][msg.sender];
            (uint16 rights, uint40 expiry) = (operator.rights, operator.expiry);
            if (rights & RIGHT_RELEASE == 0 || block.timestamp >= expiry) {
                revert RightMissing(msg.sender, account, RIGHT_RELEASE);
            }
            if (rights & RIGHT_OTHER_RECIPIENTS != 0) return;
        } else if (owner == address(0) || !_actsFor(msg.sender, account)) {
            revert RightMissing(msg.sender, account, RIGHT_RELEASE);
        }
        if (fee != 0 || recipient != bytes32(uint256(uint160(owner)))) revert RecipientNotOwner(recipient, fee);
    }

    /// @dev Debits the line, journals the entry, and then looks at the margin: a revert undoes all of it.
    function _release(bytes32 account, uint16 assetId, uint128 amount, bytes32 recipient, uint96 fee) private {
        AssetRecord storage asset = _listedAsset(assetId);
        SourceRecord storage source = _acceptingSource(asset.source);
        if (fee > amount) revert FeeAboveAmount(fee, amount);
        if (recipient == 0 || uint256(recipient) >> 160 != 0 || recipient == bytes32(uint256(uint160(source.vault)))) {
            revert RecipientRefused(recipient);
        }
        bool counted = _debit(account, assetId, amount, asset);
        // A line is part of its asset's sum, which is below 2^104.
        _lowerCredited(asset, amount);
        asset.releasedCum += amount;
        _journalRelease(account, assetId, amount, recipient, fee, asset, source.outboundEdge);
        if (counted) _requireInitial(account);
    }

    /// @dev Appends the entry and records what a refund of it must be equal to.
    function _journalRelease(
        bytes32 account,
        uint16 assetId,
        uint128 amount,
        bytes32 recipient,
        uint96 fee,
        AssetRecord storage asset,
        bytes32 edge
    ) private {
        (uint16 source, uint16 vaultAsset) = (asset.source, asset.vaultAsset);
        Journal storage journal = JournalLib.locate(edge);
        (uint64 index, ) = JournalLib.append(journal, EntryCodec.RELEASE, vaultAsset, amount, account, recipient, fee);
        _released[source][EdgeLib.sequenceOf(journal.generation, index)] = keccak256(
            abi.encodePacked(vaultAsset, amount, account)
        );
        emit Released(edge, index, account, assetId, vaultAsset, amount, recipient, fee);
    }

    function _useNonce(bytes32 account, uint256 nonce) private {
        // forge-lint: disable-next-line(incorrect-shift)
        uint256 bit = 1 << (nonce & 0xff);
        uint256 word = _nonces[account][nonce >> 8];
        if (word & bit != 0) revert NonceUsed(account, nonce);
        _nonces[account][nonce >> 8] = word | bit;
    }
}
