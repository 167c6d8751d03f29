// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {IVault, IVaultCore} from "../interfaces/vault/IVault.sol";
import {IVaultPayments, IVaultReleases} from "../interfaces/vault/IVaultPayments.sol";
import {IVaultExit} from "../interfaces/vault/IVaultExit.sol";
import {Opening, Payment, PaymentQuote, PaymentState, VaultAsset, VaultInit} from "../interfaces/vault/VaultTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {PaymentLane, PaymentLanes} from "../libraries/PaymentLanes.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {RewindLib} from "../edge/RewindLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultCoverage} from "./VaultCoverage.sol";
import {VaultDates} from "./VaultDates.sol";
import {VaultPlaces} from "./VaultPlaces.sol";

/// @title Stopped payments and their refunds, redirected claims, and appointments
/// @dev Runs by delegatecall on the vault's storage. It has no state: called directly, it uses its own, empty storage.
contract VaultPayments is IVaultPayments, VaultDates, VaultPlaces, VaultCoverage {
    using SafeERC20 for IERC20;

    uint256 private constant STOP_EVERY_S = 7 days;
    /// @dev Appointments of accounts without a lock of their own: 64 at once, then 64 an hour, 50,000 gas each at the ledger.
    uint256 private constant APPOINTS = 64;
    uint256 private constant APPOINTS_S = 1 hours;

    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc IVaultPayments
    function stop(uint96 seq, bytes calldata packed, bytes32 reason) external onlyRole(_guardian) nonReentrant {
        Payment memory due = _payments[seq];
        if (due.state != PaymentState.QUEUED && due.state != PaymentState.CLAIMABLE) {
            revert IVaultReleases.PaymentStateMismatch(seq, due.state, PaymentState.QUEUED);
        }
        bytes25 given = bytes25(keccak256(packed));
        if (given != due.entryHash) revert IVaultReleases.EntryMismatch(seq, given, due.entryHash);
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        if (!_isEdgeDoubted()) {
            if (_laneOf(due) == PaymentLane.SMALL) revert IVaultCore.StopTooSmall(seq);
            uint256 last = _stoppedAt[entry.account];
            if (last != 0 && block.timestamp < last + STOP_EVERY_S) {
                revert IVaultCore.StopTooSoon(entry.account, last + STOP_EVERY_S);
            }
            // Safety of the cast: block times fit 40 bits for 34,000 years.
            _stoppedAt[entry.account] = uint40(block.timestamp);
        }
        _requireMovable(seq);
        VaultAsset storage kept = _assets[entry.asset];
        if (entry.kind == EntryCodec.LOST) {
            _payments[seq].state = PaymentState.STOPPED;
            emit IVaultCore.Stopped(seq, msg.sender, reason);
            return _report(kept, entry.asset, seq);
        }
        kept.owed -= uint104(entry.amount);
        bool freed = _freeLast(kept, seq, due, entry.amount);
        _stop(seq, entry.asset, entry.amount, entry.account, _isSettled(seq), msg.sender, reason);
        // A place that is not the last stays in its lane. A rewind may give it back.
        if (!freed) _payments[seq].flags |= due.flags & PAYMENT_LANE;
    }

    /// @inheritdoc IVaultPayments
    function giveBack(uint96 seq, bytes calldata packed) external nonReentrant {
        _requireDue(seq, packed, PaymentState.CLAIMABLE, EntryCodec.RELEASE);
        _requireMovable(seq);
        // `readyAt` is when it became claimable. Times fit 40 bits for 34,000 years.
        uint40 earliest = uint40(_payments[seq].readyAt + REFUND_AFTER_S);
        if (block.timestamp < earliest) revert IVaultReleases.PaymentNotReady(seq, earliest);
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        _assets[entry.asset].owed -= uint104(entry.amount);
        // It was replayed at least 30 days ago, as long as an unconfirmed refund waits.
        _stop(seq, entry.asset, entry.amount, entry.account, true, msg.sender, "given back");
    }

    /// @inheritdoc IVaultPayments
    function refund(uint96 seq, uint16 asset, uint128 amount, bytes32 account) external nonReentrant {
        Payment memory stopped = _payments[seq];
        if (stopped.state != PaymentState.STOPPED) {
            revert IVaultReleases.PaymentStateMismatch(seq, stopped.state, PaymentState.STOPPED);
        }
        bytes25 given = _refundHash(asset, amount, account);
        if (given != stopped.entryHash) revert IVaultReleases.EntryMismatch(seq, given, stopped.entryHash);
        bool first = stopped.flags & PAYMENT_REFUNDED == 0;
        if (block.timestamp < stopped.readyAt && !(first && _isSettled(seq))) {
            revert IVaultCore.RefundTooSoon(seq, stopped.readyAt);
        }
        // In an open exit the release is claimed by the ledger's record of it, and no refund reaches the ledger.
        _requireMovable(seq);
        _refund(seq, asset, amount, account);
    }

    /// @inheritdoc IVaultPayments
    function lockExactly(address token, uint256 amount, bytes32 account, uint256 heldAfter) external {
        if (msg.sender != address(this)) revert IVaultCore.NotAuthorized(msg.sender, address(this));
        IVault next = IVault(_successor);
        IERC20(token).forceApprove(address(next), amount);
        uint16 asset = next.indexOf(token);
        // A smallest lock pays its fee, which fits its field. Flag 0: this vault does not own the account.
        uint128 received = next.lock(asset, uint128(amount), account, 0, uint96(next.lockFeeOf(asset)), 1);
        if (received != amount) revert IVaultReleases.TransferInexact(received, amount);
        uint256 held = _heldOf(token);
        if (held != heldAfter) revert IVaultReleases.TransferInexact(held, heldAfter);
    }

    /// @inheritdoc IVaultPayments
    function redirectClaim(uint96 seq, bytes calldata packed, address recipient) external nonReentrant {
        Payment storage due = _payments[seq];
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        if (ExitStorage.locate().claimants[seq] != msg.sender)
            revert IVaultExit.ExitNotOwner(msg.sender, entry.account);
        if (due.state != PaymentState.CLAIMABLE) {
            revert IVaultReleases.PaymentStateMismatch(seq, due.state, PaymentState.CLAIMABLE);
        }
        bytes25 given = bytes25(keccak256(packed));
        if (given != due.entryHash) revert IVaultReleases.EntryMismatch(seq, given, due.entryHash);
        entry.party = bytes32(uint256(uint160(recipient)));
        if (!_canReceive(entry.party, _assets[entry.asset].token))
            revert IVaultExit.ExitPaymentRefused(entry.amount, recipient);
        due.entryHash = bytes25(keccak256(EntryCodec.pack(entry)));
        emit IVaultExit.ExitRedirected(seq, recipient);
    }

    /// @inheritdoc IVaultPayments
    function appoint(uint80 sub, address operator) external nonReentrant {
        if (_source == 0) revert IVaultCore.HomeNotSupported(0);
        bytes32 account = AccountLib.encode(msg.sender, _source, sub);
        if (_appointable[account]) delete _appointable[account];
        else _takeAppointment();
        _journal(EntryCodec.APPOINT, 0, 0, account, bytes32(uint256(uint160(operator))));
        emit IVaultCore.Appointed(account, operator);
    }

    /// @inheritdoc IVaultPayments
    function quotePayment(uint16 asset, uint128 amount) external view returns (PaymentQuote memory quoted) {
        VaultAsset storage kept = _listed(asset);
        Replica storage replica = ReplicaLib.locate(_inbound());
        Dating memory one = _date(kept, replica.count + 1, replica.confirmed, amount);
        quoted.lane = one.lane;
        quoted.largestUnits = PaymentLanes.largestUnits(kept.limit, TokenScale.wholeOf(kept.decimals));
        if (one.lane == PaymentLane.NONE) return quoted;
        (quoted.readyAt, quoted.waits, quoted.opensAt) = (one.readyAt, one.waits, one.opensAt);
    }

    /// @inheritdoc IVaultPayments
    function openingOf(uint96 seq) external view returns (Opening memory) {
        return _openings[seq];
    }

    /// @inheritdoc IVaultPayments
    function stoppedAt(bytes32 account) external view returns (uint40) {
        return _stoppedAt[account];
    }

    /// @dev An appointment costs its sender next to nothing and the settlement chain two slots. One that comes with a
    ///      lock costs the lock's minimum. The others share a limiter, so a flood of them stops nobody with a token
    ///      from appointing.
    function _takeAppointment() private {
        uint256 nowTat = block.timestamp * APPOINTS;
        uint256 tat = _appointTat;
        tat = (tat > nowTat ? tat : nowTat) + APPOINTS_S;
        uint256 latest = nowTat + APPOINTS_S * APPOINTS;
        if (tat > latest) {
            revert IVaultCore.AppointTooSoon((tat - APPOINTS_S * APPOINTS + APPOINTS - 1) / APPOINTS);
        }
        // Block times fit 40 bits for 34,000 years, a 64th of a second takes 6 more.
        _appointTat = uint64(tat);
    }

    /// @dev Reverts if the payment cannot be changed. What an open exit pays was proven, and nobody could void it. What
    ///      lies past the point of a running rewind is unwound first.
    function _requireMovable(uint96 seq) private view {
        bytes32 edge = _inbound();
        if (ReplicaLib.locate(edge).state != SourceState.CLOSED) return;
        if (RewindLib.locate(edge).next == 0) revert IVaultReleases.EdgeClosed(_inboundNow());
        _requireNotPastPoint(seq);
    }

    /// @dev Returns whether something contradicts the journal that is replayed here.
    function _isEdgeDoubted() private view returns (bool) {
        SourceState state = _stateOf(ReplicaLib.locate(_inbound()));
        // Only a new witness ends a conflict, and the guardian may cancel setting one. So it lifts the limits of a stop
        // for 30 days only.
        bool contested = state == SourceState.CONTESTED && block.timestamp < _contestedAt + REFUND_AFTER_S;
        return contested || state == SourceState.QUARANTINED || _isHalted(_inboundNow());
    }

    /// @dev Returns whether attesters have halted the edge at their verifier.
    function _isHalted(bytes32 edge) private view returns (bool halted) {
        (halted, , ) = IAttesterSet(_attesterSet).haltOf(edge);
    }
}
