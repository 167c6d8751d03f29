// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {LineWords} from "../IRiskManager.sol";
import {SourceState} from "../../edge/IEdge.sol";
import {Ramp} from "./LedgerTypes.sol";
import {AssetStatus, ClaimView, CreditLimits, CreditQuote, Line, ParkedCredit, SourceListing} from "./LedgerTypes.sol";

/// @title An account's margin and its requirements
/// @dev Available at the ledger's own address.
///
///      Margin (I5): an act that takes enabled value away must leave A_I ≥ Q_I. Q_I is the sum of the initial
///      requirements of the account's protocols, saturating at 2^256 − 1. If it is 0, the act needs no margin and the
///      risk manager is not even asked.
///      Each protocol is read with `staticcall`, 3,900,000 gas (150,000 at its own gate, see `IMarginRequirement`) and
///      an answer of exactly 128 bytes. A protocol fails if it reverts, answers in another size, or returns a figure
///      above 2^128 − 1 or a nonce above 2^64 − 1. Its initial requirement is then 2^256 − 1. Its maintenance
///      requirement is the larger of what its last gate recorded and what `ILedgerProtocols.observe` stored since.
///      An initial figure below the maintenance figure is raised to it.
///      A call with too little gas for a whole callback reverts with `GasTooLow`, so that nobody can make a protocol
///      fail by starving it of gas.
interface ILedgerMargin {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice The account would lack initial margin: its assets are below its requirement, both WAD.
    error MarginTooLow(bytes32 account, uint256 assetsWad, uint256 requiredWad);
    /// @notice A protocol of the account does not return its requirement, which therefore counts as infinite.
    error RequirementUnknown(bytes32 account, address protocol);
    /// @notice The risk manager does not return the worth of the lines.
    error MarginUnknown(bytes32 account);

    // ---------------------------------------------------------------------------------------------------------- views
    /// @notice Returns an account's weighted assets A and requirement Q at three grades, WAD (1e18).
    /// @dev Reverts only with `GasTooLow`, when called with too little gas: 400,000 for the risk manager and 4,000,000
    ///      for each protocol, of which an honest one spends a small part.
    ///      A is `IRiskManager`'s sum over enabled lines. Q is the sum over the protocols that the account opted in to
    ///      (`ILedgerProtocols`); grade E uses the requirement of grade M. A protocol that fails makes qI 2^256 − 1. In
    ///      qE and qM it counts with the larger of what its last gate recorded and what `ILedgerProtocols.observe`
    ///      stored since.
    ///      If `status & 32 != 0`, the risk manager did not answer, or never accepted a price of a line that counts.
    ///      Then aI, aE and aM are 0 and mean nothing, and gates and seizures are refused (`MarginUnknown`). A protocol
    ///      that takes risk must check `status & 32 == 0`.
    ///      May take risk ⇔ aI ≥ qI. Liquidatable ⇔ qM > aM and `status & 32 == 0`.
    /// @return aI initial assets
    /// @return qI initial requirement
    /// @return aE exit-liquidation assets
    /// @return qE exit-liquidation requirement
    /// @return aM maintenance assets
    /// @return qM maintenance requirement
    /// @return status bits of `IRiskManager`, 0 when every line counts in full
    /// @return oldestAsOf lowest `asOf` of the sources of lines that count and are not empty; the block time if there
    ///         is none
    function marginOf(
        bytes32 account
    )
        external
        view
        returns (
            uint256 aI,
            uint256 qI,
            uint256 aE,
            uint256 qE,
            uint256 aM,
            uint256 qM,
            uint256 status,
            uint256 oldestAsOf
        );

    /// @notice Returns the assets of the account's enabled lines, in no fixed order.
    function linesOf(bytes32 account) external view returns (uint16[] memory assetIds);

    /// @notice Returns the words that the risk manager weighs, in the order of `linesOf`.
    function lineWordsOf(bytes32 account) external view returns (uint16[] memory assetIds, LineWords[] memory words);
}

/// @title Reading a ledger
/// @notice Views of accounts, protocols, sources, assets and losses, and of the current limits on credit.
interface ILedgerViews is ILedgerMargin {
    // ------------------------------------------------------------------------------------------------------- accounts
    /// @notice Returns one line.
    function lineOf(bytes32 account, uint16 assetId) external view returns (Line memory);

    /// @notice Returns a parked credit; all fields are 0 if nothing is parked under the number.
    function parkedOf(uint16 source, uint96 index) external view returns (ParkedCredit memory);

    /// @notice Returns an operator's rights and the first time in seconds at which they are void.
    function operatorOf(bytes32 account, address operator) external view returns (uint16 rights, uint40 expiry);

    /// @notice Returns the operator appointed by an owner that lives on a collateral chain.
    /// @param account owner ‖ home ‖ sub-account
    /// @return operator address on this chain, 0 for none
    /// @return readyAt block time in seconds from which it may act
    /// @return active whether it may act now: that time has come and the source's witnesses have confirmed the entry
    function appointmentOf(bytes32 account) external view returns (address operator, uint40 readyAt, bool active);

    /// @notice Returns whether a nonce was used or cancelled.
    function nonceUsed(bytes32 account, uint256 nonce) external view returns (bool);

    /// @notice Returns the EIP-712 domain separator of owners' messages.
    function domainSeparator() external view returns (bytes32);

    /// @notice Returns the record of a release, 0 if there is none: keccak256(vault asset u16 ‖ amount u128 ‖ account).
    /// @param source index of the source
    /// @param seq number of the release
    function releasedOf(uint16 source, uint96 seq) external view returns (bytes32);

    // ------------------------------------------------------------------------------------------------------ protocols
    /// @notice Returns the protocols that the account opted in to, in no fixed order.
    function protocolsOf(bytes32 account) external view returns (address[] memory);

    /// @notice Returns a protocol's number, 0 if no account ever opted in to it and it was never listed.
    function protocolOf(address protocol) external view returns (uint32 index, bool listed);

    /// @notice Returns the ledger's record of a protocol's claim on an account.
    function claimOf(bytes32 account, address protocol) external view returns (ClaimView memory);

    /// @notice Returns a protocol's registered exit share: its claimant, and basis points.
    function exitShareOf(bytes32 account, address protocol) external view returns (address claimant, uint16 shareBp);

    /// @notice Returns the auction that may seize now, 0 if there is none.
    function auction() external view returns (address);

    // ------------------------------------------------------------------------------------------------ sources, assets
    /// @notice Returns a source's terms and its edges. `ILedgerViews.stateOf` returns the fields of its state.
    /// @param source index of the source
    /// @return terms on which it was listed
    /// @return edge name that statements about its vault's journal carry now
    /// @return outboundEdge first name of the edge from this ledger to its vault: where the ledger's journal lies
    function sourceOf(
        uint16 source
    ) external view returns (SourceListing memory terms, bytes32 edge, bytes32 outboundEdge);

    /// @notice Returns a source's current state (a lapsed quarantine reads LIVE), its end, and the source's `asOf`.
    function stateOf(uint16 source) external view returns (SourceState state, uint40 until, uint40 asOf);

    /// @notice Returns the replica of a source's journal, with the name that statements carry now.
    /// @param source index of the source
    function replicaOf(
        uint16 source
    )
        external
        view
        returns (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state);

    /// @notice Returns the head stored at a mark since the last rewind of the replica, 0 if none.
    function markOf(uint16 source, uint64 count) external view returns (bytes32 head);

    /// @notice Returns the ledger's own journal toward a source's vault, with its edge's first name.
    function journalHead(uint16 source) external view returns (bytes32 edge, uint64 count, bytes32 head);

    /// @notice Returns a witness of a source, whether it has conflicted, and the highest count it confirmed.
    function witnessOf(
        uint16 source,
        uint8 witness
    ) external view returns (address at, bool mayConflict, bool conflicted, uint64 confirmed);

    /// @notice Returns the count that m witnesses have confirmed, and when one of them conflicted last, 0 if never.
    function confirmedOf(uint16 source) external view returns (uint64 confirmed, uint40 conflictAt);

    /// @notice Returns an asset's terms and sums.
    function assetOf(uint16 assetId) external view returns (AssetStatus memory);

    /// @notice Returns the ledger-wide index of a vault's asset, 0 if it is not listed.
    function assetIdOf(uint16 source, uint16 vaultAsset) external view returns (uint16 assetId);

    /// @notice Returns how many assets are listed; their indices are 1 … this.
    function assetCount() external view returns (uint16);

    /// @notice Returns the end of a pause and its flags, 0 if none is in force.
    function pauseOf(uint16 source, uint16 assetId) external view returns (uint8 flags, uint40 until);

    /// @notice Returns an asset's word and its source's word, see `LineWords`.
    function termWordsOf(uint16 assetId) external view returns (uint256 asset, uint256 source);

    /// @notice Returns the newest change of an asset's base weights, all 0 if they are as listed. After its end the
    ///         change is complete.
    function rampOf(uint16 assetId) external view returns (Ramp memory);

    /// @notice Returns the newest change of a source's weights, all 0 if they are as listed. After its end the change
    ///         is complete.
    function sourceRampOf(uint16 source) external view returns (Ramp memory);

    /// @notice Returns the current limits on an asset's credit.
    function limitsOf(uint16 assetId) external view returns (CreditLimits memory);

    /// @notice Returns how a credit of an account, without a fee, would be treated if it arrived now.
    function quoteCredit(bytes32 account, uint16 assetId, uint128 amount) external view returns (CreditQuote memory);

    // ------------------------------------------------------------------------------------------------ losses, rewinds
    /// @notice Returns the coverage of an asset: the backed part of a unit.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @return inForceWad coverage in force, by which margins multiply, WAD
    /// @return reportedWad coverage that the vault last reported, WAD
    /// @return impairedSince block time in seconds of the first report of less than the coverage in force, or at which
    ///         a report was unwound; 0 while the asset is not impaired
    /// @return coverFrom time in seconds that the source's `asOf` must reach for `cover`; 0 unless the report is below
    ///         the coverage in force. An unconfirmed report may take longer
    /// @return lostSeq number of the LOST entry that the vault has not answered, 0 for none
    function coverageOf(
        uint16 source,
        uint16 vaultAsset
    )
        external
        view
        returns (uint256 inForceWad, uint256 reportedWad, uint40 impairedSince, uint40 coverFrom, uint96 lostSeq);

    /// @notice Returns the amounts that keep an asset unsettled, in units.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @return orphaned sum of its orphans
    /// @return missing taken-back units that the account no longer had, not yet reported to the vault
    /// @return found units reported missing that came later, not yet reported to the vault
    /// @return lostSeq number of the LOST entry that the vault has not answered, 0 if none
    function unsettledOf(
        uint16 source,
        uint16 vaultAsset
    ) external view returns (uint256 orphaned, uint256 missing, uint256 found, uint96 lostSeq);

    /// @notice Returns how many orphans have these bytes, and how many taken-back units of such entries are missing,
    ///         whether or not they were reported.
    /// @param source index of the source
    /// @param entryHash keccak256 of the packed entry
    function orphansOf(uint16 source, bytes32 entryHash) external view returns (uint256 orphans, uint256 spentUnits);

    /// @notice Returns how often a replica was rewound, and the progress of a running rewind.
    /// @param source index of the source
    /// @return generation how often it was rewound
    /// @return next its name after the running rewind, 0 while none runs
    /// @return point count to which it goes
    /// @return count how far it has come
    /// @return head at `count`
    /// @return heardAt `asOf` of the first statement at the journal's tip under the present name, 0 before
    function rewindOf(
        uint16 source
    ) external view returns (uint32 generation, bytes32 next, uint64 point, uint64 count, bytes32 head, uint40 heardAt);

    // ---------------------------------------------------------------------------------- constructor arguments of the ledger
    /// @notice Returns the contract that weighs lines.
    function riskManager() external view returns (address);

    /// @notice Returns the scheduled risk manager, the time in seconds from which it may be adopted, and how many
    ///         assets, from the first on, were shown to have a price in it; zeros if none is scheduled. It stays
    ///         scheduled after that time until it is adopted.
    function riskManagerNext() external view returns (address next, uint40 at, uint16 checked);

    /// @notice Returns the verifier of signed heads.
    function attesterSet() external view returns (address);

    /// @notice Returns the role that lists and loosens.
    function governor() external view returns (address);

    /// @notice Returns the role that quarantines.
    function guardian() external view returns (address);

    /// @notice Returns the role that pauses for a limited time.
    function pauser() external view returns (address);

    /// @notice Returns the role that may only tighten.
    function riskAdmin() external view returns (address);

    /// @notice Returns whether sources without witnesses may be listed here.
    function development() external view returns (bool);
}
