// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";

/// @notice Which end a line has when something joins what of it is unseasoned.
/// @dev The cap is 1,000 tokens, and what the fixture locked is above the season level: all that comes now is unseasoned.
contract LedgerSeasonEndsTest is LedgerReleaseFixture {
    uint256 private constant LATER = START + 30 days;
    address private carol = makeAddr("carol");

    function capOfAssets() internal pure override returns (uint64) {
        return 1_000_000;
    }

    function test_I16_one_unit_has_its_end() public {
        _credit(1);
        _expectLine(1, 1, START + 60 minutes);
    }

    function test_I16_a_later_end_of_one_unit_stays() public {
        _setLine(accountOf(carol), USD, (5 * ONE_USD) | (1 << 112) | (LATER << 216));
        _credit(3);
        _expectLine(5 * ONE_USD + 3, 4, LATER);
    }

    /// @notice A total loss leaves an end of nothing, which is nobody's.
    function test_the_end_of_nothing_puts_nothing_off() public {
        _setLine(accountOf(carol), USD, LATER << 216);
        _credit(3);
        _expectLine(3, 3, START + 60 minutes);
    }

    function _credit(uint128 amount) private {
        lock(USD, amount, accountOf(carol), 0);
        applyAll();
    }

    function _expectLine(uint256 amount, uint256 unseasoned, uint256 seasonEnd) private view {
        Line memory line = ledger.lineOf(accountOf(carol), USD);
        assertEq(line.amount, amount, "amount");
        assertEq(line.unseasoned, unseasoned, "unseasoned");
        assertEq(line.seasonEnd, seasonEnd, "seasonEnd");
    }
}
