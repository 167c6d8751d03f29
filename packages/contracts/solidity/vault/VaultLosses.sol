// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/vault/IVault.sol";
import {IVaultLosses} from "../interfaces/vault/IVaultPayments.sol";
import {
    Opening,
    Payment,
    PaymentState,
    ReleaseRefusal,
    VaultAsset,
    VaultInit
} from "../interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {PaymentLane} from "../libraries/PaymentLanes.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultCoverage} from "./VaultCoverage.sol";

/// @title Shortages, and losses that the ledger reports
/// @notice Only the vault replays, and only entries that were attested or proven. Replaying never reverts.
/// @dev Runs by delegatecall on the vault's storage. It has no state: called directly, it uses its own, empty storage.
contract VaultLosses is IVaultLosses, VaultCoverage {
    /// @dev Least time between reports that are not below the one before.
    uint256 private constant REPORT_EVERY_S = 1 days;
    /// @dev A loss gets the delay of a large payment.
    uint256 private constant LOSS_DELAY_S = 24 hours;
    /// @dev Party of a LOST entry whose units are backed after all. 0: nothing was ever locked for them.
    bytes32 private constant FOUND = bytes32(uint256(1));

    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc IVaultLosses
    function report(uint16 asset) external nonReentrant {
        VaultAsset storage kept = _listed(asset);
        // The exit pays out what there is, and the ledger's lines are worth nothing.
        if (kept.flags & HINT_EXIT != 0) revert IVaultCore.AssetEnded(asset);
        (uint256 deficit, uint256 coverage) = _coverageOf(kept);
        bool recorded = kept.flags & HINT_SHORT != 0;
        if (coverage >= (recorded ? kept.coverage : WAD) && !(recorded && deficit == 0)) {
            uint256 earliest = kept.reportedAt + REPORT_EVERY_S;
            if (block.timestamp < earliest) revert IVaultCore.ReportTooSoon(asset, coverage, earliest);
        }
        _report(kept, asset, 0);
    }

    /// @inheritdoc IVaultLosses
    function takeLoss(uint96 seq, bytes calldata packed) external nonReentrant {
        _requireDue(seq, packed, PaymentState.QUEUED, EntryCodec.LOST);
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        VaultAsset storage kept = _assets[entry.asset];
        bool found = entry.party == FOUND;
        uint256 units = found ? _accountLess(kept, entry.amount) : _accountMore(kept, entry.amount);
        _payments[seq].state = PaymentState.PAID;
        _lossOf[seq] = units;
        emit LossTaken(seq, entry.asset, units, found);
        _report(kept, entry.asset, seq);
    }

    /// @inheritdoc IVaultLosses
    /// @dev A loss waits like a large payment above the fast limit: a day, and for a confirmation or seven days. It
    ///      takes no place in a lane, since no token leaves.
    function replayLost(uint96 seq, bytes calldata packed) external returns (ReleaseRefusal) {
        if (msg.sender != address(this)) revert IVaultCore.NotAuthorized(msg.sender, address(this));
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        if (_assets[entry.asset].token == address(0)) return ReleaseRefusal.ASSET;
        if (entry.account != 0 || uint256(entry.party) > uint256(FOUND)) return ReleaseRefusal.ACCOUNT;
        if (entry.amount == 0 || entry.amount > ACCOUNTED_MAX) return ReleaseRefusal.AMOUNT;
        if (entry.fee != 0) return ReleaseRefusal.FEE;
        // Block times fit 40 bits for 34,000 years.
        (uint40 readyAt, uint40 opensAt) = (uint40(block.timestamp + LOSS_DELAY_S), 0);
        uint8 flags = uint8(PaymentLane.LARGE) << PAYMENT_LANE_SHIFT;
        if (_witnessesNeeded != 0) {
            flags |= PAYMENT_WAITS;
            opensAt = uint40(block.timestamp + WAIT_S);
            _openings[seq] = Opening({at: opensAt, conflicts: _conflicts});
        }
        _keepRefund(seq);
        _payments[seq] = Payment({
            entryHash: bytes25(keccak256(packed)),
            readyAt: readyAt,
            state: PaymentState.QUEUED,
            flags: flags
        });
        emit LossQueued(seq, entry.asset, entry.amount, entry.party == FOUND, readyAt, opensAt);
        return ReleaseRefusal.NONE;
    }
}
