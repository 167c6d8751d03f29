// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {JournalHead, Statements} from "../edge/Statements.sol";
import {MemberCode} from "./MemberCode.sol";
import {SignatureWalk} from "./SignatureWalk.sol";

/// @notice One epoch's set; the members themselves are the code of the epoch's member contract.
/// @dev One slot, from the lowest bit: n u8, k u8, suspended u32 (31 used), activeFrom u40, expires u40, hint u8,
///      temporary u32 (31 used), temporaryUntil u40. `suspended` holds members against whom evidence was taken,
///      permanently; `temporary` those that the guardian suspended, until `temporaryUntil`. No member is in both. The
///      hint is 1 if a halt, a stop or a recovery must be looked up. It may be 1 without need, but never 0 if there is
///      one.
struct Epoch {
    uint8 n;
    uint8 k;
    uint32 suspended;
    uint40 activeFrom;
    uint40 expires;
    uint8 hint;
    uint32 temporary;
    uint40 temporaryUntil;
}

/// @notice The halt state of an edge.
/// @param nonce how often it was cleared
/// @param since when it was halted, in seconds; 0 while it is not
struct HaltRecord {
    uint64 nonce;
    uint40 since;
}

/// @notice One role's agreement to a recovery set.
/// @param members keccak256 of the sorted packed addresses
/// @param agreedAt when it agreed, in seconds
struct Agreement {
    bytes32 members;
    uint40 agreedAt;
}

/// @title The epochs of a verifier and the signatures of their members
/// @dev At most three epochs are accepted or to come at any time: the next is written while the newest is active, at
///      least 30 h ahead, and a set ends 24 h after its successor begins. Ends ascend with the numbers, so a walk down
///      from the newest meets all of them before the first that has ended.
abstract contract AttesterEpochs is IAttesterSet {
    uint256 private constant MEMBERS_MIN = 4;
    uint256 private constant MEMBERS_MAX = 31;

    /// @notice The role that rotates and may, together with the guardian, install a set without old signatures.
    address public immutable governor;
    /// @notice The role that suspends members and clears halts.
    address public immutable guardian;
    bytes32 private immutable _domainSeparator;
    uint256 private immutable _domainChainId;

    mapping(uint32 epochNumber => Epoch) internal _epochs;
    uint32 internal _newestEpoch;
    /// @dev Number of edges that are halted now.
    uint32 internal _haltedEdges;
    bool internal _stopped;
    uint40 internal _recoveryProposedAt;
    uint40 internal _frozenUntil;
    /// @dev When the guardian's last round of suspensions began, in seconds.
    uint40 internal _suspensionsFrom;
    /// @dev Hash of the set that the present proposal would install, 0 if there is none.
    bytes32 internal _recoveryMembers;
    mapping(bytes32 edge => HaltRecord) internal _halts;
    mapping(address member => bool) internal _proven;
    mapping(address role => Agreement) internal _agreements;

    modifier onlyRole(address needed) {
        if (msg.sender != needed) revert NotAuthorized(msg.sender, needed);
        _;
    }

    constructor(address governor_, address guardian_) {
        if (governor_ == address(0) || guardian_ == address(0)) revert RoleMissing();
        governor = governor_;
        guardian = guardian_;
        _domainChainId = block.chainid;
        _domainSeparator = Statements.domainSeparatorOf(block.chainid, address(this));
    }

    /// @inheritdoc IAttesterSet
    function epoch() public view returns (uint32 active) {
        for (active = _newestEpoch; active != 0; --active) {
            if (_epochs[active].activeFrom <= block.timestamp) break;
        }
    }

    /// @inheritdoc IAttesterSet
    function newestEpoch() external view returns (uint32) {
        return _newestEpoch;
    }

    /// @inheritdoc IAttesterSet
    function members(uint32 epochNumber) external view returns (address[] memory) {
        _knownEpoch(epochNumber);
        return _membersOf(epochNumber);
    }

    /// @inheritdoc IAttesterSet
    function k(uint32 epochNumber) external view returns (uint8) {
        return _knownEpoch(epochNumber).k;
    }

    /// @inheritdoc IAttesterSet
    function activeFrom(uint32 epochNumber) external view returns (uint40) {
        return _knownEpoch(epochNumber).activeFrom;
    }

    /// @inheritdoc IAttesterSet
    function expires(uint32 epochNumber) external view returns (uint40) {
        return _knownEpoch(epochNumber).expires;
    }

    /// @inheritdoc IAttesterSet
    function suspended(uint32 epochNumber) external view returns (uint32) {
        return _suspendedOf(_knownEpoch(epochNumber));
    }

    /// @inheritdoc IAttesterSet
    function suspensionEnd(uint32 epochNumber) external view returns (uint40) {
        Epoch storage set = _knownEpoch(epochNumber);
        return _temporaryOf(set) == 0 ? 0 : set.temporaryUntil;
    }

    /// @inheritdoc IAttesterSet
    function hashOf(JournalHead calldata statement) external view returns (bytes32) {
        return Statements.digestOf(domainSeparator(), Statements.hashOf(statement));
    }

    /// @inheritdoc IAttesterSet
    function haltOf(bytes32 edge) external view returns (bool halted, uint64 nonce, uint40 since) {
        HaltRecord storage record = _halts[edge];
        (nonce, since) = (record.nonce, record.since);
        halted = since != 0;
    }

    /// @inheritdoc IAttesterSet
    function stopped() external view returns (bool) {
        return _stopped;
    }

    /// @inheritdoc IAttesterSet
    function inRecovery() public view returns (bool) {
        return block.timestamp < _frozenUntil;
    }

    /// @inheritdoc IAttesterSet
    function recovery() external view returns (bytes32 membersHash, uint40 proposedAt, uint40 frozenUntil) {
        return (inRecovery() ? _recoveryMembers : bytes32(0), _recoveryProposedAt, _frozenUntil);
    }

    /// @inheritdoc IAttesterSet
    function proven(address member) external view returns (bool) {
        return _proven[member];
    }

    /// @inheritdoc IAttesterSet
    function domainSeparator() public view returns (bytes32) {
        // After a chain splits, both parts keep the contract's code, so the id is compared on every use.
        return
            block.chainid == _domainChainId
                ? _domainSeparator
                : Statements.domainSeparatorOf(block.chainid, address(this));
    }

    /// @dev Checks a list as a set's members.
    function _requireMembers(address[] memory listed) internal view {
        uint256 n = listed.length;
        if (n < MEMBERS_MIN || n > MEMBERS_MAX) revert MemberCountOutOfRange(n, MEMBERS_MIN, MEMBERS_MAX);
        address previous = address(0);
        for (uint256 i = 0; i < n; ++i) {
            if (listed[i] <= previous) revert MembersNotAscending(previous, listed[i]);
            if (_isContract(listed[i])) revert MemberIsContract(listed[i]);
            previous = listed[i];
        }
    }

    /// @dev A key that delegated its code (EIP-7702) has 23 bytes of code and still signs. If it were refused, one
    ///      member could block a set that lists it.
    function _isContract(address member) private view returns (bool) {
        bytes memory code = member.code;
        return code.length != 0 && (code.length != 23 || bytes3(code) != 0xef0100);
    }

    /// @dev Writes the next epoch from a list that `_requireMembers` has checked; for a recovery, when it was agreed
    ///      to. Members against whom evidence was taken start suspended, so that they do not block the set. The epoch
    ///      has no end until a successor sets one: no role can end a verifier by cancelling rotations until a date.
    function _writeEpoch(address[] memory listed, uint40 from) internal returns (uint32 epochNumber) {
        uint256 n = listed.length;
        uint256 needed = (2 * n) / 3 + 1;
        uint256 provenCount = 0;
        uint32 bitmap = 0;
        for (uint256 i = 0; i < n; ++i) {
            if (!_proven[listed[i]]) continue;
            ++provenCount;
            // forge-lint: disable-next-line(incorrect-shift)
            bitmap |= uint32(1 << i);
        }
        if (provenCount > n - needed) revert TooManyProven(provenCount, n - needed);
        epochNumber = ++_newestEpoch;
        // Safety of the casts: n ≤ 31.
        _epochs[epochNumber] = Epoch({
            n: uint8(n),
            k: uint8(needed),
            suspended: bitmap,
            activeFrom: from,
            expires: type(uint40).max,
            hint: _hintNow(),
            temporary: 0,
            temporaryUntil: 0
        });
        // The n-th contract that a verifier creates holds the members of epoch n, so its address is stored nowhere.
        address written = MemberCode.write(listed);
        if (written != _memberCodeOf(epochNumber)) revert MembersElsewhere(written, _memberCodeOf(epochNumber));
        emit Rotated(epochNumber, listed, uint8(needed));
        for (uint256 i = 0; i < n; ++i) {
            if ((bitmap >> i) & 1 != 0) emit Suspended(epochNumber, listed[i], type(uint40).max);
        }
    }

    /// @dev Sets the end of an epoch.
    function _endEpoch(uint32 epochNumber, uint40 until) internal {
        _epochs[epochNumber].expires = until;
        emit EpochEndSet(epochNumber, until);
    }

    /// @dev Sets the hint of each epoch, accepted now or later.
    function _writeHints() internal {
        uint8 hint = _hintNow();
        for (uint32 number = _newestEpoch; number != 0 && _isLive(number); --number) _epochs[number].hint = hint;
    }

    function _hintNow() internal view returns (uint8) {
        return _haltedEdges != 0 || _stopped || inRecovery() ? 1 : 0;
    }

    /// @dev Returns whether an epoch has not ended.
    function _isLive(uint32 epochNumber) internal view returns (bool) {
        return block.timestamp < _epochs[epochNumber].expires;
    }

    /// @dev Returns the members whose signatures an epoch refuses now.
    function _suspendedOf(Epoch storage set) internal view returns (uint32) {
        return set.suspended | _temporaryOf(set);
    }

    /// @dev Returns the members that the guardian suspended, 0 once the suspension has ended.
    function _temporaryOf(Epoch storage set) internal view returns (uint32) {
        return block.timestamp < set.temporaryUntil ? set.temporary : 0;
    }

    /// @dev Returns the contract whose code is the epoch's list of members.
    function _memberCodeOf(uint32 epochNumber) private view returns (address) {
        return MemberCode.addressOf(address(this), epochNumber);
    }

    /// @dev Returns the members of a known epoch.
    function _membersOf(uint32 epochNumber) internal view returns (address[] memory) {
        return MemberCode.read(_memberCodeOf(epochNumber));
    }

    /// @dev Returns the place of a member in an epoch, from 1; 0 if it is not a member.
    function _placeOf(uint32 epochNumber, address member) internal view returns (uint256) {
        Epoch storage set = _epochs[epochNumber];
        uint256 n = set.n;
        if (n == 0) return 0;
        bytes memory packed = MemberCode.readPacked(_memberCodeOf(epochNumber), n);
        for (uint256 i = 0; i < n; ++i) {
            if (MemberCode.memberAt(packed, i) == member) return i + 1;
        }
        return 0;
    }

    function _knownEpoch(uint32 epochNumber) internal view returns (Epoch storage set) {
        set = _epochs[epochNumber];
        if (set.n == 0) revert EpochUnknown(epochNumber, _newestEpoch);
    }

    /// @dev Returns the first slot of an epoch whose signatures are accepted at this block's time. Reads that slot
    ///      once.
    function _usableEpoch(uint32 epochNumber) internal view returns (uint256 word) {
        Epoch storage set = _epochs[epochNumber];
        assembly ("memory-safe") {
            word := sload(set.slot)
        }
        if (word == 0) revert EpochUnknown(epochNumber, _newestEpoch);
        // Safety of the casts: they cut the fields out of the packed slot.
        uint40 from = uint40(word >> 48);
        if (block.timestamp < from) revert EpochNotActive(epochNumber, from, block.timestamp);
        uint40 until = uint40(word >> 88);
        if (block.timestamp >= until) revert EpochExpired(epochNumber, until, block.timestamp);
        if (_isHinted(word)) {
            if (_stopped) revert VerifierIsStopped();
            if (inRecovery()) revert InRecovery(_frozenUntil);
        }
    }

    function _nOf(uint256 word) internal pure returns (uint256) {
        return word & 0xff;
    }

    function _kOf(uint256 word) internal pure returns (uint256) {
        return (word >> 8) & 0xff;
    }

    function _isHinted(uint256 word) internal pure returns (bool) {
        return (word >> 128) & 0xff != 0;
    }

    /// @dev Reverts unless `needed` unsuspended members of the epoch, and no one else, signed the struct hash.
    function _requireSignatures(
        bytes32 structHash,
        uint32 epochNumber,
        uint256 word,
        uint256 needed,
        bytes calldata sigs
    ) internal view {
        if (sigs.length % SignatureWalk.LENGTH != 0) revert SignaturesNotWhole(sigs.length);
        uint256 count = sigs.length / SignatureWalk.LENGTH;
        if (count < needed) revert TooFewSignatures(count, needed);

        bytes32 digest = Statements.digestOf(domainSeparator(), structHash);
        uint256 n = _nOf(word);
        bytes memory listed = MemberCode.readPacked(_memberCodeOf(epochNumber), n);
        // Safety of the casts: they cut the fields out of the packed slot.
        uint256 suspendedBits = uint32(word >> 16);
        if (block.timestamp < uint40(word >> 168)) suspendedBits |= uint32(word >> 136);
        SignatureWalk.requireMembers(digest, epochNumber, listed, suspendedBits, sigs);
    }

    /// @dev Returns the signer of a statement with one signature.
    function _signerOf(JournalHead calldata statement, bytes calldata sig) internal view returns (address) {
        if (sig.length != SignatureWalk.LENGTH) revert SignaturesNotWhole(sig.length);
        uint256 position;
        assembly ("memory-safe") {
            position := sig.offset
        }
        return SignatureWalk.recover(Statements.digestOf(domainSeparator(), Statements.hashOf(statement)), position, 0);
    }
}
