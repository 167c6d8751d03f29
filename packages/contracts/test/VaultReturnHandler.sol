// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AttesterSet} from "../solidity/attesters/AttesterSet.sol";
import {PaymentState} from "../solidity/interfaces/VaultTypes.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {JournalHead} from "../solidity/libraries/Statements.sol";
import {IVault} from "../solidity/interfaces/IVault.sol";
import {Ghosts} from "./Ghosts.sol";
import {Mood, MoodyToken} from "./tokens/MoodyToken.sol";

/// @notice A ledger, its attesters, relayers that race and payers that race, with books of its own.
abstract contract VaultReturnHandler is Test, Ghosts {
    IVault internal immutable vault;
    AttesterSet private immutable attesters;
    address[] public tokens;
    uint256[] private _keys;

    mapping(uint16 asset => uint256 units) public locked;
    mapping(uint16 asset => uint256 units) public given;
    /// @dev Releases that the ledger journaled and the vault did not pay yet.
    mapping(uint16 asset => uint256 units) public open;
    mapping(uint16 asset => uint256 units) public paid;
    mapping(address account => mapping(uint16 asset => uint256 units)) public received;
    mapping(address account => mapping(uint16 asset => uint256 units)) public minted;
    mapping(address account => mapping(uint16 asset => uint256 units)) public spent;

    /// @dev The ledger's journal: entries, the head after each, whether it was forged, and what the vault made of it.
    Entry[] private _entries;
    bytes32[] public heads;
    mapping(uint64 seq => bool) public forged;
    mapping(uint64 seq => PaymentState) public seen;
    uint256 public payments;
    uint256 public failures;
    uint256 public replays;
    uint256 public quarantines;
    uint256 public retries;

    constructor(IVault vault_, address[] memory tokens_, uint256[] memory keys_) {
        vault = vault_;
        attesters = AttesterSet(vault_.attesterSet());
        tokens = tokens_;
        _keys = keys_;
        heads.push(vault_.inboundEdge());
    }

    /// @notice Journals a release of what is locked and not asked back yet.
    function release(uint256 who, uint256 which, uint128 amount, uint96 fee) external counted("release") {
        uint16 asset = uint16(which % tokens.length) + 1;
        uint256 room = locked[asset] - paid[asset] - open[asset];
        if (room == 0) return;
        amount = uint128(1 + (uint256(keccak256(abi.encode(amount))) % room));
        fee = uint96(fee % (uint256(amount) + 1) & type(uint96).max);
        bytes32 party = bytes32(uint256(uint160(_user(who))));
        if (who % 11 == 0) party = bytes32(uint256(uint160(address(vault))));
        if (who % 11 == 1) party |= bytes32(uint256(1) << (160 + (who % 96)));
        open[asset] += amount;
        _append(Entry(EntryCodec.RELEASE, asset, amount, accountOf(_user(who)), party, fee));
        _hit("release");
    }

    /// @notice Journals an entry that no honest ledger does: k dishonest attesters would have to sign it.
    function forge(uint256 which, uint256 how) external counted("forge") {
        // Seldom, since each stops the edge for 72 hours.
        if (uint256(keccak256(abi.encode(how))) % 16 != 0) return;
        uint16 asset = uint16(which % tokens.length) + 1;
        Entry memory entry = Entry(EntryCodec.RELEASE, asset, 1, accountOf(_user(which)), accountOf(_user(1)) >> 96, 0);
        if (how % 4 == 0) entry.kind = EntryCodec.LOCK;
        if (how % 4 == 1) entry.amount = type(uint128).max;
        if (how % 4 == 2) entry.asset = 77;
        if (how % 4 == 3) entry.fee = 2;
        _append(entry);
        forged[uint64(_entries.length)] = true;
        _hit("forged entry");
    }

    /// @notice Posts some of the journal, from anywhere at or below the replica's count; also what is there already.
    function replay(uint64 from, uint64 to, bool late) external counted("replay") {
        (, uint64 at, , , , ) = vault.replicaState();
        from = uint64(bound(from, 0, at));
        // Mostly everything: the fuzzer prefers small numbers, which would replay nothing new.
        to =
            late
                ? uint64(bound(to, 0, _entries.length))
                : uint64(_entries.length - (to % (_entries.length - at + 1)) / 2);
        JournalHead memory statement = JournalHead({
            edge: heads[0],
            count: to,
            tip: to,
            head: heads[to],
            blockNumber: to,
            blockHash: keccak256(abi.encode(to)),
            asOf: uint64(vm.getBlockTimestamp()),
            epoch: 1
        });
        bytes memory packed;
        for (uint64 i = from; i < to; ++i) {
            packed = bytes.concat(packed, EntryCodec.pack(_entries[i]));
        }
        try vault.applyReleases(from, packed, new uint64[](0), statement, _sign(statement)) {
            ++replays;
            _hit("replay");
            if (vault.quarantinedUntil() > vm.getBlockTimestamp()) {
                ++quarantines;
                _hit("quarantine");
            }
        } catch {}
    }

    /// @notice Lets a quarantine lapse, or some of it.
    function lapse(uint40 length) external counted("lapse") {
        if (vault.quarantinedUntil() <= vm.getBlockTimestamp()) return;
        vm.warp(vm.getBlockTimestamp() + bound(length, 1 hours, 72 hours));
        _hit("lapse");
    }

    /// @notice Pays or tries to, whatever the number, also twice.
    function pay(uint256 which, uint256 by) external counted("pay") {
        if (_entries.length == 0) return;
        uint64 seq = _pick(which);
        address feeTo = _user(by);
        try vault.pay(seq, EntryCodec.pack(_entries[seq - 1]), feeTo) {
            _settle(seq, feeTo);
        } catch {}
    }

    /// @notice Claims or tries to.
    function claim(uint256 which, uint256 by) external counted("claim") {
        if (_entries.length == 0) return;
        uint64 seq = _pick(which);
        address caller = _user(by);
        vm.prank(caller);
        try vault.claim(seq, EntryCodec.pack(_entries[seq - 1])) {
            ++retries;
            _hit("claim");
            _settle(seq, caller);
        } catch {}
    }

    /// @notice Changes how the moody token's transfers go.
    function feel(uint256 how) external counted("feel") {
        MoodyToken token = MoodyToken(tokens[tokens.length - 1]);
        token.feel(how % 2 == 0 ? Mood.FINE : Mood(how % 11));
        token.blacklist(_user(how), how % 3 == 0);
        _hit("mood");
    }

    /// @notice Gives the number of entries that the ledger journaled.
    function journaled() external view returns (uint64) {
        return uint64(_entries.length);
    }

    /// @notice Gives one of them, numbered from 1.
    function entryAt(uint64 seq) external view returns (Entry memory) {
        return _entries[seq - 1];
    }

    function tokenCount() external view returns (uint256) {
        return tokens.length;
    }

    function accountOf(address owner) public pure returns (bytes32) {
        return bytes32(uint256(uint160(owner)) << 96);
    }

    function userAt(uint256 who) external pure returns (address) {
        return _user(who);
    }

    /// @dev Any number, spread evenly.
    function _pick(uint256 which) private view returns (uint64) {
        return uint64(uint256(keccak256(abi.encode(which))) % _entries.length) + 1;
    }

    /// @dev Books what a successful call did, by the state it left: paid, or found to fail.
    function _settle(uint64 seq, address feeTo) private {
        Entry memory entry = _entries[seq - 1];
        PaymentState state = vault.payment(seq).state;
        if (state == PaymentState.CLAIMABLE) {
            ++failures;
            _hit("failing transfer");
            return;
        }
        assertEq(uint8(state), uint8(PaymentState.PAID));
        assertTrue(seen[seq] != PaymentState.PAID, "I4: paid twice");
        assertFalse(forged[seq], "I4: a forged entry was paid");
        seen[seq] = PaymentState.PAID;
        ++payments;
        _hit("payment");
        paid[entry.asset] += entry.amount;
        open[entry.asset] -= entry.amount;
        received[address(uint160(uint256(entry.party)))][entry.asset] += entry.amount - entry.fee;
        received[feeTo][entry.asset] += entry.fee;
    }

    function _append(Entry memory entry) private {
        _entries.push(entry);
        heads.push(EntryCodec.extend(heads[heads.length - 1], entry));
    }

    function _sign(JournalHead memory statement) private view returns (bytes memory sigs) {
        bytes32 digest = attesters.hashOf(statement);
        for (uint256 i = 0; i < attesters.k(1); ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
    }

    function _user(uint256 who) internal pure returns (address) {
        return address(uint160(0xa11ce000 + (who % 5)));
    }
}
