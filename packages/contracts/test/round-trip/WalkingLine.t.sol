// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkReason, ParkedCredit} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {Ghosts, GhostWriter} from "../harness/Ghosts.sol";
import {WalkingLineFixture} from "./WalkingLineFixture.sol";

/// @notice One lock, walked from the vault to the margin.
contract WalkingLineTest is WalkingLineFixture {
    function test_both_sides_name_the_same_two_edges() public view {
        (, bytes32 outbound, bytes32 inbound) = ledger.sourceOf(SOURCE);
        assertEq(outbound, origin.outboundEdge());
        assertEq(inbound, origin.inboundEdge());
        (bytes32 edge, uint64 count, bytes32 head) = ledger.journalHead(SOURCE);
        (bytes32 replicaEdge, uint64 replicaCount, bytes32 replicaHead, , , ) = origin.replicaState();
        assertEq(abi.encode(edge, count, head), abi.encode(replicaEdge, replicaCount, replicaHead));
    }

    function test_I1_a_lock_becomes_a_line_of_the_same_amount() public {
        lockAtVault(alice, USD, 100 * ONE_USD, accountOf(bob), 3);
        (, uint64 count, bytes32 head) = origin.journalHead();
        assertEq(head, journal.heads[count]);
        applyAll();
        assertEq(amountOf(bob, 1), 100 * ONE_USD - 3);
        assertEq(amountOf(relayer, 1), 3);
        (uint256 aI, , uint256 aE, , uint256 aM, , , ) = ledger.marginOf(accountOf(bob));
        assertGt(aI, 0);
        assertLe(aI, aE);
        assertLe(aE, aM);
    }
}

/// @notice Locks, relayers and governors in any order.
contract WalkingLineHandler is WalkingLineFixture, Ghosts {
    address[4] private users;
    address[2] private relayers = [address(0x7e1a1), address(0x7e1a2)];
    uint256 public applied;

    function begin() external {
        super.setUp();
        users = [alice, bob, makeAddr("carol"), makeAddr("dave")];
    }

    /// @notice Locks for somebody, a few times over.
    function doLock(uint256 seed, uint8 times) external counted("doLock") {
        for (uint256 i = 0; i <= times % 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            uint16 asset = uint16((seed >> 8) % 3) + 1;
            uint128 amount = uint128(((seed >> 16) % (60 * 10 ** tokens[asset - 1].decimals())) + 1);
            bytes32 account = AccountLib.encode(users[(seed >> 128) % 4], 0, uint80((seed >> 130) % 2));
            lockAtVault(users[seed % 4], asset, amount, account, uint96((seed >> 132) % (amount / 50 + 1)));
        }
        _hit("lock");
    }

    /// @notice Applies some honest prefix, from anywhere at or below the replica's count.
    function doApply(uint256 seed) external counted("doApply") {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        uint64 end = tip(journal);
        if (count == end) return;
        uint64 to = uint64(bound(seed, count + 1, end));
        if (to - count > 64) to = count + 64;
        _post(uint64(uint256(keccak256(abi.encode(seed))) % (count + 1)), to, seed);
        ++applied;
        _hit("apply");
    }

    /// @notice Repeats, forges or truncates; each must be refused.
    function doAttack(uint256 seed) external counted("doAttack") {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        uint64 end = tip(journal);
        uint256 way = seed % 4;
        if (way != 0 && count == end) return;
        // Set back to the frame at the replica's own count, or one entry further.
        uint64 to = way == 0 ? count : count + 1;
        bytes memory entries = entriesOf(journal, way == 0 ? 0 : count, to);
        uint64 from = way == 0 ? 0 : count;
        if (way == 1) entries[3 + ((seed >> 8) % 92)] ^= bytes1(uint8(1 + ((seed >> 16) % 255)));
        _attack(to, from, entries, way == 2 ? 2 : 3, way == 3 ? bytes32(seed) : bytes32(0));
        _hit("attack");
    }

    /// @notice Moves the cap of a listed asset.
    function doCap(uint256 which, uint64 cap) external counted("doCap") {
        vm.prank(governor);
        ledger.setCap(uint16(which % 2) + 1, uint64(bound(cap, 1_000, 2_000_000)));
        _hit("cap");
    }

    /// @notice Tries to unpark something.
    function doUnpark(uint256 which) external counted("doUnpark") {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count == 0) return;
        vm.prank(users[which % 4]);
        try ledger.unpark(SOURCE, uint96((which % count) + 1)) {
            _hit("unpark");
        } catch {}
    }

    /// @notice Switches a line.
    function doEnable(uint256 who, uint256 which, bool on) external counted("doEnable") {
        address user = users[who % 4];
        vm.prank(user);
        try ledger.setEnabled(accountOf(user), uint16(which % 3), on) {
            _hit("enable");
        } catch {}
    }

    /// @notice Lets time pass.
    function doWait(uint256 length) external counted("doWait") {
        vm.warp(vm.getBlockTimestamp() + bound(length, 0, 3 hours));
        _hit("wait");
    }

    // What the invariants read

    function edgeState()
        external
        view
        returns (uint64 appliedCount, bytes32 appliedHead, uint64 lockedCount, bytes32 ours)
    {
        (, appliedCount, appliedHead, , , ) = ledger.replicaOf(SOURCE);
        bytes32 head;
        (, lockedCount, head) = origin.journalHead();
        require(head == journal.heads[lockedCount], "the vault's head is not the fold of the locks");
        ours = journal.heads[appliedCount];
    }

    function linesOf(uint16 assetId) external view returns (uint256 sum) {
        for (uint256 i = 0; i < 4; ++i) {
            sum += ledger.lineOf(AccountLib.encode(users[i], 0, 0), assetId).amount;
            sum += ledger.lineOf(AccountLib.encode(users[i], 0, 1), assetId).amount;
        }
        for (uint256 i = 0; i < 2; ++i) sum += ledger.lineOf(accountOf(relayers[i]), assetId).amount;
    }

    function parkedOf(uint16 vaultAsset) external view returns (uint256 sum) {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        for (uint96 i = 1; i <= count; ++i) {
            // Fees that wait are kept apart from the entry that they came with.
            for (uint256 fee = 0; fee < 2; ++fee) {
                ParkedCredit memory parked = ledger.parkedOf(SOURCE, uint96((fee << 95) | i));
                if (parked.reason != ParkReason.NONE && parked.vaultAsset == vaultAsset) sum += parked.amount;
            }
        }
    }

    function appliedOf(uint16 vaultAsset) external view returns (uint256 sum) {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        bytes memory entries = entriesOf(journal, 0, count);
        for (uint256 i = 0; i < count; ++i) {
            Entry memory entry = this.entryAt(entries, i);
            if (entry.asset == vaultAsset) sum += entry.amount;
        }
    }

    function entryAt(bytes calldata entries, uint256 index) external pure returns (Entry memory) {
        return EntryCodec.entryAt(entries, index);
    }

    function accountedOf(uint16 vaultAsset) external view returns (uint256 accounted, uint256 held) {
        return (origin.accounted(vaultAsset), tokens[vaultAsset - 1].balanceOf(address(origin)));
    }

    function theLedger() external view returns (ILedger) {
        return ledger;
    }

    function _post(uint64 from, uint64 to, uint256 seed) private {
        (JournalHead memory statement, bytes memory sigs) = _attest(to, attesters.k(1));
        bytes memory entries = entriesOf(journal, from, to);
        address who = relayers[(seed >> 3) % 2];
        vm.prank(who);
        ledger.applyEntries(SOURCE, from, entries, new uint64[](0), statement, sigs, accountOf(who));
    }

    /// @dev A frame whose tip was `to`.
    function _attest(
        uint64 to,
        uint256 signers
    ) private view returns (JournalHead memory statement, bytes memory sigs) {
        statement = statementOf(journal, to);
        statement.tip = to;
        sigs = signBy(statement, signers);
    }

    function _attack(uint64 to, uint64 from, bytes memory entries, uint256 signers, bytes32 swap) private {
        (JournalHead memory statement, bytes memory sigs) = _attest(to, signers);
        if (swap != 0) statement.head = swap;
        address who = relayers[0];
        vm.prank(who);
        try ledger.applyEntries(SOURCE, from, entries, new uint64[](0), statement, sigs, accountOf(who)) {
            revert("the ledger took what no quorum attested");
        } catch {}
    }
}

/// @notice I1, I2 and I3 over a whole edge.
contract WalkingLineInvariantsTest is GhostWriter {
    WalkingLineHandler private handler;

    function setUp() public {
        handler = new WalkingLineHandler();
        handler.begin();
        bytes4[] memory acts = new bytes4[](7);
        acts[0] = WalkingLineHandler.doLock.selector;
        acts[1] = WalkingLineHandler.doApply.selector;
        acts[2] = WalkingLineHandler.doAttack.selector;
        acts[3] = WalkingLineHandler.doCap.selector;
        acts[4] = WalkingLineHandler.doUnpark.selector;
        acts[5] = WalkingLineHandler.doEnable.selector;
        acts[6] = WalkingLineHandler.doWait.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector({addr: address(handler), selectors: acts}));
    }

    /// @notice The campaign would prove nothing if its acts did nothing.
    function test_the_acts_of_the_walk_take_effect() public {
        for (uint256 i = 0; i < 40; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("walk", i)));
            handler.doLock(seed, uint8(seed >> 8));
            handler.doAttack(seed >> 16);
            if (i % 2 == 0) handler.doApply(seed >> 32);
            if (i % 9 == 0) handler.doCap(seed, uint64(seed >> 64));
            handler.doUnpark(seed >> 24);
        }
        assertGt(handler.applied(), 10);
        assertGt(handler.linesOf(1), 0);
        assertGt(handler.parkedOf(2), 0);
        assertGt(handler.parkedOf(3), 0);
        invariant_I1_I2_I3_I12_hold_over_a_whole_edge();
    }

    /// @notice Hands on what the handler counted.
    function afterInvariant() public {
        _write(handler, "WalkingLineInvariantsTest");
    }

    /// @notice One campaign checks all of them, since each campaign costs seconds.
    function invariant_I1_I2_I3_I12_hold_over_a_whole_edge() public view {
        _I1_I3_lines_and_parked_are_what_was_locked_in_the_applied_prefix();
        _I2_the_replica_is_a_prefix_of_the_journal();
        _I12_the_credited_total_is_the_sum_of_lines();
    }

    /// @dev I1 and I3: for the applied prefix, lines and parked credits of an asset are what was locked of it.
    function _I1_I3_lines_and_parked_are_what_was_locked_in_the_applied_prefix() private view {
        for (uint16 vaultAsset = 1; vaultAsset <= 3; ++vaultAsset) {
            uint256 applied = handler.appliedOf(vaultAsset);
            uint256 lines = vaultAsset == 3 ? 0 : handler.linesOf(vaultAsset);
            assertEq(lines + handler.parkedOf(vaultAsset), applied);
            (uint256 accounted, uint256 held) = handler.accountedOf(vaultAsset);
            assertLe(applied, accounted);
            assertEq(accounted, held);
        }
    }

    /// @dev I2: the replica is a prefix of the journal.
    function _I2_the_replica_is_a_prefix_of_the_journal() private view {
        (uint64 appliedCount, bytes32 appliedHead, uint64 lockedCount, bytes32 ours) = handler.edgeState();
        assertLe(appliedCount, lockedCount);
        assertEq(appliedHead, ours);
    }

    /// @dev I12: what the ledger says it credited is what its lines sum to.
    function _I12_the_credited_total_is_the_sum_of_lines() private view {
        ILedger ledger = handler.theLedger();
        for (uint16 assetId = 1; assetId <= 2; ++assetId) {
            assertEq(ledger.assetOf(assetId).credited, handler.linesOf(assetId));
            assertEq(ledger.assetOf(assetId).parked, handler.parkedOf(assetId));
        }
    }
}
