// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Statements that nobody signs
/// @notice The manual of `LocalHeads`.
interface ILocalHeads {
    /// @notice The proof of a local statement is not the 64 bytes of `abi.encode(address journal, bool ofVault)`.
    error LocalProofMalformed(uint256 length);
    /// @notice The statement names another edge than the one from the journal to the caller, under its first name.
    error EdgeNotLocal(bytes32 edge, bytes32 expected);
    /// @notice A local statement must be of this moment: the journal's tip, this block's time and number, and the hash
    ///         of the block before.
    error StatementNotOfNow(uint64 tip, uint64 expectedTip, uint64 asOf, uint64 blockNumber, bytes32 blockHash);
    /// @notice The journal does not have this head at this count, or the count is below its tip and nobody called
    ///         `keepHead`. `known` is 0 then.
    error LocalHeadDiffers(bytes32 edge, uint64 count, bytes32 head, bytes32 known);
    /// @notice No head is known at the count to which the entries lead: it must be the journal's tip or one that was
    ///         kept.
    error LocalHeadUnknown(bytes32 edge, uint256 count);

    /// @notice A journal's head below its tip was proven by the entries above it.
    event HeadKept(bytes32 indexed edge, uint64 count, bytes32 head);

    /// @notice Keeps a journal's head at a count below its tip, so that a replica far behind can catch up in several
    ///         transactions.
    /// @dev Open to anyone, any number of times. Work from the tip downwards, each time with as many entries as fit a
    ///      transaction. Replicas accept statements at multiples of 64.
    /// @param journal contract that appends, on this chain
    /// @param ofVault whether the journal is a vault's; else it is a ledger's for source 0
    /// @param replica contract that replays, on this chain
    /// @param count number of entries below which nothing is given, above 0
    /// @param head at that count
    /// @param entries packed entries from that count to the tip, or to a count that was kept
    function keepHead(
        address journal,
        bool ofVault,
        address replica,
        uint64 count,
        bytes32 head,
        bytes calldata entries
    ) external;

    /// @notice Returns a head that was kept, 0 for none.
    /// @param edge first name of the journal's edge
    /// @param count number of entries
    function keptHead(bytes32 edge, uint64 count) external view returns (bytes32);
}
