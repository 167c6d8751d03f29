// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {BidTerms, ILiquidationAuction, Standing} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {TestFeed} from "../feeds/TestFeed.sol";
import {AuctionFixture} from "./AuctionFixture.sol";
import {Conduct, TestLender} from "./TestLender.sol";

/// @notice A feed that needs 60,000 gas, as a median of three does.
contract SlowFeed is TestFeed {
    function read() public view override returns (uint96, uint32, uint40) {
        // Reverts below that.
        uint256 end = gasleft() - 60_000;
        while (gasleft() > end) {}
        return super.read();
    }
}

/// @notice Many acts in one call, bids above all.
contract AuctionTriesTest is AuctionFixture {
    uint256 private constant MANY = 6;

    /// @dev Number 0 is Alice, 1 to 6 owe 12,000 against ten ETH.
    bytes32[] private _all;

    function setUp() public override {
        super.setUp();
        _all.push(debtor);
        for (uint256 i = 1; i <= MANY; ++i) _all.push(newBorrower(lender, i, 12_000e6));
        lock(ETH, 600 * ONE_ETH, taker, 0);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
    }

    function test_bids_take_from_each_account() public {
        _startAll();
        assertEq(abi.encode(_try(_bids(all(false)))), abi.encode(_flags(true, true, true, true, true, true, true)));
        for (uint256 i = 0; i < _all.length; ++i) assertEq(auction.auctionOf(_all[i]).startedAt, 0);
        assertGt(lender.debtOf(taker), 7 * 1_000e6);
        assertEq(lender.rewarded(), keeper);
    }

    function test_what_is_refused_leaves_nothing_behind_and_the_others_go_on() public {
        _startAll();
        bytes[] memory acts = _bids(all(false));
        acts[0] = _bid(keccak256("nobody"), taker, all(false));
        acts[2] = _bid(_all[2], debtor, all(false));
        acts[4] = _bid(_all[4], taker, BidTerms(1e18, 0, 900_000, false));
        acts[5] = acts[1];
        uint256 owed = lender.debtOf(_all[2]);
        // The fifth is for an auction that the first has ended.
        assertEq(abi.encode(_try(acts)), abi.encode(_flags(false, true, false, true, false, false, true)));
        assertEq(lender.debtOf(_all[2]), owed);
        assertGt(auction.auctionOf(_all[2]).startedAt, 0);
    }

    function test_reverts_where_nothing_is_done() public {
        _startAll();
        bytes[] memory acts = _bids(all(false));
        for (uint256 i = 0; i < acts.length; ++i) acts[i] = _bid(_all[i], _all[i], all(false));
        vm.expectRevert(ILiquidationAuction.NothingDone.selector);
        auction.tryMany(acts);
        vm.expectRevert(ILiquidationAuction.NothingDone.selector);
        auction.tryMany(new bytes[](0));
    }

    function test_refuses_what_is_no_act_of_the_auction() public {
        _startAll();
        bytes[] memory acts = _bids(all(false));
        acts[1] = hex"01020304";
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.ActUnanswered.selector, 1));
        _try(acts);
        acts[1] = "";
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.ActUnanswered.selector, 1));
        _try(acts);
    }

    /// @dev The first account's protocol burns what it is given; a feed may then lack gas, and the second act with it.
    function test_an_act_that_lacks_gas_for_a_feed_is_not_passed_over_in_silence() public {
        TestLender burning = newLender(true);
        bytes32 first = newBorrower(burning, MANY + 1, 12_000e6);
        crash(1_300e12);
        auction.start(first);
        auction.start(_all[2]);
        wait_(60);
        burning.setConduct(Conduct.REQUIREMENT_BURNS_ITS_GAS);
        vm.etch(address(ethFeed), address(new SlowFeed()).code);
        bytes[] memory acts = new bytes[](2);
        acts[0] = abi.encodeCall(ILiquidationAuction.touch, (first));
        acts[1] = _bid(_all[2], taker, all(false));
        bool starved;
        for (uint256 gas_ = 3_950_000; gas_ < 4_500_000; gas_ += 2_000) {
            uint256 snapshot = vm.snapshotState();
            vm.prank(bob);
            try auction.tryMany{gas: gas_}(acts) returns (bool[] memory done) {
                assertTrue(done[1], "passed over");
            } catch (bytes memory reason) {
                starved =
                    starved ||
                    keccak256(reason) ==
                        keccak256(abi.encodeWithSelector(ILiquidationAuction.ActUnanswered.selector, 1));
            }
            vm.revertToState(snapshot);
        }
        assertTrue(starved, "no limit left the second act without gas");
        vm.prank(bob);
        assertTrue(auction.tryMany{gas: 20_000_000}(acts)[1]);
    }

    function test_an_act_in_a_list_is_the_callers() public {
        crash(1_300e12);
        bytes[] memory acts = new bytes[](2);
        acts[0] = abi.encodeCall(ILiquidationAuction.start, (_all[1]));
        // Of the pauser alone.
        acts[1] = abi.encodeCall(ILiquidationAuction.stop, (uint40(vm.getBlockTimestamp() + 1 hours)));
        vm.prank(keeper);
        bool[] memory done = auction.tryMany(acts);
        assertTrue(done[0] && !done[1]);
        assertEq(auction.auctionOf(_all[1]).starter, keeper);
    }

    function test_the_caller_pays_for_its_own_account_and_a_standing_one_on_its_own_terms() public {
        _startAll();
        fund(bob, 1_000_000e6, lender);
        vm.prank(bob);
        auction.stand(taker, Standing(0, 50_000e18, uint32(vm.getBlockTimestamp() + 1 days), 1, 600, false));
        bytes[] memory acts = _bids(all(true));
        bytes[] memory first = new bytes[](1);
        first[0] = acts[0];
        uint256 before = token.balanceOf(bob);
        assertTrue(auction.tryMany(first)[0]);
        assertEq(token.balanceOf(bob), before, "the offer keeps the burden");
        assertEq(abi.encode(_try(acts)), abi.encode(_flags(false, true, true, true, true, true, true)));
        assertLt(token.balanceOf(bob), before);
    }

    /// @dev Whatever the price, the time and what runs: the same bids, one transaction each.
    function testFuzz_bids_together_do_what_they_do_one_by_one(uint96 eth, uint256 running, uint256 laterS) public {
        crash(uint96(bound(eth, 900e12, 1_500e12)));
        running |= 1;
        for (uint256 i = 0; i < _all.length; ++i) if ((running >> i) & 1 == 1) _tryStart(_all[i]);
        wait_(bound(laterS, 1, 1_000));
        BidTerms memory terms = BidTerms(1e18, 0, 1_000, false);
        uint256 snapshot = vm.snapshotState();
        bool[] memory taken = new bool[](_all.length);
        bool any;
        for (uint256 i = 0; i < _all.length; ++i) {
            vm.prank(bob);
            try auction.bid(_all[i], address(lender), taker, terms, "") {
                any = taken[i] = true;
            } catch {}
        }
        bytes memory singly = _state();
        vm.revertToState(snapshot);
        bytes[] memory acts = _bids(terms);
        if (!any) vm.expectRevert(ILiquidationAuction.NothingDone.selector);
        bool[] memory together = _try(acts);
        assertEq(_state(), singly);
        if (any) assertEq(abi.encode(together), abi.encode(taken));
    }

    function test_attack_6_a_protocol_that_burns_its_gas_makes_nobody_be_passed_over_in_silence() public {
        TestLender burning = newLender(true);
        _all[3] = newBorrower(burning, MANY + 1, 12_000e6);
        vm.prank(bob);
        ledger.optIn(taker, address(burning));
        _startAll();
        burning.setConduct(Conduct.BURDEN_BURNS_ITS_GAS);
        bytes[] memory acts = _bids(all(false));
        acts[3] = abi.encodeCall(ILiquidationAuction.bid, (_all[3], address(burning), taker, all(false), ""));
        uint256 snapshot = vm.snapshotState();
        vm.prank(bob);
        bool[] memory done = auction.tryMany{gas: 16_000_000}(acts);
        assertEq(abi.encode(done), abi.encode(_flags(true, true, true, false, true, true, true)));
        vm.revertToState(snapshot);
        vm.expectPartialRevert(ILiquidationAuction.ActUnanswered.selector);
        vm.prank(bob);
        auction.tryMany{gas: 5_000_000}(acts);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_bid_beside_others() public {
        bytes[] memory acts = new bytes[](4);
        for (uint256 i = 0; i < acts.length; ++i) acts[i] = _bid(_all[i + 1], taker, all(false));
        _startAll();
        uint256 snapshot = vm.snapshotState();
        vm.prank(bob);
        auction.bid(_all[1], address(lender), taker, all(false), "");
        console.log("bid, 1 line, burden kept", vm.lastCallGas().gasTotalUsed);
        vm.revertToState(snapshot);
        _try(acts);
        uint256 gas = vm.lastCallGas().gasTotalUsed / acts.length;
        console.log("bid, the same, beside three others, each", gas);
        assertLt(gas, 250_000);
    }

    function _startAll() private {
        crash(1_300e12);
        vm.prank(keeper);
        auction.startMany(_all);
        wait_(60);
    }

    function _tryStart(bytes32 account) private {
        try auction.start(account) {} catch {}
    }

    function _bids(BidTerms memory terms) private view returns (bytes[] memory acts) {
        acts = new bytes[](_all.length);
        for (uint256 i = 0; i < acts.length; ++i) acts[i] = _bid(_all[i], taker, terms);
    }

    function _bid(bytes32 account, bytes32 to, BidTerms memory terms) private view returns (bytes memory) {
        return abi.encodeCall(ILiquidationAuction.bid, (account, address(lender), to, terms, ""));
    }

    function _try(bytes[] memory acts) private returns (bool[] memory) {
        vm.prank(bob);
        return auction.tryMany(acts);
    }

    /// @dev All that bids change.
    function _state() private view returns (bytes memory) {
        uint256[] memory figures = new uint256[](2 * _all.length + 2);
        for (uint256 i = 0; i < _all.length; ++i)
            (figures[2 * i], figures[2 * i + 1]) = (lender.debtOf(_all[i]), grossOf(_all[i]));
        (figures[2 * _all.length], figures[2 * _all.length + 1]) = (lender.debtOf(taker), grossOf(taker));
        return abi.encode(figures, auction.auctionsOf(_all), lender.notices());
    }

    function _flags(bool a, bool b, bool c, bool d, bool e, bool f, bool g) private pure returns (bool[] memory flags) {
        flags = new bool[](7);
        (flags[0], flags[1], flags[2], flags[3], flags[4], flags[5], flags[6]) = (a, b, c, d, e, f, g);
    }
}
