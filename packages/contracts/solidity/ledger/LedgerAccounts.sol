// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../edge/IEdge.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerRewind} from "../interfaces/ledger/ILedgerLosses.sol";
import {LedgerInit, ParkReason, ParkedCredit} from "../interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EntryCodec} from "../edge/EntryCodec.sol";
import {Journal, JournalLib} from "../edge/JournalLib.sol";
import {ReplicaLib} from "../edge/ReplicaLib.sol";
import {Statements} from "../edge/Statements.sol";
import {LedgerGate} from "./LedgerGate.sol";
import {LedgerReplay} from "./LedgerReplay.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Acts of owners and operators, and unparking
/// @notice Runs by delegatecall on the ledger's storage; `ILedgerAccounts` is the manual.
/// @dev It has no state: called directly, it uses its own, empty storage.
contract LedgerAccounts is LedgerReplay, LedgerGate, ILedgerAccounts {
    bytes32 private constant RELEASE_TYPE = keccak256(
        "Release(bytes32 account,uint16 assetId,uint128 amount,bytes32 recipient,uint96 fee,uint256 nonce,uint40 deadline)"
    );
    /// @dev Release to the owner's own address, without a fee.
    uint16 private constant RIGHT_RELEASE = 1;
    /// @dev With `RIGHT_RELEASE`: any recipient and any fee.
    uint16 private constant RIGHT_OTHER_RECIPIENTS = 2;
    uint16 private constant RIGHTS = RIGHT_RELEASE | RIGHT_OTHER_RECIPIENTS;

    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerAccounts
    function setEnabled(bytes32 account, uint16 assetId, bool on) external {
        _onlyOwner(account);
        _listedAsset(assetId);
        uint256 lanes = _enabled[account];
        (uint256 lane, uint256 used) = _laneOf(lanes, assetId);
        if (on == (lane != LANES)) return;
        if (on) {
            if (used == LANES) revert TooManyEnabledLines(used + 1, LANES);
            _enabled[account] = lanes | (uint256(assetId) << (used * LANE_BITS));
        } else {
            _enabled[account] = _dropLane(lanes, lane, used);
            // A line that does not count is released without a margin check, so disabling a line needs one.
            _requireInitial(account);
        }
        emit ILedgerCore.Enabled(account, assetId, on);
    }

    /// @inheritdoc ILedgerAccounts
    function requestRelease(bytes32 account, uint16 assetId, uint128 amount, bytes32 recipient, uint96 fee) external {
        _requireReleaser(account, recipient, fee);
        _release(account, assetId, amount, recipient, fee);
    }

    /// @inheritdoc ILedgerAccounts
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
        bytes32 digest = Statements.digestOf(Statements.domainSeparatorOf(block.chainid, address(this)), structHash);
        if (
            !_isOwnable(account) ||
            !SignatureChecker.isValidSignatureNowCalldata(AccountLib.ownerOf(account), digest, sig)
        ) revert SignatureRefused(account);
        _useNonce(account, nonce);
        _release(account, assetId, amount, recipient, fee);
    }

    /// @inheritdoc ILedgerAccounts
    function cancelNonce(bytes32 account, uint256 nonce) external {
        _onlyOwner(account);
        _useNonce(account, nonce);
        emit NonceCancelled(account, nonce);
    }

    /// @inheritdoc ILedgerAccounts
    function setOperator(bytes32 account, address operator, uint16 rights, uint40 expiry) external {
        _onlyOwner(account);
        // An operator appointed by an owner elsewhere cannot appoint others.
        if (operator == address(0) || operator == msg.sender || !_isOwnable(account)) revert OperatorRefused(operator);
        if (rights & ~RIGHTS != 0) revert RightsRefused(rights, RIGHTS);
        _operators[account][operator] = Operator(rights, expiry);
        emit OperatorSet(account, operator, rights, expiry);
    }

    /// @inheritdoc ILedgerAccounts
    function transfer(bytes32 from, bytes32 to, uint16 assetId, uint128 amount) external {
        if (!_isOwnable(from) || AccountLib.ownerOf(from) != msg.sender) {
            revert NotOwner(msg.sender, from);
        }
        AssetRecord storage asset = _listedAsset(assetId);
        _acceptingSource(asset.source);
        if (to == from || !_isCreditable(to, asset.source)) revert AccountRefused(to);
        bool counted = _debit(from, assetId, amount, asset);
        _raise(to, assetId, amount, 0, 0);
        if (counted) _requireInitial(from);
        emit Transferred(from, to, assetId, amount, "transfer");
    }

    /// @inheritdoc ILedgerAccounts
    function releaseParked(uint16 source, uint96 index, bytes32 recipient) external {
        SourceRecord storage record = _acceptingSource(source);
        ParkedCredit memory parked = _parked[source][index];
        if (parked.amount == 0) revert NotParked(source, index);
        _requireReleaser(parked.account, recipient, 0);
        _requireRecipient(record, recipient);
        _requireReleasable(source, record, index, parked);
        delete _parked[source][index];
        uint16 assetId = _assetIdOf(source, parked.vaultAsset);
        if (_isUnsettled(source, parked.vaultAsset, assetId)) revert ILedgerRewind.AssetUnsettled(assetId);
        if (assetId != 0) {
            AssetRecord storage asset = _assets[assetId];
            if (_isSummed(parked)) asset.parked -= parked.amount;
            asset.releasedCum += parked.amount;
        }
        (bytes32 account, uint16 vaultAsset, uint128 amount) = (parked.account, parked.vaultAsset, parked.amount);
        uint64 number = _journalRelease(source, vaultAsset, account, amount, recipient, 0);
        emit IEdge.Journaled(record.outboundEdge, number, EntryCodec.RELEASE, vaultAsset, amount, account, recipient);
        emit ParkedReleased(source, index, account, vaultAsset, amount, number);
    }

    /// @inheritdoc ILedgerAccounts
    function unpark(uint16 source, uint96 index) external {
        SourceRecord storage record = _acceptingSource(source);
        _requireCredit(source, record);
        ParkedCredit memory parked = _parked[source][index];
        ParkReason reason = parked.reason;
        if (reason == ParkReason.NONE) revert NotParked(source, index);
        Batch memory batch = _openBatch(source, record, ReplicaLib.locate(record.edge));
        _selectRun(batch, parked.vaultAsset);
        AssetRun memory run = batch.run;
        if (run.assetId == 0) revert UnparkRefused(index, reason);
        bool summed = _isSummed(parked);
        if (!summed && parked.amount > run.totalRoom) {
            revert CapExceeded(parked.amount, run.totalRoom);
        }
        (bool passes, uint256 fresh, uint256 end) = _judge(batch, index, parked, summed);
        if (passes) {
            unchecked {
                if (summed) run.parked -= parked.amount;
            }
            _hold(run, parked.amount);
            _free(batch, index, parked, fresh, end);
        } else {
            if (!summed) run.parked += parked.amount;
            parked.flags &= ~PARKED_UNLISTED;
            _parked[source][index] = parked;
            emit Postponed(source, index, parked.reason, parked.readyAt);
        }
        _settleRuns(batch, 0);
    }

    /// @dev Debits the line, journals the entry, and then checks the margin. A revert undoes all of it.
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

    /// @dev The owner may do anything. An operator may do what its rights allow, until they expire.
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

    /// @dev Reverts for a recipient that is zero, not an address, or the vault itself.
    function _requireRecipient(SourceRecord storage source, bytes32 recipient) private view {
        if (recipient == 0 || uint256(recipient) >> 160 != 0 || recipient == bytes32(uint256(uint160(source.vault)))) {
            revert RecipientRefused(recipient);
        }
    }

    /// @dev Appends the entry, records what a refund of it must equal, and returns its number.
    function _journalRelease(
        uint16 source,
        uint16 vaultAsset,
        bytes32 account,
        uint128 amount,
        bytes32 recipient,
        uint96 fee
    ) private returns (uint64 index) {
        Journal storage journal = JournalLib.locate(_sources[source].outboundEdge);
        (index, ) = JournalLib.append(journal, EntryCodec.RELEASE, vaultAsset, amount, account, recipient, fee);
        _released[source][index] = keccak256(abi.encodePacked(vaultAsset, amount, account));
    }

    function _useNonce(bytes32 account, uint256 nonce) private {
        // forge-lint: disable-next-line(incorrect-shift)
        uint256 bit = 1 << (nonce & 0xff);
        uint256 word = _nonces[account][nonce >> 8];
        if (word & bit != 0) revert NonceUsed(account, nonce);
        _nonces[account][nonce >> 8] = word | bit;
    }

    /// @dev Reverts while a parked credit may not leave: before it has seasoned and, if it was above the fast limit,
    ///      before it is confirmed. A credit that waits for a cap or for its season was within that limit.
    function _requireReleasable(
        uint16 source,
        SourceRecord storage record,
        uint96 index,
        ParkedCredit memory parked
    ) private view {
        if (parked.reason == ParkReason.UNCONFIRMED) {
            uint256 opensAt = _delayed(source, parked.parkedAt, parked.readyAt);
            // Without a place in its asset's schedule it opens only by a confirmation; otherwise a flood would open at
            // once.
            if (parked.flags & PARKED_UNLISTED != 0 || parked.readyAt == 0) opensAt = type(uint256).max;
            if (!_isSaid(record, index) && block.timestamp < opensAt) {
                revert ILedgerCore.NotConfirmed(index, ReplicaLib.locate(record.edge).confirmed, opensAt);
            }
        } else if (parked.reason == ParkReason.FEE) revert ParkedReleaseRefused(index, parked.reason);
        uint256 seasonEnd = _seasonEndOf(parked);
        if (block.timestamp < seasonEnd) revert NotReady(index, seasonEnd);
    }

    /// @dev Decides about a parked credit. Returns true if it reaches its line now, with its unseasoned part and the
    ///      end of that; false if it keeps its place in the schedule and waits. Reverts while the reason for parking
    ///      persists.
    function _judge(
        Batch memory batch,
        uint96 index,
        ParkedCredit memory parked,
        bool summed
    ) private returns (bool passes, uint256 fresh, uint256 end) {
        if (!_opens(batch, index, parked, summed)) return (false, 0, 0);
        AssetRun memory run = batch.run;
        // These already had their place in the bucket, and wait for nothing else.
        bool placed = parked.reason == ParkReason.SEASON || parked.reason == ParkReason.FEE;
        if (placed && block.timestamp < parked.readyAt) revert NotReady(index, parked.readyAt);
        if (parked.amount > run.capRoom) revert CapExceeded(parked.amount, run.capRoom);
        if (placed) return (true, 0, 0);
        uint256 seasonEnd = _seasonEndOf(parked);
        // Once its date has passed, only the part that the bucket does not hold is unseasoned.
        fresh = block.timestamp < seasonEnd ? run.seasonRoom : run.bucketRoom;
        fresh = parked.amount - _min(parked.amount, fresh);
        end = _placeInBucket(run, parked.amount);
        if (end == 0) revert CapExceeded(parked.amount, 0);
        end = _max(end, seasonEnd);
        uint256 until = _dustUntil(parked.account, run, fresh - _min(parked.fee, fresh), end);
        if (until == 0) return (true, fresh, end);
        (parked.reason, parked.readyAt) = (ParkReason.SEASON, uint40(until));
        return (false, 0, 0);
    }

    /// @dev Returns whether the credit no longer waits for a confirmation; false if it gets its place in the schedule
    ///      only now.
    function _opens(Batch memory batch, uint96 index, ParkedCredit memory parked, bool summed) private returns (bool) {
        if (parked.reason != ParkReason.UNCONFIRMED || index <= batch.confirmed) return true;
        uint256 opensAt = _delayed(batch.source, parked.parkedAt, parked.readyAt);
        // Listed since, or parked while there was no fast limit: it waits in its asset's schedule like the others.
        bool unscheduled = !summed || parked.readyAt == 0;
        if (unscheduled && batch.run.fastUnits == 0) opensAt = type(uint256).max;
        if (block.timestamp < opensAt) {
            revert ILedgerCore.NotConfirmed(index, uint64(batch.confirmed), opensAt);
        }
        if (!unscheduled) return true;
        parked.parkedAt = uint32(block.timestamp);
        parked.readyAt = uint40(_schedule(batch, parked.amount, uint64(index)));
        return false;
    }

    /// @dev Raises the lines of a parked credit's account and of the caller. The fee is unseasoned first; the rest of
    ///      the unseasoned units go to the account. On the caller's line even dust joins.
    function _free(Batch memory batch, uint96 index, ParkedCredit memory parked, uint256 fresh, uint256 end) private {
        bytes32 feeTo = AccountLib.encode(msg.sender, 0, 0);
        uint256 freshFee = _min(parked.fee, fresh);
        delete _parked[batch.source][index];
        _creditWhole(batch, parked.account, parked.amount - parked.fee, fresh - freshFee, end);
        if (parked.fee != 0) _creditWhole(batch, feeTo, parked.fee, freshFee, end);
        emit Unparked(batch.source, index, parked.account, uint16(batch.run.assetId), parked.amount, parked.fee, feeTo);
    }

    /// @dev As `_credit`, but refuses a line that would pass 2^112 − 1.
    function _creditWhole(Batch memory batch, bytes32 account, uint256 units, uint256 fresh, uint256 end) private {
        uint16 assetId = uint16(batch.run.assetId);
        if (LedgerWords.amountOf(_lines[account][assetId]) + units > type(uint112).max) {
            revert LineFull(account, assetId, units);
        }
        _credit(batch.run, account, units, fresh, end);
    }
}
