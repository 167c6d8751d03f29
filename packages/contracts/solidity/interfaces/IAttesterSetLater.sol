// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalHead} from "../libraries/Statements.sol";

/// @title What later releases add to the attester set
/// @dev Nothing inherits this yet. Signatures are fixed here so that later code adds and does not move; the event `Rotated`
///      is in `IAttesterSet`, the signed types in `Statements`.
interface IAttesterSetLater {
    /// @notice A member signed two heads for one count of one edge.
    event Equivocation(address indexed member, bytes32 indexed edge, uint64 count);
    /// @notice A member's signatures are refused from now on.
    event Suspended(uint32 indexed epoch, address indexed member);
    /// @notice A set was installed without old signatures.
    event Recovered(uint32 indexed epoch, address[] members);
    /// @notice An edge was stopped; the reason is unsigned.
    event Halted(bytes32 indexed edge, uint64 nonce, bytes32 reason);

    /// @notice Installs the next epoch, signed by the old one. [governor]
    function rotate(address[] calldata members, uint40 activeFrom, bytes calldata sigs) external;

    /// @notice Suspends a member that signed both statements, which differ in their head alone or in more.
    function prove(
        bytes32 edge,
        uint64 count,
        JournalHead calldata a,
        bytes calldata sigA,
        JournalHead calldata b,
        bytes calldata sigB
    ) external;

    /// @notice Suspends a member; guardian and evidence together reach at most n − k of an epoch. [guardian]
    function suspend(address member) external;

    /// @notice Proposes or, 14 days later, installs a set without old signatures. [governor and guardian]
    function recover(address[] calldata members) external;

    /// @notice Stops an edge with n − k + 1 signatures.
    function halt(bytes32 edge, uint64 nonce, uint32 epoch, bytes calldata sigs, bytes32 reason) external;
}
