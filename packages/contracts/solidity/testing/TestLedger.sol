// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../interfaces/ledger/ILedgerViews.sol";
import {ILedgerTerms} from "../interfaces/ledger/ILedgerTerms.sol";
import {ClaimView} from "../interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {Requirement, Requirements} from "../ledger/Requirements.sol";
import {TestAssets, Worth} from "./TestAssets.sol";

/// @title A ledger for tests of protocols
/// @notice Opting in and out, the gate, releases, seizures, notices and exit shares answer as a real ledger's do, with the
///         same names, errors and events; protocols are asked in the same way and with the same gas. What collateral there is,
///         and what it is worth, is whatever the test says.
/// @dev Never deploy it where anything has a value: whoever calls `setAssets` has margin.
///
///      It differs in this. An account has what `setAssets` and `setLine` gave it: no sources, prices, caps, parked credit or
///      smallest lock, and no unseasoned units. A status bit lowers nothing by itself, but for bits 2 and 32, with which all
///      assets are 0. Whose owner lives on another chain, for that account nobody acts; there are no operators. A release debits
///      and pays nobody. An auction may seize from the call that names it on.
contract TestLedger is TestAssets, ILedgerProtocols {
    struct Protocol {
        uint32 index;
        bool listed;
        bool closed;
        bool released;
    }

    struct ExitShare {
        address claimant;
        uint16 shareBp;
    }

    struct Required {
        uint256 initialWad;
        uint256 maintenanceWad;
        address failing;
        bool isOptedIn;
        Requirement own;
    }

    uint256 private constant NOTICE = 7 days;
    uint256 private constant SEIZE_WINDOW = 6 hours;
    uint256 private constant PROTOCOLS_MAX = 4;
    uint16 private constant WHOLE_BP = 10_000;

    /// @notice See `ILedgerAccounts.Transferred`.
    event Transferred(bytes32 indexed from, bytes32 indexed to, uint16 assetId, uint128 amount, bytes32 cause);

    /// @notice The deployer, who lists and closes protocols and names the auction.
    address public immutable governor = msg.sender;
    /// @notice Returns the auction that may seize, 0 if there is none.
    address public auction;

    uint32 private _protocolCount;
    mapping(address => Protocol) private _protocols;
    mapping(bytes32 => address[]) private _joined;
    mapping(bytes32 => mapping(address => ClaimView)) private _claims;
    mapping(bytes32 => mapping(address => ExitShare)) private _exitShares;
    mapping(bytes32 => uint256) private _seizedAt;

    // ------------------------------------------------------------------------------------------------ owner
    /// @inheritdoc ILedgerProtocols
    function optIn(bytes32 account, address protocol) external {
        _onlyOwner(account);
        Protocol storage record = _protocols[protocol];
        bool isolated = AccountLib.subOf(account) != 0;
        if (!record.listed && (!isolated || record.closed)) revert ProtocolNotListed(protocol);
        if (_isOptedIn(account, protocol)) return;
        uint256 max = isolated ? 1 : PROTOCOLS_MAX;
        uint256 count = _joined[account].length + 1;
        if (count > max) revert TooManyProtocols(count, max);
        if (record.index == 0) _number(protocol);
        _joined[account].push(protocol);
        emit OptedIn(account, protocol);
    }

    /// @inheritdoc ILedgerProtocols
    function optOut(bytes32 account, address protocol) external {
        _onlyOwner(account);
        if (!_isOptedIn(account, protocol)) revert NotOptedIn(account, protocol);
        if (!_mayLeave(account, protocol)) return;
        address[] storage joined = _joined[account];
        uint256 at = 0;
        while (joined[at] != protocol) ++at;
        joined[at] = joined[joined.length - 1];
        joined.pop();
        delete _claims[account][protocol];
        delete _exitShares[account][protocol];
        emit OptedOut(account, protocol);
    }

    /// @notice See `ILedgerAccounts.requestRelease`; pays nobody.
    function requestRelease(bytes32 account, uint16 assetId, uint128 amount, bytes32 recipient, uint96 fee) external {
        if (!_actsFor(msg.sender, account)) revert ILedgerAccounts.RightMissing(msg.sender, account, 1);
        _listedAsset(assetId);
        if (fee > amount) revert ILedgerAccounts.FeeAboveAmount(fee, amount);
        if (recipient == 0 || uint256(recipient) >> 160 != 0) revert ILedgerAccounts.RecipientRefused(recipient);
        uint112 held = _amountOf(account, assetId);
        if (amount > held) revert ILedgerAccounts.AmountUnavailable(amount, held);
        if (amount == 0) revert ILedgerAccounts.ReleaseTooSmall(amount, 1);
        _write(account, assetId, held - uint112(amount));
        if (_joined[account].length != 0) _requireMargin(account, _requiredOf(account, address(0)));
    }

    // ------------------------------------------------------------------------------------------------ protocols, auction
    /// @inheritdoc ILedgerProtocols
    function gate(bytes32 account) external {
        Required memory required = _requiredOf(account, msg.sender);
        if (!required.isOptedIn) revert NotOptedIn(account, msg.sender);
        _requireMargin(account, required);
        Protocol storage record = _protocols[msg.sender];
        ClaimView storage claim = _claims[account][msg.sender];
        if (record.closed && required.own.initialWad > claim.reservedWad) {
            revert ProtocolClosed(account, msg.sender, required.own.initialWad, claim.reservedWad);
        }
        if (!record.released) claim.noticeAt = 0;
        (claim.reservedWad, claim.observedWad) = (required.own.initialWad, 0);
        claim.maintenanceWad = required.own.maintenanceWad;
        claim.positionNonce = required.own.positionNonce;
        claim.recordedAt = uint32(block.timestamp);
        emit Gated(account, msg.sender, required.own.initialWad);
    }

    /// @inheritdoc ILedgerProtocols
    function setExitShare(bytes32 account, address claimant, uint16 shareBp) external {
        if (!_isOptedIn(account, msg.sender)) revert NotOptedIn(account, msg.sender);
        if (shareBp > WHOLE_BP || (claimant == address(0) && shareBp != 0)) {
            revert ExitShareRefused(claimant, shareBp);
        }
        _exitShares[account][msg.sender] = ExitShare(shareBp == 0 ? address(0) : claimant, shareBp);
        emit ExitShareSet(account, msg.sender, claimant, shareBp);
    }

    /// @inheritdoc ILedgerProtocols
    function seize(bytes32 account, bytes32 to, uint16[] calldata assetIds, uint128[] calldata amounts) external {
        if (msg.sender != auction) revert ILedgerTerms.NotAuthorized(msg.sender, "auction");
        if (assetIds.length != amounts.length) revert ILedgerCore.LengthsDiffer(assetIds.length, amounts.length);
        if (assetIds.length == 0) revert LinesMissing(account);
        if (to == account) revert ILedgerAccounts.AccountRefused(to);
        _requireUnhealthy(account);
        for (uint256 i = 0; i < assetIds.length; ++i) {
            (uint16 assetId, uint128 amount) = (assetIds[i], amounts[i]);
            _listedAsset(assetId);
            if (!_isOwnable(to)) revert ILedgerAccounts.AccountRefused(to);
            uint112 held = _amountOf(account, assetId);
            if (amount == 0 || amount > held) revert ILedgerAccounts.AmountUnavailable(amount, held);
            _write(account, assetId, held - uint112(amount));
            _write(to, assetId, _amountOf(to, assetId) + uint112(amount));
            emit Transferred(account, to, assetId, amount, "seize");
        }
    }

    // ------------------------------------------------------------------------------------------------ anyone
    /// @inheritdoc ILedgerProtocols
    function refuse(bytes32 account, address protocol) external {
        ClaimView storage claim = _claims[account][protocol];
        bool stands = claim.noticeAt == 0 || _protocols[protocol].released;
        if (stands || Requirements.readWithAll(protocol, account).initialWad == 0) {
            revert NothingToRefuse(account, protocol);
        }
        claim.noticeAt = 0;
        emit NoticeRefused(account, protocol);
    }

    /// @inheritdoc ILedgerProtocols
    function observe(bytes32 account, address protocol) external {
        if (!_isOptedIn(account, protocol)) revert NotOptedIn(account, protocol);
        Requirement memory requirement = Requirements.readWithAll(protocol, account);
        if (!requirement.answered) revert ILedgerMargin.RequirementUnknown(account, protocol);
        _claims[account][protocol].observedWad = requirement.maintenanceWad;
        emit Observed(account, protocol, requirement.maintenanceWad);
    }

    // ------------------------------------------------------------------------------------------------ governor
    /// @inheritdoc ILedgerProtocols
    function listProtocol(address protocol) external returns (uint32 index) {
        _onlyGovernor();
        Protocol storage record = _protocols[protocol];
        if (record.index == 0) _number(protocol);
        if (record.listed) revert ProtocolRefused(protocol);
        index = record.index;
        _protocols[protocol] = Protocol(index, true, false, false);
        emit ProtocolListed(protocol, index, true);
    }

    /// @inheritdoc ILedgerProtocols
    function closeProtocol(address protocol) external {
        _onlyGovernor();
        Protocol storage record = _protocols[protocol];
        if (!record.listed) revert ProtocolNotListed(protocol);
        (record.listed, record.closed) = (false, true);
        emit ProtocolListed(protocol, record.index, false);
    }

    /// @inheritdoc ILedgerProtocols
    function releaseFrom(address protocol) external {
        _onlyGovernor();
        Protocol storage record = _protocols[protocol];
        if (record.released || (!record.listed && !record.closed)) revert ProtocolNotListed(protocol);
        if (record.listed) emit ProtocolListed(protocol, record.index, false);
        (record.listed, record.closed, record.released) = (false, true, true);
        emit ProtocolReleased(protocol);
    }

    /// @inheritdoc ILedgerProtocols
    function setAuction(address next) external {
        _onlyGovernor();
        auction = next;
        emit AuctionScheduled(next, uint40(block.timestamp));
    }

    // ------------------------------------------------------------------------------------------------ views
    /// @notice See `ILedgerMargin.marginOf`.
    function marginOf(
        bytes32 account
    )
        external
        view
        returns (
            uint256 aI,
            uint256 qI,
            uint256 aE,
            uint256 qE,
            uint256 aM,
            uint256 qM,
            uint256 status,
            uint256 oldestAsOf
        )
    {
        Worth memory assets;
        (assets, status) = _weigh(account);
        Required memory required = _requiredOf(account, address(0));
        (aI, aE, aM) = (assets.initialWad, assets.exitWad, assets.maintenanceWad);
        (qI, qE, qM) = (required.initialWad, required.maintenanceWad, required.maintenanceWad);
        oldestAsOf = _oldest(account);
    }

    /// @notice See `ILedgerViews.protocolsOf`.
    function protocolsOf(bytes32 account) external view returns (address[] memory) {
        return _joined[account];
    }

    /// @notice See `ILedgerViews.protocolOf`.
    function protocolOf(address protocol) external view returns (uint32 index, bool listed) {
        return (_protocols[protocol].index, _protocols[protocol].listed);
    }

    /// @notice See `ILedgerViews.claimOf`.
    function claimOf(bytes32 account, address protocol) external view returns (ClaimView memory) {
        return _claims[account][protocol];
    }

    /// @notice See `ILedgerViews.exitShareOf`.
    function exitShareOf(bytes32 account, address protocol) external view returns (address claimant, uint16 shareBp) {
        return (_exitShares[account][protocol].claimant, _exitShares[account][protocol].shareBp);
    }

    // ------------------------------------------------------------------------------------------------ within
    /// @dev The sum of the account's requirements; `asked` is the protocol that passes its gate, 0 for none.
    function _requiredOf(bytes32 account, address asked) private view returns (Required memory required) {
        address[] storage joined = _joined[account];
        for (uint256 i = 0; i < joined.length; ++i) {
            address protocol = joined[i];
            uint256 most = protocol == asked ? Requirements.GATE_GAS : Requirements.CALLBACK_GAS;
            Requirement memory one = Requirements.read(protocol, account, most, most);
            if (one.answered) {
                required.initialWad += one.initialWad;
                required.maintenanceWad += one.maintenanceWad;
            } else {
                required.failing = protocol;
                ClaimView storage claim = _claims[account][protocol];
                (uint256 recorded, uint256 observed) = (claim.maintenanceWad, claim.observedWad);
                required.maintenanceWad += recorded > observed ? recorded : observed;
            }
            if (protocol == asked) (required.isOptedIn, required.own) = (true, one);
        }
        if (required.failing != address(0)) required.initialWad = type(uint256).max;
    }

    function _requireMargin(bytes32 account, Required memory required) private view {
        if (required.failing != address(0)) revert ILedgerMargin.RequirementUnknown(account, required.failing);
        if (required.initialWad == 0) return;
        (Worth memory assets, uint256 status) = _weigh(account);
        if (status & STATUS_UNAVAILABLE != 0) revert ILedgerMargin.MarginUnknown(account);
        if (assets.initialWad < required.initialWad) {
            revert ILedgerMargin.MarginTooLow(account, assets.initialWad, required.initialWad);
        }
    }

    function _requireUnhealthy(bytes32 account) private {
        (Worth memory assets, uint256 status) = _weigh(account);
        if (status & STATUS_UNAVAILABLE != 0) revert ILedgerMargin.MarginUnknown(account);
        uint256 requiredWad = _requiredOf(account, address(0)).maintenanceWad;
        if (assets.exitWad >= requiredWad) revert AccountHealthy(account, assets.exitWad, requiredWad);
        if (assets.maintenanceWad < requiredWad) _seizedAt[account] = block.timestamp;
        else if (block.timestamp >= _seizedAt[account] + SEIZE_WINDOW) {
            revert AccountHealthy(account, assets.maintenanceWad, requiredWad);
        }
    }

    /// @dev Returns true if the account may leave now, false if its notice begins now. Otherwise reverts.
    function _mayLeave(bytes32 account, address protocol) private returns (bool) {
        Requirement memory requirement = Requirements.readWithAll(protocol, account);
        if (requirement.answered && requirement.initialWad == 0) return true;
        if (requirement.answered && !_protocols[protocol].released) {
            revert RequirementLeft(account, protocol, requirement.initialWad);
        }
        ClaimView storage claim = _claims[account][protocol];
        uint256 noticeAt = claim.noticeAt;
        if (noticeAt == 0 || block.timestamp >= noticeAt + 2 * NOTICE) {
            claim.noticeAt = uint32(block.timestamp);
            emit NoticeGiven(account, protocol, block.timestamp + NOTICE);
            return false;
        }
        if (block.timestamp < noticeAt + NOTICE) revert NoticeRunning(account, protocol, noticeAt + NOTICE);
        return true;
    }

    function _number(address protocol) private {
        if (protocol.code.length == 0) revert ProtocolRefused(protocol);
        _protocols[protocol].index = ++_protocolCount;
    }

    function _isOptedIn(bytes32 account, address protocol) private view returns (bool) {
        address[] storage joined = _joined[account];
        for (uint256 i = 0; i < joined.length; ++i) {
            if (joined[i] == protocol) return true;
        }
        return false;
    }

    function _onlyOwner(bytes32 account) private view {
        if (!_actsFor(msg.sender, account)) revert ILedgerAccounts.NotOwner(msg.sender, account);
    }

    function _actsFor(address caller, bytes32 account) private pure returns (bool) {
        return _isOwnable(account) && AccountLib.ownerOf(account) == caller;
    }

    function _isOwnable(bytes32 account) private pure returns (bool) {
        return AccountLib.ownerOf(account) != address(0) && AccountLib.homeOf(account) == 0;
    }

    function _onlyGovernor() private view {
        if (msg.sender != governor) revert ILedgerTerms.NotAuthorized(msg.sender, "governor");
    }
}
