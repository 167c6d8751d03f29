// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Protocols that require margin, and the auction
/// @notice Opting in and out, the gate, what a protocol may claim in an exit, what anyone does about protocols that fail and the
///         governor about protocols that end, and seizures.
/// @dev How a protocol is asked, and what counts as an answer: `ILedgerMargin`.
///
///      Exits: a vault whose attesters are gone pays by storage proof of this ledger (`IVaultExit`). What belongs to whom of an
///      account with protocols is what those registered here before (`setExitShare`): nobody can ask them then.
interface ILedgerProtocols {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice The address has no code, or is listed already.
    error ProtocolRefused(address protocol);
    /// @notice The governor has not listed this protocol, which sub-account 0 and an operator need, or has closed it.
    error ProtocolNotListed(address protocol);
    /// @notice Sub-account 0 holds at most 4 protocols, any other exactly one.
    error TooManyProtocols(uint256 count, uint256 max);
    /// @notice The account did not opt in to this protocol.
    error NotOptedIn(bytes32 account, address protocol);
    /// @notice The protocol still requires something of the account.
    error RequirementLeft(bytes32 account, address protocol, uint256 initialWad);
    /// @notice The notice has not run its seven days yet.
    error NoticeRunning(bytes32 account, address protocol, uint256 endsAt);
    /// @notice A closed protocol may not reserve more than it does.
    error ProtocolClosed(bytes32 account, address protocol, uint256 initialWad, uint256 reservedWad);
    /// @notice No notice was given, the protocol is released, or it does not answer above 0.
    error NothingToRefuse(bytes32 account, address protocol);
    /// @notice No share can be registered like that: above 10,000 basis points, or nobody to claim it.
    error ExitShareRefused(address claimant, uint16 shareBp);
    /// @notice The auction may take nothing from an account whose assets, at the grade that counts, cover what is required; both WAD.
    error AccountHealthy(bytes32 account, uint256 assetsWad, uint256 requiredWad);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice The governor listed a protocol, or closed it.
    event ProtocolListed(address indexed protocol, uint32 index, bool listed);
    /// @notice An account opted in to a protocol.
    event OptedIn(bytes32 indexed account, address indexed protocol);
    /// @notice The owner gave notice to a protocol that fails or is released; `optOut` ends it from `endsAt` on.
    event NoticeGiven(bytes32 indexed account, address indexed protocol, uint256 endsAt);
    /// @notice An account left a protocol.
    event OptedOut(bytes32 indexed account, address indexed protocol);
    /// @notice A protocol passed the gate; what it reserves is its initial requirement, WAD.
    event Gated(bytes32 indexed account, address indexed protocol, uint256 reserved);
    /// @notice The governor released the accounts of a protocol: they may leave it by notice whatever it requires.
    event ProtocolReleased(address indexed protocol);
    /// @notice Somebody showed that the protocol answers: the notice is void.
    event NoticeRefused(bytes32 indexed account, address indexed protocol);
    /// @notice A reading of a protocol's maintenance requirement was stored, WAD.
    event Observed(bytes32 indexed account, address indexed protocol, uint256 maintenanceWad);
    /// @notice A protocol registered its share of an account.
    event ExitShareSet(bytes32 indexed account, address indexed protocol, address claimant, uint16 shareBp);
    /// @notice Another auction may seize from `from` on.
    /// @param next its address, 0 for none
    /// @param from block time in seconds
    event AuctionScheduled(address indexed next, uint40 from);

    // ------------------------------------------------------------------------------------------------ owner, operator
    /// @notice Lets a protocol require margin of the account.
    /// @dev [owner] Sub-account 0: listed protocols only, at most 4. Any other: exactly one, listed or not, but none that was
    ///      closed. The operator of an account whose owner lives elsewhere may not release to others, so it names no protocol:
    ///      it chooses among the listed ones, for any sub-account. Repeating it changes nothing.
    function optIn(bytes32 account, address protocol) external;

    /// @notice Ends that if the protocol requires nothing.
    /// @dev [owner] If the protocol fails or is released, the first call gives notice (`NoticeGiven`), and a call in the second
    ///      seven days after it, while that still holds, ends it; later a new notice is needed. The protocol is asked with all
    ///      the gas that is left, at least 8,000,000: about twice what every margin reading gives, so a notice is for a protocol
    ///      that does not answer at all. Passing the protocol's gate ends a notice, unless the protocol is released, and anyone
    ///      ends it by `ILedgerProtocols.refuse`.
    function optOut(bytes32 account, address protocol) external;

    // --------------------------------------------------------------------------------------------- protocols, auction
    /// @notice Reverts with the reason unless A_I ≥ Q_I; records what the calling protocol reserves.
    /// @dev [a protocol of the account] Called after the protocol changed the position, in the same transaction. The calling
    ///      protocol is asked with 150,000 gas, so that what passes here can be read later from cold storage. A closed protocol
    ///      may not reserve more (`ProtocolClosed`). What was observed before is forgotten. Needs 160,000 gas, 4,000,000 for each
    ///      other protocol of the account, and 400,000 to be sure of the risk manager.
    function gate(bytes32 account) external;

    /// @notice Registers the calling protocol's share of every line and parked credit of an account, at every vault.
    /// @dev [protocol that the account opted in to] Counts in exits alone, and only as of the block that a vault's exit proves. It
    ///      lapses when the account opts out. Shares of several protocols that sum to more than the whole are scaled to it.
    /// @param account owner ‖ home ‖ sub-account
    /// @param claimant address on the vaults' chains that claims the share; the protocol answers for being that on each
    /// @param shareBp basis points, at most 10,000; 0 takes the registration back
    function setExitShare(bytes32 account, address claimant, uint16 shareBp) external;

    /// @notice Moves units of an account below its exit grade to whom the auction names.
    /// @dev [auction] Whatever the state of the source. Refused unless A_E < Q_E holds before, and A_M < Q_M held at a seizure of
    ///      the last six hours or holds now, so that no auction can take anything from a healthy account. What has not seasoned
    ///      goes last and keeps its season (I16).
    /// @param account that loses them
    /// @param to account with an owner, whose home is this chain or the asset's source
    /// @param assetId ledger-wide index
    /// @param amount token units, up to the whole line
    function seize(bytes32 account, bytes32 to, uint16 assetId, uint128 amount) external;

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Shows that a protocol answers above 0: a notice that was given to it is void.
    /// @dev For whoever looks after a protocol: its debtor chose the moment in which it failed, anybody chooses the moment of this.
    ///      Asked as `ILedgerProtocols.optOut` asks, from outside of the protocol, and the caller may warm its storage before. A protocol that
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

    // ------------------------------------------------------------------------------------------------------- governor
    /// @notice Lists a protocol for sub-account 0.
    /// @dev [governor]
    function listProtocol(address protocol) external returns (uint32 index);

    /// @notice Closes a listed protocol: nobody opts in any more and what it reserves may not rise. Debts stand: an account leaves
    ///         it as any other, once it requires nothing.
    /// @dev [governor] Listing it again undoes this.
    function closeProtocol(address protocol) external;

    /// @notice Releases the accounts of a hostile protocol: it is closed, and each may leave by notice of seven days whatever it
    ///         requires. Warning: this forgives what they owe it; its lenders lose what is not repaid.
    /// @dev [governor, after seven days in the timelock] Of a protocol that is, or was, listed. Listing it again ends this, and
    ///      a passed gate or `refuse` the notices that run then.
    function releaseFrom(address protocol) external;

    /// @notice Names the auction that may seize, in place of the one before, from seven days later on; 0 for none.
    /// @dev [governor] At first there is none. Naming another one before the date replaces the one that waits.
    /// @param next its address
    function setAuction(address next) external;
}
