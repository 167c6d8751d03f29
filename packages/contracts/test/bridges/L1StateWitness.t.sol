// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {JournalLib} from "../../solidity/edge/JournalLib.sol";
import {HeadBook} from "../../solidity/witnesses/HeadBook.sol";
import {IL1Block, JournalProof, L1StateWitness} from "../../solidity/witnesses/L1StateWitness.sol";
import {StateBuilder} from "../proofs/StateBuilder.sol";
import {BridgeFixture} from "./BridgeFixture.sol";

/// @notice Answers as the predeploy of an OP-stack chain, whose depositor sets one hash with each block.
contract TestL1Block is IL1Block {
    bytes32 public hash;

    function set(bytes32 hash_) external {
        hash = hash_;
    }
}

/// @notice The vault's storage words, proven in blocks that are built from them, against a real ledger.
contract L1StateWitnessTest is BridgeFixture {
    /// @dev What `StateBuilder` gives its account.
    bytes32 private constant CODE_HASH = keccak256(abi.encode(uint160(0)));

    TestL1Block private l1Block;
    L1StateWitness private witness;
    StateBuilder private l1;

    function setUp() public override {
        super.setUp();
        l1Block = new TestL1Block();
        witness = this.build(address(l1Block), address(origin), CODE_HASH);
        l1 = new StateBuilder(address(origin), uint64(START));
    }

    function test_a_head_that_lies_in_the_vaults_storage_confirms_the_replica() public {
        setWitness(2, address(witness));
        lockOne();
        lockOne();
        applyMarked();
        JournalProof memory proof = _nextBlock();
        witness.prove(journal.edge, proof);
        (uint64 count, bytes32 head, uint40 arrivedAt) = witness.latest(journal.edge);
        assertEq(abi.encode(count, head, arrivedAt), abi.encode(2, journal.heads[2], START));
        ledger.confirm(SOURCE, 2, 2);
        (, , , uint64 confirmed) = ledger.witnessOf(SOURCE, 2);
        assertEq(confirmed, 2);
        vm.expectRevert(L1StateWitness.NothingNew.selector);
        witness.prove(journal.edge, proof);
    }

    function test_I6_one_state_proof_against_a_quorum_that_lies_is_a_quarantine() public {
        setWitness(2, address(witness));
        lockOne();
        witness.prove(journal.edge, _nextBlock());
        delete journal.packed;
        journal.heads.pop();
        lock(USD, 50 * ONE_USD, accountOf(bob), 0);
        applyMarked();
        assertEq(uint8(stateNow()), uint8(SourceState.QUARANTINED));
        assertEq(amountOf(bob, USD), 0);
    }

    function test_a_block_counts_while_it_is_held_or_once_somebody_kept_it() public {
        lockOne();
        JournalProof memory first = _nextBlock();
        vm.prank(bob);
        witness.keepBlock();
        lockOne();
        JournalProof memory lost = _nextBlock();
        lockOne();
        JournalProof memory held = _nextBlock();
        bytes32 edge = journal.edge;
        vm.expectRevert(abi.encodeWithSelector(L1StateWitness.BlockUnknown.selector, keccak256(lost.header)));
        witness.prove(edge, lost);
        witness.prove(edge, held);
        witness.prove(edge, first);
        assertEq(witness.headAt(edge, 1), journal.heads[1]);
        assertEq(witness.headAt(edge, 2), 0);
        assertEq(witness.headAt(edge, 3), journal.heads[3]);
        (uint64 count, , ) = witness.latest(edge);
        assertEq(count, 3);
    }

    function test_I8_another_account_code_or_edge_gives_no_record() public {
        lockOne();
        JournalProof memory proof = _nextBlock();
        bytes32 edge = journal.edge;
        bytes32 another = keccak256("another code");
        L1StateWitness other = this.build(address(l1Block), address(origin), another);
        vm.expectRevert(abi.encodeWithSelector(L1StateWitness.CodeDiffers.selector, CODE_HASH, another));
        other.prove(edge, proof);
        // Another account of that block with the same storage.
        other = this.build(address(l1Block), address(0x1001), CODE_HASH);
        vm.expectRevert();
        other.prove(edge, proof);
        bytes32 unknown = back.edge;
        proof.head = l1.prove(JournalLib.slotOf(unknown));
        proof.count = l1.prove(_second(unknown));
        vm.expectRevert(abi.encodeWithSelector(HeadBook.JournalEmpty.selector, unknown));
        witness.prove(unknown, proof);
        assertEq(witness.headAt(unknown, 1), 0);
    }

    function test_says_what_it_is_and_sends_nothing() public {
        assertEq(witness.kind(), "state-proof");
        assertEq(witness.finality(), "derived");
        vm.expectRevert(L1StateWitness.NothingToSend.selector);
        witness.publish(0);
        vm.expectRevert(L1StateWitness.NothingToSend.selector);
        witness.quotePublish(0);
        vm.expectRevert(abi.encodeWithSelector(HeadBook.AddressMissing.selector, bytes32("L1 block")));
        this.build(address(0), address(origin), CODE_HASH);
        vm.expectRevert(abi.encodeWithSelector(HeadBook.AddressMissing.selector, bytes32("vault")));
        this.build(address(l1Block), address(0), CODE_HASH);
        vm.expectRevert(abi.encodeWithSelector(HeadBook.AddressMissing.selector, bytes32("vault")));
        this.build(address(l1Block), address(origin), 0);
    }

    /// @notice Any bit of a proof that is changed leaves nothing on record that was not in the vault.
    /// forge-config: ring.fuzz.runs = 96
    function testFuzz_I8_no_altered_proof_is_recorded(uint8 part, uint256 bit, bool kept) public {
        lockOne();
        JournalProof memory proof = _nextBlock();
        if (kept) witness.keepBlock();
        bytes memory target = proof.header;
        if (part % 4 == 1) target = proof.account[bit % proof.account.length];
        if (part % 4 == 2) target = proof.head[bit % proof.head.length];
        if (part % 4 == 3) target = proof.count[bit % proof.count.length];
        bit = (bit >> 8) % (target.length * 8);
        target[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        try witness.prove(journal.edge, proof) {
            revert("an altered proof was taken");
        } catch {}
        (uint64 count, , ) = witness.latest(journal.edge);
        assertEq(count, 0);
    }

    /// @dev From the artifact: proofs are compiled by way of the intermediate language alone. Reverts as the constructor does.
    function build(address l1Block_, address vault_, bytes32 codeHash) external returns (L1StateWitness built) {
        bytes memory code = vm.getCode("L1StateWitness.sol:L1StateWitness");
        code = bytes.concat(code, abi.encode(l1Block_, vault_, codeHash));
        assembly ("memory-safe") {
            built := create(0, add(code, 0x20), mload(code))
            if iszero(built) {
                let reason := mload(0x40)
                returndatacopy(reason, 0, returndatasize())
                revert(reason, returndatasize())
            }
        }
    }

    /// @dev A block with the vault's words as they are now; this chain is derived from it from now on.
    function _nextBlock() private returns (JournalProof memory proof) {
        bytes32 slot = JournalLib.slotOf(journal.edge);
        bytes32 second = _second(journal.edge);
        l1.set(slot, uint256(vm.load(address(origin), slot)));
        l1.set(second, uint256(vm.load(address(origin), second)));
        l1.set(bytes32(uint256(1)), 5);
        proof = JournalProof(l1.header(), l1.proveAccount(), l1.prove(slot), l1.prove(second));
        l1Block.set(keccak256(proof.header));
    }

    function _second(bytes32 edge) private pure returns (bytes32) {
        return bytes32(uint256(JournalLib.slotOf(edge)) + 1);
    }
}
