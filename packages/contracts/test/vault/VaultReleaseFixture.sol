// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {IVaultCore} from "../../solidity/interfaces/vault/IVault.sol";
import {PaymentState, VaultAsset} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {VaultFixture} from "./VaultFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";

/// @notice A vault with one listed token of 6 decimals, a million locked for alice, and a ledger's journal that attesters
///         sign: the entries of a test are appended to `packed` and replayed by `applyAll`.
abstract contract VaultReleaseFixture is VaultFixture {
    uint128 internal constant ONE = 1e6;
    uint128 internal constant LOCKED = 1_000_000 * ONE;

    /// @dev Keys whose addresses ascend.
    uint256[] internal keys;
    address[] internal members;
    AttesterSet internal attesters;
    address internal relayer = makeAddr("relayer");
    address internal carol = makeAddr("carol");
    PlainToken internal token;
    uint16 internal asset;
    /// @dev The ledger's journal: entries, and the head after each.
    bytes internal packed;
    bytes32[] internal heads;

    function setUp() public virtual override {
        _makeMembers(memberCount());
        vm.warp(1_800_000_000);
        attesters = new AttesterSet(members, uint40(block.timestamp), governor, guardian);
        attesterSet = address(attesters);
        super.setUp();
        heads.push(vault.inboundEdge());
        token = new PlainToken("SIX", 6);
        asset = list(address(token), 6);
        lockFor(asset, IERC20(address(token)), LOCKED);
    }

    function memberCount() internal pure virtual returns (uint256) {
        return 4;
    }

    /// @dev Locks units of a token for alice, who is given them first.
    function lockFor(uint16 which, IERC20 of_, uint256 units) internal {
        fund(of_, alice, units);
        vm.prank(alice);
        vault.lock(which, uint128(units), accountOf(alice), 0, 0, 0);
    }

    // The ledger's journal

    function releaseEntry(
        uint16 which,
        uint128 amount,
        address recipient,
        uint96 fee
    ) internal view returns (Entry memory) {
        return
            Entry({
                kind: EntryCodec.RELEASE,
                asset: which,
                amount: amount,
                account: accountOf(alice),
                party: bytes32(uint256(uint160(recipient))),
                fee: fee
            });
    }

    function append(Entry memory entry) internal returns (uint64) {
        packed = bytes.concat(packed, EntryCodec.pack(entry));
        heads.push(EntryCodec.extend(heads[heads.length - 1], entry));
        return tip();
    }

    /// @dev Journals a release of the fixture's token and gives its number.
    function release(uint128 amount, address recipient, uint96 fee) internal returns (uint64) {
        return append(releaseEntry(asset, amount, recipient, fee));
    }

    function tip() internal view returns (uint64) {
        return uint64(heads.length - 1);
    }

    function entryOf(uint96 seq) internal view returns (bytes memory) {
        return entriesOf(uint64(seq) - 1, uint64(seq));
    }

    function entriesOf(uint64 from, uint64 to) internal view returns (bytes memory slice) {
        bytes memory all = packed;
        slice = new bytes((to - from) * EntryCodec.LENGTH);
        uint256 start = from * EntryCodec.LENGTH;
        assembly ("memory-safe") {
            mcopy(add(slice, 0x20), add(add(all, 0x20), start), mload(slice))
        }
    }

    function statementOf(uint64 count) internal view returns (JournalHead memory) {
        return
            JournalHead({
                edge: edgeNow(),
                count: count,
                tip: tip(),
                head: heads[count],
                blockNumber: 1_000 + count,
                blockHash: keccak256(abi.encode("block", count)),
                asOf: uint64(vm.getBlockTimestamp()),
                epoch: 1
            });
    }

    /// @dev Name that statements carry: the first, unless a fixture rewinds the replica.
    function edgeNow() internal view virtual returns (bytes32) {
        return heads[0];
    }

    /// @dev Signatures of the first k members, ascending.
    function sign(JournalHead memory statement) internal view returns (bytes memory) {
        return signBy(statement, attesters.k(1));
    }

    function signBy(JournalHead memory statement, uint256 count) internal view returns (bytes memory sigs) {
        bytes32 digest = attesters.hashOf(statement);
        for (uint256 i = 0; i < count; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
    }

    function replicaCount() internal view returns (uint64 count) {
        (, count, , , , ) = vault.replicaState();
    }

    /// @dev Replays everything up to the journal's tip, from the replica's count.
    function applyAll() internal {
        post(replicaCount(), statementOf(tip()));
    }

    function post(uint64 from, JournalHead memory statement) internal {
        postMarked(from, statement, new uint64[](0));
    }

    function postMarked(uint64 from, JournalHead memory statement, uint64[] memory marks) internal {
        bytes memory sigs = sign(statement);
        bytes memory entries = entriesOf(from, statement.count);
        vm.prank(relayer);
        vault.applyReleases(from, entries, marks, statement, sigs);
    }

    function refreshNow() internal {
        JournalHead memory statement = statementOf(tip());
        vault.refresh(statement, sign(statement));
    }

    function pay(uint96 seq) internal {
        bytes memory entry = entryOf(seq);
        vm.prank(relayer);
        vault.pay(seq, entry, relayer);
    }

    // Losses

    /// @dev Takes token units out of the vault that nobody was paid.
    function lose(uint256 units) internal {
        deal(address(token), address(vault), token.balanceOf(address(vault)) - units);
    }

    /// @dev The entry with which the ledger tells of units on lines for which nothing was ever locked.
    function lostEntry(uint256 units) internal view returns (Entry memory) {
        return Entry(EntryCodec.LOST, asset, uint128(units), 0, 0, 0);
    }

    /// @dev The next act journals what is missing of what is accounted, as the answer to a LOST (0: to none), and tells of it.
    function expectShortfall(uint256 deficit, uint256 accounted, uint96 answers) internal {
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        bytes32 party = bytes32(accounted | (uint256(answers) << 128));
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.SHORTFALL, asset, uint128(deficit), 0, party);
        vm.expectEmit(address(vault));
        emit IVaultCore.Shortfall(asset, deficit, coverageOf(accounted - deficit, accounted));
    }

    /// @dev The next call finds less in the vault than is accounted, or a shortage on record.
    function expectShort(uint256 accounted, uint256 held) internal {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetShort.selector, asset, accounted, held));
    }

    /// @dev The part of a unit that has tokens, in WAD.
    function coverageOf(uint256 held, uint256 accounted) internal pure returns (uint256) {
        return held >= accounted ? 1e18 : (held * 1e18) / accounted;
    }

    // Reading

    function stateOf(uint96 seq) internal view returns (PaymentState) {
        return vault.payment(seq).state;
    }

    function assertState(uint96 seq, PaymentState expected) internal view {
        assertEq(uint8(stateOf(seq)), uint8(expected), "payment state");
    }

    /// @dev I1, vault side: what is accounted is held, what is owed is accounted.
    function assertBooks(uint16 which, uint256 accounted, uint256 owed, uint256 paid) internal view {
        VaultAsset memory kept = vault.assetOf(which);
        assertEq(kept.accounted, accounted, "accounted");
        assertEq(kept.owed, owed, "owed");
        assertEq(kept.paidCum, paid, "paidCum");
        assertLe(owed, accounted);
    }

    /// @dev Requires that a call of the vault says how much gas it needs, one unit below it, and succeeds with exactly that.
    function assertGasNeeded(bytes memory call_, uint256 probe, uint256 expected) internal {
        (bool done, bytes memory answer) = address(vault).call{gas: probe}(call_);
        assertEq(bytes4(answer), IEdge.GasTooLow.selector);
        uint256 left;
        assembly ("memory-safe") {
            left := mload(add(answer, 0x24))
        }
        (done, answer) = address(vault).call{gas: probe + expected - left - 1}(call_);
        assertEq(answer, abi.encodeWithSelector(IEdge.GasTooLow.selector, expected - 1, expected));
        (done, ) = address(vault).call{gas: probe + expected - left}(call_);
        assertTrue(done, "the gas that it asks for is enough");
    }

    function _makeMembers(uint256 count) private {
        for (uint256 i = 1; i <= count; ++i) {
            uint256 key = uint256(keccak256(abi.encode("attester", i)));
            keys.push(key);
            members.push(vm.addr(key));
            for (uint256 j = keys.length - 1; j > 0 && members[j - 1] > members[j]; --j) {
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
                (members[j], members[j - 1]) = (members[j - 1], members[j]);
            }
        }
    }
}
