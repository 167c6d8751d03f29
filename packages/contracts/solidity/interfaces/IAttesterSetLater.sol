// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalHead} from "../libraries/Statements.sol";

/// @title What later releases add to the attester set
/// @dev Nothing inherits this yet. Signatures are fixed here so that later code adds and does not move; the event `Rotated`
///      is in `IAttesterSet`, the signed types in `Statements`.
interface IAttesterSetLater {
    /// @notice A member signed two heads for one count of one edge.
    /// @param member address of the attester
    /// @param edge name of the edge
    /// @param count number of entries
    event Equivocation(address indexed member, bytes32 indexed edge, uint64 count);
    /// @notice A member's signatures are refused from now on.
    /// @param epoch number of the set, from 1
    /// @param member address of the attester
    event Suspended(uint32 indexed epoch, address indexed member);
    /// @notice A set was installed without old signatures.
    /// @param epoch number of the set, from 1
    /// @param members addresses, ascending
    event Recovered(uint32 indexed epoch, address[] members);
    /// @notice An edge was stopped; the reason is unsigned.
    /// @param edge name of the edge
    /// @param nonce how often the edge was cleared before
    /// @param reason unsigned, what the caller stated
    event Halted(bytes32 indexed edge, uint64 nonce, bytes32 reason);

    /// @notice Installs the next epoch, signed by the old one. [governor]
    /// @param members addresses, ascending
    /// @param activeFrom time in seconds
    /// @param sigs signatures as `IAttesterSet.verify` takes them
    function rotate(address[] calldata members, uint40 activeFrom, bytes calldata sigs) external;

    /// @notice Suspends a member that signed both statements, which differ in their head alone or in more.
    /// @param edge name of the edge
    /// @param count number of entries
    /// @param a one statement
    /// @param sigA the member's signature of it
    /// @param b another statement for the same count
    /// @param sigB the member's signature of that
    function prove(
        bytes32 edge,
        uint64 count,
        JournalHead calldata a,
        bytes calldata sigA,
        JournalHead calldata b,
        bytes calldata sigB
    ) external;

    /// @notice Suspends a member; guardian and evidence together reach at most n − k of an epoch. [guardian]
    /// @param member address of the attester
    function suspend(address member) external;

    /// @notice Proposes or, 14 days later, installs a set without old signatures. [governor and guardian]
    /// @param members addresses, ascending
    function recover(address[] calldata members) external;

    /// @notice Stops an edge with n − k + 1 signatures.
    /// @param edge name of the edge
    /// @param nonce how often the edge was cleared before
    /// @param epoch number of the set, from 1
    /// @param sigs signatures as `IAttesterSet.verify` takes them
    /// @param reason unsigned, kept in the event
    function halt(bytes32 edge, uint64 nonce, uint32 epoch, bytes calldata sigs, bytes32 reason) external;
}
