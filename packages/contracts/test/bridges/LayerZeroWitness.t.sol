// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHeadWitness} from "../../solidity/interfaces/IHeadWitness.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {HeadBook} from "../../solidity/witnesses/HeadBook.sol";
import {HeadRecords} from "../../solidity/witnesses/HeadRecords.sol";
import {
    ILayerZeroEndpoint,
    MessagingParams,
    Origin,
    SetConfigParam,
    UlnConfig
} from "../../solidity/witnesses/ILayerZeroEndpoint.sol";
import {LayerZeroInit, LayerZeroWitness} from "../../solidity/witnesses/LayerZeroWitness.sol";
import {LayerZeroFixture} from "./LayerZeroFixture.sol";
import {ILayerZeroParts, Packet} from "./LayerZeroStack.sol";
import {Building} from "../harness/Building.sol";

/// @notice A contract of the vault's chain that sends to the ledger's witness, as anybody's may.
contract Stranger {
    function send(
        ILayerZeroEndpoint endpoint,
        uint32 dstEid,
        address to,
        bytes memory message,
        bytes memory options
    ) external payable {
        MessagingParams memory params = MessagingParams(dstEid, bytes32(uint256(uint160(to))), message, options, false);
        endpoint.send{value: msg.value}(params, msg.sender);
    }
}

/// @notice The LayerZero witness on LayerZero's own contracts: what arrives, what does not, and what nobody can change.
contract LayerZeroWitnessTest is LayerZeroFixture, Building {
    address private attacker = makeAddr("attacker");

    // There and back

    function test_the_vaults_head_crosses_layerzero_and_confirms_the_ledgers_replica() public {
        setWitness(0, address(lzAtLedger));
        lockOne();
        lockOne();
        applyMarked();
        vm.expectEmit(address(lzAtVault));
        emit IHeadWitness.HeadPublished(journal.edge, 2, journal.heads[2]);
        Packet memory packet = lzPublish(true);
        ledgerSide.commit(packet, VAULT_BLOCKS);
        vm.expectEmit(address(lzAtLedger));
        emit IHeadWitness.HeadRecorded(journal.edge, 2, journal.heads[2]);
        ledgerSide.deliver(packet, lzAtLedger.RECEIVE_GAS());
        (uint64 count, bytes32 head, uint40 arrivedAt) = lzAtLedger.latest(journal.edge);
        assertEq(abi.encode(count, head, arrivedAt), abi.encode(2, journal.heads[2], START));
        ledger.confirm(SOURCE, 0, 2);
        (, , , uint64 confirmed) = ledger.witnessOf(SOURCE, 0);
        assertEq(confirmed, 2);
    }

    function test_the_ledgers_head_crosses_layerzero_and_confirms_the_vaults_replica() public {
        lockOne();
        lockOne();
        applyMarked();
        releaseOne();
        replayAtVault(0);
        vm.startPrank(governor);
        origin.setWitness(0, address(lzAtVault), true);
        origin.setWitnessPolicy(1);
        vm.stopPrank();
        vaultSide.carry(lzPublish(false), LEDGER_BLOCKS, lzAtVault.RECEIVE_GAS());
        assertEq(lzAtVault.headAt(back.edge, 1), back.heads[1]);
        origin.confirm(0, 1);
    }

    function test_says_what_it_is() public view {
        assertEq(lzAtLedger.kind(), "layerzero");
        assertEq(lzAtLedger.finality(), "15 blocks");
        assertEq(lzAtVault.finality(), "20 blocks");
        assertEq(lzAtLedger.nextNonce(VAULT_EID, lzAtLedger.peer()), 0);
    }

    // Sending

    function test_publishes_only_the_edge_that_its_journal_keeps_and_only_once_it_has_entries() public {
        bytes32 edge = journal.edge;
        vm.expectRevert(abi.encodeWithSelector(HeadBook.JournalEmpty.selector, edge));
        lzAtVault.publish(edge);
        lockOne();
        vm.expectRevert(abi.encodeWithSelector(HeadRecords.WrongEdge.selector, back.edge, edge));
        lzAtVault.publish(back.edge);
        vm.expectRevert(abi.encodeWithSelector(HeadRecords.WrongEdge.selector, edge, back.edge));
        lzAtLedger.quotePublish(edge);
    }

    function test_the_endpoint_refuses_less_than_the_quote_and_gives_the_rest_back() public {
        lockOne();
        uint256 fee = lzAtVault.quotePublish(journal.edge);
        assertGt(fee, 0);
        vm.deal(relayer, 1 ether);
        bytes memory refusal = abi.encodeWithSelector(ILayerZeroParts.LZ_InsufficientFee.selector, fee, fee - 1, 0, 0);
        bytes32 edge = journal.edge;
        vm.prank(relayer);
        vm.expectRevert(refusal);
        lzAtVault.publish{value: fee - 1}(edge);
        vm.prank(relayer);
        lzAtVault.publish{value: 1 ether}(edge);
        assertEq(relayer.balance, 1 ether - fee);
        assertEq(address(lzAtVault).balance, 0);
        for (uint256 i = 0; i < 2; ++i) assertGt(vaultSide.sendLibrary().fees(vaultSide.dvnsOf()[i]), 0, "both DVNs");
    }

    // Who is heard

    function test_I8_a_packet_counts_only_once_every_verifier_agrees() public {
        lockOne();
        Packet memory packet = forgedPacket(1, messageOf(journal.edge, 1, keccak256("another history")));
        ledgerSide.attest(0, packet, VAULT_BLOCKS);
        _requireVerifying(packet);
        // Its own keys, but not two of its signers; a stranger; fewer blocks than were asked for.
        ledgerSide.attestBy(1, packet, VAULT_BLOCKS, 0xbad1, 0xbad2);
        _requireVerifying(packet);
        ILayerZeroParts uln = ledgerSide.receiveLibrary();
        vm.prank(attacker);
        uln.verify(packet.header, packet.payloadHash, VAULT_BLOCKS);
        _requireVerifying(packet);
        ledgerSide.attest(1, packet, VAULT_BLOCKS - 1);
        _requireVerifying(packet);
        ILayerZeroParts endpoint = ledgerSide.endpoint();
        vm.expectRevert(abi.encodeWithSelector(ILayerZeroParts.LZ_InvalidNonce.selector, 1));
        endpoint.lzReceive(packet.origin, packet.receiver, packet.guid, packet.message, "");
        assertEq(lzAtLedger.headAt(journal.edge, 1), 0);
    }

    function test_I8_a_packet_of_another_contract_is_not_taken() public {
        lockOne();
        Stranger stranger = new Stranger();
        ILayerZeroEndpoint endpoint = ILayerZeroEndpoint(address(vaultSide.endpoint()));
        vm.deal(attacker, 1 ether);
        vm.recordLogs();
        vm.prank(attacker);
        stranger.send{value: 1 ether}(
            endpoint,
            LEDGER_EID,
            address(lzAtLedger),
            messageOf(journal.edge, 1, keccak256("another history")),
            abi.encodePacked(uint16(3), uint8(1), uint16(17), uint8(1), uint128(200_000))
        );
        Packet memory packet = packetSent();
        ledgerSide.attest(0, packet, VAULT_BLOCKS);
        ledgerSide.attest(1, packet, VAULT_BLOCKS);
        ILayerZeroParts uln = ledgerSide.receiveLibrary();
        vm.expectRevert(ILayerZeroParts.LZ_PathNotInitializable.selector);
        uln.commitVerification(packet.header, packet.payloadHash);

        bytes32 peer = lzAtLedger.peer();
        vm.startPrank(address(ledgerSide.endpoint()));
        _requireNotPeer(Origin(VAULT_EID, bytes32(uint256(uint160(address(stranger)))), 1));
        _requireNotPeer(Origin(LEDGER_EID, peer, 1));
        _requireNotPeer(Origin(VAULT_EID, peer | bytes32(uint256(1) << 255), 1));
    }

    function test_I8_only_the_endpoint_hands_packets_in_and_only_whole_ones() public {
        Origin memory from = Origin(VAULT_EID, lzAtLedger.peer(), 1);
        bytes memory message = messageOf(journal.edge, 1, keccak256("another history"));
        address endpoint = address(ledgerSide.endpoint());
        vm.prank(attacker);
        vm.expectRevert(abi.encodeWithSelector(LayerZeroWitness.NotEndpoint.selector, attacker, endpoint));
        lzAtLedger.lzReceive(from, 0, message, attacker, "");
        vm.startPrank(endpoint);
        vm.expectRevert(abi.encodeWithSelector(HeadRecords.MessageMalformed.selector, 73, 72));
        lzAtLedger.lzReceive(from, 0, bytes.concat(message, hex"00"), attacker, "");
        vm.expectRevert(abi.encodeWithSelector(HeadRecords.MessageMalformed.selector, 0, 72));
        lzAtLedger.lzReceive(from, 0, "", attacker, "");
    }

    // Twice, late, out of order

    function test_I7_a_packet_is_committed_once_and_delivered_once() public {
        lockOne();
        Packet memory packet = lzPublish(true);
        ledgerSide.carry(packet, VAULT_BLOCKS, lzAtLedger.RECEIVE_GAS());
        assertEq(lzAtLedger.headAt(journal.edge, 1), journal.heads[1]);
        ILayerZeroParts uln = ledgerSide.receiveLibrary();
        vm.expectRevert(ILayerZeroParts.LZ_ULN_Verifying.selector);
        uln.commitVerification(packet.header, packet.payloadHash);
        ILayerZeroParts endpoint = ledgerSide.endpoint();
        vm.expectPartialRevert(ILayerZeroParts.LZ_PayloadHashNotFound.selector);
        endpoint.lzReceive(packet.origin, packet.receiver, packet.guid, packet.message, "");
    }

    function test_I7_the_same_head_published_again_changes_nothing() public {
        lockOne();
        lzConvey();
        vm.warp(START + 1 hours);
        lzConvey();
        (uint64 count, bytes32 head, uint40 arrivedAt) = lzAtLedger.latest(journal.edge);
        assertEq(abi.encode(count, head, arrivedAt), abi.encode(1, journal.heads[1], START));
    }

    function test_I7_a_lower_count_that_arrives_later_is_recorded_too() public {
        lockOne();
        Packet memory first = lzPublish(true);
        lockOne();
        Packet memory second = lzPublish(true);
        uint256 gas = lzAtLedger.RECEIVE_GAS();
        ledgerSide.carry(second, VAULT_BLOCKS, gas);
        assertEq(lzAtLedger.headAt(journal.edge, 2), 0, "it waits until the one before is verified");
        ledgerSide.commit(first, VAULT_BLOCKS);
        ledgerSide.deliver(second, gas);
        vm.warp(START + 1 hours);
        ledgerSide.deliver(first, gas);
        assertEq(lzAtLedger.headAt(journal.edge, 1), journal.heads[1]);
        assertEq(lzAtLedger.headAt(journal.edge, 2), journal.heads[2]);
        (uint64 count, , uint40 arrivedAt) = lzAtLedger.latest(journal.edge);
        assertEq(count, 2);
        assertEq(arrivedAt, START);
    }

    function test_a_delivery_with_too_little_gas_is_made_good_by_anyone() public {
        lockOne();
        Packet memory packet = lzPublish(true);
        ledgerSide.carry(packet, VAULT_BLOCKS, 50_000);
        assertEq(lzAtLedger.headAt(journal.edge, 1), 0);
        ILayerZeroParts endpoint = ledgerSide.endpoint();
        vm.prank(attacker);
        endpoint.lzReceive(packet.origin, packet.receiver, packet.guid, packet.message, "");
        assertEq(lzAtLedger.headAt(journal.edge, 1), journal.heads[1]);
    }

    // A bridge that lies

    function test_I8_a_bridge_that_forges_a_head_makes_the_source_contested_and_no_more() public {
        setWitness(0, address(lzAtLedger));
        lockOne();
        _forge(1, messageOf(journal.edge, 1, keccak256("another history")));
        applyMarked();
        assertEq(amountOf(alice, USD), 0, "the batch that showed it applies nothing");
        (, , bool conflicted, ) = ledger.witnessOf(SOURCE, 0);
        assertTrue(conflicted);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        applyMarked();
        assertEq(amountOf(alice, USD), ONE_USD, "all else goes on");
    }

    function test_I6_two_heads_for_one_count_disqualify_the_witness_alone() public {
        setWitness(0, address(lzAtLedger));
        lockOne();
        lockOne();
        lzConvey();
        bytes32 edge = journal.edge;
        _forge(2, messageOf(edge, 1, keccak256("another history")));
        _forge(3, messageOf(edge, 2, keccak256("another history")));
        assertTrue(lzAtLedger.isContradicted(edge));
        for (uint64 count = 1; count <= 2; ++count) assertEq(lzAtLedger.headAt(edge, count), 0);
        (uint64 last, , ) = lzAtLedger.latest(edge);
        assertEq(last, 0);
        assertFalse(lzAtLedger.isContradicted(back.edge));
        applyMarked();
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE), "it neither confirms nor conflicts");
        assertEq(amountOf(alice, USD), 2 * ONE_USD);
    }

    function test_a_second_contradiction_is_told_once() public {
        lockOne();
        lzConvey();
        bytes32 edge = journal.edge;
        vm.recordLogs();
        Origin memory from = Origin(VAULT_EID, lzAtLedger.peer(), 9);
        vm.startPrank(address(ledgerSide.endpoint()));
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory message = messageOf(edge, 1, keccak256(abi.encode("another history", i)));
            lzAtLedger.lzReceive(from, 0, message, attacker, "");
        }
        assertEq(vm.getRecordedLogs().length, 1);
    }

    // What nobody can change

    function test_I8_defaults_that_layerzeros_owner_turns_against_it_do_not_reach_it() public {
        lockOne();
        address send = ledgerSide.endpoint().getSendLibrary(address(lzAtLedger), VAULT_EID);
        ILayerZeroParts blind = ledgerSide.turnDefaultsAgainst(attacker);
        vaultSide.turnDefaultsAgainst(attacker);
        Packet memory packet = forgedPacket(1, messageOf(journal.edge, 1, keccak256("another history")));
        ILayerZeroParts uln = ledgerSide.receiveLibrary();
        vm.startPrank(attacker);
        uln.verify(packet.header, packet.payloadHash, VAULT_BLOCKS);
        vm.expectRevert(ILayerZeroParts.LZ_ULN_Verifying.selector);
        uln.commitVerification(packet.header, packet.payloadHash);
        vm.expectRevert(ILayerZeroParts.LZ_InvalidReceiveLibrary.selector);
        blind.validatePacket(bytes.concat(packet.header, packet.guid, packet.message));
        vm.stopPrank();

        (address library_, bool isDefault) = ledgerSide.endpoint().getReceiveLibrary(address(lzAtLedger), VAULT_EID);
        assertEq(library_, address(uln));
        assertFalse(isDefault);
        assertEq(ledgerSide.endpoint().getSendLibrary(address(lzAtLedger), VAULT_EID), send);
        _requireVerifiers(uln, VAULT_BLOCKS);
        _requireVerifiers(ledgerSide.sendLibrary(), LEDGER_BLOCKS);
        lzConvey();
        assertEq(lzAtLedger.headAt(journal.edge, 1), journal.heads[1], "honest packets still pass");
    }

    function test_I8_nobody_configures_it_or_takes_packets_from_it() public {
        ILayerZeroParts parts = ledgerSide.endpoint();
        ILayerZeroEndpoint endpoint = ILayerZeroEndpoint(address(parts));
        assertEq(parts.delegates(address(lzAtLedger)), address(0));
        address uln = address(ledgerSide.receiveLibrary());
        address sending = address(ledgerSide.sendLibrary());
        bytes32 peer = lzAtLedger.peer();
        address[4] memory all = [governor, guardian, address(ledgerSide), attacker];
        for (uint256 i = 0; i < all.length; ++i) {
            vm.startPrank(all[i]);
            vm.expectRevert(ILayerZeroParts.LZ_Unauthorized.selector);
            endpoint.setConfig(address(lzAtLedger), uln, new SetConfigParam[](0));
            vm.expectRevert(ILayerZeroParts.LZ_Unauthorized.selector);
            endpoint.setReceiveLibrary(address(lzAtLedger), VAULT_EID, uln, 0);
            vm.expectRevert(ILayerZeroParts.LZ_Unauthorized.selector);
            endpoint.setSendLibrary(address(lzAtLedger), VAULT_EID, sending);
            vm.expectRevert(ILayerZeroParts.LZ_Unauthorized.selector);
            parts.skip(address(lzAtLedger), VAULT_EID, peer, 1);
            vm.stopPrank();
        }
    }

    function test_refuses_to_be_built_on_anything_that_layerzero_would_fill_in() public {
        LayerZeroInit memory init = lzInitOf(false, address(lzAtVault));
        bytes32[6] memory names = [
            bytes32("journal"),
            "endpoint",
            "peer",
            "send library",
            "receive library",
            "executor"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            init = lzInitOf(false, address(lzAtVault));
            if (i == 0) init.journal = address(0);
            if (i == 1) init.endpoint = address(0);
            if (i == 2) init.peer = address(0);
            if (i == 3) init.sendLibrary = address(0);
            if (i == 4) init.receiveLibrary = address(0);
            if (i == 5) init.executor = address(0);
            vm.expectRevert(abi.encodeWithSelector(HeadBook.AddressMissing.selector, names[i]));
            this.build("LayerZeroWitness.sol:LayerZeroWitness", abi.encode(init));
        }
        init = lzInitOf(false, address(lzAtVault));
        init.peerEid = 0;
        vm.expectRevert(abi.encodeWithSelector(HeadBook.AddressMissing.selector, bytes32("peer")));
        this.build("LayerZeroWitness.sol:LayerZeroWitness", abi.encode(init));
        init = lzInitOf(false, address(lzAtVault));
        init.receive_.confirmations = 0;
        vm.expectRevert(LayerZeroWitness.ConfirmationsMissing.selector);
        this.build("LayerZeroWitness.sol:LayerZeroWitness", abi.encode(init));
        init.receive_.confirmations = type(uint64).max;
        vm.expectRevert(LayerZeroWitness.ConfirmationsMissing.selector);
        this.build("LayerZeroWitness.sol:LayerZeroWitness", abi.encode(init));
    }

    function test_refuses_to_be_built_on_fewer_than_two_verifiers() public {
        address[] memory two = ledgerSide.dvnsOf();
        address[] memory one = new address[](1);
        one[0] = two[0];
        address[] memory none = new address[](0);
        _requireRefused(none, none, 0);
        _requireRefused(one, none, 0);
        _requireRefused(none, two, 1);
        _requireRefused(two, one, 0);
        _requireRefused(one, one, 2);
        _requireRefused(new address[](128), none, 0);
        LayerZeroInit memory init = lzInitOf(false, address(lzAtVault));
        (init.receive_.required, init.receive_.optional, init.receive_.optionalThreshold) = (none, two, 2);
        LayerZeroWitness built = new LayerZeroWitness(init);
        UlnConfig memory config = ledgerSide.receiveLibrary().getUlnConfig(address(built), VAULT_EID);
        assertEq(config.requiredDVNCount, 0);
        assertEq(config.optionalDVNThreshold, 2);
    }

    // Anything at all

    /// @notice Whatever an attacker says through one corrupt DVN, the other's stolen messages or its own account, no head is
    ///         recorded that the vault's journal did not have.
    /// forge-config: ring.fuzz.runs = 128
    function testFuzz_I8_nothing_that_one_verifier_invents_is_recorded(
        uint64 nonce,
        uint64 count,
        bytes32 head,
        uint8 way,
        uint256 bit
    ) public {
        lockOne();
        count = uint64(bound(count, 1, 3));
        Packet memory honest = lzPublish(true);
        Packet memory packet = forgedPacket(nonce, messageOf(journal.edge, count, head));
        if (way % 4 == 1) {
            // An honest packet with one bit changed, after one DVN saw the honest one.
            ledgerSide.attest(1, honest, VAULT_BLOCKS);
            packet = honest;
            bit %= 72 * 8;
            packet.message[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
            packet.payloadHash = keccak256(bytes.concat(packet.guid, packet.message));
        }
        if (way % 4 == 2) packet.header = bytes.concat(packet.header, hex"00");
        ledgerSide.attest(0, packet, VAULT_BLOCKS);
        if (way % 4 == 3) ledgerSide.attestBy(1, packet, VAULT_BLOCKS, (uint256(head) % 2 ** 255) + 1, 7);
        _try(packet);
        assertEq(lzAtLedger.headAt(journal.edge, 1), 0);
        assertEq(lzAtLedger.headAt(journal.edge, count), 0);
        (uint64 last, , ) = lzAtLedger.latest(journal.edge);
        assertEq(last, 0);
    }

    function _try(Packet memory packet) private {
        ILayerZeroParts uln = ledgerSide.receiveLibrary();
        try uln.commitVerification(packet.header, packet.payloadHash) {
            revert("committed what one verifier invented");
        } catch {}
        ILayerZeroParts endpoint = ledgerSide.endpoint();
        try endpoint.lzReceive(packet.origin, packet.receiver, packet.guid, packet.message, "") {
            revert("delivered what one verifier invented");
        } catch {}
        try lzAtLedger.lzReceive(packet.origin, packet.guid, packet.message, address(this), "") {
            revert("taken from a stranger");
        } catch {}
    }

    /// @dev Both DVNs say so: the bridge as a whole lies.
    function _forge(uint64 nonce, bytes memory message) private {
        ledgerSide.carry(forgedPacket(nonce, message), VAULT_BLOCKS, lzAtLedger.RECEIVE_GAS());
    }

    function _requireVerifying(Packet memory packet) private {
        ILayerZeroParts uln = ledgerSide.receiveLibrary();
        vm.expectRevert(ILayerZeroParts.LZ_ULN_Verifying.selector);
        uln.commitVerification(packet.header, packet.payloadHash);
    }

    function _requireNotPeer(Origin memory from) private {
        assertFalse(lzAtLedger.allowInitializePath(from));
        vm.expectRevert(abi.encodeWithSelector(LayerZeroWitness.NotPeer.selector, from.srcEid, from.sender));
        lzAtLedger.lzReceive(from, 0, "", attacker, "");
    }

    function _requireVerifiers(ILayerZeroParts library_, uint64 blocks) private view {
        UlnConfig memory config = library_.getUlnConfig(address(lzAtLedger), VAULT_EID);
        assertEq(config.confirmations, blocks);
        assertEq(abi.encode(config.requiredDVNs), abi.encode(ledgerSide.dvnsOf()));
        assertEq(config.optionalDVNCount, 0);
    }

    function _requireRefused(address[] memory required, address[] memory optional, uint8 threshold) private {
        LayerZeroInit memory init = lzInitOf(false, address(lzAtVault));
        (init.receive_.required, init.receive_.optional, init.receive_.optionalThreshold) = (
            required,
            optional,
            threshold
        );
        vm.expectRevert(
            abi.encodeWithSelector(
                LayerZeroWitness.VerifiersRefused.selector,
                required.length,
                optional.length,
                threshold
            )
        );
        this.build("LayerZeroWitness.sol:LayerZeroWitness", abi.encode(init));
    }
}
