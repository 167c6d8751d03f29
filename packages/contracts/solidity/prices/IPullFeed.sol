// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title A source whose price anyone brings
/// @notice Functions of a source that needs signed updates, as `PriceDesk` calls them.
interface IPullFeed {
    /// @notice The value does not cover the fee; send at least `feeWei`.
    error FeeNotCovered(uint256 valueWei, uint256 feeWei);

    /// @notice Returns the fee of these updates in wei.
    function updateFee(bytes[] calldata updates) external view returns (uint256 feeWei);

    /// @notice Hands updates to the source. It takes `updateFee`; the rest of this call's value returns to the caller.
    /// @dev An update that is not newer changes nothing and does not revert, or whoever brings it first could make the calls of
    ///      others fail.
    /// @param updates as the source's network signs them
    function update(bytes[] calldata updates) external payable;
}
