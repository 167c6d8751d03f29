// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerViews} from "../interfaces/ledger/ILedgerViews.sol";
import {IVaultViews} from "../interfaces/vault/IVault.sol";
import {HeadBook} from "./HeadBook.sol";

/// @title The records of a witness: heads sent and heads received
/// @notice One end of a pair. An end stands beside a vault or beside the ledger, reads that contract's journal itself,
///         and records what its twin read on the other chain.
/// @dev Safety: no caller supplies a count or a head. They are read from the journal's contract when they are sent, and
///      arrive through a transport that a deriving contract checks. Liveness: messages may come late, twice and in any
///      order.
abstract contract HeadRecords is HeadBook {
    /// @notice edge ‖ count u64 ‖ head, packed.
    uint256 internal constant MESSAGE_LENGTH = 72;

    /// @notice Contract whose journal this end publishes: a vault, or the ledger.
    address public immutable journal;
    /// @notice Source to whose vault the ledger's journal leads; 0 if `journal` is a vault.
    uint16 public immutable ledgerSource;

    /// @notice The given edge is not the first name of the journal's edge. It is a name after a rewind, or another
    ///         contract's.
    error WrongEdge(bytes32 edge, bytes32 expected);
    /// @notice The message is not 72 bytes long.
    error MessageMalformed(uint256 length, uint256 expected);

    /// @param journal_ vault or ledger on this chain
    /// @param ledgerSource_ source whose journal the ledger keeps; 0 if `journal_` is a vault
    constructor(address journal_, uint16 ledgerSource_) {
        if (journal_ == address(0)) revert AddressMissing("journal");
        (journal, ledgerSource) = (journal_, ledgerSource_);
    }

    /// @dev Returns the message about the journal's state in this block.
    function _messageOf(bytes32 edge) internal view returns (uint64 count, bytes32 head, bytes memory message) {
        bytes32 kept;
        (kept, count, head) = ledgerSource == 0
            ? IVaultViews(journal).journalHead()
            : ILedgerViews(journal).journalHead(ledgerSource);
        if (kept != edge) revert WrongEdge(edge, kept);
        if (count == 0) revert JournalEmpty(edge);
        message = abi.encodePacked(edge, count, head);
    }

    /// @dev Records what the twin sent. Safety: the deriving contract has checked that the sender was the twin.
    /// @return isNew true if this end knows more than before
    function _record(bytes calldata message) internal returns (bool isNew) {
        if (message.length != MESSAGE_LENGTH) revert MessageMalformed(message.length, MESSAGE_LENGTH);
        return _recordHead(bytes32(message[0:32]), uint64(bytes8(message[32:40])), bytes32(message[40:72]));
    }
}
