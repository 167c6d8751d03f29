// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {Origin} from "../../solidity/witnesses/ILayerZeroEndpoint.sol";
import {LayerZeroInit, LayerZeroWitness, Verifiers} from "../../solidity/witnesses/LayerZeroWitness.sol";
import {WormholeInit, WormholeWitness} from "../../solidity/witnesses/WormholeWitness.sol";
import {Packet, ILayerZeroParts, LayerZeroStack} from "./LayerZeroStack.sol";
import {Observation, WormholeStack} from "./WormholeStack.sol";

/// @notice What it costs to hear of a head, with cold storage; whole transactions where that is said.
contract BridgeGasTest is Test {
    uint256 private constant INTRINSIC = 21_000;
    bytes32 private constant EDGE = keccak256("edge");
    address private constant JOURNAL = address(0x10);
    address private constant PEER = address(0x20);
    uint16 private constant PEER_CHAIN = 2;
    uint32 private constant PEER_EID = 40_337;
    uint64 private constant BLOCKS = 15;

    function test_a_layerzero_packet_is_received_for_at_most_60000_gas() public {
        LayerZeroStack stack = new LayerZeroStack(40_338, PEER_EID);
        LayerZeroWitness witness = new LayerZeroWitness(
            LayerZeroInit({
                journal: JOURNAL,
                ledgerSource: 0,
                endpoint: address(stack.endpoint()),
                peerEid: PEER_EID,
                peer: PEER,
                sendLibrary: address(stack.sendLibrary()),
                receiveLibrary: address(stack.receiveLibrary()),
                executor: address(stack.executor()),
                send: Verifiers(BLOCKS, stack.dvnsOf(), new address[](0), 0),
                receive_: Verifiers(BLOCKS, stack.dvnsOf(), new address[](0), 0)
            })
        );
        for (uint64 i = 1; i <= 3; ++i) {
            uint256 snapshot = vm.snapshotState();
            uint256 inside = _receive(witness, i);
            vm.revertToState(snapshot);
            uint256 whole = _carry(stack, witness, i);
            console.log("lzReceive itself, its whole transaction; record", i, inside, whole);
            assertLe(inside, 60_000);
            assertLe(whole - INTRINSIC, witness.RECEIVE_GAS());
        }
    }

    function test_a_vaa_with_13_signatures_is_delivered_for_at_most_160000_gas() public {
        uint256[3] memory sizes = [uint256(13), 19, 19];
        uint256[3] memory signers = [uint256(13), 13, 19];
        for (uint256 i = 0; i < 3; ++i) {
            WormholeStack stack = new WormholeStack(30, sizes[i]);
            WormholeWitness witness = new WormholeWitness(
                WormholeInit(JOURNAL, 0, address(stack.core()), PEER_CHAIN, PEER)
            );
            uint256 unlearned = _deliver(stack, witness, 1, signers[i]);
            witness.learnGuardians();
            uint256 learned = _deliver(stack, witness, 2, signers[i]);
            WormholeWitness fresh = new WormholeWitness(
                WormholeInit(JOURNAL, 0, address(stack.core()), PEER_CHAIN, PEER)
            );
            fresh.learnGuardians();
            uint256 first = _deliver(stack, fresh, 1, signers[i]);
            console.log("guardians, signatures", sizes[i], signers[i]);
            console.log("  deliver: learned, learned and first, not learned", learned, first, unlearned);
            if (signers[i] == 13) assertLe(first, 160_000);
            if (signers[i] == 13) assertLe(learned, 160_000);
        }
    }

    function _receive(LayerZeroWitness witness, uint64 count) private returns (uint256 gas) {
        Origin memory from = Origin(PEER_EID, witness.peer(), count);
        bytes memory message = _messageOf(count);
        address endpoint = address(witness.endpoint());
        vm.cool(address(witness));
        vm.prank(endpoint);
        gas = gasleft();
        witness.lzReceive(from, 0, message, address(this), "");
        gas -= gasleft();
    }

    /// @dev The endpoint's whole transaction, after both DVNs and the commit.
    function _carry(LayerZeroStack stack, LayerZeroWitness witness, uint64 nonce) private returns (uint256) {
        Packet memory packet = _packetOf(witness, nonce);
        stack.commit(packet, BLOCKS);
        bytes memory call_ = abi.encodeCall(
            ILayerZeroParts.lzReceive,
            (packet.origin, packet.receiver, packet.guid, packet.message, "")
        );
        vm.cool(address(stack.endpoint()));
        vm.cool(address(witness));
        return _gasOf(address(stack.endpoint()), call_);
    }

    function _deliver(
        WormholeStack stack,
        WormholeWitness witness,
        uint64 count,
        uint256 signers
    ) private returns (uint256) {
        Observation memory seen = Observation(1, 0, PEER_CHAIN, witness.peer(), count, 1, _messageOf(count));
        bytes memory vaa = stack.signBy(seen, 0, stack.firstOf(signers));
        vm.cool(address(witness));
        vm.cool(address(stack.core()));
        return _gasOf(address(witness), abi.encodeCall(WormholeWitness.deliver, (vaa)));
    }

    /// @dev Intrinsic gas and calldata included.
    function _gasOf(address target, bytes memory call_) private returns (uint256 gas) {
        gas = gasleft();
        (bool ok, ) = target.call(call_);
        gas -= gasleft();
        assertTrue(ok);
        gas += INTRINSIC;
        for (uint256 i = 0; i < call_.length; ++i) gas += call_[i] == 0 ? 4 : 16;
    }

    function _messageOf(uint64 count) private pure returns (bytes memory) {
        return abi.encodePacked(EDGE, count, keccak256(abi.encode("head", count)));
    }

    function _packetOf(LayerZeroWitness witness, uint64 nonce) private view returns (Packet memory packet) {
        bytes32 to = bytes32(uint256(uint160(address(witness))));
        bytes32 from = witness.peer();
        packet.message = _messageOf(nonce);
        packet.guid = keccak256(abi.encodePacked(nonce, PEER_EID, from, uint32(40_338), to));
        packet.header = abi.encodePacked(uint8(1), nonce, PEER_EID, from, uint32(40_338), to);
        packet.payloadHash = keccak256(bytes.concat(packet.guid, packet.message));
        packet.origin = Origin(PEER_EID, from, nonce);
        packet.receiver = address(witness);
    }
}
