// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceState} from "../libraries/ReplicaLib.sol";

/// @title A ledger's bad days
/// @notice Refunds, coverage of assets, halts.
/// @dev Answers at the ledger's own address, as `ILedgerActs` does.
///
///      Entries of a vault's journal other than LOCK have these effects (`ICollateralLedger` states those of LOCK):
///
///      REFUND (party = number of a stopped release). Takes effect only if the ledger's own record of that release
///      equals keccak256(asset ‖ amount ‖ account), and deletes it, so that a release comes back at most once (I4). The
///      amount goes to the account that was debited; it counts against the fast limit, never against caps. One that matches no record changes
///      nothing (`RefundUnmatched`): otherwise a guardian who stops a forged payment would mint credit.
///
///      SHORTFALL (amount = units of the asset without tokens now; party = units that the vault accounts for, 104 bits, and from bit
///      128 on the number of the LOST that it answers, 96 bits, 0 for none). Its coverage is (accounted − amount) / accounted, WAD,
///      rounded down; 1 if nothing is accounted. One that is less than the coverage in force impairs the
///      asset at once: it counts 0 at grade I, its maintenance freshness is frozen, prices live, and no new credit of it is taken
///      (parked CAP), until `cover` puts the reported coverage in force. The first such report starts the clock; a worse one
///      changes the figure and not the date. One that is no less gives margin, so it waits for `cover` too, until witnesses have
///      confirmed it; where none must, it is in force at once. With it the answer to the asset's open LOST settles the asset.
///      Refused: more units without tokens than accounted ones, and other bits.
///
///      APPOINT (account = owner ‖ the source ‖ sub-account, party = operator, asset and amount 0). From 24 hours later on, and
///      once m witnesses confirmed it, the operator acts for that account here as an owner would, but for this: it releases
///      to the owner's own address alone, without a fee, and neither transfers nor appoints others. An appointment takes
///      the power of the one before it at once. One for an account of another home is refused.
interface ILedgerBadDays {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice What the asset's vault reported last is in force already, or was unwound, and the vault has not been heard of since.
    error NothingToCover(uint16 assetId);
    /// @notice The source's own clock has not passed the seven days yet; times in seconds.
    error CoverTooEarly(uint16 assetId, uint256 coverFrom, uint40 asOf);
    /// @notice The account cannot hold a line of this source, or is the one that the units come from.
    error AccountRefused(bytes32 account);
    /// @notice The auction may take nothing from an account whose assets, at the grade that counts, cover what is required; both WAD.
    error AccountHealthy(bytes32 account, uint256 assetsWad, uint256 requiredWad);
    /// @notice The source is in this state already, or the verifier says nothing of its edge.
    error NothingToNote(uint16 source, SourceState state);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice A stopped release came back to the account that was debited.
    /// @param source index of the source
    /// @param seq number of the release
    /// @param assetId ledger-wide index
    /// @param amount token units credited or parked: the release's amount
    event Refunded(uint16 indexed source, uint96 indexed seq, bytes32 indexed account, uint16 assetId, uint128 amount);
    /// @notice A refund matched no record of a release and changed nothing: its vault stopped what this ledger never journaled, or what
    ///         came back before.
    /// @param source index of the source
    /// @param seq number of the release that it names
    /// @param account that it names
    /// @param vaultAsset index at the vault
    /// @param amount units that it names
    event RefundUnmatched(
        uint16 indexed source,
        uint96 indexed seq,
        bytes32 indexed account,
        uint16 vaultAsset,
        uint128 amount
    );
    /// @notice A vault reported the coverage of an asset.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @param coverageWad WAD, rounded down
    /// @param inForceWad WAD: what margins multiply by
    /// @param impairedSince block time in seconds of the first report of less than is in force; 0 if this one is in force
    event CoverageReported(
        uint16 indexed source,
        uint16 indexed vaultAsset,
        uint256 coverageWad,
        uint256 inForceWad,
        uint40 impairedSince
    );
    /// @notice The reported coverage of an asset is in force: margins count each of its units × coverage from now on.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @param coverageWad WAD
    event Covered(uint16 indexed source, uint16 indexed vaultAsset, uint256 coverageWad);
    /// @notice The vault has answered a loss that it was told of: the asset is settled. Before `CoverageReported` or `Covered`.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @param lostSeq number of the LOST entry
    event LossSettled(uint16 indexed source, uint16 indexed vaultAsset, uint96 lostSeq);
    /// @notice An owner that lives on a collateral chain appointed an operator, 0 for none; whoever was before is not any more.
    /// @param account owner ‖ home ‖ sub-account
    /// @param operator address on this chain
    /// @param readyAt block time in seconds before which it may do nothing
    event Appointed(bytes32 indexed account, address indexed operator, uint40 readyAt);
    /// @notice Units moved between two lines of one asset.
    /// @param from account whose line fell
    /// @param to account whose line rose
    /// @param assetId ledger-wide index
    /// @param amount token units
    /// @param cause "transfer" or "seize"
    event Transferred(bytes32 indexed from, bytes32 indexed to, uint16 assetId, uint128 amount, bytes32 cause);
    /// @notice Another auction may seize from `from` on.
    /// @param next its address, 0 for none
    /// @param from block time in seconds
    event AuctionScheduled(address indexed next, uint40 from);
    /// @notice An entry of another kind than RELEASE entered the journal toward a vault; its fee is 0.
    /// @param edge first name of the edge to the vault
    /// @param index number of the entry, from 1
    /// @param kind see `EntryCodec`
    /// @param asset index at the vault
    /// @param amount meaning by kind
    /// @param account owner ‖ home ‖ sub-account
    /// @param party meaning by kind
    event Journaled(
        bytes32 indexed edge,
        uint64 indexed index,
        uint8 kind,
        uint16 asset,
        uint128 amount,
        bytes32 indexed account,
        bytes32 party
    );

    // ---------------------------------------------------------------------------------------------------------- anyone
    /// @notice Puts the reported coverage of an asset in force: margins count each unit × coverage from now on.
    /// @dev [anyone] Only while the source is LIVE. Where witnesses are asked for, the report must be confirmed, or seven days old
    ///      by the source's own clock (`NotConfirmed`). One of less than is in force waits for seven days from the first such report
    ///      too: the source's `asOf` must have passed that time (`CoverTooEarly`), so that a report that ended the shortage in
    ///      between is known here. The answer to a LOST is settled as soon as it is confirmed, before that date too.
    /// @param assetId ledger-wide index
    function cover(uint16 assetId) external;

    /// @notice Takes over what the verifier says of a source's edge: HALTED while it is halted, RECOVERY while the verifier is
    ///         in recovery or waits for one, and what was before when neither holds any more.
    /// @dev [anyone] In both states nothing is credited or released, initial weight is 0, the maintenance weight is frozen and
    ///      prices live. Reverts with `NothingToNote` if the state says so already.
    /// @param source index of the source
    function noteHalt(uint16 source) external;

    // ----------------------------------------------------------------------------------------------- owner, auction
    /// @notice Moves units that have seasoned to another account.
    /// @dev [owner, whose home is this chain] Refused while the source takes no entries. If the line counts, A_I ≥ Q_I must hold
    ///      afterwards (I5). At least the smallest lock, or the whole line. The units count at the receiver as any others.
    /// @param from account that loses them
    /// @param to account with an owner, whose home is this chain or the asset's source
    /// @param assetId ledger-wide index
    /// @param amount token units
    function transfer(bytes32 from, bytes32 to, uint16 assetId, uint128 amount) external;

    /// @notice Moves units of an account below its exit grade to whom the auction names.
    /// @dev [auction] Whatever the state of the source. Refused unless A_E < Q_E holds before, and A_M < Q_M held at a seizure of
    ///      the last six hours or holds now, so that no auction can take anything from a healthy account. What has not seasoned
    ///      goes last and keeps its season (I16).
    /// @param account that loses them
    /// @param to account with an owner, whose home is this chain or the asset's source
    /// @param assetId ledger-wide index
    /// @param amount token units, up to the whole line
    function seize(bytes32 account, bytes32 to, uint16 assetId, uint128 amount) external;

    // -------------------------------------------------------------------------------------------------------- governor
    /// @notice Names the auction that may seize, in place of the one before, from seven days later on; 0 for none.
    /// @dev [governor] At first there is none. Naming another one before the date replaces the one that waits.
    /// @param next its address
    function setAuction(address next) external;

    // ----------------------------------------------------------------------------------------------------------- views
    /// @notice Gives the auction that may seize now, 0 if there is none.
    function auction() external view returns (address);

    /// @notice Gives whom an owner that lives on a collateral chain appointed.
    /// @param account owner ‖ home ‖ sub-account
    /// @return operator address on this chain, 0 for none
    /// @return readyAt block time in seconds before which it may do nothing
    /// @return active whether it may act now: that time has passed and the source's witnesses confirmed the entry
    function appointmentOf(bytes32 account) external view returns (address operator, uint40 readyAt, bool active);

    /// @notice Gives the coverage of an asset: which part of a unit its vault has tokens for.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @return inForceWad what margins multiply by, WAD
    /// @return reportedWad what the vault last reported, WAD
    /// @return impairedSince block time in seconds of the first report of less than is in force, or at which a report was unwound; 0
    ///         while the asset is not impaired
    /// @return coverFrom time in seconds that the source's `asOf` must reach for `cover`, 0 unless less than is in force was
    ///         reported; a report that is not confirmed may take longer
    /// @return lostSeq number of the LOST entry that the vault has not answered, 0 for none
    function coverageOf(
        uint16 source,
        uint16 vaultAsset
    )
        external
        view
        returns (uint256 inForceWad, uint256 reportedWad, uint40 impairedSince, uint40 coverFrom, uint96 lostSeq);
}
