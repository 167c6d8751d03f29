// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What anyone does about protocols that fail, and the governor about protocols that end
/// @notice Refusing notices, storing readings; closing a protocol, releasing its accounts.
/// @dev Answers at the ledger's own address, as `ILedgerActs` does; errors and events are those of `ILedgerActs` where this
///      interface declares none.
interface ILedgerClaims {
    /// @notice No notice was given, the protocol is released, or it does not answer above 0.
    error NothingToRefuse(bytes32 account, address protocol);

    /// @notice The governor released the accounts of a protocol: they may leave it by notice whatever it requires.
    event ProtocolReleased(address indexed protocol);
    /// @notice Somebody showed that the protocol answers: the notice is void.
    event NoticeRefused(bytes32 indexed account, address indexed protocol);
    /// @notice A reading of a protocol's maintenance requirement was stored, WAD.
    event Observed(bytes32 indexed account, address indexed protocol, uint256 maintenanceWad);

    // ---------------------------------------------------------------------------------------------------------- anyone
    /// @notice Shows that a protocol answers above 0: a notice that was given to it is void.
    /// @dev For whoever looks after a protocol: its debtor chose the moment in which it failed, anybody chooses the moment of this.
    ///      Asked as `ILedgerActs.optOut` asks, from outside of the protocol, and the caller may warm its storage before. A protocol that
    ///      answers above 0 could not be left without a notice, so nobody is held by this who would not be held anyway. Reverts
    ///      with `NothingToRefuse`.
    function refuse(bytes32 account, address protocol) external;

    /// @notice Stores what a protocol requires for maintenance now; counted while it fails, if it is above what its last gate
    ///         recorded.
    /// @dev Replaces what was stored before, be it higher or lower, and the protocol's next gate clears it: an old high reading
    ///      does not outlive a later lower one. A reading that is high for a moment only, because somebody moves what the protocol
    ///      reads, counts in full in that moment anyway (`ILedgerMargin.marginOf` asks the protocol); storing it keeps it for a failure that
    ///      comes before the next reading, and the owner, or anyone, stores that. A reading that is low for a moment never counts
    ///      below what the last gate recorded. Asked as `refuse` asks, so the reading of a protocol that outgrew the gas of margins
    ///      can be stored too. Reverts with `RequirementUnknown` while the protocol fails, and with `NotOptedIn`.
    function observe(bytes32 account, address protocol) external;

    // -------------------------------------------------------------------------------------------------------- governor
    /// @notice Closes a listed protocol: nobody opts in any more and what it reserves may not rise. Debts stand: an account leaves
    ///         it as any other, once it requires nothing.
    /// @dev [governor] Listing it again undoes this.
    function closeProtocol(address protocol) external;

    /// @notice Releases the accounts of a hostile protocol: it is closed, and each may leave by notice of seven days whatever it
    ///         requires. Warning: this forgives what they owe it; its lenders lose what is not repaid.
    /// @dev [governor, after seven days in the timelock] Of a protocol that is, or was, listed. Listing it again ends this, and
    ///      a passed gate or `refuse` the notices that run then.
    function releaseFrom(address protocol) external;
}
