// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PaymentState, VaultWitness} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {VaultReturnHandler} from "./VaultReturnHandler.sol";
import {TestWitness} from "../witnesses/TestWitness.sol";
import {Mood, MoodyToken} from "../tokens/MoodyToken.sol";

/// @notice What comes back: a witness that confirms or lags, refunds in time, too early and again, and payments nobody takes.
abstract contract VaultRefundHandler is VaultReturnHandler {
    /// @notice The governor asks for a confirmation, or for none.
    function ask(uint256 how) external counted("ask") {
        vm.prank(vault.governor());
        vault.setWitnessPolicy(uint8(how % 2));
        _hit("witness policy");
    }

    /// @notice The witness records the ledger's journal as far as it is replayed, and anyone shows that.
    function confirm() external counted("confirm") {
        (bytes32 edge, uint64 at, , , , ) = vault.replicaState();
        (uint8 m, , , ) = vault.witnessPolicy();
        _witness().record(edge, at, heads[at]);
        vault.confirm(0, at);
        // What was shown while none was asked for confirms nothing, then or later.
        if (at > shown) {
            shown = at;
            if (m != 0) confirmed = at;
        }
        _hit("confirmation");
    }

    /// @notice Journals the refund of a stopped payment, or tries to: half of the time on its date.
    function refund(uint256 which, uint256 random) external counted("refund") {
        if (_entries.length == 0) return;
        uint64 seq = _pickIn(which, PaymentState.STOPPED);
        if (uint256(keccak256(abi.encode(random))) % 2 == 0) _warpTo(vault.payment(seq).readyAt);
        Entry memory entry = _entries[seq - 1];
        bool first = refunds[seq] == 0;
        vm.recordLogs();
        try vault.refund(seq, entry.asset, entry.amount, entry.account) {
            _follow();
            _hit(first ? bytes32("refund that waited") : bytes32("refund again"));
        } catch {}
    }

    /// @notice Gives back a payment that is claimable, or tries to: half of the time on the date from which anyone may.
    function giveBack(uint256 which, uint256 random) external counted("giveBack") {
        if (_entries.length == 0) return;
        uint64 seq = _pickIn(which, PaymentState.CLAIMABLE);
        uint256 earliest = vault.payment(seq).readyAt + 30 days;
        if (uint256(keccak256(abi.encode(random))) % 2 == 0) _warpTo(earliest);
        vm.recordLogs();
        try vault.giveBack(seq, EntryCodec.pack(_entries[seq - 1])) {
            assertGe(vm.getBlockTimestamp(), earliest, "I4: given back too early");
            _follow();
            _hit("given back");
        } catch {}
    }

    /// @notice Changes how the moody token's transfers go.
    function feel(uint256 how) external counted("feel") {
        MoodyToken token = MoodyToken(tokens[tokens.length - 1]);
        token.feel(how % 2 == 0 ? Mood.FINE : Mood(how % 11));
        token.blacklist(_user(how), how % 3 == 0);
        _hit("mood");
    }

    /// @notice Claims or tries to.
    function claim(uint256 which, uint256 by) external counted("claim") {
        if (_entries.length == 0) return;
        uint64 seq = _pickIn(which, PaymentState.CLAIMABLE);
        // Three times in four one that somebody can be paid: the recipient of most cannot.
        for (uint256 i = 0; which % 4 != 0 && i < 64 && !_isPayable(seq); ++i)
            seq = _pickIn(uint256(keccak256(abi.encode(which, i))), PaymentState.CLAIMABLE);
        if (by % 2 == 0) {
            // Payments that somebody can be paid seldom fail by themselves.
            if (!_isPayable(seq)) seq = _failOne(which, _user(by));
            _refuse(seq, false);
        }
        (uint256 held, uint256 sum) = _heldFor(seq);
        vm.prank(_user(by));
        try vault.claim(seq, EntryCodec.pack(_entries[seq - 1])) {
            ++retries;
            _hit("claim");
            _settle(seq, _user(by), held, sum);
        } catch {}
    }

    /// @dev A claimable payment whose recipient is one of the users.
    function _isPayable(uint64 seq) private view returns (bool) {
        if (vault.payment(seq).state != PaymentState.CLAIMABLE) return false;
        uint256 party = uint256(_entries[seq - 1].party);
        return party >> 160 == 0 && party != uint160(address(vault));
    }

    /// @dev A payment of the moody token fails on its date, if there is one that can.
    function _failOne(uint256 which, address feeTo) private returns (uint64 seq) {
        for (uint256 i = 0; i < 64; ++i) {
            seq = _pickIn(uint256(keccak256(abi.encode(which, i))), PaymentState.QUEUED);
            if (_entries[seq - 1].asset == tokens.length && vault.payment(seq).state == PaymentState.QUEUED) break;
        }
        _warpTo(vault.payment(seq).readyAt);
        _refuse(seq, true);
        (uint256 held, uint256 sum) = _heldFor(seq);
        try vault.pay(seq, EntryCodec.pack(_entries[seq - 1]), feeTo) {
            _settle(seq, feeTo, held, sum);
        } catch {}
    }

    function _witness() private view returns (TestWitness) {
        (VaultWitness memory kept, ) = vault.witnessOf(0);
        return TestWitness(kept.at);
    }

    /// @dev Lets time pass, but not past the end of the attesters' epoch.
    function _warpTo(uint256 time) private {
        if (time > vm.getBlockTimestamp() && time < 1_800_000_000 + 300 days) vm.warp(time);
    }
}
