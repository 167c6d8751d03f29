// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {LedgerLens} from "../../../solidity/lens/LedgerLens.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {TestProtocol} from "../../protocols/TestProtocol.sol";

/// @notice Alice has 100 USD and 20 ETH that count, Bob 5 USD that do not; one protocol is listed, nobody opted in.
abstract contract LedgerReleaseFixture is LedgerFixture {
    TestProtocol internal protocol;

    function setUp() public virtual override {
        super.setUp();
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        lock(ETH, 20 * ONE_ETH, accountOf(alice), 0);
        lock(USD, 5 * ONE_USD, accountOf(bob), 0);
        applyAll();
        ILedger chosen = ledgerUnderTest();
        if (chosen != ledger) (ledger, lens) = (chosen, new LedgerLens(address(chosen)));
        protocol = new TestProtocol(ledger);
        vm.prank(governor);
        ledger.listProtocol(address(protocol));
    }

    /// @dev The ledger that protocols meet; a suite may run once more against another one that answers alike.
    function ledgerUnderTest() internal virtual returns (ILedger) {
        return ledger;
    }

    /// @dev So high that none of these credits is above the season level.
    function capOfAssets() internal pure virtual override returns (uint64) {
        return 16_000_000;
    }

    /// @dev An address as a recipient: left-padded.
    function wordOf(address at) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(at)));
    }

    /// @dev The owner releases to its own address.
    function release(address owner, uint16 assetId, uint128 amount, uint96 fee) internal {
        vm.prank(owner);
        ledger.requestRelease(accountOf(owner), assetId, amount, wordOf(owner), fee);
    }

    /// @dev The owner opts in and the protocol opens a position under the gate; maintenance is half of initial.
    function _openPosition(address owner, uint256 initialWad) internal {
        vm.prank(owner);
        ledger.optIn(accountOf(owner), address(protocol));
        protocol.trade(accountOf(owner), initialWad, initialWad / 2);
    }

    /// @dev Writes a line's word: lines are the ledger's first mapping.
    function _setLine(bytes32 account, uint16 assetId, uint256 word) internal {
        vm.store(address(ledger), keccak256(abi.encode(assetId, keccak256(abi.encode(account, 0)))), bytes32(word));
    }
}
