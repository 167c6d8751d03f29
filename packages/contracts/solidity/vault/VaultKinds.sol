// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ICollateralVaultReleases} from "../interfaces/ICollateralVaultReleases.sol";
import {IVaultGenerations} from "../interfaces/IVaultGenerations.sol";
import {
    Payment,
    PaymentState,
    ReleaseRefusal,
    ReportedRatio,
    Reroute,
    Scaling,
    VaultAsset
} from "../interfaces/VaultTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Replaying what is rare in the ledger's journal: scalings, and other recipients
/// @dev Safety: the vault alone calls it, for entries that were attested or proven. No token moves, and nothing reverts.
abstract contract VaultKinds is VaultBase, IVaultGenerations {
    uint256 private constant SCALINGS_MAX = 127;
    /// @dev Party of a SCALED that reaches lines alone.
    uint256 private constant LINES_ALONE = 1;
    uint256 private constant REROUTE_AFTER_S = 30 days;

    /// @inheritdoc IVaultGenerations
    function replayRare(uint96 seq, bytes calldata packed) external returns (ReleaseRefusal) {
        if (msg.sender != address(this)) revert ICollateralVault.NotAuthorized(msg.sender, address(this));
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        return entry.kind == EntryCodec.SCALED ? _replayScaled(seq, entry) : _replayReroute(seq, entry);
    }

    /// @dev Where the party says so, the ledger has shared out what its lines owed among themselves, which is none of the
    ///      vault's loss: the scaling counts for lines alone, in the exit. Else
    ///      the ledger has scaled its lines by a ratio that this vault reported: unpaid releases before this entry follow,
    ///      and what is missing is written off. A ratio of a shortage that is over counts for lines alone: the tokens came
    ///      back, or payments have borne what was missing. One that was never reported, or that was used, scales nothing. So no
    ///      signature can take more from payments than the vault itself finds missing now.
    function _replayScaled(uint96 seq, Entry memory entry) private returns (ReleaseRefusal) {
        VaultAsset storage kept = _assets[entry.asset];
        uint256 rho = entry.amount;
        if (kept.token == address(0)) return ReleaseRefusal.ASSET;
        if (entry.account != 0 || uint256(entry.party) > LINES_ALONE) return ReleaseRefusal.ACCOUNT;
        bool linesAlone = entry.party != 0;
        ReportedRatio memory told;
        if (!linesAlone) told = _reported[entry.asset][rho];
        if ((linesAlone ? rho >= WAD : told.shortage == 0) || kept.scalings == SCALINGS_MAX)
            return ReleaseRefusal.AMOUNT;
        if (entry.fee != 0) return ReleaseRefusal.FEE;
        bool runs = false;
        if (!linesAlone) {
            // A scaling that was undone comes again, and what is on record need not be what is missing since: it is found here, or
            // the next report would have the same loss shared out once more.
            if (told.shortage > _shortages[entry.asset]) _noteDeficit(kept, entry.asset, _missingOf(kept));
            runs = kept.deficit != 0 && told.shortage >= _shortages[entry.asset];
            if (told.locked == 0) told.locked = kept.accounted + kept.paidCum;
            _reported[entry.asset][rho] = ReportedRatio({shortage: 0, locked: told.locked});
        }
        uint104 written = 0;
        if (runs) {
            // Rounded as the ledger rounds: what is owed down, so that lines and payments never sum past what is accounted.
            kept.owed = uint104((uint256(kept.owed) * rho) / WAD);
            written = _lossOf(kept, rho, told.locked);
            _writeOff(kept, written);
        }
        // Ratios are at most 1e18, which fits 60 bits.
        (uint56 short, uint8 exponent) = runs ? _shorten(written) : (uint56(seq >> 64), 0);
        _scalings[entry.asset].push(Scaling(runs ? seq : 0, uint64(rho), uint32(seq), short, exponent));
        ++kept.scalings;
        if (kept.deficit == 0) _clearShort(kept);
        emit ICollateralVaultReleases.Scaled(seq, entry.asset, kept.scalings, rho, runs);
        // The ledger learns what is missing after it.
        _journalShortfall(entry.asset, kept);
        return ReleaseRefusal.NONE;
    }

    /// @dev What a scaling writes off: its ratio of what is accounted, rounded so that what is owed stays covered, and never more
    ///      than is missing. One that comes again leaves out what was locked after it had come first: no line bore it for that.
    function _lossOf(VaultAsset storage kept, uint256 rho, uint256 locked) private view returns (uint104) {
        (uint256 left, uint256 deficit) = (kept.paidCum, kept.deficit);
        // All that was accounted by then, less all that has left since the first lock.
        uint256 sum = locked > left ? locked - left : 0;
        uint256 loss = (sum * (WAD - rho)) / WAD;
        return uint104(loss < deficit ? loss : deficit);
    }

    /// @dev Takes tokens out of the books that are not in the vault.
    function _writeOff(VaultAsset storage kept, uint104 loss) private {
        kept.accounted -= loss;
        kept.deficit -= loss;
        kept.paidCum += loss;
        kept.writtenOff += loss;
    }

    /// @dev Units as a number of 56 bits times a power of two, rounded up: a loss that is undone is never too small.
    function _shorten(uint104 units) private pure returns (uint56 short, uint8 exponent) {
        uint256 rest = units;
        for (; rest > type(uint56).max; rest = (rest + 1) >> 1) ++exponent;
        return (uint56(rest), exponent);
    }

    /// @dev Gives a claimable payment another recipient, or leaves it if it was paid meanwhile or is claimable too short.
    function _replayReroute(uint96 seq, Entry memory entry) private returns (ReleaseRefusal) {
        if (entry.amount > type(uint96).max || entry.amount >= seq) return ReleaseRefusal.AMOUNT;
        uint96 which = uint96(entry.amount);
        Payment storage due = _payments[which];
        if (due.state == PaymentState.NONE) return ReleaseRefusal.AMOUNT;
        if (AccountLib.ownerOf(entry.account) == address(0)) return ReleaseRefusal.ACCOUNT;
        if (entry.fee != 0) return ReleaseRefusal.FEE;
        address to = address(uint160(uint256(entry.party)));
        bool taken =
            due.state == PaymentState.CLAIMABLE &&
                block.timestamp >= due.readyAt + REROUTE_AFTER_S &&
                _canReceive(entry.party, _assets[entry.asset].token);
        if (taken) {
            due.flags |= PAYMENT_REROUTED;
            _reroutes[which] = Reroute({to: to, account: bytes12(keccak256(abi.encode(entry.account)))});
        }
        emit ICollateralVaultReleases.Rerouted(seq, which, to, taken);
        return ReleaseRefusal.NONE;
    }
}
