// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHeadWitness} from "../../solidity/interfaces/IHeadWitness.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {HeadBook} from "../../solidity/witnesses/HeadBook.sol";
import {HeadRecords} from "../../solidity/witnesses/HeadRecords.sol";
import {Vaa} from "../../solidity/witnesses/Vaa.sol";
import {WormholeInit, WormholeWitness} from "../../solidity/witnesses/WormholeWitness.sol";
import {WormholeFixture} from "./WormholeFixture.sol";
import {Observation} from "./WormholeStack.sol";
import {Building} from "../harness/Building.sol";

/// @notice The Wormhole witness on Wormhole's own core contracts, with thirteen guardians unless a test says otherwise.
contract WormholeWitnessTest is WormholeFixture, Building {
    bytes32 private constant OTHER = keccak256("another history");

    // There and back

    function test_the_vaults_head_crosses_wormhole_and_confirms_the_ledgers_replica() public {
        setWitness(1, address(whAtLedger));
        lockOne();
        lockOne();
        applyMarked();
        bytes memory vaa = ledgerCore.sign(whPublish(true));
        vm.expectEmit(address(whAtLedger));
        emit IHeadWitness.HeadRecorded(journal.edge, 2, journal.heads[2]);
        whAtLedger.deliver(vaa);
        (uint64 count, bytes32 head, uint40 arrivedAt) = whAtLedger.latest(journal.edge);
        assertEq(abi.encode(count, head, arrivedAt), abi.encode(2, journal.heads[2], START));
        ledger.confirm(SOURCE, 1, 2);
        (, , , uint64 confirmed) = ledger.witnessOf(SOURCE, 1);
        assertEq(confirmed, 2);
    }

    function test_the_ledgers_head_crosses_wormhole_and_confirms_the_vaults_replica() public {
        lockOne();
        lockOne();
        applyMarked();
        releaseOne();
        replayAtVault(0);
        vm.startPrank(governor);
        origin.setWitness(1, address(whAtVault), true);
        origin.setWitnessPolicy(1);
        vm.stopPrank();
        whAtVault.deliver(vaultCore.sign(whPublish(false)));
        assertEq(whAtVault.headAt(back.edge, 1), back.heads[1]);
        origin.confirm(1, 1);
    }

    function test_one_guardian_and_nineteen_are_taken_as_the_core_takes_them() public {
        uint256[2] memory sizes = [uint256(1), 19];
        lockOne();
        for (uint256 i = 0; i < 2; ++i) {
            ledgerCore.rotate(sizes[i]);
            Observation memory seen = forgedSeen(uint64(i), messageOf(journal.edge, uint64(i) + 1, OTHER));
            uint32 set = ledgerCore.set();
            uint256 quorum = ledgerCore.quorumOf(set);
            _requireRefused(
                ledgerCore.signBy(seen, set, ledgerCore.firstOf(quorum - 1)),
                abi.encodeWithSelector(Vaa.VaaBelowQuorum.selector, quorum - 1, quorum)
            );
            whAtLedger.deliver(ledgerCore.signBy(seen, set, ledgerCore.firstOf(sizes[i])));
            assertEq(whAtLedger.headAt(journal.edge, uint64(i) + 1), OTHER);
        }
    }

    function test_says_what_it_is() public view {
        assertEq(whAtLedger.kind(), "wormhole");
        assertEq(whAtLedger.finality(), "finalized");
    }

    // Publishing

    function test_publishing_asks_for_finality_and_costs_exactly_the_fee() public {
        lockOne();
        assertEq(whPublish(true).consistencyLevel, 1);
        vaultCore.setMessageFee(7 gwei);
        bytes32 edge = journal.edge;
        assertEq(whAtVault.quotePublish(edge), 7 gwei);
        vm.deal(address(this), 1 ether);
        vm.expectRevert(abi.encodeWithSelector(WormholeWitness.FeeMismatch.selector, 0, 7 gwei));
        whAtVault.publish(edge);
        vm.expectRevert(abi.encodeWithSelector(WormholeWitness.FeeMismatch.selector, 8 gwei, 7 gwei));
        whAtVault.publish{value: 8 gwei}(edge);
        whPublish(true);
        vm.expectRevert(abi.encodeWithSelector(HeadRecords.WrongEdge.selector, back.edge, edge));
        whAtVault.publish(back.edge);
        bytes32 other = back.edge;
        vm.expectRevert(abi.encodeWithSelector(HeadBook.JournalEmpty.selector, other));
        whAtLedger.publish(other);
    }

    // Who is heard

    function test_I8_below_the_quorum_or_with_a_bad_signature_nothing_is_recorded() public {
        Observation memory seen = forgedSeen(0, messageOf(journal.edge, 1, OTHER));
        uint256[] memory indices = ledgerCore.firstOf(8);
        _requireRefused(ledgerCore.signBy(seen, 0, indices), abi.encodeWithSelector(Vaa.VaaBelowQuorum.selector, 8, 9));
        indices = ledgerCore.firstOf(9);
        (indices[7], indices[8]) = (8, 7);
        _requireRefused(
            ledgerCore.signBy(seen, 0, indices),
            abi.encodeWithSelector(Vaa.VaaGuardianOutOfOrder.selector, 7, 13)
        );
        indices[8] = 8;
        _requireRefused(
            ledgerCore.signBy(seen, 0, indices),
            abi.encodeWithSelector(Vaa.VaaGuardianOutOfOrder.selector, 8, 13)
        );
        uint256[] memory keys = new uint256[](9);
        for (uint256 i = 0; i < 9; ++i) keys[i] = uint256(keccak256(abi.encode("nobody", i)));
        indices = ledgerCore.firstOf(9);
        _requireRefused(
            ledgerCore.signWith(seen, 0, indices, keys),
            abi.encodeWithSelector(Vaa.VaaSignatureInvalid.selector, 0, vm.addr(keys[0]))
        );
        indices[8] = 13;
        _requireOutsider(seen, indices);
    }

    function test_I8_a_recovery_that_fails_is_nobody() public {
        Observation memory seen = forgedSeen(0, messageOf(journal.edge, 1, OTHER));
        bytes memory vaa = ledgerCore.sign(seen);
        // The first signature's v: 5 recovers nobody.
        vaa[6 + 65] = 0x05;
        _requireRefused(vaa, abi.encodeWithSelector(Vaa.VaaSignatureInvalid.selector, 0, address(0)));
    }

    function test_I8_another_emitter_or_chain_or_finality_is_not_taken() public {
        bytes memory payload = messageOf(journal.edge, 1, OTHER);
        Observation memory seen = forgedSeen(0, payload);
        seen.emitter = bytes32(uint256(uint160(alice)));
        _requireNotEmitter(seen);
        seen = forgedSeen(0, payload);
        seen.emitter |= bytes32(uint256(1) << 160);
        _requireNotEmitter(seen);
        seen = forgedSeen(0, payload);
        seen.emitterChain = LEDGER_CHAIN;
        _requireNotEmitter(seen);
        seen = forgedSeen(0, payload);
        seen.consistencyLevel = 200;
        _requireRefused(ledgerCore.sign(seen), abi.encodeWithSelector(WormholeWitness.NotFinalized.selector, 200, 1));
        seen = forgedSeen(0, bytes.concat(payload, hex"00"));
        _requireRefused(ledgerCore.sign(seen), abi.encodeWithSelector(HeadRecords.MessageMalformed.selector, 73, 72));
    }

    function test_I8_another_contract_that_publishes_the_same_bytes_is_not_heard() public {
        lockOne();
        vm.recordLogs();
        vaultCore.core().publishMessage(0, messageOf(journal.edge, 1, OTHER), 1);
        _requireNotEmitter(observe(VAULT_CHAIN));
    }

    function test_I8_guardians_of_another_network_or_of_no_set_are_not_heard() public {
        Observation memory seen = forgedSeen(0, messageOf(journal.edge, 1, OTHER));
        uint256[] memory indices = ledgerCore.firstOf(9);
        _requireRefused(
            _foreign(seen, indices, 5),
            abi.encodeWithSelector(WormholeWitness.GuardianSetUnknown.selector, 5)
        );
        bytes memory vaa = _foreign(seen, indices, 0);
        vm.expectPartialRevert(Vaa.VaaSignatureInvalid.selector);
        whAtLedger.deliver(vaa);
    }

    function test_I8_a_replaced_set_is_heard_for_a_day_and_not_after_learned_or_not() public {
        whAtLedger.learnGuardians();
        Observation memory first = forgedSeen(0, messageOf(journal.edge, 1, OTHER));
        Observation memory second = forgedSeen(1, messageOf(journal.edge, 2, OTHER));
        uint256[] memory indices = ledgerCore.firstOf(9);
        ledgerCore.rotate(19);
        uint256 end = START + 1 days;
        vm.warp(end);
        whAtLedger.deliver(ledgerCore.signBy(first, 0, indices));
        assertEq(whAtLedger.headAt(journal.edge, 1), OTHER, "the core lets it sign for a day");
        vm.warp(end + 1);
        _requireRefused(
            ledgerCore.signBy(second, 0, indices),
            abi.encodeWithSelector(WormholeWitness.GuardianSetExpired.selector, 0, end)
        );
        whAtLedger.deliver(ledgerCore.sign(second));
        assertEq(whAtLedger.headAt(journal.edge, 2), OTHER);
    }

    function test_a_vaa_that_ends_early_or_is_of_another_version_is_refused() public {
        Observation memory seen = forgedSeen(0, messageOf(journal.edge, 1, OTHER));
        bytes memory vaa = ledgerCore.sign(seen);
        uint256[4] memory lengths = [uint256(0), 5, 6 + 9 * 66 - 1, 6 + 9 * 66 + 50];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory cut = new bytes(lengths[i]);
            for (uint256 j = 0; j < cut.length; ++j) cut[j] = vaa[j];
            _requireRefused(cut, abi.encodeWithSelector(Vaa.VaaMalformed.selector, cut.length));
        }
        vaa[0] = 0x02;
        _requireRefused(vaa, abi.encodeWithSelector(Vaa.VaaMalformed.selector, vaa.length));
    }

    // Learned guardians

    function test_learned_guardians_are_those_of_the_core_and_are_learned_once() public {
        vm.prank(alice);
        whAtLedger.learnGuardians();
        vm.expectRevert(abi.encodeWithSelector(WormholeWitness.GuardianSetNotLearned.selector, 0, 13));
        whAtLedger.learnGuardians();
        lockOne();
        whConvey();
        assertEq(whAtLedger.headAt(journal.edge, 1), journal.heads[1]);
        Observation memory seen = forgedSeen(9, messageOf(journal.edge, 2, OTHER));
        uint256[] memory keys = new uint256[](9);
        for (uint256 i = 0; i < 9; ++i) keys[i] = i + 1;
        bytes memory vaa = ledgerCore.signWith(seen, 0, ledgerCore.firstOf(9), keys);
        vm.expectPartialRevert(Vaa.VaaSignatureInvalid.selector);
        whAtLedger.deliver(vaa);
        ledgerCore.rotate(32);
        vm.expectRevert(abi.encodeWithSelector(WormholeWitness.GuardianSetNotLearned.selector, 1, 32));
        whAtLedger.learnGuardians();
        whAtLedger.deliver(ledgerCore.sign(seen));
        assertEq(whAtLedger.headAt(journal.edge, 2), OTHER, "the core's own list serves too");
    }

    function test_the_largest_set_that_is_learned_is_heard_with_its_own_quorum() public {
        ledgerCore.rotate(31);
        whAtLedger.learnGuardians();
        Observation memory seen = forgedSeen(0, messageOf(journal.edge, 1, OTHER));
        _requireRefused(
            ledgerCore.signBy(seen, 1, ledgerCore.firstOf(20)),
            abi.encodeWithSelector(Vaa.VaaBelowQuorum.selector, 20, 21)
        );
        whAtLedger.deliver(ledgerCore.signBy(seen, 1, ledgerCore.firstOf(21)));
        assertEq(whAtLedger.headAt(journal.edge, 1), OTHER);
    }

    // Twice, late, out of order

    function test_I7_a_vaa_counts_once_and_in_any_order() public {
        lockOne();
        bytes memory first = ledgerCore.sign(whPublish(true));
        lockOne();
        bytes memory second = ledgerCore.sign(whPublish(true));
        whAtLedger.deliver(second);
        vm.warp(START + 30 days);
        whAtLedger.deliver(first);
        assertEq(whAtLedger.headAt(journal.edge, 1), journal.heads[1]);
        (uint64 count, bytes32 head, uint40 arrivedAt) = whAtLedger.latest(journal.edge);
        assertEq(abi.encode(count, head, arrivedAt), abi.encode(2, journal.heads[2], START));
        bytes memory nothing = abi.encodeWithSelector(WormholeWitness.NothingNew.selector);
        _requireRefused(first, nothing);
        _requireRefused(second, nothing);
        _requireRefused(ledgerCore.sign(whPublish(true)), nothing);
    }

    // Guardians that lie

    function test_I8_guardians_that_forge_a_head_make_the_source_contested_and_no_more() public {
        setWitness(1, address(whAtLedger));
        lockOne();
        whAtLedger.deliver(ledgerCore.sign(forgedSeen(0, messageOf(journal.edge, 1, OTHER))));
        applyMarked();
        assertEq(amountOf(alice, USD), 0, "the batch that showed it applies nothing");
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        applyMarked();
        assertEq(amountOf(alice, USD), ONE_USD, "all else goes on");
        assertEq(confirmedCount(), 0);
    }

    function test_I6_two_messages_under_one_sequence_number_contradict_each_other() public {
        setWitness(1, address(whAtLedger));
        lockOne();
        whConvey();
        bytes32 edge = journal.edge;
        whAtLedger.deliver(ledgerCore.sign(forgedSeen(0, messageOf(edge, 1, OTHER))));
        assertTrue(whAtLedger.isContradicted(edge));
        assertEq(whAtLedger.headAt(edge, 1), 0);
        applyMarked();
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE), "it neither confirms nor conflicts");
    }

    function test_refuses_to_be_built_without_a_journal_a_core_or_a_peer() public {
        bytes32[4] memory names = [bytes32("journal"), "core", "peer", "peer"];
        for (uint256 i = 0; i < names.length; ++i) {
            WormholeInit memory init = whInitOf(false, address(whAtVault));
            if (i == 0) init.journal = address(0);
            if (i == 1) init.core = address(0);
            if (i == 2) init.peer = address(0);
            if (i == 3) init.peerChain = 0;
            vm.expectRevert(abi.encodeWithSelector(HeadBook.AddressMissing.selector, names[i]));
            this.build("WormholeWitness.sol:WormholeWitness", abi.encode(init));
        }
    }

    // Anything at all

    /// @notice Whatever eight of thirteen guardians sign, and whatever bit of an honest VAA is changed, no head is recorded that
    ///         the vault's journal did not have.
    /// forge-config: ring.fuzz.runs = 128
    function testFuzz_I8_nothing_that_fewer_than_a_quorum_sign_is_recorded(
        uint64 sequence,
        uint64 count,
        bytes32 head,
        uint8 way,
        uint256 bit
    ) public {
        lockOne();
        count = uint64(bound(count, 1, 3));
        bytes32 edge = journal.edge;
        Observation memory seen = forgedSeen(sequence, messageOf(edge, count, head));
        if (way % 2 == 0) whAtLedger.learnGuardians();
        uint256[] memory indices = ledgerCore.firstOf(9);
        bytes memory vaa;
        if (way % 3 == 0) {
            vaa = ledgerCore.sign(whPublish(true));
            bit %= vaa.length * 8;
            vaa[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        } else {
            // Eight of them sign; the ninth is a stranger, or one of the eight again.
            uint256 nameless = (uint256(head) % 2 ** 255) + 1;
            vaa = _nineWithStranger(seen, indices, way % 3 == 1 ? bit % 9 : 8, nameless, way % 3 == 1);
        }
        assertFalse(_coreTakes(vaa), "the core is asked the same");
        try whAtLedger.deliver(vaa) {
            revert("taken without a quorum");
        } catch {}
        try whAtLedger.deliver(abi.encodePacked(head, sequence, count, bit, way)) {
            revert("garbage was taken");
        } catch {}
        for (uint64 i = 1; i <= 3; ++i) assertEq(whAtLedger.headAt(edge, i), 0);
    }

    /// @notice What the core takes, the witness takes: any guardians of a set of any size, learned or not.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_the_core_and_the_witness_judge_signatures_alike(uint8 size, uint256 which, bool learned) public {
        lockOne();
        ledgerCore.rotate(bound(size, 1, 31));
        if (learned) whAtLedger.learnGuardians();
        uint256 guardianCount = ledgerCore.guardiansOf(1);
        uint256[] memory some = new uint256[](guardianCount);
        uint256 signers = 0;
        for (uint256 i = 0; i < guardianCount; ++i) {
            if ((which >> i) % 4 != 0) some[signers++] = i;
        }
        assembly ("memory-safe") {
            mstore(some, signers)
        }
        bytes memory vaa = ledgerCore.signBy(whPublish(true), 1, some);
        bool isTaken = _coreTakes(vaa);
        assertEq(isTaken, signers >= ledgerCore.quorumOf(1));
        (bool ok, ) = address(whAtLedger).call(abi.encodeCall(whAtLedger.deliver, (vaa)));
        assertEq(ok, isTaken);
        assertEq(whAtLedger.headAt(journal.edge, 1), isTaken ? journal.heads[1] : bytes32(0));
    }

    /// @dev The second of three words is whether it is valid.
    function _coreTakes(bytes memory vaa) private view returns (bool) {
        (bool ok, bytes memory answer) = address(ledgerCore.core()).staticcall(
            abi.encodeWithSignature("parseAndVerifyVM(bytes)", vaa)
        );
        if (!ok) return false;
        (, bool isValid) = abi.decode(answer, (uint256, bool));
        return isValid;
    }

    function _nineWithStranger(
        Observation memory seen,
        uint256[] memory indices,
        uint256 place,
        uint256 key,
        bool stranger
    ) private view returns (bytes memory vaa) {
        vaa = ledgerCore.signBy(seen, 0, indices);
        uint256[] memory keys = new uint256[](1);
        keys[0] = key;
        uint256[] memory one = new uint256[](1);
        one[0] = indices[place];
        bytes memory other =
            stranger ? ledgerCore.signWith(seen, 0, one, keys) : ledgerCore.signBy(seen, 0, ledgerCore.firstOf(1));
        // Its 66 bytes stand where the honest ones stood.
        for (uint256 i = 0; i < 66; ++i) vaa[6 + place * 66 + i] = other[6 + i];
    }

    /// @dev Signed by keys that are no guardians', under a set's number.
    function _foreign(
        Observation memory seen,
        uint256[] memory indices,
        uint32 set
    ) private view returns (bytes memory) {
        uint256[] memory keys = new uint256[](indices.length);
        for (uint256 i = 0; i < keys.length; ++i) keys[i] = uint256(keccak256(abi.encode("another network", i)));
        return ledgerCore.signWith(seen, set, indices, keys);
    }

    /// @dev The last of the indices is no guardian's.
    function _requireOutsider(Observation memory seen, uint256[] memory indices) private {
        uint256[] memory keys = new uint256[](9);
        for (uint256 i = 0; i < 8; ++i) keys[i] = uint256(keccak256(abi.encode("guardian", uint32(0), i)));
        keys[8] = 1;
        _requireRefused(
            ledgerCore.signWith(seen, 0, indices, keys),
            abi.encodeWithSelector(Vaa.VaaGuardianOutOfOrder.selector, 13, 13)
        );
    }

    function _requireNotEmitter(Observation memory seen) private {
        _requireRefused(
            ledgerCore.sign(seen),
            abi.encodeWithSelector(WormholeWitness.NotEmitter.selector, seen.emitterChain, seen.emitter)
        );
    }

    function _requireRefused(bytes memory vaa, bytes memory reason) private {
        vm.expectRevert(reason);
        whAtLedger.deliver(vaa);
    }
}
