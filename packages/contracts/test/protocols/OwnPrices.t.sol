// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";
import {FirstProtocol} from "./FirstProtocol.t.sol";

/// @notice What docs/INTEGRATE.md says of a protocol's own prices: the gate renews those of the account's lines, and no other.
contract OwnPricesTest is LedgerReleaseFixture {
    FirstProtocol private first;
    uint16[] private eth = [2];

    function setUp() public override {
        super.setUp();
        first = new FirstProtocol(ledger);
        vm.prank(governor);
        ledger.listProtocol(address(first));
    }

    function test_the_gate_leaves_the_price_of_what_is_no_line_as_it_was_until_somebody_pokes() public {
        address carol = makeAddr("carol");
        bytes32 account = accountOf(carol);
        lock(USD, 50 * ONE_USD, account, 0);
        applyAll();
        _fallAndDraw(carol, account);
        assertEq(risk.priceOf(2).price, 2_000e12);
        risk.poke(eth);
        assertEq(risk.priceOf(2).price, 1_600e12);
    }

    function test_the_gate_renews_the_price_of_a_line() public {
        _fallAndDraw(alice, accountOf(alice));
        assertEq(risk.priceOf(2).price, 1_600e12);
    }

    /// @dev The feed of ETH falls, and nobody pokes; then a draw passes the gate.
    function _fallAndDraw(address owner, bytes32 account) private {
        vm.prank(owner);
        ledger.optIn(account, address(first));
        vm.warp(vm.getBlockTimestamp() + 60);
        ethFeed.set(1_600e12, 0, uint40(vm.getBlockTimestamp()));
        vm.prank(owner);
        first.draw(account, 1e18);
    }
}
