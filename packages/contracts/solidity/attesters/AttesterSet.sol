// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {JournalHead, Statements} from "../libraries/Statements.sol";
import {MemberCode} from "./MemberCode.sol";

/// @notice One epoch's set; the members themselves are the code of `memberCode`.
/// @dev Slot +0, from the lowest bit: n u8, k u8, suspended u32 (31 used), activeFrom u40, expires u40. Slot +1: memberCode.
struct Epoch {
    uint8 n;
    uint8 k;
    uint32 suspended;
    uint40 activeFrom;
    uint40 expires;
    address memberCode;
}

/// @title The verifier of signed statements on one destination chain
/// @dev The highest s accepted is the half order of secp256k1, so each signature has one form.
contract AttesterSet is IAttesterSet {
    uint256 private constant MEMBERS_MIN = 4;
    uint256 private constant MEMBERS_MAX = 31;
    uint256 private constant SIGNATURE_LENGTH = 65;
    /// @dev Half the order of secp256k1, rounded down.
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice Who may, together with the guardian, install a set without old signatures.
    address public immutable governor;
    /// @notice Who may suspend members.
    address public immutable guardian;
    bytes32 private immutable _domainSeparator;
    uint256 private immutable _domainChainId;

    mapping(uint32 epochNumber => Epoch) private _epochs;
    uint32 private _newestEpoch;
    uint40 private _lastAccepted;

    /// @param firstMembers members of epoch 1, ascending by address
    /// @param firstActiveFrom time in seconds from which epoch 1's statements are made
    /// @param firstExpires first time in seconds at which epoch 1 is refused
    /// @param governor_ see `governor`
    /// @param guardian_ see `guardian`
    constructor(
        address[] memory firstMembers,
        uint40 firstActiveFrom,
        uint40 firstExpires,
        address governor_,
        address guardian_
    ) {
        if (governor_ == address(0) || guardian_ == address(0)) revert RoleMissing();
        governor = governor_;
        guardian = guardian_;
        _domainChainId = block.chainid;
        _domainSeparator = Statements.domainSeparatorOf(block.chainid, address(this));
        _writeEpoch(firstMembers, firstActiveFrom, firstExpires);
    }

    /// @inheritdoc IAttesterSet
    function verify(bytes32 structHash, uint32 epochNumber, bytes calldata sigs) external view {
        Epoch storage set = _usableEpoch(epochNumber);
        (uint256 needed, uint256 suspendedBits) = (set.k, set.suspended);
        if (sigs.length % SIGNATURE_LENGTH != 0) revert SignaturesNotWhole(sigs.length);
        uint256 count = sigs.length / SIGNATURE_LENGTH;
        if (count < needed) revert TooFewSignatures(count, needed);

        bytes32 digest = Statements.digestOf(domainSeparator(), structHash);
        address[] memory listed = MemberCode.read(set.memberCode);
        uint256 position;
        assembly ("memory-safe") {
            position := sigs.offset
        }
        address previous = address(0);
        uint256 next = 0;
        // No index here passes 2^256.
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                address signer = _recover(digest, position, i);
                position += SIGNATURE_LENGTH;
                if (signer <= previous) revert SignersNotAscending(i, previous, signer);
                previous = signer;
                // Both lists ascend, so one walk over the members finds every signer.
                address member = address(0);
                while (member < signer && next < listed.length) member = _memberAt(listed, next++);
                if (member != signer) revert SignerUnknown(i, signer, epochNumber);
                if ((suspendedBits >> (next - 1)) & 1 != 0) revert SignerSuspended(i, signer, epochNumber);
            }
        }
    }

    /// @inheritdoc IAttesterSet
    function epoch() external view returns (uint32 active) {
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
        return MemberCode.read(_knownEpoch(epochNumber).memberCode);
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
        return _knownEpoch(epochNumber).suspended;
    }

    /// @inheritdoc IAttesterSet
    function lastAccepted() external view returns (uint40) {
        return _lastAccepted;
    }

    /// @inheritdoc IAttesterSet
    function hashOf(JournalHead calldata statement) external view returns (bytes32) {
        return Statements.digestOf(domainSeparator(), Statements.hashOf(statement));
    }

    /// @inheritdoc IAttesterSet
    function domainSeparator() public view returns (bytes32) {
        // A chain that splits keeps the contract's code, so the id is compared on every use.
        return
            block.chainid == _domainChainId
                ? _domainSeparator
                : Statements.domainSeparatorOf(block.chainid, address(this));
    }

    function _writeEpoch(address[] memory listed, uint40 from, uint40 until) private {
        uint256 n = listed.length;
        if (n < MEMBERS_MIN || n > MEMBERS_MAX) revert MemberCountOutOfRange(n, MEMBERS_MIN, MEMBERS_MAX);
        if (until <= from || until <= block.timestamp) revert EpochWindowEmpty(from, until);
        address previous = address(0);
        for (uint256 i = 0; i < n; ++i) {
            if (listed[i] <= previous) revert MembersNotAscending(previous, listed[i]);
            if (listed[i].code.length != 0) revert MemberIsContract(listed[i]);
            previous = listed[i];
        }
        uint32 epochNumber = ++_newestEpoch;
        // Safety of both casts: n ≤ 31.
        uint8 needed = uint8((2 * n) / 3 + 1);
        _epochs[epochNumber] = Epoch({
            n: uint8(n),
            k: needed,
            suspended: 0,
            activeFrom: from,
            expires: until,
            memberCode: MemberCode.write(listed)
        });
        emit Rotated(epochNumber, listed, needed);
    }

    function _knownEpoch(uint32 epochNumber) private view returns (Epoch storage set) {
        set = _epochs[epochNumber];
        if (set.n == 0) revert EpochUnknown(epochNumber, _newestEpoch);
    }

    function _usableEpoch(uint32 epochNumber) private view returns (Epoch storage set) {
        set = _knownEpoch(epochNumber);
        if (block.timestamp < set.activeFrom) revert EpochNotActive(epochNumber, set.activeFrom, block.timestamp);
        if (block.timestamp >= set.expires) revert EpochExpired(epochNumber, set.expires, block.timestamp);
    }

    /// @dev Reads the list without a second look at its bounds. Safety: the caller keeps index < listed.length.
    function _memberAt(address[] memory listed, uint256 index) private pure returns (address member) {
        assembly ("memory-safe") {
            member := mload(add(listed, shl(5, add(index, 1))))
        }
    }

    /// @dev Recovers the signer of the 65 bytes at a calldata position. In assembly because every batch and every payment's
    ///      batch does this k times, and the compiler's slices cost as much as half of the recovery itself.
    function _recover(bytes32 digest, uint256 position, uint256 index) private view returns (address signer) {
        bytes32 s;
        assembly ("memory-safe") {
            // The precompile takes digest, v, r, s as four words, beyond the free pointer, and answers one, or nothing.
            let words := mload(0x40)
            s := calldataload(add(position, 0x20))
            mstore(words, digest)
            mstore(add(words, 0x20), byte(0, calldataload(add(position, 0x40))))
            mstore(add(words, 0x40), calldataload(position))
            mstore(add(words, 0x60), s)
            mstore(0, 0)
            pop(staticcall(gas(), 1, words, 0x80, 0, 0x20))
            signer := mload(0)
        }
        if (uint256(s) > HALF_ORDER) revert SignatureMalleable(index, s);
        // The precompile answers nothing for a v other than 27 and 28, and for r or s out of range.
        if (signer == address(0)) revert SignatureInvalid(index);
    }
}
