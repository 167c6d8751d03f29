// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VaultWitness} from "./VaultTypes.sol";

/// @title Witnesses of the ledger's journal at a vault, and quarantines of the edge
/// @notice `IHeadWitness` says what a witness is, `IVaultReleases` what a vault makes of it.
/// @dev Answers at the vault's own address; errors and events are those of `ICollateralVault`. Liveness: quarantines end by themselves;
///      confirm, mark and noteAhead are open to anyone.
interface IVaultWitnesses {
    /// @notice Compares the head at a mark, or the replica's own, with what a witness recorded.
    /// @param witness slot, 0 … 3
    /// @param count number of entries
    function confirm(uint8 witness, uint64 count) external;

    /// @notice Stores the head at a count if the entries lead from it to a stored mark or to the replica's head.
    /// @dev In steps if long: each step's head is a mark for the one before it.
    /// @param count number of entries
    /// @param head head at that count
    /// @param entries packed entries from that count on; none if the count is the replica's
    function mark(uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Puts the edge into quarantine: no batch, no payment past what witnesses confirmed. [guardian]
    /// @dev Lapses by itself. May be extended once; the next one begins 72 h after the end of the one before.
    /// @param until time in seconds, at most 72 h ahead
    function quarantine(uint40 until) external;

    /// @notice Takes over that the verifier is in recovery: no payment past what witnesses confirmed until it ends.
    /// @dev For 72 h at a time at most, so that a recovery which is withdrawn holds nothing for longer; anyone says it again.
    function noteRecovery() external;

    /// @notice Sets or removes the witness of a slot. [governor]
    /// @dev A new one counts again, whatever its predecessor showed, and has confirmed nothing; what was confirmed stays.
    /// @param witness slot, 0 … 3
    /// @param at an `IHeadWitness` of this chain that answers within 27,500 gas, 0 to remove; never below the number that must confirm
    /// @param conflicts it waits for finality, so another head is a conflict
    function setWitness(uint8 witness, address at, bool conflicts) external;

    /// @notice Sets how many witnesses must confirm a count. [governor]
    /// @param m at most the number that is set; 0 only on a development chain
    function setWitnessPolicy(uint8 m) external;

    /// @notice Gives the witness of a slot, and the highest count that it confirmed.
    /// @param witness slot, 0 … 3
    function witnessOf(uint8 witness) external view returns (VaultWitness memory kept, uint64 confirmed);

    /// @notice Gives the policy and its state.
    /// @return m witnesses that must confirm
    /// @return counting bit per slot: a witness that counts
    /// @return conflicted bit per slot: a witness that showed another head
    /// @return confirmed count that enough of them have confirmed
    function witnessPolicy() external view returns (uint8 m, uint8 counting, uint8 conflicted, uint64 confirmed);

    /// @notice Puts on record that a witness has recorded a count which the replica has not reached. Anyone may.
    /// @dev Statements that deny the tip keep an edge fresh and replay nothing. Once as many witnesses as must confirm, and two at
    ///      least, have stood on record for 30 days, such statements are no news: the exit may be announced, and the announcement
    ///      stands until the replica reaches those counts. One witness alone opens nothing. A rewind, and another witness in the
    ///      slot, begin anew.
    /// @param witness slot, 0 … 3, of a witness that counts
    /// @param count number of entries, above the replica's
    function noteAhead(uint8 witness, uint64 count) external;

    /// @notice Gives what is on record of a witness that is ahead of the replica, 0 if nothing is.
    /// @param witness slot, 0 … 3
    function aheadOf(uint8 witness) external view returns (uint64 count, uint40 since);
}
