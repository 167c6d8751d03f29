// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title The part of a wrapped native coin that the gateway uses
interface IWrappedNative {
    /// @notice Mints one unit of the token to the caller for each wei sent.
    function deposit() external payable;
}
