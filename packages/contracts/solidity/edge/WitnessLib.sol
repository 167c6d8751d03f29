// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {IEdge} from "./IEdge.sol";
import {Replica, ReplicaLib} from "./ReplicaLib.sol";

/// @title Reading witnesses' records of a journal
/// @notice Each end decides which witnesses count, and what follows from a conflict.
/// @dev Safety: a witness is read by `staticcall` with limited gas. One that fails or returns nothing is silent. A
///      caller cannot make one fail by sending too little gas. Its record is only compared with a head that k attesters
///      signed, so nobody can make it conflict with anything else.
library WitnessLib {
    /// @notice Places for witnesses, each with a lane in `Replica.confirmedBy`.
    uint256 internal constant PLACES = 4;
    /// @dev Gas for the call itself and the code after it, beyond the 64th that a call keeps back.
    uint256 private constant SPARE_GAS = 5_000;

    /// @notice Reads one word from a witness; 0 if it fails or returns less.
    /// @param witness a contract
    /// @param gas_ gas limit of the call
    /// @param question a packed call
    function ask(address witness, uint256 gas_, bytes memory question) internal view returns (bytes32 answer) {
        uint256 needed = gas_ + gas_ / 63 + SPARE_GAS;
        if (gasleft() < needed) revert IEdge.GasTooLow(gasleft(), needed);
        assembly ("memory-safe") {
            let answered := staticcall(gas_, witness, add(question, 0x20), mload(question), 0, 0x20)
            if and(answered, gt(returndatasize(), 0x1f)) {
                answer := mload(0)
            }
        }
    }

    /// @notice Returns the head that a witness recorded, 0 for none.
    /// @param witness an `IHeadWitness`
    /// @param gas_ gas limit of the call
    /// @param edge first name of the edge
    /// @param count number of entries
    function recordOf(address witness, uint256 gas_, bytes32 edge, uint64 count) internal view returns (bytes32) {
        return ask(witness, gas_, abi.encodeCall(IHeadWitness.headAt, (edge, count)));
    }

    /// @notice Compares heads at marks with a witness's record.
    /// @param witness an `IHeadWitness`
    /// @param gas_ gas limit of one call
    /// @param edge first name of the edge
    /// @param marks counts
    /// @param heads ours, at the marks
    /// @return agreed highest mark at which the record agrees, 0 for none
    /// @return differs index of the first mark at which the record differs; the number of marks if none does
    /// @return theirs the record there
    function compare(
        address witness,
        uint256 gas_,
        bytes32 edge,
        uint64[] calldata marks,
        bytes32[] memory heads
    ) internal view returns (uint64 agreed, uint256 differs, bytes32 theirs) {
        differs = marks.length;
        for (uint256 i = 0; i < marks.length; ++i) {
            bytes32 seen = recordOf(witness, gas_, edge, marks[i]);
            if (seen == heads[i]) agreed = marks[i];
            else if (seen != 0 && theirs == 0) (differs, theirs) = (i, seen);
        }
    }

    /// @notice Compares the replica's head at one count with a witness's record.
    /// @param replica whose head it is
    /// @param place of the witness
    /// @param witness an `IHeadWitness`
    /// @param gas_ gas limit of the call
    /// @param edge first name of the edge
    /// @param count number of entries
    /// @param mayConflict false for a witness whose difference stops nothing: the difference then reverts
    function compareAt(
        Replica storage replica,
        uint8 place,
        address witness,
        uint256 gas_,
        bytes32 edge,
        uint64 count,
        bool mayConflict
    ) internal view returns (bytes32 ours, bytes32 theirs) {
        ours = ReplicaLib.headAt(replica, count);
        theirs = recordOf(witness, gas_, edge, count);
        if (theirs == 0) revert IEdge.RecordMissing(place, count);
        if (theirs != ours && !mayConflict) revert IEdge.RecordDiffers(place, count, ours, theirs);
    }

    /// @notice Records that a witness confirmed a count. Only a rewind lowers the confirmed count.
    /// @param replica of the journal
    /// @param place of the witness
    /// @param count number of entries
    /// @param needed how many witnesses must have confirmed a count
    /// @return before highest count that this witness had confirmed; a `count` not above it changes nothing
    function confirm(
        Replica storage replica,
        uint8 place,
        uint64 count,
        uint256 needed
    ) internal returns (uint64 before) {
        uint256 lanes = replica.confirmedBy;
        uint256 shift = uint256(place) * 64;
        before = uint64(lanes >> shift);
        if (count <= before) return before;
        lanes = (lanes & ~(uint256(type(uint64).max) << shift)) | (uint256(count) << shift);
        replica.confirmedBy = lanes;
        uint64 confirmed = highest(lanes, needed);
        if (confirmed > replica.confirmed) replica.confirmed = confirmed;
    }

    /// @notice Returns the n-th highest of four 64-bit lanes; 0 if n is 0.
    function highest(uint256 lanes, uint256 n) internal pure returns (uint64 value) {
        if (n == 0) return 0;
        for (uint256 i = 0; i < PLACES; ++i) {
            uint64 one = uint64(lanes >> (i * 64));
            uint256 atLeast = 0;
            for (uint256 j = 0; j < PLACES; ++j) {
                if (uint64(lanes >> (j * 64)) >= one) ++atLeast;
            }
            if (atLeast >= n && one > value) value = one;
        }
    }
}
