// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../interfaces/ledger/ILedgerViews.sol";
import {ILedgerRewind} from "../interfaces/ledger/ILedgerLosses.sol";
import {Grades} from "../interfaces/IRiskManager.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {ReplicaLib} from "../edge/ReplicaLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {LedgerMargin} from "./LedgerMargin.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Authority over an account, and the checks before a line is lowered
/// @notice Code common to releases, moves and protocols.
abstract contract LedgerGate is LedgerMargin {
    /// @dev Reverts unless the account's initial margin holds now. Prices are renewed before the protocols are asked, since
    ///      some of them read the same prices.
    function _requireInitial(bytes32 account) internal {
        if (_headers[account].protocols == 0) return;
        Grades memory grades = _weighPoked(account);
        _requireMargin(account, grades, _requiredOf(account, address(0)));
    }

    /// @dev Reverts unless the account's initial assets cover its requirement. Without a requirement nothing is checked.
    function _requireMargin(bytes32 account, Grades memory grades, Required memory required) internal pure {
        if (required.failing != address(0)) revert ILedgerMargin.RequirementUnknown(account, required.failing);
        if (required.initialWad == 0) return;
        if (grades.status & STATUS_UNAVAILABLE != 0) revert ILedgerMargin.MarginUnknown(account);
        if (grades.initialWad < required.initialWad) {
            revert ILedgerMargin.MarginTooLow(account, grades.initialWad, required.initialWad);
        }
    }

    /// @dev Reverts unless the caller acts for the account: its owner on this chain or, if the owner lives elsewhere,
    ///      the operator that it appointed.
    function _onlyOwner(bytes32 account) internal view {
        if (!_actsFor(msg.sender, account)) revert ILedgerAccounts.NotOwner(msg.sender, account);
    }

    function _actsFor(address caller, bytes32 account) internal view returns (bool) {
        if (AccountLib.homeOf(account) != 0) return caller == _appointedOf(account);
        return _isOwnable(account) && AccountLib.ownerOf(account) == caller;
    }

    /// @dev Returns the operator that an owner elsewhere appointed. It may act a day after the ledger applied the
    ///      entry, once the witnesses that the source requires have confirmed it. 0 before that, and for accounts of
    ///      this chain.
    function _appointedOf(bytes32 account) internal view returns (address) {
        Appointment storage appointment = _appointments[account];
        if (appointment.operator == address(0) || block.timestamp < appointment.readyAt) return address(0);
        SourceRecord storage record = _sources[AccountLib.homeOf(account)];
        return record.m == 0 || _isSaid(record, appointment.seq) ? appointment.operator : address(0);
    }

    /// @dev Returns whether m witnesses of a source have confirmed an entry, by its number.
    function _isSaid(SourceRecord storage record, uint96 seq) internal view returns (bool) {
        return seq <= ReplicaLib.locate(record.edge).confirmed;
    }

    /// @dev Lowers a line by units that may leave it, in one write. A line that becomes empty leaves its lane. Returns
    ///      whether the line counted in the margin.
    function _debit(
        bytes32 account,
        uint16 assetId,
        uint128 amount,
        AssetRecord storage asset
    ) internal returns (bool counted) {
        if (asset.flags & ASSET_UNSETTLED != 0) revert ILedgerRewind.AssetUnsettled(assetId);
        uint256 line = _lines[account][assetId];
        uint256 held = LedgerWords.amountOf(line);
        uint256 unseasoned = LedgerWords.unseasonedOf(line, block.timestamp);
        uint256 seasoned = unseasoned < held ? held - unseasoned : 0;
        if (amount > seasoned) revert ILedgerAccounts.AmountUnavailable(amount, seasoned);
        uint256 minimum = TokenScale.millionthsUp(asset.minMillionths, asset.decimals);
        if (amount == 0 || (amount < minimum && amount != held))
            revert ILedgerAccounts.ReleaseTooSmall(amount, minimum);
        _lines[account][assetId] = line - amount;
        counted = _leaveLane(account, assetId, amount == held);
    }

    /// @dev Returns whether the line counts. An empty one is disabled.
    function _leaveLane(bytes32 account, uint16 assetId, bool emptied) internal returns (bool counted) {
        uint256 lanes = _enabled[account];
        (uint256 lane, uint256 used) = _laneOf(lanes, assetId);
        counted = lane != LANES;
        if (!counted || !emptied) return counted;
        _enabled[account] = _dropLane(lanes, lane, used);
        emit ILedgerCore.Enabled(account, assetId, false);
    }

    /// @dev Raises a line by units that another line of the asset lost, some of them unseasoned until a time. All lines
    ///      of an asset sum to less than 2^104.
    function _raise(bytes32 to, uint16 assetId, uint256 units, uint256 unseasoned, uint256 seasonEnd) internal {
        uint256 line = _lines[to][assetId];
        uint256 before = LedgerWords.amountOf(line);
        if (unseasoned != 0) line = _joined(line, to, assetId, unseasoned, seasonEnd);
        _lines[to][assetId] = line + units;
        uint256 enableUnits = _enableUnits(_assets[assetId]);
        if (before < enableUnits && before + units >= enableUnits) _enableSelf(to, assetId);
    }

    /// @dev Returns the auction that may seize now, 0 if there is none.
    function _auctionNow() internal view returns (address) {
        return _auctionNextAt != 0 && block.timestamp >= _auctionNextAt ? _auctionNext : _auction;
    }
}
