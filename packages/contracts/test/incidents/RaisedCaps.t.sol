// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line, ParkReason} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";

/// @notice Drift, April 2026: whoever held the admin keys removed the limits of a fake token and drained 285 M in twelve
///         minutes. Resolv, March 2026: a service key set amounts that the contract put no bound to.
/// @dev Here a raised cap lets in nothing at once: the bucket keeps what it held, and fills at the new rate.
contract RaisedCapsTest is LedgerFixture {
    function test_incident_a_raised_cap_lets_in_nothing_at_once() public {
        lock(USD, 250 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.prank(governor);
        ledger.setCap(USD, 1_000_000_000);
        lock(USD, 100_000 * ONE_USD, accountOf(alice), 0);
        lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        Line memory line = ledger.lineOf(accountOf(alice), USD);
        // What was locked before has its hour; 100,000 tokens at a million tokens a day have more.
        assertEq(line.unseasoned, 100_187_500_000);
        assertEq(line.seasonEnd, START + 8_640);
        assertEq(uint8(ledger.parkedOf(SOURCE, 3).reason), uint8(ParkReason.SEASON));
    }

    function test_incident_lowering_and_raising_a_cap_does_not_reset_the_limiter() public {
        lock(USD, 200 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.limitsOf(USD).bucketRoom, 50 * ONE_USD);
        vm.startPrank(governor);
        ledger.setCap(USD, 0);
        ledger.setCap(USD, 1_000_000);
        vm.stopPrank();
        assertEq(ledger.limitsOf(USD).bucketRoom, 0);
    }

    /// @notice No order of settings, up or down, puts a unit into the bucket.
    function testFuzz_I10_no_sequence_of_caps_fills_the_bucket(uint256 seed) public {
        lock(USD, uint128(seed % (250 * ONE_USD + 1)), accountOf(alice), 0);
        applyAll();
        uint256 room = ledger.limitsOf(USD).bucketRoom;
        for (uint256 i = 0; i < 12; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            vm.prank(governor);
            ledger.setCap(USD, uint64(random % 10 ** ((random >> 64) % 12)));
            uint256 now_ = ledger.limitsOf(USD).bucketRoom;
            assertLe(now_, room, "never raised");
            assertLe(now_, ledger.limitsOf(USD).burstUnits + 1);
            room = now_;
        }
    }

    /// @notice Resolv: an attested amount far above anything that was ever locked is bounded whatever it says.
    function test_incident_an_unbound_amount_is_parked_whole() public {
        lock(USD, 80_000_000 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), 0);
        assertEq(uint8(ledger.parkedOf(SOURCE, 1).reason), uint8(ParkReason.CAP));
    }

    /// @notice Fresh accounts' lines fill no slot of an account that did not ask for them: eight enable themselves, and the
    ///         owner's own choice has the other eight.
    function test_incident_nobody_stuffs_an_accounts_slots() public {
        vm.startPrank(governor);
        for (uint16 i = 3; i <= 30; ++i) {
            ledger.listAsset(assetListing(SOURCE, i, 1, 6));
        }
        vm.stopPrank();
        for (uint16 i = 3; i <= 30; ++i) {
            lock(i, 10 * ONE_USD, accountOf(alice), 0);
        }
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.linesOf(accountOf(alice)).length, 8);
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), USD, true);
        assertTrue(ledger.lineOf(accountOf(alice), USD).enabled);
    }
}
