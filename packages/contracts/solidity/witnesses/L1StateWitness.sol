// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {JournalLib} from "../edge/JournalLib.sol";
import {AccountFacts, BlockFacts, StateProof} from "../proofs/StateProof.sol";
import {HeadBook} from "./HeadBook.sol";

/// @title The L1 block predeploy of an OP-stack chain
interface IL1Block {
    /// @notice Returns the hash of the L1 block that this L2 block is derived from.
    function hash() external view returns (bytes32);
}

/// @notice The proof of a journal in an L1 block.
/// @param header RLP of the block's header
/// @param account proof of the vault's account under the block's state root
/// @param head storage proof of the journal's first slot
/// @param count storage proof of its second slot
struct JournalProof {
    bytes header;
    bytes[] account;
    bytes[] head;
    bytes[] count;
}

/// @title A witness by state proof: a vault on L1, read on an OP-stack chain
/// @notice Records (count, head) from the vault's storage in an L1 block whose hash this chain itself holds.
/// @dev Safety: the block hash is this chain's own, and everything else follows from it; nobody is trusted for L1. The
///      L1 block may not be final yet, but this chain is derived from it. If L1 drops that block, this chain drops
///      every block that knew of it, and the records made there. So a record never outlives its block, and never
///      contradicts an honest head. Whoever could give this chain a false L1 hash controls this chain.
///      Liveness: the hash is available for some seconds. Anyone can store it (`keepBlock`) and prove later.
contract L1StateWitness is HeadBook {
    /// @notice Predeploy that holds the L1 block's hash.
    IL1Block public immutable l1Block;
    /// @notice The vault on L1.
    address public immutable vault;
    /// @notice Hash of the vault's code.
    bytes32 public immutable vaultCodeHash;

    mapping(bytes32 blockHash => bool) private _kept;

    /// @notice The hash of an L1 block was stored.
    event BlockKept(bytes32 indexed blockHash);

    /// @notice This end reads L1 itself, so it sends nothing.
    error NothingToSend();
    /// @notice This chain does not hold the hash of that L1 block now, and nobody stored it while it did.
    error BlockUnknown(bytes32 blockHash);
    /// @notice The account's code in that block is not the vault's.
    error CodeDiffers(bytes32 codeHash, bytes32 expected);
    /// @notice The head is already on record.
    error NothingNew();

    /// @param l1Block_ predeploy of this chain
    /// @param vault_ vault on L1
    /// @param vaultCodeHash_ hash of its code
    constructor(address l1Block_, address vault_, bytes32 vaultCodeHash_) {
        if (l1Block_ == address(0)) revert AddressMissing("L1 block");
        if (vault_ == address(0) || vaultCodeHash_ == 0) revert AddressMissing("vault");
        (l1Block, vault, vaultCodeHash) = (IL1Block(l1Block_), vault_, vaultCodeHash_);
    }

    /// @notice Stores the hash of the L1 block that this chain holds now, for later proofs. Anyone may call it.
    function keepBlock() external {
        bytes32 blockHash = l1Block.hash();
        _kept[blockHash] = true;
        emit BlockKept(blockHash);
    }

    /// @notice Records the journal's (count, head) in an L1 block. Anyone may call it.
    /// @param edge first name of the edge
    /// @param proof in a block whose hash this chain holds or has stored
    function prove(bytes32 edge, JournalProof calldata proof) external {
        BlockFacts memory facts = StateProof.readHeader(proof.header);
        if (!_kept[facts.hash] && facts.hash != l1Block.hash()) revert BlockUnknown(facts.hash);
        AccountFacts memory account = StateProof.readAccount(facts.stateRoot, vault, proof.account);
        if (account.codeHash != vaultCodeHash) revert CodeDiffers(account.codeHash, vaultCodeHash);
        bytes32 slot = JournalLib.slotOf(edge);
        bytes32 head = bytes32(StateProof.readSlot(account.storageRoot, slot, proof.head));
        // Bits 0 to 63 of the second slot. A slot's number is a hash, so adding 1 does not overflow.
        uint64 count = uint64(StateProof.readSlot(account.storageRoot, bytes32(uint256(slot) + 1), proof.count));
        if (head == 0 || count == 0) revert JournalEmpty(edge);
        if (!_recordHead(edge, count, head)) revert NothingNew();
    }

    /// @inheritdoc IHeadWitness
    /// @dev Always refused.
    function publish(bytes32) external payable {
        revert NothingToSend();
    }

    /// @inheritdoc IHeadWitness
    /// @dev Always refused.
    function quotePublish(bytes32) external pure returns (uint256) {
        revert NothingToSend();
    }

    /// @inheritdoc IHeadWitness
    function kind() external pure returns (bytes32) {
        return "state-proof";
    }

    /// @inheritdoc IHeadWitness
    /// @dev As final as this chain's own block.
    function finality() external pure returns (bytes32) {
        return "derived";
    }
}
