// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {AccountLib} from "@surety/contracts/libraries/AccountLib.sol";
import {Kind} from "./VenueTypes.sol";

/// @notice A maker's offer, signed off chain by the owner of its account.
/// @param maker its account
/// @param sizeWad most units that it trades, positive if it buys
/// @param priceWad of a unit
/// @param nonce at least the maker's lowest, see `cancelBelow`; distinguishes quotes that are else alike
/// @param deadline last second in which it may be taken
struct Quote {
    bytes32 maker;
    Kind kind;
    uint40 expiry;
    uint88 strikeWad;
    int120 sizeWad;
    uint128 priceWad;
    uint64 nonce;
    uint40 deadline;
}

/// @title Quotes that makers sign
/// @notice A quote is taken in parts until its size is used up, its deadline has passed or its maker cancels it.
abstract contract VenueQuotes {
    /// @notice Only the account's owner on this chain may act for it.
    error NotOwner(address caller, bytes32 account);
    /// @notice The quote ended before this block.
    error QuoteEnded(uint40 deadline, uint256 time);
    /// @notice The maker cancelled all quotes below a nonce.
    error QuoteCancelled(uint64 nonce, uint64 least);
    /// @notice The quote has less left than that, or nothing was asked for.
    error QuoteUsedUp(uint256 sizeWad, uint256 leftWad);
    /// @notice The owner of the maker's account did not sign this quote for this venue.
    error SignatureRefused(bytes32 maker);

    /// @notice A maker cancelled all its quotes below a nonce.
    event QuotesCancelled(bytes32 indexed maker, uint64 least);

    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant QUOTE_TYPEHASH = keccak256(
        "Quote(bytes32 maker,uint8 kind,uint40 expiry,uint88 strikeWad,int120 sizeWad,uint128 priceWad,uint64 nonce,uint40 deadline)"
    );

    /// @notice Units taken of a quote, by its digest.
    mapping(bytes32 digest => uint256) public takenWad;
    /// @notice Lowest nonce that counts.
    mapping(bytes32 maker => uint64) public leastNonce;

    modifier onlyOwner(bytes32 account) {
        _requireOwner(account);
        _;
    }

    /// @notice Cancels the account's quotes with lower nonces.
    /// @dev [owner] Nonces never fall.
    function cancelBelow(bytes32 maker, uint64 nonce) external onlyOwner(maker) {
        if (nonce <= leastNonce[maker]) revert QuoteCancelled(nonce, leastNonce[maker]);
        leastNonce[maker] = nonce;
        emit QuotesCancelled(maker, nonce);
    }

    /// @notice Gives what the owner of the maker's account signs, by EIP-712: the domain is `PerpsAndOptions`, version 1.
    /// @dev Without OpenZeppelin's `EIP712`: the code has no room for its views.
    function digestOf(Quote calldata quote) public view returns (bytes32) {
        (bytes32 name, bytes32 version) = (keccak256("PerpsAndOptions"), keccak256("1"));
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, name, version, block.chainid, address(this)));
        return MessageHashUtils.toTypedDataHash(domain, keccak256(abi.encode(QUOTE_TYPEHASH, quote)));
    }

    /// @dev Takes units of a quote; what the maker's position changes by.
    function _take(Quote calldata quote, bytes calldata sig, uint256 sizeWad) internal returns (int120 makerWad) {
        if (block.timestamp > quote.deadline) revert QuoteEnded(quote.deadline, block.timestamp);
        if (quote.nonce < leastNonce[quote.maker]) revert QuoteCancelled(quote.nonce, leastNonce[quote.maker]);
        bytes32 digest = digestOf(quote);
        bool ofThisChain = AccountLib.homeOf(quote.maker) == 0;
        address owner = AccountLib.ownerOf(quote.maker);
        // For the venue's own account, 0, nobody signs: see `trade`.
        if (quote.maker != 0 && (!ofThisChain || !SignatureChecker.isValidSignatureNowCalldata(owner, digest, sig))) {
            revert SignatureRefused(quote.maker);
        }
        uint256 left = SignedMath.abs(quote.sizeWad) - takenWad[digest];
        if (sizeWad == 0 || sizeWad > left) revert QuoteUsedUp(sizeWad, left);
        takenWad[digest] += sizeWad;
        // At most the quote's size, which has 119 bits, or its negative.
        makerWad = int120(quote.sizeWad < 0 ? -int256(sizeWad) : int256(sizeWad));
    }

    function _requireOwner(bytes32 account) internal view {
        if (!_isOwner(account)) revert NotOwner(msg.sender, account);
    }

    function _isOwner(bytes32 account) internal view returns (bool) {
        return AccountLib.ownerOf(account) == msg.sender && AccountLib.homeOf(account) == 0;
    }
}
