// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerActs} from "../interfaces/ILedgerActs.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {LedgerGate} from "./LedgerGate.sol";

/// @title Releases, of a line or of what is parked
/// @notice Who may ask for one, who may be paid, and what is written down of it.
abstract contract LedgerReleases is LedgerGate {
    /// @dev Release to the owner's own address, without a fee.
    uint16 internal constant RIGHT_RELEASE = 1;
    /// @dev With `RIGHT_RELEASE`: any recipient and any fee.
    uint16 internal constant RIGHT_OTHER_RECIPIENTS = 2;
    uint16 internal constant RIGHTS = RIGHT_RELEASE | RIGHT_OTHER_RECIPIENTS;

    /// @dev The owner may do anything; an operator what its rights say, while they last.
    function _requireReleaser(bytes32 account, bytes32 recipient, uint96 fee) internal view {
        address owner = AccountLib.ownerOf(account);
        if (_isOwnable(account)) {
            if (msg.sender == owner) return;
            Operator storage operator = _operators[account][msg.sender];
            (uint16 rights, uint40 expiry) = (operator.rights, operator.expiry);
            if (rights & RIGHT_RELEASE == 0 || block.timestamp >= expiry) {
                revert ILedgerActs.RightMissing(msg.sender, account, RIGHT_RELEASE);
            }
            if (rights & RIGHT_OTHER_RECIPIENTS != 0) return;
        } else if (owner == address(0) || !_actsFor(msg.sender, account)) {
            revert ILedgerActs.RightMissing(msg.sender, account, RIGHT_RELEASE);
        }
        if (fee != 0 || recipient != bytes32(uint256(uint160(owner))))
            revert ILedgerActs.RecipientNotOwner(recipient, fee);
    }

    /// @dev Reverts for what nobody at the vault's chain could be.
    function _requireRecipient(SourceRecord storage source, bytes32 recipient) internal view {
        if (recipient == 0 || uint256(recipient) >> 160 != 0 || recipient == bytes32(uint256(uint160(source.vault)))) {
            revert ILedgerActs.RecipientRefused(recipient);
        }
    }

    /// @dev Appends the entry, records what a refund of it must be equal to, and gives its number.
    function _journalRelease(
        uint16 source,
        uint16 vaultAsset,
        bytes32 account,
        uint128 amount,
        bytes32 recipient,
        uint96 fee
    ) internal returns (uint64 index) {
        Journal storage journal = JournalLib.locate(_sources[source].outboundEdge);
        (index, ) = JournalLib.append(journal, EntryCodec.RELEASE, vaultAsset, amount, account, recipient, fee);
        _released[source][index] = keccak256(abi.encodePacked(vaultAsset, amount, account));
    }
}
