// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalHead} from "../libraries/Statements.sol";

/// @title The verifier of signed statements on one destination chain
/// @notice Keeps the attesters of each epoch and says whether enough of one epoch signed a statement.
/// @dev Safety: with at most f = n − k dishonest members nothing false verifies (k = floor(2n/3) + 1).
///      Liveness: with at most n − k members silent, k signatures can be had. Epochs are never changed once written, but
///      for the bitmap of suspended members. The EIP-712 domain is this contract's: name "Surety", version "1", the chain
///      id and this address.
interface IAttesterSet {
    /// @notice The set must have 4 to 31 members.
    error MemberCountOutOfRange(uint256 count, uint256 min, uint256 max);
    /// @notice Members must ascend strictly by address, so none is zero or listed twice.
    error MembersNotAscending(address previous, address member);
    /// @notice A member is a contract, which cannot sign.
    error MemberIsContract(address member);
    /// @notice The epoch must expire after it becomes active.
    error EpochWindowEmpty(uint40 activeFrom, uint40 expires);
    /// @notice A role was given the zero address.
    error RoleMissing();
    /// @notice No such epoch was written.
    error EpochUnknown(uint32 epoch, uint32 newest);
    /// @notice The epoch is not active yet at this block's time.
    error EpochNotActive(uint32 epoch, uint40 activeFrom, uint256 blockTime);
    /// @notice The epoch has expired at this block's time.
    error EpochExpired(uint32 epoch, uint40 expires, uint256 blockTime);
    /// @notice The bytes are no whole number of 65-byte signatures.
    error SignaturesNotWhole(uint256 length);
    /// @notice Fewer signatures than the epoch asks for.
    error TooFewSignatures(uint256 count, uint256 needed);
    /// @notice The signature's s lies in the upper half, so a second form of it exists.
    error SignatureMalleable(uint256 index, bytes32 s);
    /// @notice The signature recovers no address: r, s or v is out of range.
    error SignatureInvalid(uint256 index);
    /// @notice Signatures must ascend strictly by signer, so nobody counts twice.
    error SignersNotAscending(uint256 index, address previous, address signer);
    /// @notice The signer is no member of the epoch.
    error SignerUnknown(uint256 index, address signer, uint32 epoch);
    /// @notice The signer is suspended in the epoch.
    error SignerSuspended(uint256 index, address signer, uint32 epoch);

    /// @notice A set became part of the verifier.
    /// @param epoch number of the set, from 1
    /// @param members addresses, ascending
    /// @param k signatures needed
    event Rotated(uint32 indexed epoch, address[] members, uint8 k);

    /// @notice Accepts the struct hash if at least k members of the epoch signed it, else reverts with a typed error.
    /// @dev Every signature given must be valid: one bad signature refuses the whole. The epoch must be active and not
    ///      expired at this block's time.
    /// @param structHash EIP-712 struct hash, see `Statements`
    /// @param epoch the one set whose members signed
    /// @param sigs concatenated r ‖ s ‖ v of 65 bytes, ascending by signer address, s in the lower half, v 27 or 28
    function verify(bytes32 structHash, uint32 epoch, bytes calldata sigs) external view;

    /// @notice Gives the newest epoch that is active at this block's time, 0 before the first one is.
    function epoch() external view returns (uint32);

    /// @notice Gives the newest epoch that was written.
    function newestEpoch() external view returns (uint32);

    /// @notice Gives the members of an epoch, ascending.
    /// @param epoch number of the set, from 1
    function members(uint32 epoch) external view returns (address[] memory);

    /// @notice Gives how many signatures an epoch asks for.
    /// @param epoch number of the set, from 1
    function k(uint32 epoch) external view returns (uint8);

    /// @notice Gives the time in seconds from which an epoch's statements are made.
    /// @param epoch number of the set, from 1
    function activeFrom(uint32 epoch) external view returns (uint40);

    /// @notice Gives the first time in seconds at which an epoch is refused.
    /// @param epoch number of the set, from 1
    function expires(uint32 epoch) external view returns (uint40);

    /// @notice Gives the suspended members of an epoch, bit i for `members(epoch)[i]`.
    /// @param epoch number of the set, from 1
    function suspended(uint32 epoch) external view returns (uint32 bitmap);

    /// @notice Gives the last statement time in seconds that this verifier has seen accepted, 0 for none.
    function lastAccepted() external view returns (uint40);

    /// @notice Gives the EIP-712 domain separator of this verifier.
    function domainSeparator() external view returns (bytes32);

    /// @notice Gives the 32 bytes that attesters sign for this verifier.
    /// @param statement what attesters sign
    function hashOf(JournalHead calldata statement) external view returns (bytes32);
}
