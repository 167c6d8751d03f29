// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {BidTerms, ILiquidationAuction} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {AuctionFixture} from "./AuctionFixture.sol";
import {Conduct, TestLender} from "./TestLender.sol";
import {TestTaker} from "./TestTaker.sol";

/// @notice Protocols and takers that lie, fail, burn gas and call back.
contract AuctionHostileTest is AuctionFixture {
    TestLender private second;

    // One protocol

    function test_L5_a_protocol_that_relieves_nothing_gets_no_lines_sold() public {
        _conductOf(Conduct.RELIEVES_NOTHING);
        vm.expectPartialRevert(ILiquidationAuction.NoRelief.selector);
        bidOf(bob, all(false));
        lender.setConduct(Conduct.RELIEVES_HALF);
        vm.expectPartialRevert(ILiquidationAuction.NoRelief.selector);
        bidOf(bob, all(false));
        assertEq(unitsOf(debtor, BEST), 4 * ONE_ETH, "all of it is undone");
    }

    function test_attack_6_a_protocol_names_no_loss_that_a_bid_does_not_leave() public {
        _conductOf(Conduct.NAMES_A_LOSS);
        vm.expectPartialRevert(ILiquidationAuction.LossTooLarge.selector);
        bidOf(bob, all(false));
    }

    /// @dev The event alone says less: what the protocol goes on to require is bounded by the bid, whatever it names.
    function test_attack_6_a_protocol_that_hides_its_loss_changes_nobodys_part() public {
        breach(900e12);
        lender.setConduct(Conduct.NAMES_NO_LOSS);
        uint256 grossWad = grossOf(debtor);
        (uint256 shareWad, uint256 assumedWad) = bidOf(bob, all(false));
        assertEq(shareWad, 1e18);
        assertLe(assumedWad, grossWad + grossWad / 99, "at most what the lines bring at 1 % above the price");
        assertGt(lender.lossUnits(), 0);
        assertEq(grossOf(debtor), 0);
    }

    function test_attack_6_a_protocol_without_an_answer_cannot_be_bid_for() public {
        Conduct[4] memory silent = [
            Conduct.BURDEN_REVERTS,
            Conduct.BURDEN_BURNS_ITS_GAS,
            Conduct.BURDEN_TOO_LONG,
            Conduct.BURDEN_TOO_LARGE
        ];
        _conductOf(Conduct.HONEST);
        bytes memory reason = abi.encodeWithSelector(
            ILiquidationAuction.BurdenUnknown.selector,
            debtor,
            address(lender)
        );
        for (uint256 i = 0; i < silent.length; ++i) {
            lender.setConduct(silent[i]);
            refuseBid(bob, all(false), reason);
        }
        lender.setConduct(Conduct.TAKE_OVER_REVERTS);
        refuseBid(bob, all(false), abi.encodeWithSignature("Error(string)", "no take-over"));
        lender.setConduct(Conduct.HONEST);
        bidOf(bob, all(false));
    }

    function test_attack_6_a_protocol_that_falls_silent_in_the_bid_shows_no_relief() public {
        _conductOf(Conduct.FALLS_SILENT);
        refuseBid(
            bob,
            all(false),
            abi.encodeWithSelector(ILiquidationAuction.BurdenUnknown.selector, debtor, address(lender))
        );
    }

    function test_attack_6_a_protocol_that_calls_back_finds_the_lock() public {
        Conduct[5] memory calls = [
            Conduct.BIDS_AGAIN,
            Conduct.WRITES_OFF,
            Conduct.CLOSES,
            Conduct.STARTS,
            Conduct.ASKS_WHAT_FALLS_TO_IT
        ];
        _conductOf(Conduct.HONEST);
        bytes memory locked = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        for (uint256 i = 0; i < calls.length; ++i) {
            lender.setConduct(calls[i]);
            refuseBid(bob, all(false), locked);
        }
    }

    function test_attack_6_a_protocol_that_burns_its_notice_stops_nothing() public {
        lender.setConduct(Conduct.NOTICE_BURNS_ITS_GAS);
        breach(1_500e12);
        wait_(60);
        bidOf(bob, all(false));
        assertFalse(isRunning());
    }

    /// @dev Three protocols burn what they are given before the fourth is told.
    function test_attack_6_whoever_starves_a_protocol_is_refused() public {
        _withSecond(1_000e6);
        TestLender third = _another(1_000e6);
        TestLender fourth = _another(1_000e6);
        crash(1_200e12);
        lender.setConduct(Conduct.NOTICE_BURNS_ITS_GAS);
        second.setConduct(Conduct.NOTICE_BURNS_ITS_GAS);
        third.setConduct(Conduct.NOTICE_BURNS_ITS_GAS);
        uint256 started;
        for (uint256 gas_ = 4_000_000; gas_ < 8_000_000; gas_ += 50_000) {
            uint256 snapshot = vm.snapshotState();
            try auction.start{gas: gas_}(debtor) {
                ++started;
                assertEq(fourth.notices(), 1, "a start that a protocol was not told of");
            } catch {}
            vm.revertToState(snapshot);
        }
        assertGt(started, 0);
    }

    // Two protocols

    /// @dev Each of the two reserved 115 % of its debt; what the first inflates is junior to that.
    function test_L7_attack_6_an_inflated_burden_takes_nothing_that_another_reserved() public {
        _withSecond(4_000e6);
        breach(1_150e12);
        wait_(60);
        uint256 net = 18_000e18;
        uint256 before = auction.entitlementOf(debtor, address(second), net);
        lender.setConduct(Conduct.BURDEN_INFLATED);
        assertLe(auction.entitlementOf(debtor, address(second), net), before);
        // Its reserved part: 4,000 of debt with the fee are less than what it reserved.
        uint256 reserved = ledger.claimOf(debtor, address(lender)).reservedWad;
        uint256 own = second.burdenOf(debtor);
        assertEq(auction.entitlementOf(debtor, address(second), net), (net * own) / (reserved + own));
        assertEq(auction.entitlementOf(debtor, address(second), reserved + own), own);
    }

    /// @dev Else lines would leave for a burden of which the account is not relieved, and its lenders with less to sell.
    function test_L7_attack_6_a_burden_that_is_not_required_takes_no_lines() public {
        _withSecond(4_000e6);
        second.setConduct(Conduct.REQUIRES_NOTHING);
        breach(1_100e12);
        wait_(60);
        assertEq(auction.quote(debtor, address(second)).wait, "nothing");
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NothingToTake.selector, debtor));
        vm.prank(bob);
        auction.bid(debtor, address(second), taker, all(false), "");
        bidOf(bob, all(false));
        assertLt(lender.debtOf(debtor), 16_000e6);
        assertEq(second.debtOf(debtor), 4_000e6);
    }

    function test_L7_a_protocol_that_fails_keeps_its_part() public {
        _withSecond(4_000e6);
        breach(1_400e12);
        wait_(60);
        uint256 part = ledger.claimOf(debtor, address(second)).maintenanceWad;
        assertEq(part, 4_200e18);
        second.setConduct(Conduct.BURDEN_REVERTS);
        assertEq(auction.entitlementOf(debtor, address(second), 1e24), part);
        // And the auction serves the other, whatever the first one fails to answer.
        second.setConduct(Conduct.REQUIREMENT_BURNS_ITS_GAS);
        assertEq(auction.entitlementOf(debtor, address(second), 1e24), 4_040e18);
        uint256 owed = lender.debtOf(debtor);
        bidOf(bob, all(false));
        assertLt(lender.debtOf(debtor), owed);
    }

    function test_attack_6_a_requirement_that_fits_nowhere_does_not_stop_the_others() public {
        _withSecond(4_000e6);
        breach(1_400e12);
        wait_(60);
        second.setConduct(Conduct.REQUIREMENT_TOO_LARGE);
        bidOf(bob, all(false));
        assertEq(lender.debtOf(debtor), 0, "what the whole account misses is never reached");
    }

    // Gas

    /// @notice What the ledger gives a protocol to answer, 3,900,000, is what bounds: a start asks each once, a bid asks each twice.
    function test_L16_protocols_that_burn_their_gas_are_bounded() public {
        _withSecond(1_000e6);
        TestLender third = _another(1_000e6);
        TestLender fourth = _another(1_000e6);
        crash(1_200e12);
        second.setConduct(Conduct.REQUIREMENT_BURNS_ITS_GAS);
        third.setConduct(Conduct.REQUIREMENT_BURNS_ITS_GAS);
        fourth.setConduct(Conduct.REQUIREMENT_BURNS_ITS_GAS);
        uint256 before = gasleft();
        auction.start(debtor);
        assertLt(before - gasleft(), 3 * 3_900_000 + 800_000, "start");
        wait_(60);
        before = gasleft();
        bidOf(bob, all(false));
        // Bob opted in to the first alone.
        assertLt(before - gasleft(), 2 * 3 * 3_900_000 + 1_500_000, "bid");
    }

    // Takers

    function test_attack_7_a_taker_may_act_between_lines_and_burden() public {
        TestTaker contractTaker = _contractTaker();
        bytes32 to = accountOf(address(contractTaker));
        breach(1_500e12);
        wait_(60);
        uint256 gross = grossOf(debtor);
        contractTaker.bid(debtor, address(lender), to, all(true), "hello");
        assertEq(contractTaker.seenData(), "hello");
        assertGt(contractTaker.seenLines(), 0);
        assertGt(contractTaker.seenAssumedWad(), 0);
        assertGt(gross - grossOf(debtor), 0);
    }

    function test_attack_7_a_taker_that_does_not_answer_its_selector_is_refused() public {
        TestTaker contractTaker = _contractTaker();
        contractTaker.prepare(address(0), "", true);
        breach(1_500e12);
        wait_(60);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.CallbackRefused.selector, address(contractTaker)));
        contractTaker.bid(debtor, address(lender), accountOf(address(contractTaker)), all(true), "x");
        // Without data nobody is called back.
        contractTaker.bid(debtor, address(lender), accountOf(address(contractTaker)), all(true), "");
    }

    function test_attack_7_a_taker_that_calls_back_finds_the_lock() public {
        TestTaker contractTaker = _contractTaker();
        bytes32 to = accountOf(address(contractTaker));
        breach(1_500e12);
        wait_(60);
        bytes[6] memory acts = [
            abi.encodeCall(auction.bid, (debtor, address(lender), to, all(true), "")),
            abi.encodeCall(auction.writeOff, (debtor, address(lender))),
            abi.encodeCall(auction.close, (debtor)),
            abi.encodeCall(auction.touch, (debtor)),
            abi.encodeCall(auction.quote, (debtor, address(lender))),
            abi.encodeCall(auction.discountOf, (debtor))
        ];
        bytes memory locked = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        for (uint256 i = 0; i < acts.length; ++i) {
            contractTaker.prepare(address(auction), acts[i], false);
            vm.expectRevert(locked);
            contractTaker.bid(debtor, address(lender), to, all(true), "x");
        }
    }

    /// @dev Lines without their burden would let it owe elsewhere; the burden comes before the call ends.
    function test_attack_7_a_taker_that_owes_elsewhere_on_the_lines_is_refused_at_the_gate() public {
        TestTaker contractTaker = _contractTaker();
        bytes32 to = accountOf(address(contractTaker));
        second = newLender(true);
        contractTaker.call(address(ledger), abi.encodeCall(ILedgerProtocols.optIn, (to, address(second))));
        breach(1_500e12);
        wait_(60);
        uint256 units = 4_000e6;
        contractTaker.prepare(address(second), abi.encodeCall(second.borrow, (to, units)), false);
        _empty(contractTaker);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        contractTaker.bid(debtor, address(lender), to, all(false), "x");
    }

    function test_attack_7_a_taker_that_leaves_the_protocol_is_refused() public {
        TestTaker contractTaker = _contractTaker();
        bytes32 to = accountOf(address(contractTaker));
        breach(1_500e12);
        wait_(60);
        _empty(contractTaker);
        contractTaker.prepare(address(ledger), abi.encodeCall(ILedgerProtocols.optOut, (to, address(lender))), false);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, to, address(lender)));
        contractTaker.bid(debtor, address(lender), to, all(false), "x");
    }

    function test_L11_attack_8_nobody_is_given_a_burden_without_consent() public {
        breach(1_500e12);
        wait_(60);
        address carol = makeAddr("carol");
        bytes memory reason = abi.encodeWithSelector(ILiquidationAuction.TakerRefused.selector, carol, taker);
        vm.expectRevert(reason);
        vm.prank(carol);
        auction.bid(debtor, address(lender), taker, all(false), "");
    }

    function _conductOf(Conduct conduct) private {
        breach(1_500e12);
        wait_(60);
        lender.setConduct(conduct);
    }

    function _withSecond(uint256 units) private {
        lender.repay(debtor, 5_000e6);
        second = _another(units);
    }

    function _another(uint256 units) private returns (TestLender made) {
        if (address(second) != address(0)) lender.repay(debtor, units);
        made = newLender(true);
        optIn(alice, made);
        made.borrow(debtor, units);
    }

    /// @dev A contract with tokens, that opted in and lets the lender take what it owes.
    function _contractTaker() private returns (TestTaker made) {
        made = new TestTaker(ledger, auction);
        token.mint(address(made), 30_000e6);
        bytes32 to = accountOf(address(made));
        made.call(address(ledger), abi.encodeCall(ILedgerProtocols.optIn, (to, address(lender))));
        made.call(address(token), abi.encodeCall(token.approve, (address(lender), type(uint256).max)));
    }

    function _empty(TestTaker from) private {
        uint256 units = token.balanceOf(address(from));
        from.call(address(token), abi.encodeCall(token.transfer, (bob, units)));
    }
}
