// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerAccounts} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ParkReason, ParkedCredit} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {PaymentState} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {feesAt} from "../ledger/LedgerFixture.sol";
import {RoundTripFixture} from "./RoundTripFixture.sol";

/// @notice A real vault and a real ledger, there and back: locks, batches, parked credit, releases and payments in any order.
contract RoundTripTest is RoundTripFixture {
    Entry[] private releases;
    address[3] private users;
    address private payer = makeAddr("payer");
    mapping(uint16 asset => uint256) private locked;
    mapping(uint16 asset => uint256) private paid;
    mapping(bytes32 act => uint256) private done;

    function setUp() public override {
        super.setUp();
        users = [alice, bob, makeAddr("carol")];
    }

    /// @notice Whatever happens on the way, no release of an honest ledger is refused at the vault, both sides agree at every
    ///         step, and in the end every unit that was locked is in somebody's hands.
    function testFuzz_I1_I4_I9_all_that_was_locked_comes_back(uint256 seed) public {
        for (uint256 i = 0; i < 40; ++i) {
            _act(uint256(keccak256(abi.encode(seed, i))));
            _requireAgreement();
        }
        _takeAllBack();
    }

    /// @notice The walk would prove nothing if its acts did nothing: here each of them takes effect.
    function test_every_act_of_the_round_trip_takes_effect() public {
        for (uint256 i = 0; i < 150; ++i) {
            _act(uint256(keccak256(abi.encode("act", i))));
        }
        _requireAgreement();
        bytes32[10] memory acts = [
            bytes32("lock"),
            "apply",
            "release",
            "refuse",
            "replay",
            "pay",
            "list",
            "cap",
            "unpark",
            "release parked"
        ];
        for (uint256 i = 0; i < acts.length; ++i) {
            assertGt(done[acts[i]], 0, string(abi.encodePacked(acts[i])));
        }
        _takeAllBack();
    }

    function _act(uint256 seed) private {
        uint256 act = (seed >> 240) % 10;
        if (act < 2) _lockSome(seed);
        else if (act == 2) _applyWhatIsNew();
        else if (act < 5) _releaseSome(seed);
        else if (act == 5) _replayWhatIsNew(seed);
        else if (act == 6) _payOne(uint64(seed));
        else if (act == 7) _govern(seed);
        else if (act == 8) _releaseParked(uint96(seed % (tip(journal) + 1)));
        else _unparkOne(uint96(seed % (tip(journal) + 1)));
    }

    function _lockSome(uint256 seed) private {
        uint16 asset = uint16((seed >> 8) % 3) + 1;
        uint128 amount = uint128(((seed >> 16) % (40 * 10 ** tokens[asset - 1].decimals())) + 1);
        uint96 fee = (seed >> 96) % 3 == 0 ? uint96((seed >> 100) % (amount + 1)) : 0;
        lockAtVault(users[seed % 3], asset, amount, _account(seed), fee);
        locked[asset] += amount;
        ++done["lock"];
    }

    function _applyWhatIsNew() private {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count == tip(journal)) return;
        applyAll();
        ++done["apply"];
    }

    function _releaseSome(uint256 seed) private {
        uint16 assetId = uint16((seed >> 8) % 3) + 1;
        bytes32 account = _account(seed);
        uint128 held = uint128(ledger.lineOf(account, assetId).amount);
        uint128 amount = (seed >> 16) % 2 == 0 ? held : uint128((seed >> 24) % (uint256(held) + 1));
        _release(account, assetId, amount, users[(seed >> 180) % 3], uint96((seed >> 184) % (uint256(amount) / 9 + 1)));
    }

    /// @dev A refused release changes nothing; one that is taken is what the ledger's journal says.
    function _release(bytes32 account, uint16 assetId, uint128 amount, address to, uint96 fee) private {
        bytes32 party = bytes32(uint256(uint160(to)));
        vm.prank(AccountLib.ownerOf(account));
        (bool ok, ) = address(ledger).call(
            abi.encodeCall(ILedgerAccounts.requestRelease, (account, assetId, amount, party, fee))
        );
        if (ok) {
            Entry memory entry = Entry({
                kind: EntryCodec.RELEASE,
                asset: ledger.assetOf(assetId).terms.vaultAsset,
                amount: amount,
                account: account,
                party: party,
                fee: fee
            });
            append(back, entry);
            releases.push(entry);
        }
        ++done[ok ? bytes32("release") : bytes32("refuse")];
        (, uint64 count, bytes32 head) = ledger.journalHead(SOURCE);
        assertEq(abi.encode(count, head), abi.encode(tip(back), back.heads[tip(back)]));
    }

    function _replayWhatIsNew(uint256 seed) private {
        (, uint64 count, , , , ) = origin.replicaState();
        if (count == tip(back)) return;
        uint64 from = uint64(seed % (count + 1));
        replayAtVault(from);
        ++done["replay"];
    }

    function _payOne(uint64 which) private {
        if (releases.length == 0) return;
        uint64 seq = 1 + (which % uint64(releases.length));
        if (origin.payment(seq).state != PaymentState.QUEUED) return;
        origin.pay(seq, entriesOf(back, seq - 1, seq), payer);
        assertEq(uint256(origin.payment(seq).state), uint256(PaymentState.PAID));
        paid[releases[seq - 1].asset] += releases[seq - 1].amount;
        ++done["pay"];
    }

    function _govern(uint256 seed) private {
        vm.startPrank(governor);
        bool lists = ledger.assetCount() == 2 && seed % 3 == 0;
        if (lists) ledger.listAsset(assetListing(SOURCE, 3, 2, 18));
        else ledger.setCap(uint16((seed >> 8) % ledger.assetCount()) + 1, uint64((seed >> 16) % 200_000));
        vm.stopPrank();
        ++done[lists ? bytes32("list") : bytes32("cap")];
    }

    /// @dev The next parked credit from there goes back to its vault, a little later, instead of reaching its line.
    function _releaseParked(uint96 index) private {
        for (uint96 i = 0; i < tip(journal) && ledger.parkedOf(SOURCE, index).amount == 0; ++i) {
            index = uint96(1 + (index % tip(journal)));
        }
        ParkedCredit memory parked = ledger.parkedOf(SOURCE, index);
        if (parked.amount == 0 || parked.reason == ParkReason.FEE) return;
        vm.warp(vm.getBlockTimestamp() + 2 hours);
        // Dust waits as long as its place in the bucket.
        if (parked.reason == ParkReason.SEASON && vm.getBlockTimestamp() < parked.readyAt) return;
        address owner = AccountLib.ownerOf(parked.account);
        bytes32 party = bytes32(uint256(uint160(owner)));
        vm.prank(owner);
        ledger.releaseParked(SOURCE, index, party);
        Entry memory entry = Entry({
            kind: EntryCodec.RELEASE,
            asset: parked.vaultAsset,
            amount: parked.amount,
            account: parked.account,
            party: party,
            fee: 0
        });
        append(back, entry);
        releases.push(entry);
        ++done["release parked"];
    }

    function _unparkOne(uint96 index) private {
        if (ledger.parkedOf(SOURCE, index).reason == ParkReason.NONE) return;
        vm.prank(payer);
        (bool ok, ) = address(ledger).call(abi.encodeCall(ledger.unpark, (SOURCE, index)));
        if (!ok) return;
        // Dust waits for its line.
        ParkReason reason = ledger.parkedOf(SOURCE, index).reason;
        assertTrue(reason == ParkReason.NONE || reason == ParkReason.SEASON);
        ++done["unpark"];
    }

    /// @dev I1 on both sides, and I4: the vault refused nothing and owes what it replayed and did not pay.
    function _requireAgreement() private view {
        assertEq(origin.quarantinedUntil(), 0, "an honest release was refused");
        (, uint64 replayed, , , , ) = origin.replicaState();
        (, uint64 applied, , , , ) = ledger.replicaOf(SOURCE);
        for (uint16 asset = 1; asset <= 3; ++asset) {
            uint256 asked = 0;
            uint256 known = 0;
            for (uint256 i = 0; i < releases.length; ++i) {
                if (releases[i].asset != asset) continue;
                asked += releases[i].amount;
                if (i < replayed) known += releases[i].amount;
            }
            assertEq(origin.accounted(asset), locked[asset] - paid[asset], "I1");
            assertEq(tokens[asset - 1].balanceOf(address(origin)), origin.accounted(asset), "I1");
            assertEq(origin.owed(asset), known - paid[asset], "I4");
            if (applied == tip(journal)) assertEq(_held(asset) + asked, locked[asset], "I1");
        }
    }

    /// @dev Lines and parked credit of a vault's asset.
    function _held(uint16 asset) private view returns (uint256 units) {
        uint16 assetId = ledger.assetIdOf(SOURCE, asset);
        if (assetId != 0) {
            units = ledger.assetOf(assetId).credited;
            uint256 lines = 0;
            for (uint256 i = 0; i < 10; ++i) {
                lines += ledger.lineOf(_anyAccount(i), assetId).amount;
            }
            assertEq(lines, units, "I1");
        }
        for (uint96 i = 1; i <= tip(journal); ++i) {
            ParkedCredit memory parked = ledger.parkedOf(SOURCE, i);
            if (parked.vaultAsset == asset) units += parked.amount;
            parked = ledger.parkedOf(SOURCE, feesAt(i));
            if (parked.vaultAsset == asset) units += parked.amount;
        }
    }

    function _takeAllBack() private {
        _applyWhatIsNew();
        vm.startPrank(governor);
        if (ledger.assetCount() == 2) ledger.listAsset(assetListing(SOURCE, 3, 2, 18));
        for (uint16 assetId = 1; assetId <= 3; ++assetId) {
            ledger.setCap(assetId, type(uint64).max);
        }
        vm.stopPrank();
        // What the bucket does not hold, and dust, have seasoned within two days.
        for (uint256 round = 0; round < 2; ++round) {
            for (uint96 i = 1; i <= tip(journal); ++i) {
                _unparkOne(i);
                _unparkOne(feesAt(i));
            }
            vm.warp(block.timestamp + 2 days);
        }
        for (uint256 i = 0; i < 10; ++i) {
            for (uint16 assetId = 1; assetId <= 3; ++assetId) {
                bytes32 account = _anyAccount(i);
                uint128 amount = ledger.lineOf(account, assetId).amount;
                if (amount != 0) _release(account, assetId, amount, AccountLib.ownerOf(account), 0);
                assertEq(ledger.lineOf(account, assetId).amount, 0, "I9");
            }
        }
        _replayWhatIsNew(0);
        for (uint64 i = 0; i < releases.length; ++i) {
            _payOne(i);
        }
        for (uint16 asset = 1; asset <= 3; ++asset) {
            uint256 out = 0;
            for (uint256 i = 0; i < 5; ++i) {
                out += tokens[asset - 1].balanceOf(AccountLib.ownerOf(_anyAccount(i)));
            }
            assertEq(out, locked[asset], "I9");
            assertEq(origin.accounted(asset) + origin.owed(asset), 0, "I9");
        }
    }

    function _account(uint256 seed) private view returns (bytes32) {
        return AccountLib.encode(users[(seed >> 128) % 3], 0, uint80((seed >> 132) % 2));
    }

    /// @dev Sub-accounts 0 of everybody, then sub-accounts 1.
    function _anyAccount(uint256 i) private view returns (bytes32) {
        address owner = i % 5 < 3 ? users[i % 5] : (i % 5 == 3 ? relayer : payer);
        return AccountLib.encode(owner, 0, uint80(i / 5));
    }
}
