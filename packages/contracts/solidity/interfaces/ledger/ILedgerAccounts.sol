// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {ParkReason} from "./LedgerTypes.sol";

/// @title Acts of owners and operators at a ledger
/// @notice Releases of lines and of parked credits, moves, operators, and unparking; the part of the ledger's interface
///         that can lower a line.
/// @dev Authority: owner = the first 20 bytes of an account whose home is 0. Operator rights are bits: 1 release to the
///      owner's own address without a fee, 2 (with 1) any recipient and any fee. A fee goes to the account that executes the
///      payment, so it counts as another recipient. Warning: someone else may control a contract's address on the vault's chain.
///
///      EIP-712: domain name "Surety", version "1", the chain id and the ledger;
///      `Release(bytes32 account,uint16 assetId,uint128 amount,bytes32 recipient,uint96 fee,uint256 nonce,uint40 deadline)`.
///
///      An act that takes enabled value away must leave the account's initial margin (`ILedgerMargin`, I5). What is parked counts
///      nothing, so no margin is asked for when it leaves.
interface ILedgerAccounts {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice Only the account's owner on this chain may do this.
    error NotOwner(address caller, bytes32 account);
    /// @notice The caller is neither the account's owner nor an operator with this right.
    error RightMissing(address caller, bytes32 account, uint16 right);
    /// @notice An operator without the right for other recipients releases to the owner's address, without a fee.
    error RecipientNotOwner(bytes32 recipient, uint96 fee);
    /// @notice The signature is not the owner's, or the account has no owner on this chain.
    error SignatureRefused(bytes32 account);
    /// @notice The message is too old.
    error DeadlinePassed(uint40 deadline, uint256 blockTime);
    /// @notice The nonce was used or cancelled.
    error NonceUsed(bytes32 account, uint256 nonce);
    /// @notice The zero address, or the owner itself, is no operator.
    error OperatorRefused(address operator);
    /// @notice Only rights that this version knows can be given.
    error RightsRefused(uint16 rights, uint16 accepted);
    /// @notice The line has less than this that may leave: unseasoned units stay.
    error AmountUnavailable(uint128 amount, uint256 seasoned);
    /// @notice The smallest release is the smallest lock, or the whole line.
    error ReleaseTooSmall(uint128 amount, uint256 minimum);
    /// @notice A fee is part of the amount.
    error FeeAboveAmount(uint96 fee, uint128 amount);
    /// @notice Nobody could take this: 0, the vault itself, or upper bytes that are not 0.
    error RecipientRefused(bytes32 recipient);
    /// @notice The account cannot hold a line of this source, or is the one that the units come from.
    error AccountRefused(bytes32 account);
    /// @notice At most 16 lines of an account count.
    error TooManyEnabledLines(uint256 count, uint256 max);
    /// @notice Nothing is parked under this number.
    error NotParked(uint16 source, uint96 index);
    /// @notice The asset is not listed here yet.
    error UnparkRefused(uint96 index, ParkReason reason);
    /// @notice The limiter lets the credit in, or it has seasoned, from a later time on.
    error NotReady(uint96 index, uint256 readyAt);
    /// @notice The parked credit does not fit yet: the caps of its asset, source and underlying leave less room, or its bucket
    ///         is spoken for two days ahead (room 0).
    error CapExceeded(uint256 amount, uint256 room);
    /// @notice The line cannot hold the credit yet: it would pass 2^112 − 1.
    error LineFull(bytes32 account, uint16 assetId, uint256 amount);
    /// @notice A parked fee is no credit that was locked: it leaves parking by `unpark` alone.
    error ParkedReleaseRefused(uint96 index, ParkReason reason);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice A line was debited and a RELEASE journaled for the vault; this log alone determines the entry.
    /// @param edge first name of the edge to the vault
    /// @param index number of the RELEASE entry, from 1
    /// @param assetId ledger-wide index
    /// @param vaultAsset index at the vault, the entry's `asset`
    /// @param amount token units debited, with the fee
    /// @param recipient address on the vault's chain, left-padded
    /// @param fee token units of `amount` that go to the account that executes the payment
    event Released(
        bytes32 indexed edge,
        uint64 indexed index,
        bytes32 indexed account,
        uint16 assetId,
        uint16 vaultAsset,
        uint128 amount,
        bytes32 recipient,
        uint96 fee
    );
    /// @notice An operator has these rights before `expiry`, none if they are 0.
    event OperatorSet(bytes32 indexed account, address indexed operator, uint16 rights, uint40 expiry);
    /// @notice A nonce can never be used any more.
    event NonceCancelled(bytes32 indexed account, uint256 nonce);
    /// @notice Units moved between two lines of one asset.
    /// @param from account whose line fell
    /// @param to account whose line rose
    /// @param assetId ledger-wide index
    /// @param amount token units
    /// @param cause "transfer" or "seize"
    event Transferred(bytes32 indexed from, bytes32 indexed to, uint16 assetId, uint128 amount, bytes32 cause);
    /// @notice A parked credit stays parked for another reason: SEASON, until its line's unseasoned
    ///         part has seasoned; or UNCONFIRMED, its place in the schedule of an asset that was not listed when it came.
    /// @param readyAt block time in seconds from which that reason is gone
    event Postponed(uint16 indexed source, uint96 indexed index, ParkReason reason, uint40 readyAt);
    /// @notice A parked credit reached its line: amount − fee to `account`, fee to `feeTo`.
    event Unparked(
        uint16 indexed source,
        uint96 indexed index,
        bytes32 indexed account,
        uint16 assetId,
        uint128 amount,
        uint96 fee,
        bytes32 feeTo
    );
    /// @notice A parked credit was released to its vault instead of reaching its line; `Journaled` names the entry.
    /// @param index the number that `Parked` named
    /// @param amount token units, with what would have been its fee
    /// @param number of the RELEASE in the ledger's journal, from 1
    event ParkedReleased(
        uint16 indexed source,
        uint96 indexed index,
        bytes32 indexed account,
        uint16 vaultAsset,
        uint128 amount,
        uint64 number
    );

    // ------------------------------------------------------------------------------------------------ owner, operator
    /// @notice Makes a line count in the account's margin, or not.
    /// @dev [owner] Repeating it changes nothing. At most 16 lines count. Ending it is an act under the margin gate.
    function setEnabled(bytes32 account, uint16 assetId, bool on) external;

    /// @notice Debits a line and journals a RELEASE for the vault. There is no other way out of a vault, and a release
    ///         cannot be cancelled.
    /// @dev [owner, or operator with right 1] Refused while the source is quarantined or frozen. Only the seasoned part
    ///      leaves. An enabled line is released if A_I ≥ Q_I holds afterwards, any other without a margin check. A line that
    ///      becomes empty ceases to be enabled (`Enabled` false). What is debited is paid, claimable or refunded. At most
    ///      150,000 gas as a whole transaction without protocols.
    /// @param account whose line
    /// @param assetId ledger-wide index
    /// @param amount token units, with the fee; at least the smallest lock, or the whole line
    /// @param recipient address on the vault's chain, left-padded; not 0, not the vault
    /// @param fee token units of `amount` for whoever executes the payment at the vault, 0 allowed
    function requestRelease(bytes32 account, uint16 assetId, uint128 amount, bytes32 recipient, uint96 fee) external;

    /// @notice The same, signed by the owner; anyone may submit it. Effects and limits are the same.
    /// @param nonce unordered, used once per account
    /// @param deadline last block time in seconds
    /// @param sig 65 bytes of the owner, or what its contract accepts (ERC-1271)
    function requestReleaseBySig(
        bytes32 account,
        uint16 assetId,
        uint128 amount,
        bytes32 recipient,
        uint96 fee,
        uint256 nonce,
        uint40 deadline,
        bytes calldata sig
    ) external;

    /// @notice Makes a nonce unusable, and so every message signed with it.
    /// @dev [owner]
    function cancelNonce(bytes32 account, uint256 nonce) external;

    /// @notice Returns an operator rights until a time; 0 rights take them away.
    /// @dev [owner]
    /// @param rights bits: 1 release to the owner without a fee, 2 (with 1) to others and with a fee
    /// @param expiry first block time in seconds at which they are void
    function setOperator(bytes32 account, address operator, uint16 rights, uint40 expiry) external;

    /// @notice Moves units that have seasoned to another account.
    /// @dev [owner, whose home is this chain] Refused while the source takes no entries. If the line counts, A_I ≥ Q_I must hold
    ///      afterwards (I5). At least the smallest lock, or the whole line. The units count at the receiver as any others.
    /// @param from account that loses them
    /// @param to account with an owner, whose home is this chain or the asset's source
    /// @param assetId ledger-wide index
    /// @param amount token units
    function transfer(bytes32 from, bytes32 to, uint16 assetId, uint128 amount) external;

    /// @notice Releases a parked credit whole to a recipient on its vault's chain, whatever keeps it from its line: a cap,
    ///         a listing or a season. Its fee is not paid to anyone.
    /// @dev [owner, or an operator as for `requestRelease` without a fee] Not before it would have seasoned (`NotReady`); what
    ///      was above the fast limit not before it is confirmed, or open by its date (`NotConfirmed`; no date for an asset that was
    ///      not listed); never while the source takes no entries. No margin is required, because parked credits have no effect on
    ///      margin. A stopped payment comes back as any other release does.
    /// @param source index of the source
    /// @param index the number that `Parked` named
    /// @param recipient address on the vault's chain, left-padded
    function releaseParked(uint16 source, uint96 index, bytes32 recipient) external;

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Credits a parked amount to its line once the reason is gone; its fee goes to the caller's account.
    /// @dev Reverts while the reason persists, and names its end if that is known. One that would put off what its line holds
    ///      unseasoned, and is dust beside it, waits on (`Postponed`) and is credited by a later call.
    /// @param source index of the source
    /// @param index the number that `Parked` named
    function unpark(uint16 source, uint96 index) external;
}

/// @title Protocols that require margin, and the auction
/// @notice Opting in and out, the gate, a protocol's share in an exit, handling of failing and closed protocols, and
///         seizures.
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
    /// @notice Invalid share: above 10,000 basis points, or without a claimant.
    error ExitShareRefused(address claimant, uint16 shareBp);
    /// @notice The auction may take nothing from an account whose assets, at the grade that counts, cover what is required; both WAD.
    error AccountHealthy(bytes32 account, uint256 assetsWad, uint256 requiredWad);
    /// @notice A seizure names at least one line.
    error LinesMissing(bytes32 account);
    /// @notice The auction may take only lines that count: this one is not enabled.
    error LineNotEnabled(bytes32 account, uint16 assetId);

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

    /// @notice Opts out of a protocol that requires nothing.
    /// @dev [owner] If the protocol fails or is released, the first call gives notice (`NoticeGiven`), and a call in the second
    ///      seven days after it, while that still holds, ends it; later a new notice is needed. The protocol is asked with all
    ///      the gas that is left, at least 8,000,000: about twice what every margin reading gives, so a notice is for a protocol
    ///      that does not answer at all. Passing the protocol's gate ends a notice, unless the protocol is released, and anyone
    ///      ends it by `ILedgerProtocols.refuse`.
    function optOut(bytes32 account, address protocol) external;

    // --------------------------------------------------------------------------------------------- protocols, auction
    /// @notice Reverts with the reason unless A_I ≥ Q_I; records the calling protocol's reserved amount.
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

    /// @notice Moves units of lines of an account below its exit grade to an account that the auction names: all of them or none.
    /// @dev [auction] Whatever the state of the source. Refused unless A_E < Q_E holds before, and A_M < Q_M held at a seizure
    ///      of the last six hours or holds now, so that no auction can take anything from a healthy account: read once, before the
    ///      first line, at prices that are poked for it. Only enabled lines (`LineNotEnabled`), each by more than 0 and at most
    ///      what it holds (`AmountUnavailable`); a line may be named twice. Unseasoned units go last and keep their season (I16).
    ///      Gas: see `gate`.
    /// @param account that loses them
    /// @param to another account, with an owner, whose home is this chain or every asset's source (`AccountRefused`)
    /// @param assetIds ledger-wide indices, at least one (`LinesMissing`)
    /// @param amounts token units of each, up to the whole line; as many as `assetIds` (`LengthsDiffer`)
    function seize(bytes32 account, bytes32 to, uint16[] calldata assetIds, uint128[] calldata amounts) external;

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Shows that a protocol answers above 0: any notice given to it is void.
    /// @dev For the maintainers of a protocol: its debtor chose the moment in which it failed, but anyone can choose the
    ///      moment of this call. Asked as `ILedgerProtocols.optOut` asks, from outside of the protocol, and the caller may warm its
    ///      storage before. A protocol that answers above 0 could not be left without a notice, so this call holds no one who would
    ///      not be held anyway. Reverts with `NothingToRefuse`.
    function refuse(bytes32 account, address protocol) external;

    /// @notice Stores a protocol's current maintenance requirement, which counts while the protocol fails, if it exceeds
    ///         the one recorded at its last gate.
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

    /// @notice Closes a listed protocol: no account can opt in any more, and its reserved amounts cannot rise. Debts
    ///         remain: an account leaves it like any other, once it requires nothing.
    /// @dev [governor] Listing it again undoes this.
    function closeProtocol(address protocol) external;

    /// @notice Releases the accounts of a hostile protocol: it is closed, and each may leave by notice of seven days
    ///         whatever it requires. Warning: this forgives their debts; the protocol's lenders lose whatever is not repaid.
    /// @dev [governor, after seven days in the timelock] Of a protocol that is, or was, listed. Listing it again ends this, and
    ///      a passed gate or `refuse` the notices that run then.
    function releaseFrom(address protocol) external;

    /// @notice Sets the auction that may seize, replacing the present one after seven days; 0 for none.
    /// @dev [governor] At first there is none. Setting another one before that date replaces the pending one.
    /// @param next its address
    function setAuction(address next) external;
}
