// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {LayerZeroFixture} from "./LayerZeroFixture.sol";
import {Packet} from "./LayerZeroStack.sol";
import {OrdinaryReceiver, OrdinarySender} from "./OrdinaryIntegration.sol";
import {Observation} from "./WormholeStack.sol";
import {WormholeFixture} from "./WormholeFixture.sol";

/// @notice What one message costs over each bridge, at its origin and where it arrives, whole transactions with cold storage.
/// @dev Each bridge is one line "BRIDGE id source delivery confirm"; `npm run contracts:gas` collects them. At LayerZero's destination
///      both verifiers and the commit are counted with the delivery: whoever does them is paid for it at the origin. "MESSAGE id
///      source delivery" is an ordinary application that has a message for each account.
contract BridgeCostsTest is LayerZeroFixture, WormholeFixture {
    uint256 private constant INTRINSIC = 21_000;

    function setUp() public override(LayerZeroFixture, WormholeFixture) {
        super.setUp();
    }

    function test_a_message_over_layerzero_is_dearer_than_a_credit_in_a_batch() public {
        lockOne();
        lzConvey();
        lockOne();
        bytes32 edge = journal.edge;
        uint256 fee = lzAtVault.quotePublish(edge);
        vm.deal(relayer, fee);
        _cool();
        vm.recordLogs();
        vm.prank(relayer);
        uint256 source = gasleft();
        lzAtVault.publish{value: fee}(edge);
        source = source - gasleft() + INTRINSIC;
        Packet memory packet = packetSent();
        uint256 destination;
        for (uint256 step = 0; step < 4; ++step) {
            _cool();
            uint256 before = gasleft();
            if (step < 2) ledgerSide.attest(step, packet, VAULT_BLOCKS);
            else if (step == 2) ledgerSide.receiveLibrary().commitVerification(packet.header, packet.payloadHash);
            else ledgerSide.deliver(packet, lzAtLedger.RECEIVE_GAS());
            destination += before - gasleft() + INTRINSIC;
        }
        console.log("BRIDGE layerzero", source, destination, _confirm(address(lzAtLedger)));
    }

    function test_a_message_over_wormhole_is_dearer_than_a_credit_in_a_batch() public {
        whAtLedger.learnGuardians();
        lockOne();
        whConvey();
        lockOne();
        bytes32 edge = journal.edge;
        _cool();
        vm.recordLogs();
        vm.prank(relayer);
        uint256 source = gasleft();
        whAtVault.publish(edge);
        source = source - gasleft() + INTRINSIC;
        Observation memory seen = observe(VAULT_CHAIN);
        bytes memory vaa = ledgerCore.signBy(seen, 0, ledgerCore.firstOf(13));
        _cool();
        uint256 before = gasleft();
        whAtLedger.deliver(vaa);
        uint256 destination = before - gasleft();
        destination += _transactionOf(vaa);
        console.log("BRIDGE wormhole13", source, destination, _confirm(address(whAtLedger)));
    }

    /// @dev Both accounts have a balance before, as lines that exist do.
    function test_a_message_for_each_account_through_wormholes_core_is_dearest() public {
        OrdinarySender sender = new OrdinarySender(address(vaultCore.core()));
        OrdinaryReceiver receiver = new OrdinaryReceiver(address(ledgerCore.core()), VAULT_CHAIN, address(sender));
        bytes32 account = accountOf(alice);
        uint256 source;
        uint256 destination;
        for (uint256 i = 0; i < 2; ++i) {
            _cool();
            vm.cool(address(sender));
            vm.cool(address(receiver));
            vm.recordLogs();
            uint256 before = gasleft();
            sender.send(account, ONE_USD);
            source = before - gasleft() + INTRINSIC;
            bytes memory vaa = ledgerCore.signBy(observe(VAULT_CHAIN), 0, ledgerCore.firstOf(13));
            before = gasleft();
            receiver.deliver(vaa);
            destination = before - gasleft();
            destination += _transactionOf(vaa);
        }
        assertEq(receiver.balanceOf(account), 2 * ONE_USD);
        console.log("MESSAGE wormhole", source, destination);
    }

    /// @dev 19 guardians, of whom 13 sign, as on the public network.
    function guardians() internal pure override returns (uint256) {
        return 19;
    }

    /// @dev The ledger compares what arrived with its replica, which has applied as much.
    function _confirm(address witness) private returns (uint256 gas) {
        setWitness(0, witness);
        applyMarked();
        address[] memory modules = ledger.modules();
        for (uint256 i = 0; i < modules.length; ++i) vm.cool(modules[i]);
        vm.cool(address(ledger));
        vm.cool(witness);
        gas = gasleft();
        ledger.confirm(SOURCE, 0, 2);
        gas = gas - gasleft() + INTRINSIC;
        (, , , uint64 confirmed) = ledger.witnessOf(SOURCE, 0);
        assertEq(confirmed, 2);
    }

    /// @dev What a transaction costs before its call, with the bytes of a VAA.
    function _transactionOf(bytes memory vaa) private pure returns (uint256 gas) {
        gas = INTRINSIC;
        for (uint256 i = 0; i < vaa.length; ++i) gas += vaa[i] == 0 ? 4 : 16;
    }

    function _cool() private {
        address[9] memory touched = [
            address(lzAtVault),
            address(lzAtLedger),
            address(whAtVault),
            address(whAtLedger),
            address(vaultSide.endpoint()),
            address(ledgerSide.endpoint()),
            address(ledgerSide.receiveLibrary()),
            address(vaultCore.core()),
            address(ledgerCore.core())
        ];
        for (uint256 i = 0; i < touched.length; ++i) vm.cool(touched[i]);
    }
}
