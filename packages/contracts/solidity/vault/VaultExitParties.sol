// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/vault/IVault.sol";
import {ExitClaim, IVaultExit} from "../interfaces/vault/IVaultExit.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {ReplicaLib} from "../edge/ReplicaLib.sol";
import {LedgerSlots} from "../proofs/LedgerSlots.sol";
import {StateProof} from "../proofs/StateProof.sol";
import {Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Who may claim which part in an exit
/// @notice Reads, in the anchor block, an account's owner, its operators, and its protocols' registered shares.
abstract contract VaultExitParties is VaultBase {
    /// @dev An operator's rights at the ledger that a claim requires: release, and to other recipients.
    uint16 private constant RIGHTS_NEEDED = 3;
    uint256 private constant PROTOCOL_LANE_BITS = 32;

    /// @dev Returns the exit if claims are open. A caller without any right gets the same error either way.
    function _openFor(ExitClaim calldata claim) internal view returns (Exit storage exit) {
        exit = ExitStorage.locate();
        if (claim.protocol == 0 && claim.operatorProof.length == 0 && !_isOwner(claim.account)) {
            revert IVaultExit.ExitNotOwner(msg.sender, claim.account);
        }
        if (exit.openedAt == 0) revert IVaultExit.ExitNotOpen(ReplicaLib.locate(_inbound()).count, exit.count);
    }

    /// @dev Returns the part of `held` units of a leaf that belongs to the claim's party, and the key under which its
    ///      claims are counted. Reverts unless the caller may claim for that party. Parts are rounded down, so together
    ///      they never exceed `held`.
    function _partOf(
        Exit storage exit,
        ExitClaim calldata claim,
        bytes32 leaf,
        uint128 held
    ) internal view returns (bytes32 key, uint256 part) {
        uint256 lanes = LedgerSlots.readProtocols(_slot(exit, LedgerSlots.headerOf(claim.account), claim.headerProof));
        (uint256 sum, uint256 own, address claimant) = _sharesOf(exit, claim, lanes);
        if (claim.protocol == 0) {
            _requireOwner(exit, claim);
            return (leaf, sum < BP ? (held * (BP - sum)) / BP : 0);
        }
        if (claimant != msg.sender) revert IVaultExit.ExitNotOwner(msg.sender, claim.account);
        // If protocols registered more than the whole, they share it in proportion.
        return (keccak256(abi.encode(leaf, claim.protocol)), (held * own) / (sum < BP ? BP : sum));
    }

    /// @dev Reverts unless the caller may claim for the account itself, and the claim names no protocol. For items in
    ///      which no protocol has a share.
    function _requireWhole(Exit storage exit, ExitClaim calldata claim) internal view {
        if (claim.protocol != 0) revert IVaultExit.ExitNotOwner(msg.sender, claim.account);
        _requireOwner(exit, claim);
    }

    /// @dev Reverts unless the caller may claim for the account itself.
    function _requireOwner(Exit storage exit, ExitClaim calldata claim) private view {
        if (!_isOwner(claim.account) && !_isOperator(exit, claim)) {
            revert IVaultExit.ExitNotOwner(msg.sender, claim.account);
        }
    }

    /// @dev Returns the sum of the protocols' registered shares, the share of the claim's protocol, both in basis points, and
    ///      that protocol's claimant.
    function _sharesOf(
        Exit storage exit,
        ExitClaim calldata claim,
        uint256 lanes
    ) private view returns (uint256 sum, uint256 own, address claimant) {
        bytes[][] calldata proofs = claim.shareProofs;
        uint256 place = 0;
        for (; lanes != 0; lanes >>= PROTOCOL_LANE_BITS) {
            if (place == proofs.length) revert IVaultExit.ExitShareMissing(claim.account, uint32(lanes));
            bytes32 slot = LedgerSlots.exitShareOf(claim.account, uint32(lanes));
            (address at, uint16 shareBp) = LedgerSlots.readExitShare(_slot(exit, slot, proofs[place++]));
            sum += shareBp;
            if (uint32(lanes) == claim.protocol) (own, claimant) = (shareBp, at);
        }
    }

    /// @dev A caller that is the transaction's origin holds a key, and a key has the same address on every chain. A
    ///      contract at the owner's address here proves nothing about the owner, unless the owner lives here.
    function _isOwner(bytes32 account) private view returns (bool) {
        return
            AccountLib.ownerOf(account) == msg.sender &&
            (msg.sender == tx.origin || AccountLib.homeOf(account) == _source);
    }

    /// @dev Returns whether the ledger gave the caller's key the rights and they have not expired.
    function _isOperator(Exit storage exit, ExitClaim calldata claim) private view returns (bool) {
        if (claim.operatorProof.length == 0) return false;
        (uint16 rights, uint40 expiry) = LedgerSlots.readOperator(
            _slot(exit, LedgerSlots.operatorOf(claim.account, msg.sender), claim.operatorProof)
        );
        return msg.sender == tx.origin && rights & RIGHTS_NEEDED == RIGHTS_NEEDED && block.timestamp < expiry;
    }

    function _slot(Exit storage exit, bytes32 slot, bytes[] calldata nodes) internal view returns (uint256) {
        return StateProof.readSlot(exit.storageRoot, slot, nodes);
    }

    function _self() internal view returns (IVaultCore) {
        return IVaultCore(address(this));
    }
}
