// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {DEPLOYER} from "../harness/Deployer.sol";
import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {MemberCode} from "../../solidity/attesters/MemberCode.sol";
import {AssetListing, LedgerInit, SourceListing} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {LedgerLens} from "../../solidity/lens/LedgerLens.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {EdgeLib} from "../../solidity/edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {TestFeed} from "../feeds/TestFeed.sol";

/// @dev A ledger as it is deployed: first its modules, then the core. From artifacts: forge links `new` in a contract so by
///      itself, but not in a free function, and then every test contract compiles the ledger again.
function deployLedger(LedgerInit memory init) returns (ILedger) {
    bytes memory args = abi.encode(init, deployLedgerModules(init));
    return ILedger(DEPLOYER.deployCode("CollateralLedger.sol:CollateralLedger", args));
}

/// @dev A ledger's modules, in the order of `LedgerRoutes`.
function deployLedgerModules(LedgerInit memory init) returns (address[] memory modules) {
    string[6] memory names = [
        "LedgerAccounts.sol:LedgerAccounts",
        "LedgerProtocols.sol:LedgerProtocols",
        "LedgerTerms.sol:LedgerTerms",
        "LedgerLosses.sol:LedgerLosses",
        "LedgerRewind.sol:LedgerRewind",
        "LedgerViews.sol:LedgerViews"
    ];
    modules = new address[](names.length);
    for (uint256 i = 0; i < names.length; ++i) {
        modules[i] = DEPLOYER.deployCode(names[i], abi.encode(init));
    }
}

/// @dev The number under which fees wait that were parked with the n-th entry, before any rewind.
function feesAt(uint96 number) pure returns (uint96) {
    return (1 << 95) | number;
}

/// @notice A journal as its vault would keep it: entries, and the head after each.
struct TestJournal {
    bytes32 edge;
    bytes packed;
    bytes32[] heads;
}

/// @notice A development ledger with one source of two listed assets, four attesters (k = 3) and their keys.
/// @dev Asset 1: vault asset 1, 6 decimals, price slot 1. Asset 2: vault asset 2, 18 decimals, price slot 2. Vault asset 3
///      is not listed. Minimum of each is one token, so a line of ten tokens enables itself.
abstract contract LedgerFixture is Test {
    uint256 internal constant START = 1_800_000_000;
    uint64 internal constant ORIGIN = 4242;
    uint16 internal constant SOURCE = 7;
    uint16 internal constant USD = 1;
    uint16 internal constant ETH = 2;
    uint128 internal constant ONE_USD = 1e6;
    uint128 internal constant ONE_ETH = 1e18;

    address internal governor = makeAddr("governor");
    address internal guardian = makeAddr("guardian");
    address internal pauser = makeAddr("pauser");
    address internal riskAdmin = makeAddr("riskAdmin");
    address internal vault = makeAddr("vault");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal relayer = makeAddr("relayer");

    /// @dev Keys whose addresses ascend.
    uint256[] internal keys;
    address[] internal members;
    AttesterSet internal attesters;
    RiskManager internal risk;
    ILedger internal ledger;
    LedgerLens internal lens;
    TestFeed internal usdFeed;
    TestFeed internal ethFeed;
    TestJournal internal journal;

    function setUp() public virtual {
        vm.warp(START);
        _makeMembers(memberCount());
        attesters = new AttesterSet(members, uint40(START), governor, guardian);
        risk = new RiskManager(governor);
        ledger = deployLedger(initOf(true));
        lens = new LedgerLens(address(ledger));
        usdFeed = new TestFeed();
        ethFeed = new TestFeed();
        vm.startPrank(governor);
        risk.listUnderlying(1, address(usdFeed), 1 days);
        risk.listUnderlying(2, address(ethFeed), 1 hours);
        setPrices(1e12, 2000e12);
        ledger.listSource(sourceListing(SOURCE));
        ledger.listAsset(assetListing(SOURCE, USD, 1, 6));
        ledger.listAsset(assetListing(SOURCE, ETH, 2, 18));
        vm.stopPrank();
        openJournal(journal, vault);
    }

    function memberCount() internal pure virtual returns (uint256) {
        return 4;
    }

    /// @dev Witnesses that the fixture's source asks for; 0 makes it a development source.
    function witnessesNeeded() internal pure virtual returns (uint8) {
        return 0;
    }

    /// @dev Cap of each asset in thousandths of a token: the season level is a sixteenth of it.
    function capOfAssets() internal pure virtual returns (uint64) {
        return 1_000_000;
    }

    // Listings

    function initOf(bool development) internal view returns (LedgerInit memory) {
        return
            LedgerInit({
                attesterSet: address(attesters),
                riskManager: address(risk),
                governor: governor,
                guardian: guardian,
                pauser: pauser,
                riskAdmin: riskAdmin,
                development: development
            });
    }

    function sourceListing(uint16 source) internal view returns (SourceListing memory) {
        return
            SourceListing({
                source: source,
                originChainId: ORIGIN,
                vault: vault,
                initialBp: 9_000,
                maintenanceBp: 9_500,
                staleAfterMin: 90,
                darkAfterMin: 360,
                floorAfterMin: 4_320,
                m: witnessesNeeded(),
                development: witnessesNeeded() == 0
            });
    }

    /// @dev Minimum one token, cap a thousand tokens unless a suite says otherwise, weights of majors.
    function assetListing(
        uint16 source,
        uint16 vaultAsset,
        uint16 underlying,
        uint8 decimals
    ) internal pure returns (AssetListing memory) {
        return
            AssetListing({
                source: source,
                vaultAsset: vaultAsset,
                underlying: underlying,
                ownPrice: 0,
                decimals: decimals,
                initialBp: 8_000,
                maintenanceBp: 8_500,
                minMillionths: 1_000_000,
                capThousandths: capOfAssets()
            });
    }

    function setPrices(uint96 usd, uint96 eth) internal {
        usdFeed.set(usd, 0, uint40(vm.getBlockTimestamp()));
        ethFeed.set(eth, 0, uint40(vm.getBlockTimestamp()));
        uint16[] memory slots = new uint16[](2);
        (slots[0], slots[1]) = (1, 2);
        risk.poke(slots);
    }

    // Journals

    function openJournal(TestJournal storage to, address vault_) internal {
        to.edge = EdgeLib.nameOf(ORIGIN, vault_, block.chainid, address(ledger), 0, 0);
        to.heads.push(to.edge);
    }

    function append(TestJournal storage to, Entry memory entry) internal {
        to.packed = bytes.concat(to.packed, EntryCodec.pack(entry));
        to.heads.push(EntryCodec.extend(to.heads[to.heads.length - 1], entry));
    }

    function lockEntry(uint16 asset, uint128 amount, bytes32 account, uint96 fee) internal pure returns (Entry memory) {
        return Entry({kind: EntryCodec.LOCK, asset: asset, amount: amount, account: account, party: 0, fee: fee});
    }

    function lock(uint16 asset, uint128 amount, bytes32 account, uint96 fee) internal {
        append(journal, lockEntry(asset, amount, account, fee));
    }

    function tip(TestJournal storage of_) internal view returns (uint64) {
        return uint64(of_.heads.length - 1);
    }

    function entriesOf(TestJournal storage of_, uint64 from, uint64 to) internal view returns (bytes memory slice) {
        bytes memory all = of_.packed;
        slice = new bytes((to - from) * EntryCodec.LENGTH);
        uint256 start = from * EntryCodec.LENGTH;
        assembly ("memory-safe") {
            mcopy(add(slice, 0x20), add(add(all, 0x20), start), mload(slice))
        }
    }

    function statementOf(TestJournal storage of_, uint64 count) internal view returns (JournalHead memory) {
        return
            JournalHead({
                edge: of_.edge,
                count: count,
                tip: tip(of_),
                head: of_.heads[count],
                blockNumber: 1_000 + count,
                blockHash: keccak256(abi.encode("block", count)),
                asOf: uint64(vm.getBlockTimestamp()),
                epoch: 1
            });
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

    /// @dev Ends epoch 1: its members hand over to four others, and time passes until nothing of theirs is accepted.
    function endFirstEpoch() internal {
        address[] memory next = new address[](4);
        for (uint256 i = 0; i < 4; ++i) next[i] = address(uint160(0xa0000 + i));
        uint40 from = uint40(vm.getBlockTimestamp()) + attesters.ROTATION_NOTICE();
        bytes32 structHash = Statements.rotationHashOf(2, keccak256(MemberCode.pack(next)), from);
        bytes32 digest = Statements.digestOf(attesters.domainSeparator(), structHash);
        bytes memory sigs;
        for (uint256 i = 0; i < attesters.k(1); ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
        address by = attesters.governor();
        vm.stopPrank();
        vm.prank(by);
        attesters.rotate(next, from, sigs);
        vm.warp(attesters.expires(1));
    }

    /// @dev Applies everything up to the journal's tip, from the replica's count, fees to the relayer.
    function applyAll() internal {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        post(count, statementOf(journal, tip(journal)));
    }

    /// @dev Credits more than the bucket holds at once, a quarter of the cap every six hours.
    function fill(uint16 asset, uint128 amount, bytes32 account) internal {
        uint128 step = uint128(ledger.assetOf(asset).capUnits / 4);
        vm.warp(vm.getBlockTimestamp() + 6 hours);
        for (uint128 part; amount != 0; amount -= part) {
            part = amount < step ? amount : step;
            lock(asset, part, account, 0);
            applyAll();
            // Within one call the compiler may take the block's time for constant.
            vm.warp(vm.getBlockTimestamp() + 6 hours);
        }
    }

    function post(uint64 from, JournalHead memory statement) internal {
        postMarked(from, statement, new uint64[](0));
    }

    function postMarked(uint64 from, JournalHead memory statement, uint64[] memory marks) internal {
        bytes memory sigs = sign(statement);
        bytes memory entries = entriesOf(journal, from, statement.count);
        vm.prank(relayer);
        ledger.applyEntries(SOURCE, from, entries, marks, statement, sigs, accountOf(relayer));
    }

    function refreshNow() internal {
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = statementOf(journal, tip(journal));
        bytes[] memory sigs = new bytes[](1);
        sigs[0] = sign(statements[0]);
        ledger.refresh(statements, sigs);
    }

    /// @dev Calls `seize` for one line, as whoever is pranked.
    function seizeOne(bytes32 account, bytes32 to, uint16 assetId, uint128 amount) internal {
        (uint16[] memory assetIds, uint128[] memory amounts) = oneLine(assetId, amount);
        ledger.seize(account, to, assetIds, amounts);
    }

    function oneLine(
        uint16 assetId,
        uint128 amount
    ) internal pure returns (uint16[] memory assetIds, uint128[] memory amounts) {
        (assetIds, amounts) = (new uint16[](1), new uint128[](1));
        (assetIds[0], amounts[0]) = (assetId, amount);
    }

    // Reading

    function accountOf(address owner) internal pure returns (bytes32) {
        return AccountLib.encode(owner, 0, 0);
    }

    function amountOf(address owner, uint16 assetId) internal view returns (uint256) {
        return ledger.lineOf(accountOf(owner), assetId).amount;
    }

    function _makeMembers(uint256 count) private {
        for (uint256 i = 1; i <= count; ++i) {
            uint256 key = uint256(keccak256(abi.encode("attester", i)));
            address member = vm.addr(key);
            keys.push(key);
            members.push(member);
            for (uint256 j = keys.length - 1; j > 0 && members[j - 1] > members[j]; --j) {
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
                (members[j], members[j - 1]) = (members[j - 1], members[j]);
            }
        }
    }
}
