// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceState} from "../edge/ReplicaLib.sol";

/// @title What judges a source's journal, and what a ledger does about losses
/// @notice Confirmations by witnesses, marks, halts, coverage of assets, and what is written off; what a vault tells besides locks.
/// @dev Entries of a vault's journal other than LOCK have these effects (`ICollateralLedger` states those of LOCK):
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
interface ILedgerLosses {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice What the asset's vault reported last is in force already, or was unwound, and the vault has not been heard of since.
    error NothingToCover(uint16 assetId);
    /// @notice The source's own clock has not passed the seven days yet; times in seconds.
    error CoverTooEarly(uint16 assetId, uint256 coverFrom, uint40 asOf);
    /// @notice The source is in this state already, or the verifier says nothing of its edge.
    error NothingToNote(uint16 source, SourceState state);
    /// @notice Orphans of the asset are left: they come again or are taken back first.
    error OrphansLeft(uint16 source, uint16 vaultAsset, uint256 units);
    /// @notice Nothing of the asset is missing or found that its vault does not know.
    error NothingMissing(uint16 source, uint16 vaultAsset);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice A witness confirmed a count.
    event Confirmed(uint16 indexed source, uint8 indexed witness, uint64 count);
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
    /// @notice The vault is told with a LOST entry: `units` are missing or, if `found`, were told missing and are not.
    /// @param lostSeq number of the LOST entry
    event WrittenOff(
        uint16 indexed source,
        uint16 indexed vaultAsset,
        uint256 units,
        bool found,
        uint96 indexed lostSeq
    );

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Compares the head at a count with what a witness recorded; on a difference that is put on record instead.
    /// @dev The confirmed count of a source is the m-th highest count of its four witnesses; it falls by a rewind alone.
    ///      Witnesses are asked under the edge's first name.
    /// @param source index of the source
    /// @param witness place of the witness, 0 … 3
    /// @param count the replica's, or one that was marked
    function confirm(uint16 source, uint8 witness, uint64 count) external;

    /// @notice Stores a head as a mark, if the entries lead from it to a stored mark or to the replica's head. Marks end with a rewind.
    /// @param source index of the source
    /// @param count of the head, from 1
    /// @param head after `count` entries
    /// @param entries packed entries count + 1 … that mark's count
    function mark(uint16 source, uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Puts the reported coverage of an asset in force: margins count each unit × coverage from now on.
    /// @dev [anyone] Only while the source is LIVE. Where witnesses are asked for, the report must be confirmed, or seven days old
    ///      by the source's own clock (`NotConfirmed`). One of less than is in force waits for seven days from the first such report
    ///      too: the source's `asOf` must have passed that time (`CoverTooEarly`), so that a report that ended the shortage in
    ///      between is known here. The answer to a LOST is settled as soon as it is confirmed, before that date too.
    /// @param assetId ledger-wide index
    function cover(uint16 assetId) external;

    /// @notice Tells the vault how many units of an asset are missing for good, or found again, once no orphan of it is left.
    /// @dev [anyone] One LOST of an asset is open at a time.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    function writeOff(uint16 source, uint16 vaultAsset) external;

    /// @notice Takes over what the verifier says of a source's edge: HALTED while it is halted, RECOVERY while the verifier is
    ///         in recovery or waits for one, and what was before when neither holds any more.
    /// @dev [anyone] In both states nothing is credited or released, initial weight is 0, the maintenance weight is frozen and
    ///      prices live. Reverts with `NothingToNote` if the state says so already.
    /// @param source index of the source
    function noteHalt(uint16 source) external;
}
