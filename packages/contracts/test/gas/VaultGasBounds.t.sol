// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {IVaultCore} from "../../solidity/interfaces/vault/IVault.sol";
import {HeadBook} from "../../solidity/witnesses/HeadBook.sol";
import {VaultFixture} from "../vault/VaultFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {TestWitness} from "../witnesses/TestWitness.sol";

/// @notice What every bridge keeps, and nothing of how it comes in.
contract RecordingBook is HeadBook {
    function record(bytes32 edge, uint64 count, bytes32 head) external {
        _recordHead(edge, count, head);
    }

    function publish(bytes32) external payable {}

    function quotePublish(bytes32) external pure returns (uint256) {
        return 0;
    }

    function kind() external pure returns (bytes32) {
        return "test";
    }

    function finality() external pure returns (bytes32) {
        return "none";
    }
}

/// @notice A token that burns gas at each transfer.
contract DearToken is PlainToken {
    uint256 private immutable _reads;
    mapping(uint256 at => uint256) private _words;

    constructor(uint256 reads) PlainToken("DEAR", 6) {
        _reads = reads;
    }

    function _update(address from, address to, uint256 value) internal override {
        uint256 sum = value;
        for (uint256 i = 0; i < _reads; ++i) sum += _words[i];
        if (sum == type(uint256).max) revert("never");
        super._update(from, to, value);
    }
}

/// @notice Fixed gas figures are measured where a contract is named, since nothing can change them later.
contract VaultGasBoundsTest is VaultFixture {
    function test_I6_the_record_of_a_bridge_costs_less_than_a_third_of_a_question() public {
        RecordingBook book = new RecordingBook();
        book.record("edge", 7, "head");
        vm.cool(address(book));
        uint256 gas = gasleft();
        bytes32 head = book.headAt("edge", 7);
        gas -= gasleft();
        assertEq(head, "head");
        console.log("headAt, cold:", gas);
        // And what a cold account costs more than a warm one.
        assertLe((gas + 2_500) * 3, 27_500);
        vm.cool(address(book));
        vm.prank(governor);
        vault.setWitness(0, address(book), true);
    }

    function test_I9_incident_a_witness_that_needs_more_than_a_question_has_is_refused() public {
        TestWitness witness = new TestWitness();
        TestWitness.Manner[3] memory silent = [
            TestWitness.Manner.REVERTS,
            TestWitness.Manner.BURNS_GAS,
            TestWitness.Manner.ANSWERS_NOTHING
        ];
        for (uint256 i = 0; i < 3; ++i) {
            witness.behave(silent[i]);
            vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessSilent.selector, address(witness), 27_500));
            vm.prank(governor);
            vault.setWitness(0, address(witness), true);
        }
        witness.behave(TestWitness.Manner.HONEST);
        vm.startPrank(governor);
        vault.setWitness(0, address(witness), true);
        vault.setWitness(0, address(0), true);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessRefused.selector, alice));
        vault.setWitness(0, alice, true);
    }

    function test_I9_incident_a_token_that_needs_more_than_a_payment_has_is_not_listed() public {
        address dear = address(new DearToken(130));
        vm.cool(dear);
        vm.expectPartialRevert(IVaultCore.TokenTooDear.selector);
        list(dear, 6);
        address cheap = address(new DearToken(80));
        vm.cool(cheap);
        assertEq(list(cheap, 6), 1);
    }
}
