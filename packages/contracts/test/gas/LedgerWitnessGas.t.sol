// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {ParkReason} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {WitnessFixture} from "../ledger/losses/LedgerWitnesses.t.sol";
import {TestWitness} from "../witnesses/TestWitness.sol";

/// @notice What the dearest batches of a source that asks for witnesses cost, whole transactions with cold storage.
contract LedgerWitnessGasTest is WitnessFixture {
    uint256 private constant INTRINSIC = 21_000;
    uint16 private constant ASSETS = 64;
    uint256 private constant CEILING = 8_000_000;

    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        for (uint16 i = 3; i <= ASSETS; ++i) ledger.setFast(ledger.listAsset(assetListing(SOURCE, i, 1, 6)), 1_000);
        vm.stopPrank();
    }

    /// @notice Each credit is the first of its asset and passes its fast limit: parked, with a date in a schedule of its own.
    function test_I14_64_first_credits_above_their_fast_limits_in_one_transaction() public {
        for (uint16 i = 1; i <= ASSETS; ++i) lock(i, 200 * ONE_USD, accountOf(address(uint160(1000 + i))), 1);
        uint256 alone = _gasOf(new uint64[](0), vm.snapshotState());
        uint256 marked = _gasOf(_fourMarks(), vm.snapshotState());
        for (uint256 i = 0; i < 3; ++i) witnesses[i].behave(TestWitness.Manner.BURNS_GAS);
        uint256 burnt = _gasOf(_fourMarks(), vm.snapshotState());
        console.log("64 first credits above their fast limits:", alone);
        console.log("with four marks:", marked);
        console.log("with four marks, and three witnesses that burn their gas:", burnt);
        assertLe(alone, CEILING);
        assertLe(marked, CEILING);
        assertLe(burnt, CEILING);
    }

    function _fourMarks() private pure returns (uint64[] memory marks) {
        marks = new uint64[](4);
        (marks[0], marks[1], marks[2], marks[3]) = (16, 32, 48, 64);
    }

    /// @dev Intrinsic gas and calldata are added to what the call uses; the ledger is cold as in a transaction of its own.
    function _gasOf(uint64[] memory marks, uint256 snapshot) private returns (uint256 gas) {
        JournalHead memory statement = statementOf(journal, ASSETS);
        bytes memory call_ = abi.encodeCall(
            ILedgerCore.applyEntries,
            (SOURCE, 0, entriesOf(journal, 0, ASSETS), marks, statement, sign(statement), accountOf(relayer))
        );
        vm.cool(address(ledger));
        vm.cool(address(attesters));
        address target = address(ledger);
        gas = gasleft();
        (bool ok, ) = target.call(call_);
        gas -= gasleft();
        assertTrue(ok);
        assertEq(uint8(reasonAt(ASSETS)), uint8(ParkReason.UNCONFIRMED));
        gas += INTRINSIC;
        for (uint256 i = 0; i < call_.length; ++i) gas += call_[i] == 0 ? 4 : 16;
        vm.revertToState(snapshot);
    }
}
