// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title The interface of a protocol that requires margin
/// @notice Called by the ledger with `staticcall`, limited gas, and an answer of exactly 128 bytes.
/// @dev The protocol fails if it reverts, answers in another size, or returns a figure above 2^128 − 1 or a nonce above
///      2^64 − 1. Its initial requirement is then infinite. Its maintenance requirement is the larger of what the last
///      gate recorded and what was observed since. After each change of a position the protocol calls
///      `ILedgerProtocols.gate`. The gate calls this function and refuses the change if the margin does not cover it.
///
///      Gas: 150,000 at the protocol's own gate, 3,900,000 in every other reading. At the gate, storage that the
///      position has just written is warm; later it is cold. A slot costs 100 gas there and 2,100 later, another
///      contract 100 and 2,600. 3,900,000 is 26 times 150,000, so an answer that passed the gate stays readable while
///      the position does not change.
///      The protocol itself must take care of two things: a position that grows without the gate, and a call inside
///      this function to which it gives a fixed amount of gas. Forge runs a test as one transaction, in which
///      everything is warm. `ColdReadings` in `testing` reads from cold storage, as the ledger does later.
///
///      Do not let this function revert while a call into the protocol runs (a reentrancy lock on views): to the ledger
///      such a protocol fails. Return the figures from before the call, or the larger ones.
interface IMarginRequirement {
    /// @notice Returns the account's requirement.
    /// @param account see `ILedgerCore`
    /// @return initialWad WAD, rounded up
    /// @return maintenanceWad WAD, rounded up, at most `initialWad`: a lower initial figure is raised to this one
    /// @return positionNonce rises with every change of the position
    /// @return asOf time in seconds of the oldest input
    function requirementOf(
        bytes32 account
    ) external view returns (uint256 initialWad, uint256 maintenanceWad, uint64 positionNonce, uint64 asOf);
}

/// @notice One position of an account at a protocol.
/// @param slot price slot of its underlying at the risk manager
/// @param kind 0 perpetual or dated future, 1 call, 2 put
/// @param expiry time in seconds; 0 for a perpetual
/// @param priceWad entry price of a perpetual or future, strike of an option
/// @param sizeWad units, positive long
struct ReportedPosition {
    uint16 slot;
    uint8 kind;
    uint40 expiry;
    uint128 priceWad;
    int128 sizeWad;
}

/// @title The optional view of a protocol that shows what an account holds there
/// @notice The ledger never calls it. Greeks and scenarios of a whole account need it, and anyone can check a report's
///         inputs with it.
interface IMarginPositions is IMarginRequirement {
    /// @notice Returns what an account holds.
    /// @param account see `ILedgerCore`
    /// @return positionNonce rises with every change of what is returned here, unless only time or a price changed it
    /// @return cashWad what the protocol owes the account, negative if the account owes the protocol; WAD, rounded down.
    ///         Without gains and losses that positions have not realised
    /// @return positions in any order, no two of one contract
    function positionsOf(
        bytes32 account
    ) external view returns (uint64 positionNonce, int256 cashWad, ReportedPosition[] memory positions);
}

/// @title Views of a protocol that takes reports
interface IReportedPositions is IMarginPositions {
    /// @notice Returns the contract whose reports it takes. A report weighs what `positionsOf` returns: what the account
    ///         owes there, and none of what it is owed.
    function reports() external view returns (address);

    /// @notice Returns the oldest position number about which a report still counts for an account; the present one where a protocol
    ///         keeps no trades.
    /// @param account see `ILedgerCore`
    function countsFrom(bytes32 account) external view returns (uint64 positionNonce);
}

/// @notice The statement that attesters sign about one account's requirement at one protocol, computed at a final block N of this
///         chain.
/// @param reports the contract that may accept the report
/// @param protocol contract whose requirement it is
/// @param account see `ILedgerCore`
/// @param positionNonce number of the position that was weighed
/// @param blockNumber N
/// @param blockHash hash of N
/// @param asOf time of N in seconds
/// @param inputsHash keccak256 of the canonical text of all inputs of the figures
/// @param parameterVersion name of the engine's parameters in ASCII, left-aligned
/// @param initialWad WAD, rounded up
/// @param maintenanceWad WAD, rounded up, at most `initialWad`
/// @param expiry first time in seconds at which the report is no longer valid
/// @param epoch attester set under which it is signed
struct MarginReport {
    address reports;
    address protocol;
    bytes32 account;
    uint64 positionNonce;
    uint64 blockNumber;
    bytes32 blockHash;
    uint64 asOf;
    bytes32 inputsHash;
    bytes32 parameterVersion;
    uint128 initialWad;
    uint128 maintenanceWad;
    uint64 expiry;
    uint32 epoch;
}

/// @notice The newest report about an account at a protocol, without the fields that only verification needed.
/// @param initialWad WAD
/// @param maintenanceWad WAD
/// @param positionNonce number of the position that was weighed
/// @param blockNumber block at which it was weighed, 0 if there never was a report
/// @param asOf time of that block in seconds
/// @param expiry first time in seconds at which the report is no longer valid
struct StoredReport {
    uint128 initialWad;
    uint128 maintenanceWad;
    uint64 positionNonce;
    uint64 blockNumber;
    uint40 asOf;
    uint40 expiry;
}

/// @title Margin requirements computed off chain and signed by k attesters
/// @notice Keeps the newest report about each (protocol, account); `ReportedRequirements` shows how a protocol uses it.
/// @dev Safety: a report is accepted only with k signatures of one epoch at the verifier that statements use, under its
///      own EIP-712 type, for this contract on this chain, and about a block newer than the previous report's. Whoever
///      holds k keys can state any figure; but a protocol that reads through `ReportedRequirements` never goes below
///      half of its own bound. The contract checks nothing else in a report; anyone can recompute it from its inputs.
///      Liveness: anyone may submit a report. Without one, or after its expiry, the protocol's own bound counts. There
///      is no role, no setting and nothing to pause.
///
///      `block.number` must count the blocks of this chain, as it does on Ethereum and OP-stack chains.
interface IMarginReports {
    /// @notice The verifier has no code.
    error VerifierRefused(address attesterSet);
    /// @notice The report is meant for another contract.
    error ReportOfOtherContract(address reports, address expected);
    /// @notice The report's block is not below this one, or its time is after this block's.
    error ReportFromFuture(uint64 blockNumber, uint64 asOf, uint256 blockNow, uint256 timeNow);
    /// @notice The chain's block at that height has another hash.
    error ReportOfOtherBlock(uint64 blockNumber, bytes32 blockHash, bytes32 expected);
    /// @notice The report has expired.
    error ReportExpired(uint64 expiry, uint256 timeNow);
    /// @notice The report's expiry is too late: it would count longer than a report may.
    error ReportTooLong(uint64 expiry, uint256 latest);
    /// @notice A report of that block, or a newer one, is stored already.
    error ReportNotNewer(uint64 blockNumber, uint64 stored);
    /// @notice A report's initial figure is below its maintenance figure.
    error ReportUnordered(uint128 initialWad, uint128 maintenanceWad);

    /// @notice A report was stored.
    event Reported(
        address indexed protocol,
        bytes32 indexed account,
        uint64 positionNonce,
        uint64 blockNumber,
        bytes32 inputsHash,
        bytes32 parameterVersion,
        uint128 initialWad,
        uint128 maintenanceWad,
        uint64 expiry
    );

    /// @notice Stores a report. Anyone may call it.
    /// @param report what attesters signed
    /// @param sigs as `IAttesterSet.verify` takes them, in the verifier's own EIP-712 domain
    function submit(MarginReport calldata report, bytes calldata sigs) external;

    /// @notice Returns the newest report, expired or not; zeros if there never was one.
    function reportOf(address protocol, bytes32 account) external view returns (StoredReport memory);

    /// @notice Returns the EIP-712 struct hash of a report.
    function hashOf(MarginReport calldata report) external pure returns (bytes32);

    /// @notice Returns the verifier of signatures.
    function attesterSet() external view returns (address);
}
