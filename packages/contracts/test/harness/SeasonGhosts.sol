// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line, ParkReason, ParkedCredit} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Ghosts} from "./Ghosts.sol";
import {LedgerFixture, feesAt} from "../ledger/LedgerFixture.sol";

/// @notice The lines of four owners, each with two sub-accounts, and what of them has not seasoned as far as acts were looked at.
abstract contract SeasonGhosts is LedgerFixture, Ghosts {
    /// @notice Lines whose unseasoned part fell before its end, other than by a seizure.
    uint256 public seasonedEarly;

    /// @dev What of a line was unseasoned when it was looked at last, and until when.
    struct Season {
        uint256 unseasoned;
        uint256 seasonEnd;
    }

    mapping(bytes32 account => mapping(uint16 assetId => Season)) private seasons;
    address[4] internal owners;

    /// @notice Token units on all lines of an asset.
    function linesSum(uint16 assetId) public view returns (uint256 sum) {
        for (uint256 i = 0; i < 4; ++i) {
            for (uint80 sub = 0; sub < 2; ++sub) {
                sum += ledger.lineOf(AccountLib.encode(owners[i], 0, sub), assetId).amount;
            }
        }
    }

    /// @notice Token units parked for a vault's asset.
    function parkedSum(uint16 source, uint16 vaultAsset) public view returns (uint256 sum) {
        (, uint64 count, , , , ) = ledger.replicaOf(source);
        for (uint96 index = 1; index <= count; ++index) {
            ParkedCredit memory parked = ledger.parkedOf(source, index);
            if (parked.vaultAsset == vaultAsset) sum += parked.amount;
            parked = ledger.parkedOf(source, feesAt(index));
            if (parked.vaultAsset == vaultAsset) sum += parked.amount;
        }
    }

    /// @notice The ledger that the acts are done to.
    function ledger_() external view returns (ILedger) {
        return ledger;
    }

    /// @dev Notes whether a credit of a batch was parked because it was dust beside what its line holds unseasoned.
    function _noteDust(uint16 source, uint64 from, uint64 to) internal {
        for (uint64 i = from + 1; i <= to; ++i) {
            if (ledger.parkedOf(source, i).reason == ParkReason.SEASON) _hit("dust");
        }
    }

    /// @dev Compares each line's unseasoned part with what it was when it was looked at last, and looks at it. `lowers`: the act
    ///      may have taken of it.
    function _noteSeasons(bool lowers) internal {
        for (uint16 assetId = 1; assetId <= 4; ++assetId) {
            for (uint256 i = 0; i < 8; ++i) {
                bytes32 account = AccountLib.encode(owners[i / 2], 0, uint80(i % 2));
                Season storage kept = seasons[account][assetId];
                Line memory line = ledger.lineOf(account, assetId);
                bool fresh = vm.getBlockTimestamp() < line.seasonEnd && line.unseasoned != 0;
                if (!lowers && vm.getBlockTimestamp() < kept.seasonEnd) {
                    if (!fresh || line.unseasoned < kept.unseasoned || line.seasonEnd < kept.seasonEnd) ++seasonedEarly;
                    if (fresh && line.unseasoned > kept.unseasoned && kept.unseasoned != 0) _hit("joined");
                }
                if (fresh && kept.seasonEnd < line.seasonEnd) _hit("unseasoned");
                if (fresh && line.seasonEnd > vm.getBlockTimestamp() + 2 hours) _hit("bucket");
                (kept.unseasoned, kept.seasonEnd) = fresh ? (line.unseasoned, line.seasonEnd) : (0, 0);
            }
        }
    }
}
