// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVaultCore} from "../interfaces/vault/IVault.sol";
import {IVaultReleases} from "../interfaces/vault/IVaultPayments.sol";
import {
    Opening,
    PauseWindow,
    Payment,
    PaymentState,
    VaultAsset,
    VaultInit,
    VaultWitness
} from "../interfaces/vault/VaultTypes.sol";
import {EdgeLib} from "../edge/EdgeLib.sol";
import {EntryCodec} from "../edge/EntryCodec.sol";
import {JournalLib} from "../edge/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {Rewind, RewindLib} from "../edge/RewindLib.sol";
import {WitnessLib} from "../edge/WitnessLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";

/// @title Constants, storage and roles common to a vault and its modules
/// @notice The core and each module inherit this storage and no other, so that they share one layout under
///         delegatecall.
abstract contract VaultBase is ReentrancyGuardTransient {
    /// @dev Most that may be accounted of one token, so that every amount fits its fields.
    uint256 internal constant ACCOUNTED_MAX = type(uint104).max;
    uint8 internal constant PAUSE_LOCK = 1;
    uint8 internal constant PAUSE_PAY = 8;
    /// @dev Bits of `VaultAsset.flags`, see there.
    uint8 internal constant HINT_LOCK = 1;
    uint8 internal constant HINT_PAY = 2;
    uint8 internal constant HINT_SHORT = 4;
    uint8 internal constant HINT_CODE = 8;
    uint8 internal constant HINT_EXIT = 128;
    /// @dev Bits of `Payment.flags`, see there.
    uint8 internal constant PAYMENT_WAITS = 1;
    uint8 internal constant PAYMENT_LANE_SHIFT = 1;
    uint8 internal constant PAYMENT_LANE = 6;
    uint8 internal constant PAYMENT_REFUNDED = 8;

    /// @dev The guardian has extended the present quarantine.
    uint8 internal constant EDGE_EXTENDED = 1;
    /// @dev A refused entry has quarantined the edge in this generation; a later one does not.
    uint8 internal constant EDGE_REFUSAL_COUNTED = 2;
    /// @dev Stored in place of a quarantine's end, so that one read shows a running quarantine or rewind.
    uint40 internal constant REWINDING = type(uint40).max;

    uint256 internal constant WAD = 1e18;
    uint256 internal constant BP = 10_000;
    uint256 internal constant QUARANTINE_S = 72 hours;
    /// @dev Seconds that a payment waits for a missing confirmation, and that payments of a short asset wait.
    uint256 internal constant WAIT_S = 7 days;
    /// @dev Seconds for which a payment must be claimable before it may be given back, and an unconfirmed release stopped before
    ///      its refund.
    uint256 internal constant REFUND_AFTER_S = 30 days;
    uint256 internal constant WITNESSES_MAX = WitnessLib.PLACES;
    /// @dev Claims' payments have numbers above this, which no journal reaches.
    uint96 internal constant CLAIMS = uint96(type(uint32).max) << 64;
    /// @dev Gas limit of one call to a witness. A record costs 5,300 cold (`VaultGasBounds.t.sol`) plus 2,600 for a
    ///      cold account; or 27,400 on a chain where an account costs 10,100 and a slot 8,100. A batch asks at most
    ///      sixteen times, and the most expensive batch has no room for more.
    uint256 internal constant WITNESS_GAS = 27_500;
    /// @dev Gas limit of one transfer, which includes both calls of the token. Today's expensive tokens stay below
    ///      200,000.
    uint256 internal constant TRANSFER_GAS = 300_000;

    /// @notice keccak256 of the values that this contract was built with: a vault's modules have the same.
    bytes32 public immutable initHash;

    uint256 internal immutable _settlementChainId;
    address internal immutable _ledger;
    uint16 internal immutable _source;
    address internal immutable _attesterSet;
    address internal immutable _governor;
    address internal immutable _guardian;
    address internal immutable _pauser;
    bool internal immutable _development;
    uint256 private immutable _chainId;

    uint16 internal _assetCount;
    /// @dev `REWINDING` while a rewind of the replica runs; the rewind keeps the end that it interrupted.
    uint40 internal _quarantinedUntil;
    /// @dev m: witnesses that must have confirmed a count.
    uint8 internal _witnessesNeeded;
    /// @dev Bit s: the witness of slot s counts. Its conflict clears the bit until the governor sets another witness.
    ///      Bits 4 … 7 are free.
    uint8 internal _counting;
    /// @dev Bit s: the witness of slot s showed another head.
    uint8 internal _conflicted;
    /// @dev Number of conflicts so far.
    uint8 internal _conflicts;
    /// @dev Bits of the edge from the ledger, see `EDGE_EXTENDED` and `EDGE_REFUSAL_COUNTED`.
    uint8 internal _edgeFlags;
    /// @dev The vault that succeeds this one, 0 for none.
    address internal _successor;
    mapping(uint16 asset => VaultAsset) internal _assets;
    mapping(address token => uint16 asset) internal _indexOf;
    mapping(uint16 asset => PauseWindow) internal _pauses;
    mapping(uint96 seq => Payment) internal _payments;
    mapping(uint8 slot => VaultWitness) internal _witnesses;
    mapping(uint96 seq => Opening) internal _openings;
    /// @dev Block time at which the guardian last used its weekly stop on the account.
    mapping(bytes32 account => uint40) internal _stoppedAt;
    /// @dev The account got a lock after its last appointment.
    mapping(bytes32 account => bool) internal _appointable;
    /// @dev Limiter of appointments without a lock, in 64ths of a second.
    uint64 internal _appointTat;
    /// @dev Number of unwound payments for releases of these bytes that settle no release yet; by keccak256 of the
    ///      entry.
    mapping(bytes32 entryHash => uint256 payments) internal _paidOrphans;
    /// @dev keccak256 of the code that a token had when it was listed, or when the governor pinned it again.
    mapping(uint16 asset => bytes32 codeHash) internal _codeOf;
    /// @dev Units by which a taken LOST changed what is accounted: its amount, or less if there was no room.
    mapping(uint96 seq => uint256 units) internal _lossOf;
    /// @dev A REFUND of this number and content was journaled, and since a rewind another entry has the number.
    mapping(uint96 seq => mapping(bytes25 refundHash => bool)) internal _refundedBefore;

    /// @dev Block time of the last conflict, 0 if there was none.
    uint40 internal _contestedAt;

    modifier onlyRole(address needed) {
        if (msg.sender != needed) revert IVaultCore.NotAuthorized(msg.sender, needed);
        _;
    }

    constructor(VaultInit memory init) {
        if (init.settlementChainId == 0) revert IVaultCore.InitFieldMissing("settlementChainId");
        if (init.ledger == address(0)) revert IVaultCore.InitFieldMissing("ledger");
        if (init.attesterSet == address(0)) revert IVaultCore.InitFieldMissing("attesterSet");
        if (init.governor == address(0)) revert IVaultCore.InitFieldMissing("governor");
        if (init.guardian == address(0)) revert IVaultCore.InitFieldMissing("guardian");
        if (init.pauser == address(0)) revert IVaultCore.InitFieldMissing("pauser");
        if ((init.source == 0) != (init.settlementChainId == block.chainid)) {
            revert IVaultCore.SourceMismatch(init.source, block.chainid, init.settlementChainId);
        }
        initHash = keccak256(abi.encode(init));
        _settlementChainId = init.settlementChainId;
        _ledger = init.ledger;
        _source = init.source;
        _attesterSet = init.attesterSet;
        _governor = init.governor;
        _guardian = init.guardian;
        _pauser = init.pauser;
        _development = init.development;
        _chainId = block.chainid;
    }

    /// @dev Returns whether the vault may be without witnesses: for development, or beside its ledger, where it reads
    ///      the ledger's journal itself.
    function _mayLackWitnesses() internal view returns (bool) {
        return _development || _source == 0;
    }

    /// @dev Returns the token units that the vault holds. A lock asks twice; assembly saves 200 gas each time.
    function _heldOf(address token) internal view returns (uint256 units) {
        bool answered;
        assembly ("memory-safe") {
            // balanceOf(address), with its argument behind it, in scratch space.
            mstore(0x20, address())
            mstore(0, 0x70a08231)
            answered := staticcall(gas(), token, 0x1c, 0x24, 0, 0x20)
            answered := and(answered, gt(returndatasize(), 0x1f))
            units := mload(0)
        }
        if (!answered) revert IVaultCore.BalanceUnreadable(token);
    }

    /// @dev Returns the asset's storage or reverts if the index was never given out.
    function _listed(uint16 asset) internal view returns (VaultAsset storage kept) {
        kept = _assets[asset];
        if (kept.token == address(0)) revert IVaultCore.AssetUnknown(asset);
    }

    /// @dev Returns whether tokens can be sent there: it is an address, and not one that would lock them up.
    function _canReceive(bytes32 party, address token) internal view returns (bool) {
        address recipient = address(uint160(uint256(party)));
        return
            uint256(party) >> 160 == 0 && recipient != address(0) && recipient != address(this) && recipient != token;
    }

    /// @dev Returns the smallest lock in token units, never 0.
    function _minUnits(uint64 min, uint256 whole) internal pure returns (uint256 units) {
        units = TokenScale.millionthsOfWholeUp(min, whole);
        assembly ("memory-safe") {
            units := add(units, iszero(units))
        }
    }

    /// @dev Returns the smallest fee of a lock in token units, rounded up; at most the smallest lock, so that a lock
    ///      can pay it.
    function _minFee(uint16 feeBp, uint256 minUnits) internal pure returns (uint256 units) {
        // Safety: a smallest lock is below 2^145.
        unchecked {
            return (minUnits * feeBp + BP - 1) / BP;
        }
    }

    /// @dev Returns the name of the edge to the ledger, in the core and in each module.
    function _outbound() internal view virtual returns (bytes32 edge) {
        return EdgeLib.nameOf(_chainId, address(this), _settlementChainId, _ledger, 0, 0);
    }

    /// @dev Returns the first name of the edge from the ledger. The replica is stored, and witnesses are asked, under
    ///      it.
    function _inbound() internal view virtual returns (bytes32 edge) {
        return _inboundAt(0, 0);
    }

    /// @dev Returns the name of the edge from the ledger after its replica was rewound `generation` times, last to this
    ///      head.
    function _inboundAt(uint32 generation, bytes32 head) internal view returns (bytes32) {
        return EdgeLib.nameOf(_settlementChainId, _ledger, _chainId, address(this), generation, head);
    }

    /// @dev Returns the name that statements about the ledger's journal carry now.
    function _inboundNow() internal view returns (bytes32) {
        bytes32 edge = _inbound();
        return RewindLib.nameOf(edge, ReplicaLib.locate(edge));
    }

    /// @dev Appends an entry other than a LOCK, and logs it.
    function _journal(uint8 kind, uint16 asset, uint128 amount, bytes32 account, bytes32 party) internal {
        JournalLib.tell(_outbound(), kind, asset, amount, account, party);
    }

    /// @dev Ends a payment. Its amount goes back by a REFUND to the line that was debited: at once if the release is
    ///      confirmed, else by `refund`. So nothing that a dishonest quorum signed enters this vault's own journal
    ///      before somebody else has confirmed it, or had thirty days to oppose it.
    function _stop(
        uint96 seq,
        uint16 asset,
        uint128 amount,
        bytes32 account,
        bool confirmed,
        address by,
        bytes32 reason
    ) internal {
        // Block times fit 40 bits for 34,000 years.
        _payments[seq] = Payment({
            entryHash: _refundHash(asset, amount, account),
            readyAt: uint40(block.timestamp + REFUND_AFTER_S),
            state: PaymentState.STOPPED,
            flags: 0
        });
        emit IVaultCore.Stopped(seq, by, reason);
        if (confirmed) _refund(seq, asset, amount, account);
    }

    /// @dev Journals the REFUND of a stopped payment.
    function _refund(uint96 seq, uint16 asset, uint128 amount, bytes32 account) internal {
        Payment storage stopped = _payments[seq];
        stopped.flags |= PAYMENT_REFUNDED;
        stopped.readyAt = uint40(block.timestamp + REFUND_AFTER_S);
        _journal(EntryCodec.REFUND, asset, amount, account, bytes32(uint256(seq)));
    }

    /// @dev Returns what a stopped payment keeps of its entry: a hash of the fields of its record at the ledger.
    function _refundHash(uint16 asset, uint128 amount, bytes32 account) internal pure returns (bytes25) {
        return bytes25(keccak256(abi.encodePacked(asset, amount, account)));
    }

    /// @dev Called when another entry takes the number of a stopped payment: keeps on record that its REFUND was
    ///      journaled.
    function _keepRefund(uint96 seq) internal {
        Payment memory kept = _payments[seq];
        // A stopped loss has no refund. A release without a refund was void before another entry took its number.
        if (kept.state == PaymentState.STOPPED) _refundedBefore[seq][kept.entryHash] = true;
    }

    /// @dev Reverts unless the payment is in the state, its time has come, the bytes are its entry of that kind, and
    ///      neither a quarantine nor a missing confirmation blocks it.
    function _requireDue(uint96 seq, bytes calldata packed, PaymentState needed, uint8 kind) internal view {
        Payment memory due = _payments[seq];
        if (due.state != needed) revert IVaultReleases.PaymentStateMismatch(seq, due.state, needed);
        bytes25 given = bytes25(keccak256(packed));
        if (given != due.entryHash) revert IVaultReleases.EntryMismatch(seq, given, due.entryHash);
        if (uint8(packed[0]) != kind) revert IVaultReleases.EntryKindMismatch(seq, uint8(packed[0]), kind);
        if (block.timestamp < due.readyAt) revert IVaultReleases.PaymentNotReady(seq, due.readyAt);
        uint40 until = _quarantinedUntil;
        if (until == REWINDING) until = _requireNotPastPoint(seq);
        bool waits = due.flags & PAYMENT_WAITS != 0;
        if ((block.timestamp < until || waits) && !_isConfirmed(seq)) {
            if (block.timestamp < until) revert IVaultReleases.PaymentQuarantined(seq, until);
            Opening memory opening = _openings[seq];
            uint256 opensAt = opening.at + WAIT_S * (_conflicts - opening.conflicts);
            if (block.timestamp < opensAt) revert IVaultReleases.PaymentUnconfirmed(seq, opensAt);
        }
    }

    /// @dev Returns whether as many witnesses as required have confirmed the release, or none is required.
    function _isSettled(uint96 seq) internal view returns (bool) {
        return _witnessesNeeded == 0 || _isConfirmed(seq);
    }

    /// @dev While a rewind runs, entries past its point cannot be touched. Returns the end of the quarantine that it
    ///      interrupted.
    function _requireNotPastPoint(uint96 seq) internal view returns (uint40 heldUntil) {
        bytes32 edge = _inbound();
        Rewind storage rewind = RewindLib.locate(edge);
        if (rewind.next != 0 && seq > rewind.point) revert RewindLib.RewindRunning(edge, rewind.next);
        return rewind.heldUntil;
    }

    /// @dev Returns whether enough witnesses have confirmed the payment's entry, or a rewind went to a later point.
    function _isConfirmed(uint96 seq) private view returns (bool) {
        return seq <= ReplicaLib.locate(_inbound()).confirmed;
    }

    /// @dev Records that a witness confirmed a count. The confirmed count never falls.
    function _confirmBy(Replica storage replica, uint8 slot, uint64 count) internal {
        if (count <= WitnessLib.confirm(replica, slot, count, _witnessesNeeded)) return;
        emit IVaultReleases.Confirmed(slot, count, replica.confirmed);
    }

    /// @dev Records that a witness showed another head than the attested one, and applies the consequences.
    function _contest(Replica storage replica, uint8 slot, uint64 count, bytes32 ours, bytes32 theirs) internal {
        // forge-lint: disable-next-line(incorrect-shift)
        uint8 bit = uint8(1 << slot);
        _counting &= ~bit;
        uint8 all = _conflicted | bit;
        _conflicted = all;
        if (_conflicts < type(uint8).max) ++_conflicts;
        // Block times fit 40 bits for 34,000 years.
        _contestedAt = uint40(block.timestamp);
        emit IVaultReleases.Conflict(slot, count, ours, theirs);
        if (all != bit) {
            _quarantine(replica, uint40(block.timestamp + QUARANTINE_S), "two witnesses");
        } else if (replica.state == SourceState.LIVE) {
            replica.state = SourceState.CONTESTED;
            emit IVaultReleases.EdgeStateChanged(_inboundNow(), SourceState.CONTESTED, 0, "a witness");
        }
    }

    /// @dev Until that time the edge takes no statement and pays nothing unconfirmed. Never shortens a quarantine in
    ///      force.
    function _quarantine(Replica storage replica, uint40 until, bytes32 cause) internal {
        // Once the exit is open, or while a rewind runs, there is no batch to refuse.
        if (replica.state == SourceState.CLOSED) return;
        // A quarantine that starts by itself during another one does not give the guardian another extension.
        if (block.timestamp >= _quarantinedUntil) _edgeFlags &= ~EDGE_EXTENDED;
        if (until < _quarantinedUntil) until = _quarantinedUntil;
        replica.state = SourceState.QUARANTINED;
        _quarantinedUntil = until;
        emit IVaultReleases.EdgeStateChanged(_inboundNow(), SourceState.QUARANTINED, until, cause);
    }

    /// @dev Returns the edge's present state: a quarantine past its end is over, a conflict with a witness is not.
    function _stateOf(Replica storage replica) internal view returns (SourceState state) {
        state = replica.state;
        if (state != SourceState.QUARANTINED || block.timestamp < _quarantinedUntil) return state;
        return _conflicted == 0 ? SourceState.LIVE : SourceState.CONTESTED;
    }
}
