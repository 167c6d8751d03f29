// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LocalFixture} from "./LocalFixture.sol";

/// @notice Source 0 is known as it is now. So a shortage of it freezes the weight of now.
contract LocalSourceShortfallTest is LocalFixture {
    /// @dev Not the weight of a source that nobody has heard of for thirty days.
    function test_I9_incident_a_unit_short_after_a_quiet_month_lowers_no_maintenance() public {
        lockAndCredit(alice, 100 * ONE_USD);
        vm.warp(vm.getBlockTimestamp() + 30 days);
        setPrices(1e12, 2000e12);
        assertEq(_maintenanceOf(alice), 80.75e18, "source 0 is fresh without any heartbeat");
        _loseOneUnit();
        assertEq(_maintenanceOf(alice), 80.75e18, "the weight stands still");
    }

    /// @dev The same after any quiet time: five points a day from the floor age on.
    function testFuzz_I9_no_shortage_of_source_0_lowers_a_weight_in_its_block(uint256 quietS) public {
        quietS = bound(quietS, 0, 60 days);
        lockAndCredit(alice, 100 * ONE_USD);
        vm.warp(vm.getBlockTimestamp() + quietS);
        setPrices(1e12, 2000e12);
        uint256 before = _maintenanceOf(alice);
        _loseOneUnit();
        assertEq(_maintenanceOf(alice), before);
    }

    /// @dev The ledger's copy of source 0's time stands still until somebody brings an entry.
    function test_I9_a_shortage_of_source_0_is_covered_after_seven_days() public {
        lockAndCredit(alice, 100 * ONE_USD);
        _loseOneUnit();
        vm.warp(vm.getBlockTimestamp() + 8 days);
        ledger.cover(LOCAL);
    }

    function _loseOneUnit() private {
        deal(address(token), address(own), 100 * ONE_USD - 1);
        vm.prank(relayer);
        own.report(LOCAL_ASSET);
        append(locks, Entry(EntryCodec.SHORTFALL, LOCAL_ASSET, 1, 0, bytes32(uint256(100 * ONE_USD)), 0));
        desk.credit(applied(), entriesOf(locks, applied(), tip(locks)), accountOf(relayer));
    }

    function _maintenanceOf(address owner) private view returns (uint256 maintenance) {
        (, , , , maintenance, , , ) = ledger.marginOf(accountOf(owner));
    }
}
