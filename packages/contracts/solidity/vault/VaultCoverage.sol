// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/vault/IVault.sol";
import {VaultAsset} from "../interfaces/vault/VaultTypes.sol";
import {EntryCodec} from "../edge/EntryCodec.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Accounting without token transfers, and the coverage of an asset
abstract contract VaultCoverage is VaultBase {
    /// @dev The bits of a SHORTFALL's party that name the LOST that it answers; the accounted units lie below.
    uint256 private constant ANSWER_SHIFT = 128;

    /// @dev Accounts for more units, at most as many as the fields can hold.
    function _accountMore(VaultAsset storage kept, uint256 units) internal returns (uint104 booked) {
        uint256 room = ACCOUNTED_MAX - kept.accounted;
        booked = uint104(units < room ? units : room);
        kept.accounted += booked;
    }

    /// @dev Accounts for fewer units, but not for fewer than are owed.
    function _accountLess(VaultAsset storage kept, uint256 units) internal returns (uint104 booked) {
        uint256 free = kept.accounted - kept.owed;
        booked = uint104(units < free ? units : free);
        kept.accounted -= booked;
    }

    /// @dev Records which part of the asset's units has tokens now, and journals it. For an asset that the exit ended,
    ///      the journaled coverage is 0, whatever the vault holds: nothing is left for the ledger's lines.
    /// @param answers number of the LOST that this answers, 0 for none
    function _report(VaultAsset storage kept, uint16 asset, uint96 answers) internal {
        (uint256 deficit, uint256 coverage) = (kept.accounted, 0);
        bool ended = kept.flags & HINT_EXIT != 0;
        if (!ended) (deficit, coverage) = _coverageOf(kept);
        if (ended || deficit == 0) {
            kept.flags &= ~HINT_SHORT;
            kept.shortSince = 0;
        } else if (kept.flags & HINT_SHORT == 0) {
            kept.flags |= HINT_SHORT;
            // Safety of the casts: block times fit 32 bits until 2106, a coverage is at most 1e18.
            kept.shortSince = uint32(block.timestamp);
        }
        (kept.coverage, kept.reportedAt) = (uint64(coverage), uint32(block.timestamp));
        bytes32 party = bytes32(kept.accounted | (uint256(answers) << ANSWER_SHIFT));
        // A deficit is at most the accounted units, which fit 104 bits.
        _journal(EntryCodec.SHORTFALL, asset, uint128(deficit), 0, party);
        emit IVaultCore.Shortfall(asset, deficit, coverage);
    }

    /// @dev Returns the units that have no tokens now, and the part of a unit that has them: WAD, rounded down.
    function _coverageOf(VaultAsset storage kept) internal view returns (uint256 deficit, uint256 coverage) {
        (uint256 sum, uint256 held) = (kept.accounted, _heldOf(kept.token));
        return held < sum ? (sum - held, (held * WAD) / sum) : (0, WAD);
    }
}
