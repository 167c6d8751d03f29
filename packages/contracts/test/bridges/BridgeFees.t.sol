// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {WormholeWitness} from "../../solidity/witnesses/WormholeWitness.sol";
import {LayerZeroFixture} from "./LayerZeroFixture.sol";
import {ILayerZeroParts, Packet} from "./LayerZeroStack.sol";
import {Observation} from "./WormholeStack.sol";
import {WormholeFixture} from "./WormholeFixture.sol";

/// @notice Bridges that change what they ask for between the quote and the publication: it is refused whole, and the next one,
///         at the new quote, goes through.
contract BridgeFeesTest is LayerZeroFixture, WormholeFixture {
    uint8 private constant LAYERZERO = 0;
    uint8 private constant WORMHOLE = 1;

    function setUp() public override(LayerZeroFixture, WormholeFixture) {
        super.setUp();
        setWitness(LAYERZERO, address(lzAtLedger));
        setWitness(WORMHOLE, address(whAtLedger));
    }

    function test_I9_a_fee_of_wormhole_that_moves_between_quote_and_publication_loses_nothing() public {
        uint256[3] memory fees = [uint256(7 gwei), 9 gwei, 3 gwei];
        bytes32 edge = journal.edge;
        address core = address(vaultCore.core());
        uint256 taken = 0;
        for (uint64 i = 0; i < fees.length; ++i) {
            lockOne();
            uint256 quoted = whAtVault.quotePublish(edge);
            vaultCore.setMessageFee(fees[i]);
            vm.deal(relayer, 1 ether);
            vm.prank(relayer);
            vm.expectRevert(abi.encodeWithSelector(WormholeWitness.FeeMismatch.selector, quoted, fees[i]));
            whAtVault.publish{value: quoted}(edge);
            assertEq(relayer.balance, 1 ether, "what was sent came back");
            Observation memory seen = whPublish(true);
            assertEq(seen.sequence, i, "the refused one took no number");
            taken += fees[i];
            assertEq(core.balance, taken);
            assertEq(address(whAtVault).balance, 0);
            whAtLedger.deliver(ledgerCore.sign(seen));
        }
        applyMarked();
        ledger.confirm(SOURCE, WORMHOLE, 3);
    }

    function test_I9_fees_of_layerzero_that_rise_between_quote_and_publication_lose_nothing() public {
        bytes32 edge = journal.edge;
        for (uint64 i = 0; i < 3; ++i) {
            lockOne();
            uint256 quoted = lzAtVault.quotePublish(edge);
            // The executor's margin, the verifiers', and the price of gas where it arrives.
            if (i == 0) vaultSide.setWorkerMargins(20_000, 10_000);
            else if (i == 1) vaultSide.setWorkerMargins(20_000, 30_000);
            else vaultSide.setGasPrice(5 gwei);
            uint256 risen = lzAtVault.quotePublish(edge);
            assertGt(risen, quoted);
            uint256[3] memory before = _owed();
            vm.deal(relayer, 1 ether);
            vm.prank(relayer);
            vm.expectRevert(abi.encodeWithSelector(ILayerZeroParts.LZ_InsufficientFee.selector, risen, quoted, 0, 0));
            lzAtVault.publish{value: quoted}(edge);
            assertEq(relayer.balance, 1 ether, "what was sent came back");
            assertEq(keccak256(abi.encode(_owed())), keccak256(abi.encode(before)), "nobody was paid");
            Packet memory packet = lzPublish(true);
            assertEq(packet.origin.nonce, i + 1, "the refused one took no place of the path");
            uint256[3] memory owed = _owed();
            assertEq(owed[0] + owed[1] + owed[2] - before[0] - before[1] - before[2], risen);
            ledgerSide.carry(packet, VAULT_BLOCKS, lzAtLedger.RECEIVE_GAS());
        }
        applyMarked();
        ledger.confirm(SOURCE, LAYERZERO, 3);
    }

    function test_a_fee_of_layerzero_that_falls_between_quote_and_publication_is_given_back() public {
        bytes32 edge = journal.edge;
        vaultSide.setWorkerMargins(30_000, 30_000);
        lockOne();
        uint256 quoted = lzAtVault.quotePublish(edge);
        vaultSide.setWorkerMargins(10_000, 10_000);
        uint256 fallen = lzAtVault.quotePublish(edge);
        vm.deal(relayer, 1 ether);
        vm.prank(relayer);
        lzAtVault.publish{value: quoted}(edge);
        assertGt(quoted, fallen);
        assertEq(relayer.balance, 1 ether - fallen);
    }

    function test_I9_a_bridge_too_dear_for_anyone_holds_up_no_other() public {
        vaultCore.setMessageFee(1_000 ether);
        lockOne();
        applyMarked();
        vm.deal(relayer, 1 ether);
        bytes32 edge = journal.edge;
        vm.prank(relayer);
        vm.expectRevert(abi.encodeWithSelector(WormholeWitness.FeeMismatch.selector, 1 ether, 1_000 ether));
        whAtVault.publish{value: 1 ether}(edge);
        lzConvey();
        ledger.confirm(SOURCE, LAYERZERO, 1);
        (, , , uint64 confirmed) = ledger.witnessOf(SOURCE, WORMHOLE);
        assertEq(confirmed, 0);
        vaultCore.setMessageFee(0);
        whConvey();
        ledger.confirm(SOURCE, WORMHOLE, 1);
        assertEq(confirmedCount(), 1);
    }

    /// @dev What LayerZero's library owes its workers: both verifiers and the executor.
    function _owed() private view returns (uint256[3] memory owed) {
        ILayerZeroParts library_ = vaultSide.sendLibrary();
        address[] memory dvns = vaultSide.dvnsOf();
        (owed[0], owed[1], owed[2]) = (
            library_.fees(dvns[0]),
            library_.fees(dvns[1]),
            library_.fees(address(vaultSide.executor()))
        );
    }
}
