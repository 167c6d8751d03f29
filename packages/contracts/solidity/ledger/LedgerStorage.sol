// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerTerms} from "../interfaces/ledger/ILedgerTerms.sol";
import {LedgerInit, ParkedCredit} from "../interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {SourceState} from "../edge/ReplicaLib.sol";
import {Ramp, WeightRamp} from "../risk/WeightRamp.sol";

/// @title The ledger's storage
/// @notice The core and each module inherit this storage and no other, so that they share one layout under
///         delegatecall.
/// @dev Fields are grouped by slot. `IRiskManager.LineWords` describes the words that leave these contracts packed.
abstract contract LedgerStorage {
    /// @notice An asset; six slots.
    /// @dev Slot 0 is the word that the risk manager weighs; for `flags` see the ASSET constants.
    ///      A batch writes slot 1 of an asset and, if witnesses are required, slot 2. `bucketTat` is the credit
    ///      limiter's virtual time in 2^-16 s (see `BucketMath`). `cumFast` is the sum ever taken from the fast limit,
    ///      modulo 2^112; `cumFastBase` is that sum at a count known to be confirmed.
    ///      Slot 3 has the next checkpoint, `cumFastOpen` at count `openCount`, and the schedule of unconfirmed
    ///      credits: its last date `openAt`, the time of its last extension, and the highest count with a place in it.
    ///      Counts of entries fit 40 bits: a hundred a second take 348 years.
    struct AssetRecord {
        uint16 source;
        uint16 vaultAsset;
        uint16 underlying;
        uint8 decimals;
        uint8 flags;
        uint16 initialBp;
        uint16 maintenanceBp;
        uint64 minMillionths;
        uint64 capThousandths;
        uint16 ownPrice;
        uint16 fastBp;
        // slot 1
        uint104 credited;
        uint104 parked;
        uint48 bucketTat;
        // slot 2
        uint112 cumFast;
        uint112 cumFastBase;
        // slot 3
        uint40 openCount;
        uint112 cumFastOpen;
        uint32 openAt;
        uint32 openSetAt;
        uint40 openFor;
        // slot 4
        uint128 releasedCum;
        uint128 refundedCum;
        // slot 5
        uint64 limit;
    }

    /// @notice A source; four slots.
    /// @dev Slot 0 is the word that the risk manager weighs; for `flags` see the SOURCE constants. `thawedAt`: block
    ///      time at which its weights were last frozen and are no longer; 0 if never. `edge`: first name of the vault's
    ///      edge; statements may carry another (`LedgerSources._nameOf`). `orphans`: number of orphans left, plus those
    ///      taken back with missing units.
    struct SourceRecord {
        uint40 asOf;
        SourceState state;
        uint40 stateUntil;
        uint16 initialBp;
        uint16 maintenanceBp;
        uint8 m;
        uint16 witnessMask;
        uint8 flags;
        uint40 thawedAt;
        uint16 staleAfterMin;
        uint16 darkAfterMin;
        uint16 floorAfterMin;
        uint16 frozenBp;
        // slot 1, 2
        bytes32 edge;
        bytes32 outboundEdge;
        // slot 3
        address vault;
        uint64 originChainId;
        uint32 orphans;
    }

    /// @notice The header of an account; one slot.
    /// @dev `protocols`: four lanes of 32 bits, filled from the lowest without gaps: the protocols that it opted in to.
    ///      `seizedAt`: block time of the last seizure while the account was below its maintenance grade.
    struct Header {
        uint128 protocols;
        uint8 flags;
        uint40 riskAt;
        uint40 seizedAt;
    }

    /// @notice One protocol's claim on one account; two slots.
    /// @dev `observed`: the maintenance requirement that `observe` stored since the last gate, 0 if none was.
    struct Claim {
        uint128 reserved;
        uint128 observed;
        // slot 1
        uint128 maintenance;
        uint64 positionNonce;
        uint32 recordedAt;
        uint32 noticeAt;
    }

    /// @notice A contract that accounts opt in to; numbered when it is listed or first opted in to.
    /// @dev `closed`: it was listed once and no longer is. `released`: also closed, and accounts may leave it by notice
    ///      whatever it requires.
    struct ProtocolRecord {
        address at;
        bool listed;
        bool closed;
        bool released;
    }

    /// @notice Rights of an operator.
    struct Operator {
        uint16 rights;
        uint40 expiry;
    }

    /// @notice A witness of a source.
    /// @dev `mayConflict`: false for one that is configured below finality.
    struct WitnessRecord {
        address at;
        bool mayConflict;
    }

    /// @notice A vault's reports of an asset's coverage; two slots.
    /// @dev `uncoveredInForce`, `uncoveredReported`: the part of a unit that has no tokens, WAD, rounded up. Margins
    ///      deduct the first; the vault last reported the second. The coverage is 1e18 less it, so an asset that was
    ///      never short is all zeros. `since`: block time of the first report of less than the coverage in force, or at
    ///      which a report was unwound; 0 while the asset is not impaired. `frozenBp`: the asset's maintenance
    ///      freshness when it froze. `lostSeq`: number of a LOST entry that is not settled, 0 if none. `said`,
    ///      `answer`: the first report of the reported figure, and the one that answered the LOST; 0 if there is none.
    ///      Lowest 40 bits: its block time; next 64 bits: its number, as journals count.
    struct Coverage {
        uint64 uncoveredInForce;
        uint64 uncoveredReported;
        uint40 since;
        uint16 frozenBp;
        uint64 lostSeq;
        // slot 1
        uint104 said;
        uint104 answer;
    }

    /// @notice Entries of the same bytes that a rewind unwound; one slot.
    /// @dev `count`: how many have neither come again nor been taken back. `taken`: how many were taken back with
    ///      missing units. `spent`: their missing units; the account and its relayer already had these if the entry
    ///      comes.
    struct Orphan {
        uint40 count;
        uint40 taken;
        uint104 spent;
    }

    /// @notice The amounts of an asset that a rewind left open, in units; two slots.
    /// @dev `orphaned`: sum of the orphans. `missing`: taken back but not on the line, not reported to the vault.
    ///      `found`: reported to the vault as missing but come since, not yet reported.
    struct Unsettled {
        uint104 orphaned;
        uint104 missing;
        // slot 1
        uint104 found;
    }

    /// @notice The operator appointed by an owner that lives on a collateral chain; two slots.
    /// @dev `seq`: number of the APPOINT entry in the journal of the account's home.
    struct Appointment {
        address operator;
        uint40 readyAt;
        // slot 1
        uint96 seq;
    }

    /// @notice A protocol's share of an account in an exit; one slot.
    struct ExitShare {
        address claimant;
        uint16 shareBp;
    }

    /// @notice A pause of a source or an asset.
    /// @dev `rowFrom`, `rowUntil`: used for a source only; the row of pauses that it shares with its assets.
    struct PauseRecord {
        uint8 flags;
        uint40 until;
        uint8 streak;
        uint40 rowFrom;
        uint40 rowUntil;
    }

    uint8 internal constant SOURCE_DEVELOPMENT = 1;
    uint8 internal constant SOURCE_PAUSE_HINT = 2;
    uint8 internal constant SOURCE_EXTENDED = 4;
    /// @dev A refused entry has quarantined the source in this generation; a later one does not.
    uint8 internal constant SOURCE_REFUSAL_COUNTED = 16;
    /// @dev The source has orphans, or some were taken back with missing units: replayed entries are compared with
    ///      them.
    uint8 internal constant SOURCE_ORPHANS = 32;
    /// @dev A halt, a recovery or a rewind interrupted a quarantine.
    uint8 internal constant SOURCE_INTERRUPTED = 64;
    /// @dev The source's maintenance weight is falling, or has fallen: read its ramp.
    uint8 internal constant SOURCE_RAMP_HINT = 128;
    uint8 internal constant ASSET_PAUSE_HINT = 1;
    /// @dev The asset's maintenance weight is falling, or has fallen: read its ramp.
    uint8 internal constant ASSET_RAMP_HINT = 128;
    /// @notice The vault reported less of the asset than it accounts for.
    uint8 internal constant ASSET_IMPAIRED = 4;
    /// @notice A coverage below 1 is in force: margins count each unit at it.
    uint8 internal constant ASSET_SHORT = 8;
    /// @notice Entries of the asset are orphans or missing since a rewind, or its vault has not answered a loss.
    uint8 internal constant ASSET_UNSETTLED = 16;
    uint8 internal constant PAUSE_CREDIT = 2;
    /// @dev Flag of a parked credit: its asset was not listed.
    uint8 internal constant PARKED_UNLISTED = 2;
    /// @dev Parked fees have this + generation · 2^64 + n as their number: after a rewind the n-th entry may be parked
    ///      too.
    uint96 internal constant PARKED_FEES = 1 << 95;
    /// @dev Lanes of `witnessMask`, four bits each: read, shown another head than ours. Bits 8 … 15 are free.
    uint16 internal constant WITNESS_READ = 1;
    uint16 internal constant WITNESS_CONFLICTED = 1 << 4;
    uint16 internal constant WITNESSES_CONFLICTED = 0xf << 4;
    uint256 internal constant WITNESSES_MAX = 4;
    /// @dev Gas limit of one call to a witness.
    uint256 internal constant WITNESS_GAS = 100_000;

    /// @notice No honest vault accounts for more units of one asset.
    uint256 internal constant UNITS_MAX = type(uint104).max;
    uint256 internal constant LANE_BITS = 16;
    uint256 internal constant LANES = 16;

    uint256 internal constant PROTOCOL_LANE_BITS = 32;

    /// @notice keccak256 of the values that this contract was built with: a ledger's modules have the same.
    bytes32 public immutable initHash;

    address internal immutable _attesterSet;
    address internal immutable _governor;
    address internal immutable _guardian;
    address internal immutable _pauser;
    address internal immutable _riskAdmin;
    bool internal immutable _development;

    /// @dev amount u112 | unseasoned u104 | seasonEnd u32 | 8 free bits, from the lowest bit.
    mapping(bytes32 account => mapping(uint16 assetId => uint256)) internal _lines;
    /// @dev Sixteen lanes of 16 bits, filled from the lowest, no gaps: the assets of enabled lines.
    mapping(bytes32 account => uint256) internal _enabled;
    mapping(bytes32 account => Header) internal _headers;
    mapping(bytes32 account => mapping(address protocol => Claim)) internal _claims;
    mapping(bytes32 account => mapping(uint256 word => uint256)) internal _nonces;
    mapping(bytes32 account => mapping(address operator => Operator)) internal _operators;
    mapping(uint16 assetId => AssetRecord) internal _assets;
    /// @dev Sixteen lanes of 16 bits: assetId of vault asset 16 · word + lane.
    mapping(uint16 source => mapping(uint256 word => uint256)) internal _assetIds;
    mapping(uint16 source => SourceRecord) internal _sources;
    /// @dev By the name that statements carry now.
    mapping(bytes32 edge => uint16 source) internal _sourceOfEdge;
    /// @dev The LOST that a report of a vault answered, by the report's number: unwinding the report opens it again.
    mapping(uint16 source => mapping(uint96 seq => uint96)) internal _answers;
    mapping(uint16 source => mapping(uint96 index => ParkedCredit)) internal _parked;
    mapping(uint16 source => mapping(uint96 seq => bytes32)) internal _released;
    mapping(uint16 source => PauseRecord) internal _sourcePauses;
    mapping(uint16 assetId => PauseRecord) internal _assetPauses;
    address internal _riskManager;
    uint16 internal _assetCount;
    uint32 internal _protocolCount;
    /// @dev Block time in seconds from which the next risk manager may be adopted, 0 if there is none.
    uint40 internal _riskManagerNextAt;
    mapping(uint32 index => ProtocolRecord) internal _protocols;
    mapping(address protocol => uint32 index) internal _protocolIndices;
    /// @dev By the vault's index, since an asset that is not listed yet can be short too.
    mapping(uint16 source => mapping(uint16 vaultAsset => Coverage)) internal _coverages;
    mapping(bytes32 account => Appointment) internal _appointments;
    /// @dev May seize from accounts below their exit grade, until the next one takes over.
    address internal _auction;
    address internal _auctionNext;
    uint40 internal _auctionNextAt;

    mapping(uint16 assetId => Ramp) internal _assetRamps;
    mapping(uint16 source => Ramp) internal _sourceRamps;
    mapping(uint16 source => mapping(uint8 slot => WitnessRecord)) internal _witnesses;
    /// @dev Block time in seconds of the last conflict of a witness that still counted.
    mapping(uint16 source => uint40) internal _conflictAt;
    /// @dev By the protocol's index; vaults read it in storage proofs.
    mapping(bytes32 account => mapping(uint32 protocol => ExitShare)) internal _exitShares;
    address internal _riskManagerNext;
    /// @dev Number of assets, from the first on, that were shown to have a price in the next risk manager.
    uint16 internal _riskManagerChecked;
    /// @dev By the vault's index, as coverage; an exit reads its first slot in a storage proof.
    mapping(uint16 source => mapping(uint16 vaultAsset => Unsettled)) internal _unsettled;
    mapping(uint16 source => mapping(bytes32 entryHash => Orphan)) internal _orphans;
    /// @dev Entries that changed nothing when they were applied, so unwinding them changes nothing.
    mapping(uint16 source => mapping(uint96 index => bool)) internal _ineffective;

    constructor(LedgerInit memory init) {
        if (init.attesterSet.code.length == 0) revert ILedgerTerms.AddressMissing("attesterSet");
        if (init.riskManager.code.length == 0) revert ILedgerTerms.AddressMissing("riskManager");
        if (init.governor == address(0)) revert ILedgerTerms.AddressMissing("governor");
        if (init.guardian == address(0)) revert ILedgerTerms.AddressMissing("guardian");
        if (init.pauser == address(0)) revert ILedgerTerms.AddressMissing("pauser");
        if (init.riskAdmin == address(0)) revert ILedgerTerms.AddressMissing("riskAdmin");
        initHash = keccak256(abi.encode(init));
        _attesterSet = init.attesterSet;
        _governor = init.governor;
        _guardian = init.guardian;
        _pauser = init.pauser;
        _riskAdmin = init.riskAdmin;
        _development = init.development;
    }

    function _listedSource(uint16 source) internal view returns (SourceRecord storage record) {
        record = _sources[source];
        if (record.edge == 0) revert ILedgerTerms.SourceUnknown(source);
    }

    function _listedAsset(uint16 assetId) internal view returns (AssetRecord storage record) {
        record = _assets[assetId];
        if (record.vaultAsset == 0) revert ILedgerTerms.AssetUnknown(assetId);
    }

    /// @dev The first slot of a record as one word.
    function _assetWord(AssetRecord storage record) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(record.slot)
        }
    }

    /// @dev The first slot of a record as one word.
    function _sourceWord(SourceRecord storage record) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(record.slot)
        }
    }

    /// @dev Returns an asset's word with its present maintenance weight.
    function _assetWordNow(uint16 assetId) internal view returns (uint256 word) {
        word = _assetWord(_assets[assetId]);
        // Bits 56–63 are its flags, bits 80–95 its maintenance weight, see `LineWords`.
        if ((word >> 56) & ASSET_RAMP_HINT != 0) word = _withRamp(word, 80, _assetRamps[assetId]);
    }

    /// @dev Returns a source's word with its present maintenance weight.
    function _sourceWordNow(uint16 source) internal view returns (uint256 word) {
        word = _sourceWord(_sources[source]);
        // Bits 144–151 are its flags, bits 104–119 its maintenance weight, see `LineWords`.
        if ((word >> 144) & SOURCE_RAMP_HINT != 0) word = _withRamp(word, 104, _sourceRamps[source]);
        // Bits 0–39 are `asOf`. The vault of this chain is known as it is now.
        if (source == 0) word = (word & ~uint256(type(uint40).max)) | block.timestamp;
    }

    function _withRamp(uint256 word, uint256 position, Ramp memory ramp) private view returns (uint256) {
        if (block.timestamp >= ramp.end) return word;
        uint256 mask = uint256(type(uint16).max) << position;
        return (word & ~mask) | (WeightRamp.weightAt(ramp, block.timestamp) << position);
    }

    function _assetIdOf(uint16 source, uint16 vaultAsset) internal view returns (uint16) {
        return uint16(_assetIds[source][vaultAsset / LANES] >> ((vaultAsset % LANES) * LANE_BITS));
    }

    /// @dev Returns whether somebody can act for the account here: it has an owner whose home is this chain.
    function _isOwnable(bytes32 account) internal pure returns (bool) {
        return AccountLib.ownerOf(account) != address(0) && AccountLib.homeOf(account) == 0;
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
