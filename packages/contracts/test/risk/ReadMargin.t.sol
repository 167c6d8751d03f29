// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";
import {Answer, TestProtocol} from "../protocols/TestProtocol.sol";

/// @notice Reads what is free on every chain together. To lend against it takes a gate as well.
contract ReadMargin {
    ILedgerMargin private immutable ledger;

    constructor(ILedgerMargin ledger_) {
        ledger = ledger_;
    }

    // Holds nothing; at the prices last poked. Lend only behind `gate`.
    function freeInitial(address trader) external view returns (uint256 wad) {
        (uint256 assets, uint256 required, , , , , uint256 status, ) = ledger.marginOf(bytes32(bytes20(trader)));
        return status & 32 == 0 && assets > required ? assets - required : 0;
    }
}

/// @notice The example of the README works against a real ledger.
contract ReadMarginTest is LedgerFixture {
    ReadMargin private reader;

    /// @dev So high that none of these credits is above the season level.
    function capOfAssets() internal pure override returns (uint64) {
        return 16_000_000;
    }

    function setUp() public override {
        super.setUp();
        reader = new ReadMargin(ledger);
    }

    function test_reads_nothing_of_a_trader_without_collateral() public view {
        assertEq(reader.freeInitial(alice), 0);
    }

    function test_reads_nothing_when_the_risk_manager_does_not_answer() public {
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.etch(address(risk), hex"fe");
        assertEq(reader.freeInitial(alice), 0);
    }

    function test_reads_nothing_while_a_protocol_of_the_trader_does_not_say_what_it_requires() public {
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        applyAll();
        TestProtocol protocol = new TestProtocol(ledger);
        vm.prank(governor);
        ledger.listProtocol(address(protocol));
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(protocol));
        assertEq(reader.freeInitial(alice), 72e18);
        protocol.setAnswer(Answer.REVERTS);
        assertEq(reader.freeInitial(alice), 0);
    }

    function test_reads_the_haircut_value_of_what_is_locked_elsewhere_and_holds_nothing() public {
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        applyAll();
        // 100 tokens at 1.00, base 0.80, source 0.90, fresh.
        assertEq(reader.freeInitial(alice), 72e18);
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), USD, 100 * ONE_USD, bytes32(uint256(uint160(alice))), 0);
        assertEq(reader.freeInitial(alice), 0);
    }
}
