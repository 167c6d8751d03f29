// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MockPyth} from "@pythnetwork/pyth-sdk-solidity/MockPyth.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ILedgerAccounts} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {PriceDesk} from "../../solidity/prices/PriceDesk.sol";
import {PriceDeskSender} from "../../solidity/prices/PriceDeskSender.sol";
import {PythBounds, PythFeed} from "../../solidity/prices/PythFeed.sol";
import {RedStoneBounds, RedStoneFeed} from "../../solidity/prices/RedStoneFeed.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {DeskTarget, GreedyFeed} from "./DeskTarget.sol";
import {RedStoneSigner} from "./RedStoneSigner.sol";

/// @notice Fresh prices and one call, for a real ledger; and that the desk is no way to anything of anybody else.
contract PriceDeskTest is LedgerReleaseFixture {
    uint256 private constant FEE = 3;
    uint16 private constant SLOT = 3;
    bytes32 private constant ID = keccak256("ETH/USD");

    address private mallory = makeAddr("mallory");
    MockPyth private pyth;
    PythFeed private feed;
    PriceDesk private desk;
    DeskTarget private target;

    function setUp() public override {
        super.setUp();
        pyth = new MockPyth(60, FEE);
        feed = new PythFeed(PythBounds(address(pyth), ID, 60, 10, 20_000, 1, type(uint96).max));
        vm.prank(governor);
        risk.listUnderlying(SLOT, address(feed), 1 hours);
        desk = new PriceDesk(address(ledger));
        target = new DeskTarget(risk);
        vm.deal(alice, 100);
        vm.deal(mallory, 100);
    }

    // What it does

    function test_the_target_finds_the_price_of_the_update() public {
        vm.prank(alice);
        bytes memory answer = desk.updateAndCall{value: 10}(
            _feeds(1),
            _updates(1),
            _slots(),
            address(target),
            abi.encodeCall(target.priceOf, (SLOT))
        );
        assertEq(abi.decode(answer, (uint256)), 2000e12);
        assertEq(target.sender(), desk.senderOf(alice));
        assertEq(target.value(), 0);
        assertEq(alice.balance, 100 - FEE);
        assertEq(address(pyth).balance, FEE);
        assertEq(address(desk).balance, 0);
    }

    function test_each_feed_is_paid_its_own_fee() public {
        vm.prank(alice);
        desk.updateAndCall{value: 3 * FEE}(
            _feeds(3),
            _updates(3),
            _slots(),
            address(target),
            abi.encodeCall(target.priceOf, (SLOT))
        );
        assertEq(address(pyth).balance, 3 * FEE);
        assertEq(alice.balance, 100 - 3 * FEE);
    }

    function test_brings_packages_of_redstone_too() public {
        address[] memory feeds = _feeds(2);
        bytes[][] memory updates = _updates(2);
        address[] memory signers = new address[](1);
        signers[0] = RedStoneSigner.signerOf(1);
        RedStoneFeed other = new RedStoneFeed(RedStoneBounds("ETH", signers, 1, 8, 60, 20_000, 1, type(uint96).max));
        bytes memory package = RedStoneSigner.package(1, "ETH", 2001e8, START * 1_000);
        (feeds[1], updates[1][0]) = (address(other), bytes.concat(package, RedStoneSigner.tail(1)));
        vm.prank(alice);
        desk.updateAndCall{value: FEE}(
            feeds,
            updates,
            _slots(),
            address(target),
            abi.encodeCall(target.priceOf, (SLOT))
        );
        (uint96 price, , ) = other.read();
        assertEq(price, 2001e12);
        assertEq(alice.balance, 100 - FEE);
    }

    function test_calls_without_feeds_and_slots() public {
        vm.prank(alice);
        bytes memory answer = desk.updateAndCall(
            _feeds(0),
            _updates(0),
            new uint16[](0),
            address(target),
            abi.encodeCall(target.priceOf, (SLOT))
        );
        assertEq(abi.decode(answer, (uint256)), 0);
    }

    // Refusals: all or nothing

    function test_refuses_feeds_and_updates_that_do_not_pair() public {
        vm.expectRevert(abi.encodeWithSelector(PriceDesk.UpdatesUnpaired.selector, 1, 2));
        desk.updateAndCall(_feeds(1), _updates(2), _slots(), address(target), "");
    }

    function test_refuses_a_fee_above_what_is_left_of_the_value() public {
        (address[] memory feeds, bytes[][] memory updates) = (_feeds(2), _updates(2));
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(PriceDesk.ValueSpent.selector, address(feed), FEE, 2));
        desk.updateAndCall{value: FEE + 2}(feeds, updates, _slots(), address(target), "");
        assertEq(alice.balance, 100);
    }

    function test_a_call_that_reverts_reverts_the_update_with_its_reason() public {
        (address[] memory feeds, bytes[][] memory updates) = (_feeds(1), _updates(1));
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(DeskTarget.Refused.selector, 7));
        desk.updateAndCall{value: 10}(feeds, updates, _slots(), address(target), abi.encodeCall(target.refuse, (7)));
        assertEq(alice.balance, 100);
        assertEq(risk.priceOf(SLOT).price, 0);
    }

    function test_refuses_a_target_without_code() public {
        vm.expectRevert(abi.encodeWithSelector(Address.AddressEmptyCode.selector, mallory));
        desk.updateAndCall(_feeds(0), _updates(0), new uint16[](0), mallory, "");
    }

    function test_takes_no_value_outside_a_call() public {
        vm.prank(alice);
        (bool ok, ) = address(desk).call{value: 1}("");
        assertFalse(ok);
        address hers = desk.senderOf(alice);
        vm.prank(alice);
        (ok, ) = hers.call{value: 1}("");
        // No code yet: the value waits for the address, and its calls carry none.
        assertTrue(ok);
        _call(alice, address(target), abi.encodeCall(target.priceOf, (SLOT)));
        vm.prank(alice);
        (ok, ) = hers.call{value: 1}("");
        assertFalse(ok);
    }

    // No rights

    function test_an_allowance_of_the_desk_is_nobodys_to_spend() public {
        PlainToken token = new PlainToken("USD", 6);
        token.mint(alice, 100);
        vm.startPrank(alice);
        token.approve(address(desk), type(uint256).max);
        token.approve(desk.senderOf(alice), type(uint256).max);
        vm.stopPrank();
        bytes memory theft = abi.encodeCall(token.transferFrom, (alice, mallory, 100));
        vm.prank(mallory);
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientAllowance(address,uint256,uint256)")));
        desk.updateAndCall(_feeds(0), _updates(0), new uint16[](0), address(token), theft);
        assertEq(token.balanceOf(alice), 100);
        // What she allowed to her own sender is hers to use.
        _call(alice, address(token), abi.encodeCall(token.transferFrom, (alice, bob, 40)));
        assertEq(token.balanceOf(bob), 40);
    }

    function test_tokens_that_reach_a_sender_are_its_callers() public {
        PlainToken token = new PlainToken("USD", 6);
        token.mint(desk.senderOf(alice), 100);
        bytes memory take = abi.encodeCall(token.transfer, (mallory, 100));
        vm.prank(mallory);
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientBalance(address,uint256,uint256)")));
        desk.updateAndCall(_feeds(0), _updates(0), new uint16[](0), address(token), take);
        _call(alice, address(token), abi.encodeCall(token.transfer, (alice, 100)));
        assertEq(token.balanceOf(alice), 100);
    }

    function test_a_desk_that_an_owner_appoints_acts_for_nobody() public {
        bytes32 account = accountOf(alice);
        vm.warp(START + 1 days);
        setPrices(1e12, 2000e12);
        vm.prank(alice);
        ledger.setOperator(account, address(desk), 3, type(uint40).max);
        bytes memory theft = abi.encodeCall(
            ILedgerAccounts.requestRelease,
            (account, 1, 10 * ONE_USD, wordOf(mallory), 0)
        );
        address sender = desk.senderOf(mallory);
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, sender, account, 1));
        desk.updateAndCall(_feeds(0), _updates(0), new uint16[](0), address(ledger), theft);
        address hers = desk.senderOf(alice);
        vm.prank(alice);
        ledger.setOperator(account, hers, 3, type(uint40).max);
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, sender, account, 1));
        desk.updateAndCall(_feeds(0), _updates(0), new uint16[](0), address(ledger), theft);
        // She alone acts through her sender.
        bytes memory act = abi.encodeCall(ILedgerAccounts.requestRelease, (account, 1, 10 * ONE_USD, wordOf(alice), 0));
        _call(alice, address(ledger), act);
        assertEq(amountOf(alice, 1), 90 * ONE_USD);
    }

    function test_a_sender_calls_for_the_desk_alone() public {
        _call(alice, address(target), abi.encodeCall(target.priceOf, (SLOT)));
        address hers = desk.senderOf(alice);
        bytes memory data = abi.encodeCall(target.priceOf, (SLOT));
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(PriceDeskSender.NotDesk.selector, alice));
        PriceDeskSender(hers).forward(address(target), data);
        // Nor through the desk: it is the sender of whoever asks that calls.
        data = abi.encodeCall(PriceDeskSender.forward, (address(target), data));
        address his = desk.senderOf(mallory);
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(PriceDeskSender.NotDesk.selector, his));
        desk.updateAndCall(_feeds(0), _updates(0), new uint16[](0), hers, data);
    }

    function test_a_call_inside_a_call_spends_its_own_value_alone() public {
        GreedyFeed greedy = new GreedyFeed(desk, address(target));
        address[] memory feeds = new address[](1);
        feeds[0] = address(greedy);
        // It asks for 4 and then, while 6 wait for Alice, for 6 more in a call without value.
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(PriceDesk.ValueSpent.selector, address(greedy), 6, 0));
        desk.updateAndCall{value: 10}(feeds, _updates(1), new uint16[](0), address(target), "");
        assertEq(alice.balance, 100);
    }

    function test_value_that_was_forced_in_is_nobodys() public {
        vm.deal(address(desk), 50);
        (address[] memory feeds, bytes[][] memory updates) = (_feeds(1), _updates(1));
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(PriceDesk.ValueSpent.selector, address(feed), FEE, 0));
        desk.updateAndCall(feeds, updates, _slots(), address(target), "");
        vm.prank(mallory);
        desk.updateAndCall{value: 10}(
            feeds,
            updates,
            _slots(),
            address(target),
            abi.encodeCall(target.priceOf, (SLOT))
        );
        assertEq(address(desk).balance, 50);
        assertEq(mallory.balance, 100 - FEE);
    }

    function _call(address caller, address to, bytes memory data) private {
        vm.prank(caller);
        desk.updateAndCall(_feeds(0), _updates(0), new uint16[](0), to, data);
    }

    function _feeds(uint256 count) private view returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) list[i] = address(feed);
    }

    /// @dev One update for each feed.
    function _updates(uint256 count) private view returns (bytes[][] memory lists) {
        lists = new bytes[][](count);
        for (uint256 i = 0; i < count; ++i) {
            lists[i] = new bytes[](1);
            lists[i][0] = _update(uint64(vm.getBlockTimestamp()));
        }
    }

    /// @dev As `MockPyth.createPriceFeedUpdateData` makes it, without a call.
    function _update(uint64 time) private pure returns (bytes memory) {
        uint256 price = 2000e8;
        return
            abi.encode(
                ID,
                price,
                uint256(0),
                int256(-8),
                uint256(time),
                price,
                uint256(0),
                int256(-8),
                uint256(time),
                uint256(0)
            );
    }

    function _slots() private pure returns (uint16[] memory slots) {
        slots = new uint16[](1);
        slots[0] = SLOT;
    }
}
