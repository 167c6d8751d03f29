// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {Origin} from "../../solidity/witnesses/ILayerZeroEndpoint.sol";
import {LayerZeroInit, LayerZeroWitness, Verifiers} from "../../solidity/witnesses/LayerZeroWitness.sol";
import {BridgeFixture} from "./BridgeFixture.sol";
import {ILayerZeroParts, LayerZeroStack, Packet} from "./LayerZeroStack.sol";

/// @notice A pair of LayerZero witnesses between a real vault and a real ledger, over LayerZero's own contracts.
abstract contract LayerZeroFixture is BridgeFixture {
    uint32 internal constant VAULT_EID = 40_337;
    uint32 internal constant LEDGER_EID = 40_338;
    /// @dev Blocks that DVNs wait for on the vault's chain, and on the ledger's.
    uint64 internal constant VAULT_BLOCKS = 15;
    uint64 internal constant LEDGER_BLOCKS = 20;

    LayerZeroStack internal vaultSide;
    LayerZeroStack internal ledgerSide;
    LayerZeroWitness internal lzAtVault;
    LayerZeroWitness internal lzAtLedger;

    function setUp() public virtual override {
        super.setUp();
        vaultSide = new LayerZeroStack(VAULT_EID, LEDGER_EID);
        ledgerSide = new LayerZeroStack(LEDGER_EID, VAULT_EID);
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        lzAtVault = new LayerZeroWitness(lzInitOf(true, predicted));
        lzAtLedger = new LayerZeroWitness(lzInitOf(false, address(lzAtVault)));
        assertEq(address(lzAtLedger), predicted);
        vm.label(address(lzAtVault), "LayerZero witness at the vault");
        vm.label(address(lzAtLedger), "LayerZero witness at the ledger");
    }

    function lzInitOf(bool atVault, address peer) internal view returns (LayerZeroInit memory init) {
        LayerZeroStack here = atVault ? vaultSide : ledgerSide;
        init.journal = atVault ? address(origin) : address(ledger);
        init.ledgerSource = atVault ? 0 : SOURCE;
        init.endpoint = address(here.endpoint());
        init.peerEid = here.remoteEid();
        init.peer = peer;
        init.sendLibrary = address(here.sendLibrary());
        init.receiveLibrary = address(here.receiveLibrary());
        init.executor = address(here.executor());
        init.send = Verifiers(atVault ? VAULT_BLOCKS : LEDGER_BLOCKS, here.dvnsOf(), new address[](0), 0);
        init.receive_ = Verifiers(atVault ? LEDGER_BLOCKS : VAULT_BLOCKS, here.dvnsOf(), new address[](0), 0);
    }

    /// @dev Publishes one side's journal and gives the packet that its endpoint emitted.
    function lzPublish(bool fromVault) internal returns (Packet memory packet) {
        LayerZeroWitness from = fromVault ? lzAtVault : lzAtLedger;
        bytes32 edge = fromVault ? journal.edge : back.edge;
        uint256 fee = from.quotePublish(edge);
        vm.deal(relayer, fee);
        vm.recordLogs();
        vm.prank(relayer);
        from.publish{value: fee}(edge);
        return packetSent();
    }

    /// @dev Publishes the vault's journal and carries it to the ledger's side.
    function lzConvey() internal {
        Packet memory packet = lzPublish(true);
        ledgerSide.carry(packet, VAULT_BLOCKS, lzAtLedger.RECEIVE_GAS());
    }

    /// @dev The last packet among the logs that were recorded.
    function packetSent() internal returns (Packet memory packet) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = logs.length; i > 0; --i) {
            if (logs[i - 1].topics[0] != ILayerZeroParts.PacketSent.selector) continue;
            (bytes memory encoded, , ) = abi.decode(logs[i - 1].data, (bytes, bytes, address));
            return this.readPacket(encoded);
        }
        revert("no packet was sent");
    }

    function readPacket(bytes calldata encoded) external pure returns (Packet memory packet) {
        packet.header = encoded[:81];
        packet.payloadHash = keccak256(encoded[81:]);
        packet.origin = Origin(uint32(bytes4(encoded[9:13])), bytes32(encoded[13:45]), uint64(bytes8(encoded[1:9])));
        packet.receiver = address(uint160(uint256(bytes32(encoded[49:81]))));
        packet.guid = bytes32(encoded[81:113]);
        packet.message = encoded[113:];
    }

    /// @dev A packet of the vault's witness that was never sent.
    function forgedPacket(uint64 nonce, bytes memory message) internal view returns (Packet memory packet) {
        return packetOf(address(lzAtVault), nonce, message);
    }

    function packetOf(address sender, uint64 nonce, bytes memory message) internal view returns (Packet memory packet) {
        bytes32 from = bytes32(uint256(uint160(sender)));
        bytes32 to = bytes32(uint256(uint160(address(lzAtLedger))));
        packet.guid = keccak256(abi.encodePacked(nonce, VAULT_EID, from, LEDGER_EID, to));
        packet.header = abi.encodePacked(uint8(1), nonce, VAULT_EID, from, LEDGER_EID, to);
        packet.payloadHash = keccak256(bytes.concat(packet.guid, message));
        packet.origin = Origin(VAULT_EID, from, nonce);
        packet.receiver = address(lzAtLedger);
        packet.message = message;
    }
}
