// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {ParkReason} from "./LedgerTypes.sol";

/// @title Acts of owners and operators at a ledger
/// @notice Releases of lines and of parked credits, transfers, operators and unparking. Only this part of the ledger's
///         interface lets an owner or operator lower a line.
/// @dev Authority: the owner is the first 20 bytes of an account whose home is 0. An operator's rights are bits: 1
///      releases to the owner's own address without a fee; 2 (with 1) to any recipient with any fee. A fee goes to the
///      account that executes the payment, so it counts as another recipient. Warning: someone else may control a
///      contract's address on the vault's chain.
///
///      EIP-712: domain name "Surety", version "1", the chain id and the ledger;
///      `Release(bytes32 account,uint16 assetId,uint128 amount,bytes32 recipient,uint96 fee,uint256 nonce,uint40
///      deadline)`.
///
///      After an act that takes enabled value away, the account must still meet its initial margin (`ILedgerMargin`,
///      I5). Parked credits count as nothing, so they leave without a margin check.
interface ILedgerAccounts {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice Only the account's owner on this chain may do this.
    error NotOwner(address caller, bytes32 account);
    /// @notice The caller is neither the account's owner nor an operator with this right.
    error RightMissing(address caller, bytes32 account, uint16 right);
    /// @notice An operator with right 1 alone may release only to the owner's address, and without a fee.
    error RecipientNotOwner(bytes32 recipient, uint96 fee);
    /// @notice The signature is not the owner's, or the account has no owner on this chain.
    error SignatureRefused(bytes32 account);
    /// @notice The message is too old.
    error DeadlinePassed(uint40 deadline, uint256 blockTime);
    /// @notice The nonce was used or cancelled.
    error NonceUsed(bytes32 account, uint256 nonce);
    /// @notice The zero address and the owner itself cannot be operators.
    error OperatorRefused(address operator);
    /// @notice The rights include a bit that this version does not know.
    error RightsRefused(uint16 rights, uint16 accepted);
    /// @notice The seasoned part of the line is less than the amount; unseasoned units cannot leave.
    error AmountUnavailable(uint128 amount, uint256 seasoned);
    /// @notice The amount is below the smallest lock and is not the whole line.
    error ReleaseTooSmall(uint128 amount, uint256 minimum);
    /// @notice The fee is part of the amount and must not exceed it.
    error FeeAboveAmount(uint96 fee, uint128 amount);
    /// @notice Nobody can be paid at this recipient: it is 0 or the vault itself, or its upper bytes are not 0.
    error RecipientRefused(bytes32 recipient);
    /// @notice The account cannot hold a line of this source, or the units would come from the same account.
    error AccountRefused(bytes32 account);
    /// @notice At most 16 lines of an account may count in its margin.
    error TooManyEnabledLines(uint256 count, uint256 max);
    /// @notice No credit is parked under this number.
    error NotParked(uint16 source, uint96 index);
    /// @notice The asset is not listed here yet.
    error UnparkRefused(uint96 index, ParkReason reason);
    /// @notice The credit can leave parking from `readyAt` on: then the limiter has room for it, or it has seasoned.
    error NotReady(uint96 index, uint256 readyAt);
    /// @notice The parked credit does not fit yet: the caps of its asset, source and underlying leave less room, or its
    ///         bucket is booked two days ahead (room 0).
    error CapExceeded(uint256 amount, uint256 room);
    /// @notice The line cannot hold the credit yet: it would pass 2^112 − 1.
    error LineFull(bytes32 account, uint16 assetId, uint256 amount);
    /// @notice A parked fee was never locked as a credit, so it leaves parking only by `unpark`.
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
    /// @notice The owner cancelled a nonce; it can never be used.
    event NonceCancelled(bytes32 indexed account, uint256 nonce);
    /// @notice Units moved between two lines of one asset.
    /// @param from account whose line fell
    /// @param to account whose line rose
    /// @param assetId ledger-wide index
    /// @param amount token units
    /// @param cause "transfer" or "seize"
    event Transferred(bytes32 indexed from, bytes32 indexed to, uint16 assetId, uint128 amount, bytes32 cause);
    /// @notice A parked credit stays parked for another reason. SEASON: until the unseasoned part of its line has
    ///         seasoned. UNCONFIRMED: its asset was not listed when it came, and it now has its place in that asset's
    ///         schedule.
    /// @param readyAt block time in seconds at which that reason ends
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
    /// @notice Sets whether a line counts in the account's margin.
    /// @dev [owner] Repeating it changes nothing. At most 16 lines count. Disabling a line is an act under the margin
    ///      gate.
    function setEnabled(bytes32 account, uint16 assetId, bool on) external;

    /// @notice Debits a line and journals a RELEASE for the vault. There is no other way out of a vault, and a release
    ///         cannot be cancelled.
    /// @dev [owner, or operator with right 1] Refused while the source is quarantined or frozen. Only seasoned units
    ///      leave. If the line is enabled, A_I ≥ Q_I must hold afterwards; any other line leaves without a margin
    ///      check. A line that becomes empty is disabled (`Enabled` false). What is debited will be paid, claimable or
    ///      refunded. Without protocols, at most 150,000 gas as a whole transaction.
    /// @param account whose line
    /// @param assetId ledger-wide index
    /// @param amount token units, with the fee; at least the smallest lock, or the whole line
    /// @param recipient address on the vault's chain, left-padded; not 0, not the vault
    /// @param fee token units of `amount` for the account that executes the payment at the vault; 0 is allowed
    function requestRelease(bytes32 account, uint16 assetId, uint128 amount, bytes32 recipient, uint96 fee) external;

    /// @notice As `requestRelease`, signed by the owner. Anyone may submit it.
    /// @param nonce in any order, used once per account
    /// @param deadline last block time in seconds at which it is valid
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

    /// @notice Makes a nonce, and so every message signed with it, unusable.
    /// @dev [owner]
    function cancelNonce(bytes32 account, uint256 nonce) external;

    /// @notice Gives an operator rights until a time; rights of 0 remove the operator.
    /// @dev [owner]
    /// @param rights bits: 1 release to the owner without a fee, 2 (with 1) to others and with a fee
    /// @param expiry first block time in seconds at which they are void
    function setOperator(bytes32 account, address operator, uint16 rights, uint40 expiry) external;

    /// @notice Moves units that have seasoned to another account.
    /// @dev [owner, whose home is this chain] Refused while the source takes no entries. If the line counts, A_I ≥ Q_I
    ///      must hold afterwards (I5). The amount is at least the smallest lock, or the whole line. For the receiver
    ///      the units count like any others.
    /// @param from account that loses them
    /// @param to account with an owner, whose home is this chain or the asset's source
    /// @param assetId ledger-wide index
    /// @param amount token units
    function transfer(bytes32 from, bytes32 to, uint16 assetId, uint128 amount) external;

    /// @notice Releases a whole parked credit to a recipient on its vault's chain, whether a cap, a missing listing or
    ///         a season keeps it parked. Its fee is paid to nobody.
    /// @dev [owner, or an operator as for `requestRelease` without a fee] Not before it would have seasoned
    ///      (`NotReady`). If it was above the fast limit, not before it is confirmed or its date has come
    ///      (`NotConfirmed`); an asset that was not listed has no such date. Never while the source takes no entries.
    ///      No margin is required, because parked credits have no effect on margin. If the payment is stopped, it comes
    ///      back like any other release.
    /// @param source index of the source
    /// @param index the number that `Parked` named
    /// @param recipient address on the vault's chain, left-padded
    function releaseParked(uint16 source, uint96 index, bytes32 recipient) external;

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Credits a parked amount to its line once the reason for parking is gone. Its fee goes to the caller's
    ///         account.
    /// @dev Reverts while the reason persists, and names its end if that is known. A credit that would delay the line's
    ///      unseasoned units, and is dust beside them, stays parked (`Postponed`) until a later call credits it.
    /// @param source index of the source
    /// @param index the number that `Parked` named
    function unpark(uint16 source, uint96 index) external;
}

/// @title Protocols that require margin, and the auction
/// @notice Opting in and out, the margin gate, a protocol's share in an exit, failing and closed protocols, and
///         seizures.
/// @dev `ILedgerMargin` says how the ledger reads a protocol, and which answers it accepts.
///
///      Exits: a vault whose attesters are gone pays by storage proof of this ledger (`IVaultExit`). Nobody can ask a
///      protocol then. An account with protocols is therefore split by the shares that they registered here beforehand
///      (`setExitShare`).
interface ILedgerProtocols {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice The address has no code, or is listed already.
    error ProtocolRefused(address protocol);
    /// @notice The governor has not listed this protocol, or has closed it. Sub-account 0 and operators need a listed
    ///         one.
    error ProtocolNotListed(address protocol);
    /// @notice Sub-account 0 holds at most 4 protocols, any other exactly one.
    error TooManyProtocols(uint256 count, uint256 max);
    /// @notice The account did not opt in to this protocol.
    error NotOptedIn(bytes32 account, address protocol);
    /// @notice The protocol still requires margin of the account.
    error RequirementLeft(bytes32 account, address protocol, uint256 initialWad);
    /// @notice The notice period of seven days is still running.
    error NoticeRunning(bytes32 account, address protocol, uint256 endsAt);
    /// @notice A closed protocol may not reserve more than it already does.
    error ProtocolClosed(bytes32 account, address protocol, uint256 initialWad, uint256 reservedWad);
    /// @notice There is no notice to refuse, the protocol is released, or it does not return a requirement above 0.
    error NothingToRefuse(bytes32 account, address protocol);
    /// @notice The share is above 10,000 basis points, or has no claimant.
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
    /// @notice The governor released the accounts of a protocol: they may leave by notice, whatever it requires.
    event ProtocolReleased(address indexed protocol);
    /// @notice A notice is void: a call showed that the protocol answers.
    event NoticeRefused(bytes32 indexed account, address indexed protocol);
    /// @notice A protocol's current maintenance requirement was stored, WAD.
    event Observed(bytes32 indexed account, address indexed protocol, uint256 maintenanceWad);
    /// @notice A protocol registered its share of an account.
    event ExitShareSet(bytes32 indexed account, address indexed protocol, address claimant, uint16 shareBp);
    /// @notice Another auction may seize from `from` on.
    /// @param next its address, 0 for none
    /// @param from block time in seconds
    event AuctionScheduled(address indexed next, uint40 from);

    // ------------------------------------------------------------------------------------------------ owner, operator
    /// @notice Lets a protocol require margin of the account.
    /// @dev [owner] Sub-account 0 takes listed protocols only, at most 4. Any other sub-account takes exactly one,
    ///      listed or not, unless it was closed. An operator of an account whose owner lives on another chain may not
    ///      release to others; so it cannot bring its own protocol either, and chooses among the listed ones for any
    ///      sub-account. Repeating it changes nothing.
    function optIn(bytes32 account, address protocol) external;

    /// @notice Opts out of a protocol that requires nothing.
    /// @dev [owner] If the protocol fails or is released, the first call gives notice (`NoticeGiven`). A call in the
    ///      second seven days after that ends the opt-in, if the protocol still fails or is released. Later than that a
    ///      new notice is needed.
    ///      The protocol is asked with all the gas that is left, at least 8,000,000. That is about twice what a margin
    ///      reading gives, so notice is for protocols that do not answer at all.
    ///      Passing the protocol's gate ends a notice, unless the protocol is released. Anyone can end it with
    ///      `ILedgerProtocols.refuse`.
    function optOut(bytes32 account, address protocol) external;

    // --------------------------------------------------------------------------------------------- protocols, auction
    /// @notice Reverts with the reason unless A_I ≥ Q_I. Records what the calling protocol reserves.
    /// @dev [a protocol of the account] The protocol calls it after it changed the position, in the same transaction.
    ///      The ledger asks it with 150,000 gas, so that an answer that passes here can be read later from cold
    ///      storage. A closed protocol may not reserve more (`ProtocolClosed`). Earlier readings by `observe` are
    ///      cleared. Needs 160,000 gas, plus 4,000,000 for each other protocol of the account, plus 400,000 for the
    ///      risk manager.
    function gate(bytes32 account) external;

    /// @notice Registers the calling protocol's share of every line and parked credit of an account, at every vault.
    /// @dev [protocol that the account opted in to] The share counts only in exits, as of the block that a vault's exit
    ///      proves. It lapses when the account opts out. If the shares of an account's protocols exceed the whole, they
    ///      are scaled down to it.
    /// @param account owner ‖ home ‖ sub-account
    /// @param claimant address that claims the share on the vaults' chains; the protocol must control it on each of
    ///        them
    /// @param shareBp basis points, at most 10,000; 0 removes the registration
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
    /// @notice Shows that a protocol returns a requirement above 0, and so voids any notice given to it.
    /// @dev For the maintainers of a protocol: its debtor may have chosen the moment in which it failed, but anyone can
    ///      choose the moment of this call. The ledger asks as in `ILedgerProtocols.optOut`, from outside the protocol,
    ///      and the caller may warm its storage first. A protocol that returns more than 0 cannot be left without
    ///      notice, so this call locks nobody in who was free to leave. Reverts with `NothingToRefuse`.
    function refuse(bytes32 account, address protocol) external;

    /// @notice Stores a protocol's current maintenance requirement. While the protocol fails, it counts if it exceeds
    ///         the one recorded at its last gate.
    /// @dev Replaces the stored reading, higher or lower, and the protocol's next gate clears it. So an old high
    ///      reading does not outlive a later lower one.
    ///      A reading may be high for a moment because somebody moves what the protocol reads. In that moment it counts
    ///      in full anyway, since `ILedgerMargin.marginOf` asks the protocol. Storing it keeps it only for a failure
    ///      before the next reading, which the owner or anyone else can store. A reading that is low for a moment never
    ///      counts below what the last gate recorded.
    ///      The ledger asks as in `refuse`, so the requirement of a protocol that needs more gas than margin readings
    ///      give can be stored too. Reverts with `RequirementUnknown` while the protocol fails, and with `NotOptedIn`.
    function observe(bytes32 account, address protocol) external;

    // ------------------------------------------------------------------------------------------------------- governor
    /// @notice Lists a protocol for sub-account 0.
    /// @dev [governor]
    function listProtocol(address protocol) external returns (uint32 index);

    /// @notice Closes a listed protocol: no further account can opt in, and its reserved amounts cannot rise. Debts
    ///         remain: an account can leave once the protocol requires nothing of it.
    /// @dev [governor] Listing it again undoes this.
    function closeProtocol(address protocol) external;

    /// @notice Releases the accounts of a hostile protocol: it is closed, and each account may leave by seven days'
    ///         notice, whatever the protocol requires. Warning: this forgives their debts, and the protocol's lenders
    ///         lose what is not repaid.
    /// @dev [governor, after seven days in the timelock] The protocol is, or was, listed. Listing it again ends the
    ///      release; notices then running end by a passed gate or by `refuse`.
    function releaseFrom(address protocol) external;

    /// @notice Sets the auction that may seize, 0 for none. It replaces the present one after seven days; at once while
    ///         no asset is listed.
    /// @dev [governor] At first there is none. Another call before that date replaces the pending auction.
    /// @param next its address
    function setAuction(address next) external;
}
