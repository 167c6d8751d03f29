// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";

/// @title The signatures of an epoch's members, one after the other
/// @dev The highest s accepted is the half order of secp256k1, so each signature has one form.
library SignatureWalk {
    /// @notice Bytes of a signature: r ‖ s ‖ v.
    uint256 internal constant LENGTH = 65;
    /// @dev Half the order of secp256k1, rounded down.
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice Reverts unless each signature is of an unsuspended member, in ascending order. The loop stops at the first that
    ///      is not; what is wrong with it is found out afterwards. In assembly because every batch does this k times.
    /// @param digest what was signed
    /// @param epochNumber named in errors
    /// @param listed members of the epoch, ascending, 20 bytes each
    /// @param suspendedBits one for each member, from the lowest
    /// @param sigs signatures of `LENGTH` bytes each, whole
    function requireMembers(
        bytes32 digest,
        uint32 epochNumber,
        bytes memory listed,
        uint256 suspendedBits,
        bytes calldata sigs
    ) internal view {
        uint256 position;
        uint256 end;
        address previous;
        address member;
        // The lowest bit is that of the member at hand.
        suspendedBits <<= 1;
        assembly ("memory-safe") {
            position := sigs.offset
            end := add(position, sigs.length)
            let next := add(listed, 0x20)
            let listEnd := add(next, mload(listed))
            // The precompile's four words, as in `recover`.
            let words := mload(0x40)
            mstore(words, digest)
            for {} lt(position, end) {} {
                mstore(add(words, 0x20), byte(0, calldataload(add(position, 0x40))))
                calldatacopy(add(words, 0x40), position, 0x40)
                mstore(0, 0)
                pop(staticcall(gas(), 1, words, 0x80, 0, 0x20))
                let signer := mload(0)
                // A precompile that returned nothing leaves 0, which exceeds no signer.
                if or(gt(mload(add(words, 0x60)), HALF_ORDER), iszero(gt(signer, previous))) {
                    break
                }
                // Both lists ascend, so one walk over the members finds every signer. It begins at the signer before.
                for {} and(lt(member, signer), lt(next, listEnd)) {} {
                    member := shr(96, mload(next))
                    next := add(next, 20)
                    suspendedBits := shr(1, suspendedBits)
                }
                if or(xor(member, signer), and(suspendedBits, 1)) {
                    break
                }
                previous := signer
                position := add(position, LENGTH)
            }
        }
        if (position == end) return;
        uint256 place;
        assembly ("memory-safe") {
            place := div(sub(position, sigs.offset), LENGTH)
        }
        address found = recover(digest, position, place);
        if (found <= previous) revert IAttesterSet.SignersNotAscending(place, previous, found);
        if (found != member) revert IAttesterSet.SignerUnknown(place, found, epochNumber);
        revert IAttesterSet.SignerSuspended(place, found, epochNumber);
    }

    /// @notice Recovers the signer of the 65 bytes at a calldata position.
    /// @param digest what was signed
    /// @param position of the signature in calldata
    /// @param index its number, named in errors
    function recover(bytes32 digest, uint256 position, uint256 index) internal view returns (address signer) {
        bytes32 s;
        assembly ("memory-safe") {
            // The precompile takes digest, v, r, s as four words, beyond the free pointer, and returns one word, or
            // nothing.
            let words := mload(0x40)
            mstore(words, digest)
            mstore(add(words, 0x20), byte(0, calldataload(add(position, 0x40))))
            calldatacopy(add(words, 0x40), position, 0x40)
            s := mload(add(words, 0x60))
            mstore(0, 0)
            pop(staticcall(gas(), 1, words, 0x80, 0, 0x20))
            signer := mload(0)
        }
        if (uint256(s) > HALF_ORDER) revert IAttesterSet.SignatureMalleable(index, s);
        // The precompile returns nothing for a v other than 27 and 28, and for r or s out of range.
        if (signer == address(0)) revert IAttesterSet.SignatureInvalid(index);
    }
}
