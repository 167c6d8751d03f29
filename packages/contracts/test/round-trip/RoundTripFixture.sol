// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {TestJournal} from "../ledger/LedgerFixture.sol";
import {WalkingLineFixture} from "./WalkingLineFixture.sol";

/// @notice A real vault and a real ledger with attesters on both sides, and the test's own copy of the ledger's journal.
abstract contract RoundTripFixture is WalkingLineFixture {
    AttesterSet internal verifier;
    /// @dev The ledger's journal toward the vault.
    TestJournal internal back;

    function setUp() public virtual override {
        super.setUp();
        verifier = AttesterSet(origin.attesterSet());
        vm.chainId(ORIGIN);
        bytes memory init = abi.encode(members, START, START + 365 days, governor, guardian);
        // A contract that is created begins with 1.
        vm.setNonce(address(verifier), 1);
        deployCodeTo("AttesterSet.sol:AttesterSet", init, address(verifier));
        vm.chainId(SETTLEMENT);
        back.edge = origin.inboundEdge();
        back.heads.push(back.edge);
    }

    /// @dev Brings the ledger's journal to the vault, from a count at or below the replica's up to its tip.
    function replayAtVault(uint64 from) internal {
        JournalHead memory statement = statementOf(back, tip(back));
        vm.chainId(ORIGIN);
        bytes32 digest = verifier.hashOf(statement);
        bytes memory sigs;
        for (uint256 i = 0; i < 3; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
        origin.applyReleases(from, entriesOf(back, from, tip(back)), new uint64[](0), statement, sigs);
        vm.chainId(SETTLEMENT);
    }
}
