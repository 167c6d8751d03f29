// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";

/// @notice The world AGAIN of `model/rewind.pml` with amounts, fees and parking: locks that happened and locks that never were,
///         releases, rewinds to any point that both agree on, what comes again, what is taken back, told and found, in any order.
/// @dev `journal` is what members sign: first what happened, then what was forged. After a rewind it holds what happened alone.
contract LedgerRewindBooksTest is RewindFixture, LedgerReleaseFixture {
    uint256 private constant ACTS = 48;

    /// @dev What the vault journaled, as packed entries; the first of them are the fixture's.
    bytes private truth;
    /// @dev Entries of `journal` that happened too.
    uint64 private shared;
    address[3] private owners;
    uint256 private released;
    uint256 private told;
    uint256 private seed;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
        owners = [alice, bob, relayer];
        truth = journal.packed;
        shared = 3;
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I1_I3_I17_rewinds_keep_the_books_and_all_of_it_comes_back(uint256 seed_) public {
        seed = seed_;
        for (uint256 i = 0; i < ACTS; ++i) {
            _act(_draw(10));
            _expectConserved();
        }
        _settleAll();
        if (released == 0) _expectLinesOfTruth();
    }

    // Acts

    function _act(uint256 which) private {
        if (which < 2) _lockReally();
        else if (which == 2) _forge();
        else if (which == 3) _apply();
        else if (which == 4) _rewind(_draw(2) == 0 ? shared : uint64(_draw(shared + 1)));
        else if (which == 5) _release();
        else if (which == 6) _takeBack();
        else if (which == 7) _writeOffAndAnswer();
        else if (which == 8) _setCap();
        else _unpark();
    }

    /// @dev Few contents, so that entries repeat.
    function _anyLock() private returns (Entry memory) {
        uint128 amount = uint128((1 + _draw(3)) * ONE_USD);
        return lockEntry(USD, amount, accountOf(owners[_draw(2)]), _draw(2) == 0 ? 0 : uint96(ONE_USD));
    }

    function _lockReally() private {
        Entry memory entry = _anyLock();
        truth = bytes.concat(truth, EntryCodec.pack(entry));
        if (shared == tip(journal)) _follow(1);
    }

    function _forge() private {
        append(journal, _anyLock());
        _applyIfNew();
    }

    /// @dev What happened and is signed: only while nothing forged stands before it.
    function _apply() private {
        if (shared == tip(journal)) _follow(1 + uint64(_draw(4)));
        _applyIfNew();
    }

    function _rewind(uint64 point) private {
        _applyIfNew();
        rewindTo(point);
        shared = point;
        _refresh();
    }

    function _release() private {
        address owner = owners[_draw(3)];
        uint256 held = amountOf(owner, USD);
        if (held < ONE_USD || assetFlags(USD) & UNSETTLED != 0) return;
        uint128 amount = uint128(held);
        if (_draw(2) == 0) amount = ONE_USD;
        // A cap that was low for a while left a bucket that is spoken for.
        vm.warp(_max(vm.getBlockTimestamp(), ledger.lineOf(accountOf(owner), USD).seasonEnd));
        release(owner, USD, amount, 0);
        released += amount;
    }

    /// @dev Any of the few contents that is an orphan's.
    function _takeBack() private {
        _wait();
        Entry memory entry = _anyLock();
        (uint256 orphans, ) = ledger.orphansOf(SOURCE, hashOf(entry));
        if (orphans != 0 && _heard()) ledger.takeBack(SOURCE, EntryCodec.pack(entry));
    }

    function _writeOffAndAnswer() private {
        _wait();
        Left memory left = leftOf(USD);
        if (left.orphaned == 0 && left.lostSeq == 0 && left.missing + left.found != 0) {
            ledger.writeOff(SOURCE, USD);
            if (left.missing != 0) told += left.missing;
            else told -= left.found;
        }
        // The vault answers once what it journals is all signed.
        uint256 lostSeq = leftOf(USD).lostSeq;
        if (lostSeq == 0 || shared != tip(journal) || shared * EntryCodec.LENGTH != truth.length) return;
        Entry memory answer = Entry(EntryCodec.SHORTFALL, USD, 0, 0, bytes32(lostSeq << 128), 0);
        truth = bytes.concat(truth, EntryCodec.pack(answer));
        _follow(1);
        _applyIfNew();
    }

    function _setCap() private {
        vm.prank(governor);
        ledger.setCap(USD, _draw(3) == 0 ? 1 : capOfAssets());
    }

    function _unpark() private {
        _wait();
        for (uint96 number = 1; number <= tip(journal); ++number) {
            if (ledger.parkedOf(SOURCE, number).reason == ParkReason.NONE) continue;
            vm.prank(relayer);
            try ledger.unpark(SOURCE, number) {} catch {}
        }
    }

    /// @dev After the last rewind all that happened comes, every orphan is taken back, and the vault answers.
    function _settleAll() private {
        _rewind(shared);
        vm.prank(governor);
        ledger.setCap(USD, capOfAssets());
        _follow(type(uint64).max);
        _applyIfNew();
        _expectConserved();
        for (uint256 i = 0; i < 3; ++i) {
            _wait();
            for (uint128 amount = 1; amount <= 3; ++amount) {
                for (uint256 k = 0; k < 4; ++k) {
                    bytes memory packed = EntryCodec.pack(
                        lockEntry(USD, amount * ONE_USD, accountOf(owners[k / 2]), k % 2 == 0 ? 0 : uint96(ONE_USD))
                    );
                    (uint256 orphans, ) = ledger.orphansOf(SOURCE, keccak256(packed));
                    for (; orphans != 0; --orphans) ledger.takeBack(SOURCE, packed);
                }
            }
            _expectConserved();
            _writeOffAndAnswer();
        }
        _unpark();
        _expectConserved();
        Left memory left = leftOf(USD);
        assertEq(abi.encode(left), abi.encode(Left(0, 0, 0, 0)), "all is settled");
        assertEq(assetFlags(USD) & UNSETTLED, 0);
        // What counts and left is what happened, and what was told as lost (I1).
        assertEq(_held() + released, _locked(truth) + told);
    }

    // Books

    /// @dev Lines, parked credit and releases are what is applied, is open and was told (I1).
    function _expectConserved() private view {
        Left memory left = leftOf(USD);
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        uint256 applied = _locked(entriesOf(journal, 0, count));
        assertEq(_held() + released + left.found, applied + left.orphaned + left.missing + told, "I1");
        uint256 lines;
        for (uint256 i = 0; i < 3; ++i) lines += amountOf(owners[i], USD);
        assertEq(lines, ledger.assetOf(USD).credited, "the sum of lines");
        assertEq(assetFlags(USD) & UNSETTLED != 0 || left.orphaned + left.missing == 0, true, "unsettled");
    }

    /// @dev Where nothing was spent each line is what its own entries say (I3), but for fees.
    function _expectLinesOfTruth() private view {
        for (uint256 i = 0; i < 2; ++i) {
            uint256 own;
            for (uint256 k = 0; k < truth.length / EntryCodec.LENGTH; ++k) {
                Entry memory entry = this.decode(truth, k);
                if (entry.kind == EntryCodec.LOCK && entry.asset == USD && entry.account == accountOf(owners[i]))
                    own += entry.amount - entry.fee;
            }
            assertEq(amountOf(owners[i], USD) + _parkedOf(owners[i]), own, "I3");
        }
    }

    function _held() private view returns (uint256) {
        return ledger.assetOf(USD).credited + ledger.assetOf(USD).parked;
    }

    function _parkedOf(address owner) private view returns (uint256 units) {
        for (uint96 number = 1; number <= tip(journal); ++number) {
            if (ledger.parkedOf(SOURCE, number).account != accountOf(owner)) continue;
            units += ledger.parkedOf(SOURCE, number).amount - ledger.parkedOf(SOURCE, number).fee;
        }
    }

    function _locked(bytes memory packed) private view returns (uint256 units) {
        for (uint256 k = 0; k < packed.length / EntryCodec.LENGTH; ++k) {
            Entry memory entry = this.decode(packed, k);
            if (entry.kind == EntryCodec.LOCK && entry.asset == USD) units += entry.amount;
        }
    }

    // Inside

    /// @dev Signs up to so many more entries that happened.
    function _follow(uint64 most) private {
        for (; most != 0 && shared * EntryCodec.LENGTH < truth.length; --most) {
            append(journal, this.decode(truth, shared));
            ++shared;
        }
    }

    function _applyIfNew() private {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count != tip(journal)) applyAll();
    }

    function _refresh() private {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count == tip(journal)) refreshNow();
    }

    /// @dev Three days of the source's clock.
    function _wait() private {
        _applyIfNew();
        refreshNow();
        vm.warp(vm.getBlockTimestamp() + 73 hours);
        refreshNow();
    }

    function _heard() private view returns (bool) {
        (, , , , , uint40 heardAt) = ledger.rewindOf(SOURCE);
        return heardAt != 0;
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    function _draw(uint256 below) private returns (uint256) {
        seed = uint256(keccak256(abi.encode(seed)));
        return seed % below;
    }
}
