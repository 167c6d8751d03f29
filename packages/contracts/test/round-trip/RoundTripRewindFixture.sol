// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EdgeLib} from "../../solidity/edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {TestJournal} from "../ledger/LedgerFixture.sol";
import {RoundTripFixture} from "./RoundTripFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";

/// @notice A real vault and a real ledger whose attesters sign entries that only one side ever had, forged or of a branch that a
///         chain lost, and whose replicas are rewound.
/// @dev `journal` is what attesters sign of the vault's journal, `back` what they sign of the ledger's, each with the name that
///      statements carry. From the moment of the lie `truth` and `truthBack` are what the contracts really hold; after a rewind
///      attesters sign that again.
abstract contract RoundTripRewindFixture is RoundTripFixture {
    uint256 internal constant TAKE_BACK_AFTER = 72 hours;

    TestJournal internal truth;
    TestJournal internal truthBack;
    /// @dev A quorum signed what never happened, and the replica was not rewound since.
    bool public parted;
    bool public partedBack;
    uint32 internal generation;
    uint32 internal generationBack;
    address internal carol = makeAddr("carol");
    address internal mallory = makeAddr("mallory");
    /// @dev Everybody who may hold a line.
    address[5] internal everybody;

    function setUp() public virtual override {
        super.setUp();
        everybody = [alice, bob, carol, mallory, relayer];
    }

    /// @dev So high that no credit of these tests is above the season level.
    function capOfAssets() internal pure virtual override returns (uint64) {
        return 16_000_000;
    }

    // The edge from the vault

    /// @dev From now on attesters sign what the vault never journaled.
    function part() internal {
        parted = true;
        _copy(journal, truth);
    }

    /// @dev An entry that the vault journaled.
    function happened(Entry memory entry) internal {
        append(parted ? truth : journal, entry);
    }

    /// @dev An entry that only a quorum knows of.
    function forge(Entry memory entry) internal {
        if (!parted) part();
        append(journal, entry);
    }

    /// @dev A lock that happened, whatever attesters sign.
    function lockReally(address from, uint16 asset, uint128 amount, uint96 fee) internal {
        PlainToken token = tokens[asset - 1];
        token.mint(from, amount);
        vm.startPrank(from);
        token.approve(address(origin), amount);
        origin.lock(asset, amount, accountOf(from), 0, fee, 0);
        vm.stopPrank();
        happened(lockEntry(asset, amount, accountOf(from), fee));
    }

    function beginAtLedger(uint64 count) internal {
        (, uint64 applied, , , , ) = ledger.replicaOf(SOURCE);
        if (count != applied && count != 0) {
            ledger.mark(SOURCE, count, journal.heads[count], entriesOf(journal, count, applied));
        }
        JournalHead memory point = statementOf(journal, count);
        point.edge = EdgeLib.nameOf(ORIGIN, vault, SETTLEMENT, address(ledger), generation + 1, journal.heads[count]);
        bytes memory sigs = sign(point);
        vm.prank(governor);
        ledger.rewind(SOURCE, point, sigs);
    }

    /// @dev Unwinds from the replica's end to the point, so many entries in a step, by anyone.
    function unwindAtLedger(uint64 point, uint64 step) internal {
        (, uint64 at, , , , ) = ledger.replicaOf(SOURCE);
        do {
            uint64 to = at > point + step ? at - step : point;
            ledger.unwind(SOURCE, journal.heads[to], entriesOf(journal, to, at));
            at = to;
        } while (at != point);
        bytes32 name = EdgeLib.nameOf(ORIGIN, vault, SETTLEMENT, address(ledger), ++generation, journal.heads[point]);
        if (parted) _copy(truth, journal);
        journal.edge = name;
        parted = false;
    }

    function rewindLedger(uint64 point) internal {
        beginAtLedger(point);
        unwindAtLedger(point, type(uint64).max - point);
    }

    // The edge from the ledger

    function releaseOf(address owner, uint16 assetId, uint128 amount, uint96 fee) internal view returns (Entry memory) {
        return
            Entry({
                kind: EntryCodec.RELEASE,
                asset: ledger.assetOf(assetId).terms.vaultAsset,
                amount: amount,
                account: accountOf(owner),
                party: bytes32(uint256(uint160(owner))),
                fee: fee
            });
    }

    function partBack() internal {
        partedBack = true;
        _copy(back, truthBack);
    }

    /// @dev An entry that the ledger journaled.
    function happenedBack(Entry memory entry) internal {
        append(partedBack ? truthBack : back, entry);
    }

    /// @dev An entry that only a quorum knows of.
    function forgeBack(Entry memory entry) internal {
        if (!partedBack) partBack();
        append(back, entry);
    }

    /// @dev A release that happened, whatever attesters sign.
    function releaseReally(
        address owner,
        uint16 assetId,
        uint128 amount,
        uint96 fee
    ) internal returns (Entry memory e) {
        e = releaseOf(owner, assetId, amount, fee);
        vm.prank(owner);
        ledger.requestRelease(accountOf(owner), assetId, amount, e.party, fee);
        happenedBack(e);
    }

    /// @notice An owner's release, in a call of its own.
    function releaseByOwner(address owner, uint16 assetId, uint128 amount) external {
        vm.prank(owner);
        ledger.requestRelease(accountOf(owner), assetId, amount, bytes32(uint256(uint160(owner))), 0);
    }

    function beginAtVault(uint64 count) internal {
        (, uint64 applied, , , , ) = origin.replicaState();
        if (count != applied && count != 0) {
            origin.mark(count, back.heads[count], entriesOf(back, count, applied));
        }
        JournalHead memory point = statementOf(back, count);
        bytes32 head = back.heads[count];
        point.edge = EdgeLib.nameOf(SETTLEMENT, address(ledger), ORIGIN, vault, generationBack + 1, head);
        bytes memory sigs = signAtOrigin(point);
        vm.chainId(ORIGIN);
        vm.prank(governor);
        origin.rewind(point, sigs);
        vm.chainId(SETTLEMENT);
    }

    /// @dev Unwinds from the replica's end to the point, so many entries in a step, by anyone.
    function unwindAtVault(uint64 point, uint64 step) internal {
        (, uint64 at, , , , ) = origin.replicaState();
        do {
            uint64 to = at > point + step ? at - step : point;
            origin.unwind(back.heads[to], entriesOf(back, to, at));
            at = to;
        } while (at != point);
        bytes32 head = back.heads[point];
        if (partedBack) _copy(truthBack, back);
        back.edge = EdgeLib.nameOf(SETTLEMENT, address(ledger), ORIGIN, vault, ++generationBack, head);
        partedBack = false;
    }

    function rewindVault(uint64 point) internal {
        beginAtVault(point);
        unwindAtVault(point, type(uint64).max - point);
    }

    /// @dev Signatures of the first k members, for the vault's chain.
    function signAtOrigin(JournalHead memory statement) internal returns (bytes memory sigs) {
        vm.chainId(ORIGIN);
        bytes32 digest = verifier.hashOf(statement);
        for (uint256 i = 0; i < 3; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
        vm.chainId(SETTLEMENT);
    }

    // What is left over

    /// @dev A statement as if the journal ended where the replica stands: so members withhold what comes after.
    function refreshAtReplica() internal {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = statementOf(journal, count);
        statements[0].tip = count;
        bytes[] memory sigs = new bytes[](1);
        sigs[0] = sign(statements[0]);
        ledger.refresh(statements, sigs);
    }

    /// @dev The replica stands at the journal's tip, and three days of the source's own clock pass.
    function passTakeBack() internal {
        (, uint64 applied, , , , ) = ledger.replicaOf(SOURCE);
        if (applied != tip(journal)) applyAll();
        else refreshNow();
        vm.warp(vm.getBlockTimestamp() + TAKE_BACK_AFTER);
        refreshNow();
    }

    /// @dev Tells the vault what is missing or found, and takes the entry down.
    function writeOff(uint16 assetId) internal returns (uint96 seq) {
        (, uint256 missing, uint256 found, ) = ledger.unsettledOf(SOURCE, assetId);
        ledger.writeOff(SOURCE, assetId);
        uint128 units = uint128(missing != 0 ? missing : found);
        happenedBack(Entry(EntryCodec.LOST, assetId, units, 0, bytes32(uint256(missing != 0 ? 0 : 1)), 0));
        return uint96(tip(partedBack ? truthBack : back));
    }

    /// @dev The vault takes over what it was told under that number, and the ledger applies its answer.
    function takeLoss(uint96 seq) internal {
        uint16 asset = entryOf(back, uint64(seq) - 1).asset;
        vm.warp(origin.payment(seq).readyAt);
        origin.takeLoss(seq, packedOf(back, seq));
        happened(answerOf(asset, seq));
        applyAll();
    }

    /// @dev What the vault journals of an asset as it is now, as the answer to a LOST.
    function answerOf(uint16 asset, uint96 seq) internal view returns (Entry memory) {
        (uint256 accounted, uint256 held) = (origin.accounted(asset), tokens[asset - 1].balanceOf(vault));
        bytes32 party = bytes32(accounted | (uint256(seq) << 128));
        uint128 deficit = uint128(held < accounted ? accounted - held : 0);
        return Entry(EntryCodec.SHORTFALL, asset, deficit, 0, party, 0);
    }

    // Reading

    function packedOf(TestJournal storage of_, uint96 seq) internal view returns (bytes memory) {
        return entriesOf(of_, uint64(seq) - 1, uint64(seq));
    }

    function entryOf(TestJournal storage of_, uint64 before) internal view returns (Entry memory) {
        return this.decode(entriesOf(of_, before, before + 1));
    }

    /// @notice Reads one packed entry.
    function decode(bytes calldata packed) external pure returns (Entry memory) {
        return EntryCodec.entryAt(packed, 0);
    }

    /// @dev Lines of everybody, which must be all there are.
    function linesOf(uint16 assetId) internal view returns (uint256 units) {
        for (uint256 i = 0; i < everybody.length; ++i) units += amountOf(everybody[i], assetId);
        assertEq(units, ledger.assetOf(assetId).credited, "I1: the sum of lines");
    }

    function orphanedOf(uint16 asset) internal view returns (uint256 orphaned) {
        (orphaned, , , ) = ledger.unsettledOf(SOURCE, asset);
    }

    /// @dev Each contract's journal is what really happened, under its first name: nothing else was ever in it.
    function assertJournals() internal view {
        (bytes32 edge, uint64 count, bytes32 head) = origin.journalHead();
        bytes32[] storage heads = parted ? truth.heads : journal.heads;
        assertEq(abi.encode(edge, count, head), abi.encode(heads[0], heads.length - 1, heads[heads.length - 1]));
        (edge, count, head) = ledger.journalHead(SOURCE);
        heads = partedBack ? truthBack.heads : back.heads;
        assertEq(abi.encode(edge, count, head), abi.encode(heads[0], heads.length - 1, heads[heads.length - 1]));
    }

    function _copy(TestJournal storage from, TestJournal storage to) private {
        (to.edge, to.packed, to.heads) = (from.edge, from.packed, from.heads);
    }
}
