// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {WormholeInit, WormholeWitness} from "../../solidity/witnesses/WormholeWitness.sol";
import {BridgeFixture} from "./BridgeFixture.sol";
import {IWormholeParts, Observation, WormholeStack} from "./WormholeStack.sol";

/// @notice A pair of Wormhole witnesses between a real vault and a real ledger, over Wormhole's own core contracts.
abstract contract WormholeFixture is BridgeFixture {
    uint16 internal constant VAULT_CHAIN = 2;
    uint16 internal constant LEDGER_CHAIN = 30;

    WormholeStack internal vaultCore;
    WormholeStack internal ledgerCore;
    WormholeWitness internal whAtVault;
    WormholeWitness internal whAtLedger;

    function setUp() public virtual override {
        super.setUp();
        vaultCore = new WormholeStack(VAULT_CHAIN, guardians());
        ledgerCore = new WormholeStack(LEDGER_CHAIN, guardians());
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        whAtVault = new WormholeWitness(whInitOf(true, predicted));
        whAtLedger = new WormholeWitness(whInitOf(false, address(whAtVault)));
        assertEq(address(whAtLedger), predicted);
        vm.label(address(whAtVault), "Wormhole witness at the vault");
        vm.label(address(whAtLedger), "Wormhole witness at the ledger");
    }

    function guardians() internal pure virtual returns (uint256) {
        return 13;
    }

    function whInitOf(bool atVault, address peer) internal view returns (WormholeInit memory init) {
        init.journal = atVault ? address(origin) : address(ledger);
        init.ledgerSource = atVault ? 0 : SOURCE;
        init.core = address(atVault ? vaultCore.core() : ledgerCore.core());
        init.peerChain = atVault ? LEDGER_CHAIN : VAULT_CHAIN;
        init.peer = peer;
    }

    /// @dev Publishes one side's journal and gives what its guardians see.
    function whPublish(bool fromVault) internal returns (Observation memory) {
        WormholeWitness from = fromVault ? whAtVault : whAtLedger;
        bytes32 edge = fromVault ? journal.edge : back.edge;
        uint256 fee = from.quotePublish(edge);
        vm.deal(relayer, fee);
        vm.recordLogs();
        vm.prank(relayer);
        from.publish{value: fee}(edge);
        return observe(fromVault ? VAULT_CHAIN : LEDGER_CHAIN);
    }

    /// @dev Publishes the vault's journal and hands the VAA to the ledger's side.
    function whConvey() internal {
        whAtLedger.deliver(ledgerCore.sign(whPublish(true)));
    }

    /// @dev What guardians would sign of the last message among the logs that were recorded.
    function observe(uint16 chain) internal returns (Observation memory seen) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = logs.length; i > 0; --i) {
            Vm.Log memory log = logs[i - 1];
            if (log.topics[0] != IWormholeParts.LogMessagePublished.selector) continue;
            seen.emitter = log.topics[1];
            (seen.sequence, seen.nonce, seen.payload, seen.consistencyLevel) = abi.decode(
                log.data,
                (uint64, uint32, bytes, uint8)
            );
            seen.timestamp = uint32(vm.getBlockTimestamp());
            seen.emitterChain = chain;
            return seen;
        }
        revert("nothing was published");
    }

    /// @dev A message of the vault's witness that was never published.
    function forgedSeen(uint64 sequence, bytes memory payload) internal view returns (Observation memory) {
        bytes32 emitter = bytes32(uint256(uint160(address(whAtVault))));
        return Observation(uint32(START), 0, VAULT_CHAIN, emitter, sequence, 1, payload);
    }
}
