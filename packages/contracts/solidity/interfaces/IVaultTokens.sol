// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The pins of a vault's tokens
/// @notice A vault remembers the code that a token had when it was listed. Anyone may note that other code stands there now:
///         from then on nothing of it is locked, until the code is the pinned one again or the governor has pinned what is
///         there. Payments go on: their transfers must be exact as ever, and holding them back would help nobody.
/// @dev Answers at the vault's own address. The hash is that of the code at the token's own address: one behind a proxy that
///      changes what the proxy points to changes no hash.
interface IVaultTokens {
    /// @notice The governor pinned a token's code, in place of the one that it had when it was listed.
    event TokenCodePinned(uint16 indexed asset, bytes32 codeHash);
    /// @notice Anyone noted what code a token has.
    /// @param pinned true if it is the pinned one again, false if it is another
    event TokenCodeNoted(uint16 indexed asset, bytes32 codeHash, bool pinned);

    /// @notice Nothing of the token is locked: its code is not the pinned one, or was not when anyone last looked.
    error TokenCodeChanged(uint16 asset);
    /// @notice The token's code is not the one that the governor named.
    error TokenCodeDiffers(address token, bytes32 codeHash, bytes32 expected);
    /// @notice What is noted of the token's code is still true.
    error NothingToNote(uint16 asset, bytes32 codeHash);

    /// @notice Notes that a token's code is no longer the pinned one, or that it is again.
    /// @param asset index of the token, from 1
    function noteCode(uint16 asset) external;

    /// @notice Pins the code that a token has, if it is the one that the governor looked at. [governor]
    /// @dev One operation of the timelock that lists a token and pins its code lists that code or nothing.
    /// @param token a listed token
    /// @param codeHash keccak256 of its code
    function pinCode(address token, bytes32 codeHash) external;

    /// @notice Gives the hash of a token's pinned code, and of the code that it has.
    /// @param asset index of the token, from 1
    function codeOf(uint16 asset) external view returns (bytes32 pinned, bytes32 codeHash);
}
