// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceState} from "../../solidity/edge/IEdge.sol";
import {MarginFeed} from "../../solidity/lens/MarginFeed.sol";
import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {FeedAdapter, FeedBounds} from "../../solidity/prices/FeedAdapter.sol";
import {Building} from "../harness/Building.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";
import {LedgerCoverageFixture} from "../ledger/losses/LedgerCoverageFixture.sol";
import {RewindFixture} from "../ledger/rewind/LedgerRewindFixture.sol";

/// @notice Totals of a real ledger in the form of an aggregator, and when there is none to give.
/// @dev The fixture credits 100 USD to Alice and 5 to Bob.
contract MarginFeedTest is RewindFixture, LedgerCoverageFixture, Building {
    MarginFeed private locked;
    MarginFeed private credited;
    MarginFeed private parked;
    MarginFeed private deficit;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
        locked = new MarginFeed(ledger, USD, MarginFeed.Total.LOCKED);
        credited = new MarginFeed(ledger, USD, MarginFeed.Total.CREDITED);
        parked = new MarginFeed(ledger, USD, MarginFeed.Total.PARKED);
        deficit = new MarginFeed(ledger, USD, MarginFeed.Total.DEFICIT);
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    function test_refuses_an_asset_that_is_not_listed() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 9));
        this.build("MarginFeed.sol:MarginFeed", abi.encode(ledger, uint16(9), MarginFeed.Total.LOCKED));
    }

    function test_names_its_chain_its_asset_and_its_total() public {
        assertEq(locked.description(), "source 7 asset 1 locked");
        assertEq(credited.description(), "source 7 asset 1 credited");
        assertEq(parked.description(), "source 7 asset 1 parked");
        MarginFeed eth = new MarginFeed(ledger, ETH, MarginFeed.Total.DEFICIT);
        assertEq(eth.description(), "source 7 asset 2 deficit");
        assertEq(locked.decimals(), 6);
        assertEq(eth.decimals(), 18);
        assertEq(address(eth.ledger()), address(ledger));
        assertEq(eth.assetId(), ETH);
    }

    function test_gives_the_sums_of_lines_and_of_parked_credit() public {
        _expect(105e6, 105e6, 0, 0);
        // The whole cap, of which 105 are taken: parked.
        uint128 cap = uint128(ledger.assetOf(USD).capUnits);
        lock(USD, cap, accountOf(bob), 0);
        applyAll();
        int256 waits = int256(uint256(cap));
        _expect(105e6 + waits, 105e6, waits, 0);
        lock(USD, 2 * ONE_USD, accountOf(alice), 0);
        applyAll();
        _expect(107e6 + waits, 107e6, waits, 0);
    }

    function test_each_asset_has_its_own_totals() public {
        assertEq(_answerOf(new MarginFeed(ledger, ETH, MarginFeed.Total.LOCKED)), 20e18);
        assertEq(_answerOf(new MarginFeed(ledger, ETH, MarginFeed.Total.PARKED)), 0);
    }

    function test_a_deficit_shows_from_its_report_on_and_rounds_up() public {
        report(21 * ONE_USD, ALL);
        applyAll();
        _expect(105e6, 105e6, 0, 21e6);
        passWeek();
        ledger.cover(USD);
        _expect(105e6, 105e6, 0, 21e6);
        report(1, 3);
        applyAll();
        assertEq(_answerOf(deficit), 35e6 + 1);
        report(0, ALL);
        applyAll();
        assertEq(_answerOf(deficit), 0);
    }

    function test_a_round_is_as_old_as_what_attesters_signed() public {
        vm.warp(vm.getBlockTimestamp() + 10 minutes);
        uint256 signedAt = vm.getBlockTimestamp();
        refreshNow();
        vm.warp(signedAt + 1 hours);
        (uint80 roundId, , uint256 startedAt, uint256 updatedAt, uint80 answeredInRound) = locked.latestRoundData();
        assertEq(updatedAt, signedAt);
        assertEq(startedAt, signedAt);
        assertEq(roundId, signedAt);
        assertEq(answeredInRound, roundId);
    }

    function test_a_reader_of_aggregators_reads_it() public {
        FeedAdapter adapter = new FeedAdapter(FeedBounds(address(locked), 1 days, 60, 1, type(uint96).max));
        (uint96 whole, , ) = adapter.read();
        assertEq(whole, 105e12);
    }

    function test_says_nothing_while_the_source_is_in_doubt() public {
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + 72 hours));
        vm.expectRevert(abi.encodeWithSelector(MarginFeed.SourceNotLive.selector, SOURCE, SourceState.QUARANTINED));
        locked.latestRoundData();
    }

    function test_says_nothing_while_a_loss_is_not_accounted_for() public {
        uint64 point = tip(journal);
        lock(USD, 30 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        rewindTo(point);
        refreshNow();
        vm.expectRevert(abi.encodeWithSelector(MarginFeed.AssetUnsettled.selector, USD, 30 * ONE_USD, 0, 0));
        deficit.latestRoundData();
    }

    function _expect(int256 locked_, int256 credited_, int256 parked_, int256 deficit_) private view {
        assertEq(_answerOf(locked), locked_, "locked");
        assertEq(_answerOf(credited), credited_, "credited");
        assertEq(_answerOf(parked), parked_, "parked");
        assertEq(_answerOf(deficit), deficit_, "deficit");
    }

    function _answerOf(MarginFeed feed) private view returns (int256 answer) {
        (, answer, , , ) = feed.latestRoundData();
    }
}
