// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {IEdge} from "../../solidity/edge/IEdge.sol";
import {Auction, ILiquidationAuction} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {AuctionFixture} from "./AuctionFixture.sol";
import {Conduct, TestLender} from "./TestLender.sol";

/// @notice Starts and touches of many accounts in one call.
contract AuctionBatchesTest is AuctionFixture {
    uint256 private constant MANY = 20;

    /// @dev Number 0 is Alice, 1 to 20 owe 12,000 against 10 ETH, or half of that at an odd number; the last two owe nothing.
    bytes32[] private _all;

    function setUp() public override {
        super.setUp();
        _all.push(debtor);
        for (uint256 i = 1; i <= MANY; ++i) _all.push(_borrower(i, i % 2 == 1 ? 6_000e6 : 12_000e6));
        _all.push(taker);
        _all.push(keccak256("nobody"));
    }

    function test_a_batch_starts_those_below_maintenance_and_leaves_the_others() public {
        crash(1_500e12);
        auction.start(_all[2]);
        uint256 notices = lender.notices();
        vm.prank(keeper);
        uint256[] memory requiredWad = auction.startMany(_all);
        Auction[] memory found = auction.auctionsOf(_all);
        for (uint256 i = 0; i < _all.length; ++i) {
            bool isUnhealthy = i % 2 == 0 && i <= MANY;
            bool isNew = isUnhealthy && i != 2;
            (, uint256 required) = maintenanceOf(_all[i]);
            assertEq(requiredWad[i], isNew ? required : 0);
            assertEq(found[i].startedAt, isUnhealthy ? vm.getBlockTimestamp() : 0);
            assertEq(
                found[i].starter,
                isNew
                    ? keeper
                    : i == 2
                        ? address(this)
                        : address(0)
            );
            assertEq(abi.encode(found[i]), abi.encode(auction.auctionOf(_all[i])));
        }
        assertEq(lender.notices(), notices + MANY / 2);
        assertEq(auction.startMany(_all).length, _all.length);
        assertEq(abi.encode(auction.auctionsOf(_all)), abi.encode(found), "a second batch changes nothing");
    }

    function test_an_account_named_twice_in_a_batch_starts_once() public {
        crash(1_500e12);
        bytes32[] memory twice = new bytes32[](2);
        (twice[0], twice[1]) = (debtor, debtor);
        uint256[] memory requiredWad = auction.startMany(twice);
        assertGt(requiredWad[0], 0);
        assertEq(requiredWad[1], 0);
        assertEq(lender.notices(), 1);
    }

    function test_an_empty_batch_changes_nothing() public {
        assertEq(auction.startMany(new bytes32[](0)).length, 0);
        assertEq(auction.auctionsOf(new bytes32[](0)).length, 0);
    }

    function test_a_batch_is_refused_while_auctions_are_stopped() public {
        crash(1_500e12);
        uint40 until = uint40(vm.getBlockTimestamp() + 1 hours);
        vm.prank(pauser);
        auction.stop(until);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.AuctionsStopped.selector, until));
        auction.startMany(_all);
    }

    function test_a_batch_touches_what_runs_and_is_unhealthy_still() public {
        crash(1_500e12);
        auction.startMany(_all);
        uint256 began = vm.getBlockTimestamp();
        lender.repay(_all[4], 11_000e6);
        wait_(60);
        setPrices(1e12, 1_500e12);
        bool[] memory touched = auction.tryMany(_touches());
        Auction[] memory found = auction.auctionsOf(_all);
        for (uint256 i = 0; i < _all.length; ++i) {
            bool isRunning_ = i % 2 == 0 && i <= MANY;
            assertEq(touched[i], isRunning_ && i != 4);
            assertEq(
                found[i].seenAt,
                touched[i]
                    ? began + 60
                    : isRunning_
                        ? began
                        : 0
            );
        }
    }

    /// @dev The batch does to each account what `start` and `touch` do, at any price and with any of them started before.
    function testFuzz_a_batch_does_what_the_single_acts_do(uint96 eth, uint256 before, uint256 laterS) public {
        crash(uint96(bound(eth, 900e12, 2_400e12)));
        for (uint256 i = 0; i < _all.length; ++i) if ((before >> i) & 1 == 1) _tryStart(_all[i]);
        laterS = bound(laterS, 1, 3_000);
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < _all.length; ++i) _tryStart(_all[i]);
        wait_(laterS);
        for (uint256 i = 0; i < _all.length; ++i) try auction.touch(_all[i]) {} catch {}
        bytes memory singly = abi.encode(auction.auctionsOf(_all), lender.notices());
        vm.revertToState(snapshot);
        auction.startMany(_all);
        wait_(laterS);
        try auction.tryMany(_touches()) {} catch {}
        assertEq(abi.encode(auction.auctionsOf(_all), lender.notices()), singly);
    }

    function test_attack_6_a_protocol_that_burns_its_gas_stops_no_batch() public {
        TestLender burning = newLender(true);
        bytes32 hostile = newBorrower(burning, MANY + 1, 12_000e6);
        burning.setConduct(Conduct.NOTICE_BURNS_ITS_GAS);
        _all[1] = hostile;
        crash(1_500e12);
        uint256 snapshot = vm.snapshotState();
        auction.startMany(_all);
        for (uint256 i = 0; i <= MANY; i += 2) assertGt(auction.auctionOf(_all[i]).startedAt, 0);
        assertGt(auction.auctionOf(hostile).startedAt, 0);
        vm.revertToState(snapshot);
        // With too little gas all of it is refused: no account is passed over in silence.
        vm.expectPartialRevert(IEdge.GasTooLow.selector);
        auction.startMany{gas: 5_000_000}(_all);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_start_in_a_batch() public {
        bytes32[] memory batch = new bytes32[](MANY / 2);
        for (uint256 i = 0; i < batch.length; ++i) batch[i] = _all[2 * i + 2];
        crash(1_500e12);
        auction.startMany(batch);
        uint256 gas = vm.lastCallGas().gasTotalUsed / batch.length;
        console.log("start in a batch of 10, 1 line", gas);
        assertLt(gas, 125_000);
    }

    function _touches() private view returns (bytes[] memory acts) {
        acts = new bytes[](_all.length);
        for (uint256 i = 0; i < acts.length; ++i) acts[i] = abi.encodeCall(ILiquidationAuction.touch, (_all[i]));
    }

    function _tryStart(bytes32 account) private {
        try auction.start(account) {} catch {}
    }

    function _borrower(uint256 number, uint256 units) private returns (bytes32) {
        return newBorrower(lender, number, units);
    }
}
