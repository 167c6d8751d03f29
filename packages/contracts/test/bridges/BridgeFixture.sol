// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {RoundTripFixture} from "../round-trip/RoundTripFixture.sol";

/// @notice A real vault and a real ledger that ask for two witnesses; a tenth of each cap may be in use unconfirmed.
abstract contract BridgeFixture is RoundTripFixture {
    function setUp() public virtual override {
        super.setUp();
        vm.startPrank(governor);
        ledger.setFast(USD, 1_000);
        ledger.setFast(ETH, 1_000);
        vm.stopPrank();
    }

    function witnessesNeeded() internal pure override returns (uint8) {
        return 2;
    }

    /// @dev One lock of a token at the vault, for alice.
    function lockOne() internal {
        lockAtVault(alice, USD, ONE_USD, accountOf(alice), 0);
    }

    /// @dev One release of the ledger toward the vault, from alice's line.
    function releaseOne() internal {
        Entry memory entry = releaseEntry(bob);
        vm.prank(alice);
        ledger.requestRelease(entry.account, USD, entry.amount, entry.party, 0);
        append(back, entry);
    }

    function releaseEntry(address to) internal view returns (Entry memory) {
        return
            Entry({
                kind: EntryCodec.RELEASE,
                asset: USD,
                amount: ONE_USD,
                account: accountOf(alice),
                party: bytes32(uint256(uint160(to))),
                fee: 0
            });
    }

    function messageOf(bytes32 edge, uint64 count, bytes32 head) internal pure returns (bytes memory) {
        return abi.encodePacked(edge, count, head);
    }

    /// @dev Applies the journal up to its tip, with its head there as a mark.
    function applyMarked() internal {
        (, uint64 from, , , , ) = ledger.replicaOf(SOURCE);
        JournalHead memory statement = statementOf(journal, tip(journal));
        uint64[] memory marks = new uint64[](1);
        marks[0] = statement.count;
        postMarked(from, statement, marks);
    }

    function setWitness(uint8 slot, address at) internal {
        vm.prank(governor);
        ledger.setWitness(SOURCE, slot, at, true);
    }

    function stateNow() internal view returns (SourceState state) {
        (state, , ) = ledger.stateOf(SOURCE);
    }

    function confirmedCount() internal view returns (uint64 confirmed) {
        (confirmed, ) = ledger.confirmedOf(SOURCE);
    }
}
