// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberCode} from "../attesters/MemberCode.sol";

/// @notice A Wormhole message as its guardians signed it.
/// @param emitterChain Wormhole's number of the chain it was published on
/// @param emitter contract there, left-padded
/// @param consistencyLevel finality that the emitter requested from the guardians
/// @param payloadOffset position in the VAA of the emitter's own bytes
struct VaaBody {
    uint16 emitterChain;
    bytes32 emitter;
    uint8 consistencyLevel;
    uint256 payloadOffset;
}

/// @title Signed messages of Wormhole's guardians
/// @notice Reads them, and checks their signatures against a list of guardians as Wormhole's core contract does.
/// @dev Layout: version u8 = 1 ‖ set u32 ‖ signatures u8 ‖ signatures × (guardian u8 ‖ r ‖ s ‖ v − 27) ‖ body. Body: timestamp u32 ‖
///      nonce u32 ‖ emitter chain u16 ‖ emitter bytes32 ‖ sequence u64 ‖ consistency level u8 ‖ payload.
///      The signed digest is keccak256(keccak256(body)).
library Vaa {
    uint256 private constant HEADER_LENGTH = 6;
    uint256 private constant SIGNATURE_LENGTH = 66;
    uint256 private constant BODY_LENGTH_MIN = 51;
    uint8 private constant VERSION = 1;

    /// @notice The bytes are not a VAA of version 1, or end too early.
    error VaaMalformed(uint256 length);
    /// @notice Fewer than ⌊2n / 3⌋ + 1 of the n guardians signed.
    error VaaBelowQuorum(uint256 signatures, uint256 quorum);
    /// @notice Signatures are not in the order of guardians, or one names a guardian that the set does not have.
    error VaaGuardianOutOfOrder(uint256 guardian, uint256 guardians);
    /// @notice The guardian did not sign this body.
    error VaaSignatureInvalid(uint256 guardian, address recovered);

    /// @notice Returns the guardian set whose signatures a VAA carries.
    /// @param vaa whole
    function readSet(bytes calldata vaa) internal pure returns (uint32 set) {
        if (vaa.length < HEADER_LENGTH || uint8(vaa[0]) != VERSION) revert VaaMalformed(vaa.length);
        return uint32(bytes4(vaa[1:5]));
    }

    /// @notice Reads the body. Does not check its signatures.
    /// @param vaa whole
    function readBody(bytes calldata vaa) internal pure returns (VaaBody memory body) {
        uint256 at = _bodyOf(vaa);
        body.emitterChain = uint16(bytes2(vaa[at + 8:at + 10]));
        body.emitter = bytes32(vaa[at + 10:at + 42]);
        body.consistencyLevel = uint8(vaa[at + 50]);
        body.payloadOffset = at + BODY_LENGTH_MIN;
    }

    /// @notice Reverts unless ⌊2n / 3⌋ + 1 of the guardians signed. Every signature present must be valid.
    /// @dev Safety: guardians ascend, so that none counts twice. A key of 0 is refused, since a failed recovery would
    ///      equal it.
    /// @param vaa whole
    /// @param guardians 20 bytes each, by index
    function verify(bytes calldata vaa, bytes memory guardians) internal pure {
        uint256 count = guardians.length / 20;
        uint256 signatures = uint8(vaa[5]);
        uint256 quorum = (count * 2) / 3 + 1;
        if (signatures < quorum) revert VaaBelowQuorum(signatures, quorum);
        bytes32 digest = keccak256(abi.encode(keccak256(vaa[_bodyOf(vaa):])));
        uint256 next = 0;
        for (uint256 i = 0; i < signatures; ++i) {
            bytes calldata signature = vaa[HEADER_LENGTH + i * SIGNATURE_LENGTH:];
            uint256 guardian = uint8(signature[0]);
            if (guardian < next || guardian >= count) revert VaaGuardianOutOfOrder(guardian, count);
            next = guardian + 1;
            address recovered = ecrecover(
                digest,
                uint8(signature[65]) + 27,
                bytes32(signature[1:33]),
                bytes32(signature[33:65])
            );
            if (recovered == address(0) || recovered != MemberCode.memberAt(guardians, guardian)) {
                revert VaaSignatureInvalid(guardian, recovered);
            }
        }
    }

    /// @dev Returns where the body begins. Reverts unless all signatures and a whole body are there.
    function _bodyOf(bytes calldata vaa) private pure returns (uint256 at) {
        if (vaa.length < HEADER_LENGTH) revert VaaMalformed(vaa.length);
        at = HEADER_LENGTH + uint256(uint8(vaa[5])) * SIGNATURE_LENGTH;
        if (vaa.length < at + BODY_LENGTH_MIN) revert VaaMalformed(vaa.length);
    }
}
