// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title Powers of governor and pauser at a vault, and the pinned code of its tokens
/// @notice A vault remembers the code that a token had when it was listed. Anyone may note that the code has changed: from
///         then on the token cannot be locked, until its code is the pinned one again or the governor has pinned the new code.
///         Payments continue: their transfers must be exact as always, and holding them back would help no one.
/// @dev Available at the vault's own address; other errors and events are those of `IVaultCore`. Safety: nothing here moves a
///      token or changes what is accounted. Liveness: pauses end by themselves. The hash is that of the code at the token's own
///      address: one behind a proxy that changes what the proxy points to changes no hash.
interface IVaultAdmin {
    /// @notice The governor pinned a token's code, in place of the one that it had when it was listed.
    event TokenCodePinned(uint16 indexed asset, bytes32 codeHash);
    /// @notice Anyone noted what code a token has.
    /// @param pinned true if it is the pinned one again, false if it is another
    event TokenCodeNoted(uint16 indexed asset, bytes32 codeHash, bool pinned);

    /// @notice Nothing of the token is locked: its code is not the pinned one, or was not when anyone last looked.
    error TokenCodeChanged(uint16 asset);
    /// @notice The token's code is not the one that the governor named.
    error TokenCodeDiffers(address token, bytes32 codeHash, bytes32 expected);
    /// @notice The recorded state of the token's code is still correct.
    error NothingToNote(uint16 asset, bytes32 codeHash);

    /// @notice Lists a token. [governor]
    /// @param token ERC-20 contract; it must state these decimals if it states any, and move nothing to the vault with the gas of a payment
    /// @param decimals at most 24
    /// @param min smallest lock in millionths of a whole token
    /// @param cap most that may be accounted, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0; 3 / 40 of it reach `min`
    /// @return asset the token's index, from 1
    function listAsset(
        address token,
        uint8 decimals,
        uint64 min,
        uint64 cap,
        uint64 limit
    ) external returns (uint16 asset);

    /// @notice Sets the limits of a token, in the units of `listAsset`. [governor]
    /// @param asset index of the token, from 1
    /// @param min smallest lock in millionths of a whole token
    /// @param cap most that may be accounted, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0
    function setLimits(uint16 asset, uint64 min, uint64 cap, uint64 limit) external;

    /// @notice Sets the fast limit of a token, up to which payments need no confirmation. [governor]
    /// @dev It limits the sum of replayed, unconfirmed payments, as a share of the payment limit. While a witness contradicts
    ///      the journal, it is a quarter of that; while the witnesses are silent, it stays unchanged. Never 0: a payment above it
    ///      opens after amount / fast limit days.
    /// @param asset index of the token, from 1
    /// @param fastBp basis points of the limit, 10 … 10,000; 2,500 when a token is listed
    function setFastLimit(uint16 asset, uint16 fastBp) external;

    /// @notice Sets the smallest fee of a lock of a token. [governor]
    /// @dev An entry cannot be skipped, so a lock without a fee costs its relayer more than its sender.
    /// @param asset index of the token, from 1
    /// @param feeBp basis points of the smallest lock, at most 10,000; 0 when a token is listed
    function setLockFee(uint16 asset, uint16 feeBp) external;

    /// @notice Pauses acts on one token, or on every token listed now. [pauser]
    /// @dev Ends by itself at `until`, at most 72 h ahead. A pause that begins less than 72 h after the end of the one
    ///      before is in a row with it, and at most two are. With asset 0, tokens whose row is used up and tokens that are
    ///      paused for longer are left as they are.
    /// @param flags bit 0: lock; bit 3: pay
    /// @param asset index of the token, 0 for all
    /// @param until time in seconds
    function pause(uint8 flags, uint16 asset, uint40 until) external;

    /// @notice Lifts pauses of one token, or of every token. [governor]
    /// @dev Rows of pauses are not forgotten.
    /// @param flags bit 0: lock; bit 3: pay
    /// @param asset index of the token, 0 for all
    function unpause(uint8 flags, uint16 asset) external;

    /// @notice Returns what an act of the governor would replace now: the pauses that `unpause` lifts, and for `setWitness`
    ///         the witness there and the code of the next one. See `ILedgerTerms.replacedBy`.
    /// @param act its call data
    /// @return replaced a hash; 0 if it replaces nothing of that kind
    function replacedBy(bytes calldata act) external view returns (bytes32 replaced);

    /// @notice Names the vault that takes this one's place. [governor]
    /// @dev Once. A payment whose recipient is that vault calls its `lock` for the same account and token.
    /// @param next a vault of this chain for the same ledger
    function setSuccessor(address next) external;

    /// @notice Notes that a token's code is no longer the pinned one, or that it is again.
    /// @param asset index of the token, from 1
    function noteCode(uint16 asset) external;

    /// @notice Pins the code that a token has, if it is the one that the governor looked at. [governor]
    /// @dev One operation of the timelock that lists a token and pins its code lists that code or nothing.
    /// @param token a listed token
    /// @param codeHash keccak256 of its code
    function pinCode(address token, bytes32 codeHash) external;

    /// @notice Returns the hash of a token's pinned code, and of the code that it has.
    /// @param asset index of the token, from 1
    function codeOf(uint16 asset) external view returns (bytes32 pinned, bytes32 codeHash);
}
