// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title Powers of governor and pauser at a vault, and the pinned code of its tokens
/// @notice A vault remembers the code that a token had when it was listed. Anyone may note that the code has changed.
///         Then the token cannot be locked until its code is the pinned one again, or the governor has pinned the new
///         code. Payments continue: each transfer must be exact as always, and holding payments back would help nobody.
/// @dev Available at the vault's own address; other errors and events are those of `IVaultCore`.
///      Safety: nothing here moves a token or changes what is accounted.
///      Liveness: pauses end by themselves.
///      The hash is that of the code at the token's own address. A token behind a proxy keeps its hash when the proxy
///      points to other code.
interface IVaultAdmin {
    /// @notice The governor pinned a token's code, in place of the one that it had when it was listed.
    event TokenCodePinned(uint16 indexed asset, bytes32 codeHash);
    /// @notice A call noted which code a token has.
    /// @param pinned true if it is the pinned code again, false if it differs
    event TokenCodeNoted(uint16 indexed asset, bytes32 codeHash, bool pinned);

    /// @notice The token cannot be locked: its code is not the pinned one, or was not when it was last noted.
    error TokenCodeChanged(uint16 asset);
    /// @notice The token's code is not the one that the governor named.
    error TokenCodeDiffers(address token, bytes32 codeHash, bytes32 expected);
    /// @notice The recorded state of the token's code is still correct.
    error NothingToNote(uint16 asset, bytes32 codeHash);

    /// @notice Lists a token. [governor]
    /// @param token ERC-20 contract; if it returns decimals, they must equal `decimals`. A transfer of 0 to the vault
    ///        must not run out of a payment's gas
    /// @param decimals at most 24
    /// @param min smallest lock in millionths of a whole token
    /// @param cap largest accounted amount, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0; 3 / 40 of it must be at least `min`
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
    /// @param cap largest accounted amount, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0
    function setLimits(uint16 asset, uint64 min, uint64 cap, uint64 limit) external;

    /// @notice Sets the fast limit of a token, up to which payments need no confirmation. [governor]
    /// @dev It limits the sum of replayed, unconfirmed payments, as a share of the payment limit. While a witness
    ///      contradicts the journal, the limit is a quarter of that share. Silent witnesses do not change it. It is
    ///      never 0: a payment above it opens after amount / fast limit days.
    /// @param asset index of the token, from 1
    /// @param fastBp basis points of the limit, 10 … 10,000; 2,500 when a token is listed
    function setFastLimit(uint16 asset, uint16 fastBp) external;

    /// @notice Sets the smallest fee for locking a token. [governor]
    /// @dev No entry can be skipped, so a lock without a fee costs its relayer more than its sender.
    /// @param asset index of the token, from 1
    /// @param feeBp basis points of the smallest lock, at most 10,000; 0 when a token is listed
    function setLockFee(uint16 asset, uint16 feeBp) external;

    /// @notice Pauses acts on one token, or on every token listed now. [pauser]
    /// @dev Ends by itself at `until`, at most 72 h ahead. A pause that begins less than 72 h after the previous one's
    ///      end is in a row with it, and a row has at most two. With asset 0, tokens are left unchanged if their row is
    ///      used up or they are paused for longer.
    /// @param flags bit 0: lock; bit 3: pay
    /// @param asset index of the token, 0 for all
    /// @param until time in seconds
    function pause(uint8 flags, uint16 asset, uint40 until) external;

    /// @notice Lifts pauses of one token, or of every token. [governor]
    /// @dev Rows of pauses still count.
    /// @param flags bit 0: lock; bit 3: pay
    /// @param asset index of the token, 0 for all
    function unpause(uint8 flags, uint16 asset) external;

    /// @notice Returns what an act of the governor would replace now. For `unpause`: the pauses that it lifts. For
    ///         `setWitness`: the present witness, and the code of the next one. See `ILedgerTerms.replacedBy`.
    /// @param act its call data
    /// @return replaced a hash; 0 if the act replaces nothing of that kind
    function replacedBy(bytes calldata act) external view returns (bytes32 replaced);

    /// @notice Names the vault that succeeds this one. [governor]
    /// @dev Possible once. A payment whose recipient is that vault calls its `lock` for the same account and token.
    /// @param next a vault of this chain for the same ledger
    function setSuccessor(address next) external;

    /// @notice Notes that a token's code differs from the pinned one, or equals it again.
    /// @param asset index of the token, from 1
    function noteCode(uint16 asset) external;

    /// @notice Pins the code that a token has, if it is the code that the governor reviewed. [governor]
    /// @dev If one operation of the timelock lists a token and pins its code, it lists exactly that code or nothing.
    /// @param token a listed token
    /// @param codeHash keccak256 of its code
    function pinCode(address token, bytes32 codeHash) external;

    /// @notice Returns the hash of a token's pinned code, and of its present code.
    /// @param asset index of the token, from 1
    function codeOf(uint16 asset) external view returns (bytes32 pinned, bytes32 codeHash);
}
