// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";

/// @notice Reports of a vault that has too few tokens for its units, and the time that must pass before they are in force.
/// @dev The vault accounts for 105 USD at first: 100 of Alice, 5 of Bob.
abstract contract LedgerCoverageFixture is LedgerReleaseFixture {
    uint256 internal constant WAD = 1e18;
    uint128 internal constant ALL = 105 * ONE_USD;
    uint256 internal constant IMPAIRED = 4;
    uint256 internal constant SHORT = 8;
    uint256 internal constant OWING = 16;

    /// @dev Coverage in force, coverage reported, first report of less, earliest cover, number of an open LOST.
    struct Told {
        uint256 inForceWad;
        uint256 reportedWad;
        uint40 since;
        uint40 coverFrom;
        uint96 lostSeq;
    }

    /// @dev The vault journals that so many of its accounted units of USD have no tokens.
    function report(uint128 deficit, uint256 accounted) internal {
        reportOf(USD, deficit, accounted, 0);
    }

    /// @dev As `report`, of any asset, in answer to a LOST.
    function reportOf(uint16 asset, uint128 deficit, uint256 accounted, uint256 answered) internal {
        append(journal, Entry(EntryCodec.SHORTFALL, asset, deficit, 0, bytes32(accounted | (answered << 128)), 0));
    }

    /// @dev The vault reports, seven days pass, anyone puts the coverage in force.
    function shortAndCover(uint128 deficit, uint256 accounted) internal {
        report(deficit, accounted);
        applyAll();
        passWeek();
        ledger.cover(USD);
    }

    /// @dev Seven days, by the source's clock too.
    function passWeek() internal {
        vm.warp(vm.getBlockTimestamp() + 7 days);
        setPrices(1e12, 2000e12);
        refreshNow();
    }

    function toldOf(uint16 asset) internal view returns (Told memory told) {
        (told.inForceWad, told.reportedWad, told.since, told.coverFrom, told.lostSeq) = ledger.coverageOf(
            SOURCE,
            asset
        );
    }

    /// @dev Everything that is known of USD, and the two flags that must say the same.
    function expectCoverage(uint256 inForceWad, uint256 reportedWad, uint256 since) internal view {
        Told memory told = toldOf(USD);
        assertEq(told.inForceWad, inForceWad, "in force");
        assertEq(told.reportedWad, reportedWad, "reported");
        assertEq(told.since, since, "since");
        assertEq(told.coverFrom, since == 0 ? 0 : since + 7 days, "from");
        uint256 flags = (since == 0 ? 0 : IMPAIRED) | (inForceWad == WAD ? 0 : SHORT);
        assertEq(flagsOf(USD) & (IMPAIRED | SHORT), flags, "flags");
    }

    function flagsOf(uint16 assetId) internal view returns (uint256) {
        (uint256 asset, ) = ledger.termWordsOf(assetId);
        return uint8(asset >> 56);
    }

    function initialOf(address owner) internal view returns (uint256 initialWad) {
        (initialWad, , , , , , , ) = ledger.marginOf(accountOf(owner));
    }

    function maintenanceOf(address owner) internal view returns (uint256 maintenanceWad) {
        (, , , , maintenanceWad, , , ) = ledger.marginOf(accountOf(owner));
    }
}
