// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVaultReleases} from "./ICollateralVaultReleases.sol";
import {LockRefusal, PauseWindow, PermitLock, PermitTransferFrom, VaultAsset} from "./VaultTypes.sol";

/// @title The vault of one collateral chain
/// @notice Takes tokens in, appends what it took to its journal, and keeps them until the ledger's journal says otherwise.
/// @dev Safety: only a payment of a replayed release lowers what is accounted, by what it pays; accounted never passes what
///      the vault received; every lock is one entry of the journal, in the same transaction. Liveness: nothing but a pause,
///      a cap or a missing balance refuses a lock. The way back is `ICollateralVaultReleases`.
///      The journal of the edge (this chain, this vault) → (settlement chain, ledger) and the replica of the edge back are
///      open from the constructor, at the slots that `JournalLib` and `ReplicaLib` state.
///      WARNING: tokens sent to the vault without `lock` belong to nobody and cannot be taken out.
///      Every call that this contract does not declare itself it passes to its acts contract (`ICollateralVaultActs`), which
///      works on the vault's storage; `IVault` is all that answers at a vault's address. Errors and events of both are here.
///      Functions that later releases add are declared in `ICollateralVaultLater`.
interface ICollateralVault is ICollateralVaultReleases {
    /// @notice The acts contract was built with other values than the vault, or is none.
    error ActsMismatch(address acts, bytes32 seen, bytes32 expected);
    /// @notice A field of `VaultInit` that must be set is zero.
    error InitFieldMissing(string field);
    /// @notice Source 0 belongs to the settlement chain, and only to it.
    error SourceMismatch(uint16 source, uint256 chainId, uint256 settlementChainId);
    /// @notice The caller does not hold the role that the call asks for.
    error NotAuthorized(address caller, address needed);
    /// @notice No token has this index.
    error AssetUnknown(uint16 asset);
    /// @notice The token is listed already.
    error TokenListed(address token, uint16 asset);
    /// @notice The token does not say what the vault holds.
    error BalanceUnreadable(address token);
    /// @notice The token has no code.
    error TokenHasNoCode(address token);
    /// @notice The vault holds as many assets as one pause can reach.
    error AssetsFull(uint256 count, uint256 max);
    /// @notice Tokens have at most 24 decimals here.
    error DecimalsTooMany(uint8 decimals, uint8 max);
    /// @notice The token itself states other decimals.
    error DecimalsMismatch(uint8 stated, uint256 token);
    /// @notice The payment limit must not be 0: closing a vault for locks must not stop payments.
    error LimitMissing();
    /// @notice The account names no owner.
    error OwnerMissing(bytes32 account);
    /// @notice An owner that lives on a collateral chain could not move the line yet.
    error HomeNotSupported(uint16 home);
    /// @notice A contract locks for its own address, which may be somebody else's on the settlement chain.
    /// @dev Confirm with flag 0 if the same owner controls that address there.
    error OwnAddressUnconfirmed(address owner);
    /// @notice A flag bit has no meaning.
    error LockFlagsUnknown(uint8 flags, uint8 known);
    /// @notice The fee is more than what was received.
    error FeeAboveAmount(uint96 fee, uint256 amount);
    /// @notice Received less than the smallest lock.
    error BelowMinimum(uint256 amount, uint256 min);
    /// @notice Accounted would pass the asset's cap.
    error CapExceeded(uint256 accounted, uint256 cap);
    /// @notice Accounted would pass what every field can hold.
    error AccountedTooLarge(uint256 accounted, uint256 max);
    /// @notice The vault holds less of the token than is accounted, so a new lock would share a loss.
    error AssetShort(uint16 asset, uint256 accounted, uint256 covered);
    /// @notice The exit is open and has paid out of this asset: nothing is locked any more.
    error AssetEnded(uint16 asset);
    /// @notice Locking this asset is paused.
    error LockPaused(uint16 asset, uint40 until);
    /// @notice The wrapped native coin is not listed.
    error NativeNotListed(address wrappedNative);
    /// @notice The permit is for another token than the asset's.
    error PermitTokenMismatch(address permitted, address token);
    /// @notice The bits name nothing that a vault can pause.
    error PauseFlagsUnknown(uint8 flags, uint8 known);
    /// @notice A pause must end in the future and within its longest time.
    error PauseLengthOutOfRange(uint40 until, uint256 earliest, uint256 latest);
    /// @notice A pause cannot shorten one that runs.
    error PauseShortened(uint40 until, uint40 running);
    /// @notice The asset was paused as often in a row as allowed; a new row may begin at `rowEnds`.
    error PauseStreakExhausted(uint16 asset, uint8 streak, uint256 rowEnds);

    /// @notice Tokens were locked: exactly one journal entry.
    /// @param edge name of the outbound edge
    /// @param index the entry's number in its generation, from 1
    /// @param asset index of the token
    /// @param account who is credited
    /// @param amount token units received
    /// @param party memo of the sender
    /// @param fee token units, part of `amount`, for whoever applies the entry
    event Locked(
        bytes32 indexed edge,
        uint64 indexed index,
        uint16 asset,
        bytes32 indexed account,
        uint128 amount,
        bytes32 party,
        uint96 fee
    );
    /// @notice A token was listed.
    /// @param asset index of the token, from 1
    /// @param token ERC-20 contract
    /// @param decimals of the token
    event AssetListed(uint16 indexed asset, address indexed token, uint8 decimals);
    /// @notice Limits of a token were set, in the units of `VaultAsset`.
    /// @param asset index of the token, from 1
    /// @param min smallest lock in millionths of a whole token
    /// @param cap most that may be accounted, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0
    event LimitsSet(uint16 indexed asset, uint64 min, uint64 cap, uint64 limit);
    /// @notice Acts on a token were paused until a time in seconds.
    /// @param asset index of the token, from 1
    /// @param flags bit 0: lock; bit 3: pay
    /// @param until time in seconds
    event Paused(uint16 indexed asset, uint8 flags, uint40 until);
    /// @notice Pauses of a token were lifted.
    /// @param asset index of the token, from 1
    /// @param flags bit 0: lock; bit 3: pay
    event Unpaused(uint16 indexed asset, uint8 flags);
    /// @notice A payment was stopped and refunded.
    /// @param seq sequence number of the release: generation · 2^64 + n
    /// @param by who called
    /// @param reason what the guardian stated
    event Stopped(uint96 indexed seq, address indexed by, bytes32 reason);
    /// @notice The vault holds less than is accounted; `rho` is scaled 1e18.
    /// @param asset index of the token, from 1
    /// @param deficit token units missing
    /// @param rho scaled 1e18
    event Shortfall(uint16 indexed asset, uint256 deficit, uint256 rho);
    /// @notice An owner of this chain named an operator on the settlement chain.
    /// @param account owner ‖ home ‖ sub-account
    /// @param operator address on the settlement chain
    event Appointed(bytes32 indexed account, address indexed operator);

    /// @notice Locks tokens of the caller for an account.
    /// @dev The amount is measured by balance difference, so it may be less than asked for. Repeating it locks again.
    /// @param asset index of the token
    /// @param amount token units to take from the caller
    /// @param account who is credited on the settlement chain
    /// @param memo kept in the entry, 0 if none
    /// @param fee token units of what is received, for whoever applies the entry
    /// @param flags bit 0: "I own this address on the settlement chain too", asked of contracts that lock for themselves
    /// @return received token units that were credited to the journal
    function lock(
        uint16 asset,
        uint128 amount,
        bytes32 account,
        bytes32 memo,
        uint96 fee,
        uint8 flags
    ) external returns (uint128 received);

    /// @notice Wraps the value sent and locks it for an account, as `lock` does.
    /// @param account who is credited on the settlement chain
    /// @param memo kept in the entry, 0 if none
    /// @param fee token units of what is received, for whoever applies the entry
    /// @param flags as for `lock`
    function lockNative(
        bytes32 account,
        bytes32 memo,
        uint96 fee,
        uint8 flags
    ) external payable returns (uint128 received);

    /// @notice Locks tokens that their owner permitted through Permit2 and bound to a lock by the same signature.
    /// @dev Open to anyone who holds the signature: it names this vault as the only spender, the token, the amount, and, as
    ///      its witness, every field of the lock, so that nothing of it can be changed and its nonce is used once.
    ///      The signed type is Permit2's `PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,
    ///      uint256 deadline,Lock witness)Lock(uint16 asset,bytes32 account,bytes32 memo,uint96 fee,uint8 flags)
    ///      TokenPermissions(address token,uint256 amount)`, without line breaks. Permit2 is the contract at
    ///      0x000000000022D473030F116dDEE9F6B43aC78BA3; where it is missing, the call reverts.
    /// @param permit what the owner permits; the whole amount is taken
    /// @param bound what the owner bound the permit to, as for `lock`
    /// @param owner who signed and pays
    /// @param sig the owner's signature, as Permit2 takes it
    /// @return received token units that were credited to the journal
    function lockWithPermit2(
        PermitTransferFrom calldata permit,
        PermitLock calldata bound,
        address owner,
        bytes calldata sig
    ) external returns (uint128 received);

    /// @notice Gives the token units locked and not paid.
    /// @param asset index of the token, from 1
    function accounted(uint16 asset) external view returns (uint256);

    /// @notice Gives the token units of releases that were replayed and not paid.
    /// @param asset index of the token, from 1
    function owed(uint16 asset) external view returns (uint256);

    /// @notice Gives a token's limits in token units, the minimum rounded up, the others down.
    /// @dev A cap above 2^104 − 1 units is shown as that.
    /// @param asset index of the token, from 1
    /// @return minUnits smallest lock
    /// @return capUnits most that may be accounted
    /// @return limitUnits payments per day
    function limits(uint16 asset) external view returns (uint256 minUnits, uint256 capUnits, uint256 limitUnits);

    /// @notice Gives the pauses of a token.
    /// @param asset index of the token, from 1
    function pauseOf(uint16 asset) external view returns (PauseWindow memory);

    /// @notice Gives everything the vault keeps about a token.
    /// @param asset index of the token, from 1
    function assetOf(uint16 asset) external view returns (VaultAsset memory);

    /// @notice Gives the index of a token, 0 if it is not listed.
    /// @param token ERC-20 contract
    function indexOf(address token) external view returns (uint16);

    /// @notice Gives the number of tokens listed; indexes run from 1 to it.
    function assetCount() external view returns (uint16);

    /// @notice Gives the outbound journal's edge, count and head.
    /// @return edge name of the outbound edge
    /// @return count entries so far
    /// @return head head after them
    function journalHead() external view returns (bytes32 edge, uint64 count, bytes32 head);

    /// @notice Says whether a lock would be refused now, and how much there is room for.
    /// @dev Assumes that the token delivers what is asked for; flags and fee are not judged.
    /// @param asset index of the token, from 1
    /// @param amount token units that would be taken
    /// @param account who would be credited
    /// @return refusal the first reason found, NONE if there is none
    /// @return minUnits smallest lock in token units
    /// @return roomUnits largest lock in token units, 0 for an unknown asset
    function quoteLock(
        uint16 asset,
        uint128 amount,
        bytes32 account
    ) external view returns (LockRefusal refusal, uint256 minUnits, uint256 roomUnits);

    /// @notice Gives the contract that carries out rare acts on this vault's storage.
    function acts() external view returns (address);

    /// @notice Gives the name of the edge to the ledger.
    function outboundEdge() external view returns (bytes32);

    /// @notice Gives the name of the edge from the ledger.
    function inboundEdge() external view returns (bytes32);

    /// @notice Gives the chain of the ledger.
    function settlementChainId() external view returns (uint256);

    /// @notice Gives the ledger's address on the settlement chain.
    function ledger() external view returns (address);

    /// @notice Gives the vault's index at the ledger.
    function source() external view returns (uint16);

    /// @notice Gives the verifier of the ledger's statements.
    function attesterSet() external view returns (address);

    /// @notice Gives who lists, limits and lifts.
    function governor() external view returns (address);

    /// @notice Gives who may stop payments.
    function guardian() external view returns (address);

    /// @notice Gives who may pause.
    function pauser() external view returns (address);

    /// @notice Says whether this is the vault of a development chain.
    function development() external view returns (bool);

    /// @notice Gives the token that wraps the native coin, 0 if there is none.
    function wrappedNative() external view returns (address);
}
