// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {MemberCode} from "../../solidity/attesters/MemberCode.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {
    Book,
    bearsEvidence,
    choosePlaces,
    chooseSigners,
    hasRoom,
    suspendForGood,
    suspendUntil,
    suspendedIn
} from "./AttesterBook.sol";
import {Ghosts} from "../harness/Ghosts.sol";

/// @notice Does to a verifier what attesters, governor, guardian and strangers may do, predicts each answer from its own
///         books, and keeps those books by its own arithmetic.
/// @dev Keys come from one pool that ascends by address, so that sets overlap and any choice of them is sorted. Those at even
///      places are honest: they sign one head for a count, for ever. The others sign whatever is asked.
contract AttesterHandler is Test, Ghosts {
    uint256 public constant POOL = 24;
    bytes32[3] public edges = [keccak256("edge 1"), keccak256("edge 2"), keccak256("edge 3")];

    AttesterSet private immutable set;
    address private immutable governor;
    address private immutable guardian;
    bytes32 private immutable domain;
    uint256[] private keys;
    address[] private addresses;
    Book[] private books;

    mapping(uint256 place => bool) public proven;
    mapping(bytes32 edge => uint256) public haltedSince;
    mapping(bytes32 edge => uint64) public nonces;
    bool public stopped;
    uint256 public frozenUntil;
    uint256 public suspensionsFrom;
    uint256 public proposedAt;
    bool public waiting;
    uint256[] private candidates;
    mapping(address role => uint256) private agreedAt;
    mapping(address role => uint256) private agreedTo;
    uint256 private agreedSeed;

    /// @dev Answers that the books did not predict.
    uint256 public surprises;

    constructor(
        AttesterSet set_,
        address governor_,
        address guardian_,
        uint256[] memory keys_,
        uint256[] memory first
    ) {
        (set, governor, guardian, keys) = (set_, governor_, guardian_, keys_);
        domain = set_.domainSeparator();
        for (uint256 i = 0; i < keys_.length; ++i) addresses.push(vm.addr(keys_[i]));
        _record(first, block.timestamp, set_.expires(1));
    }

    function epochCount() external view returns (uint256) {
        return books.length;
    }

    function bookOf(uint256 epoch) external view returns (Book memory) {
        return books[epoch - 1];
    }

    function memberOf(uint256 place) external view returns (address) {
        return addresses[place];
    }

    // What attesters and anyone do

    /// @notice Hands in a head with some signatures.
    function verify(uint256 seed, uint256 choice) external counted("verify") {
        uint256 epoch = _recent(seed);
        bytes32 edge = edges[seed % 3];
        JournalHead memory statement = _headOf(edge, uint64(seed % 5), epoch, seed);
        (bytes memory sigs, bool enough) = _signBy(
            epoch,
            StatementHashes.hashOf(statement),
            _neededBy(epoch, true),
            choice
        );
        bool good = enough && _isUsable(epoch) && haltedSince[edge] == 0;
        try set.verifyHead(statement, sigs) {
            _judge(true, good);
            _hit("head taken");
        } catch {
            _judge(false, good);
        }
    }

    /// @notice Halts an edge.
    function halt(uint256 seed, uint256 choice) external counted("halt") {
        bytes32 edge = edges[seed % 3];
        uint256 epoch = _active();
        (bytes memory sigs, bool enough) = _signBy(
            epoch,
            Statements.haltHashOf(edge, nonces[edge], uint32(epoch)),
            _neededBy(epoch, false),
            choice
        );
        bool good = enough && _isUsable(epoch) && haltedSince[edge] == 0;
        try set.halt(edge, nonces[edge], uint32(epoch), sigs, "reason") {
            _judge(true, good);
            _hit("halted");
            haltedSince[edge] = block.timestamp;
        } catch {
            _judge(false, good);
        }
    }

    /// @notice Hands in two statements of one key for one count: of an honest key they can only be a restatement.
    function prove(uint256 seed, uint256 place) external counted("prove") {
        place = bound(place, 0, POOL - 1);
        uint256 epoch = _recent(seed);
        JournalHead memory a = _headOf(edges[seed % 3], uint64(seed % 5), epoch, seed);
        JournalHead memory b = _headOf(edges[seed % 3], uint64(seed % 5), _recent(seed / 7), seed / 3);
        bool lies = place % 2 == 1;
        bool hides = lies && seed % 2 == 0;
        // The later one denies an entry that the earlier one knew.
        if (hides) (b.asOf, b.tip) = (a.asOf + uint64(seed % 1000), a.tip - 1);
        if (hides) b.blockNumber = a.blockNumber + uint64(seed % 5);
        if (lies && !hides) b.head = keccak256(abi.encode(b.head, seed));
        bool listed = _placeIn(epoch, place) != 0;
        bool changes = false;
        for (uint256 e = books.length; e > 0 && books[e - 1].until > block.timestamp; --e) {
            uint256 at_ = _placeIn(e, place);
            if (at_ == 0) continue;
            listed = true;
            bool isSuspended = (books[e - 1].suspended >> (at_ - 1)) & 1 != 0;
            changes = changes || (!isSuspended && (bearsEvidence(books[e - 1]) || !stopped));
        }
        bool good = lies && listed && (changes || !proven[place]);
        bytes memory sigA = _signOne(keys[place], StatementHashes.hashOf(a));
        bytes memory sigB = _signOne(keys[place], StatementHashes.hashOf(b));
        try set.prove(a, sigA, b, sigB) {
            _judge(true, good);
            _hit("proven");
            if (hides) _hit("hidden tip proven");
            proven[place] = true;
            if (!_suspendForGood(place) || stopped) return;
            stopped = true;
            _hit("stopped");
        } catch {
            _judge(false, good);
        }
    }

    // What governor and guardian do

    /// @notice Writes the next set.
    function rotate(uint256 seed, uint256 notice, uint256 choice) external counted("rotate") {
        uint256[] memory fresh = choosePlaces(POOL, seed);
        uint256 from = block.timestamp + bound(notice, 29 hours, 14 days + 1 hours);
        uint256 old = books.length;
        bytes32 structHash = Statements.rotationHashOf(
            uint32(old + 1),
            keccak256(MemberCode.pack(_membersOf(fresh))),
            uint64(from)
        );
        (bytes memory sigs, bool enough) = _signBy(old, structHash, _neededBy(old, true), choice);
        bool inTime = from >= block.timestamp + 30 hours && from <= block.timestamp + 14 days;
        bool good = enough && inTime && _isUsable(old) && _bears(fresh);
        vm.prank(governor);
        try set.rotate(_membersOf(fresh), uint40(from), sigs) {
            _judge(true, good);
            _hit("rotated");
            books[old - 1].until = from + 24 hours;
            _record(fresh, from, type(uint40).max);
        } catch {
            _judge(false, good);
        }
    }

    /// @notice Lets an edge go on.
    function clear(uint256 seed) external counted("clear") {
        bytes32 edge = edges[seed % 3];
        bool good = haltedSince[edge] != 0 && block.timestamp >= haltedSince[edge] + 24 hours;
        vm.prank(guardian);
        try set.clearHalt(edge) {
            _judge(true, good);
            _hit("cleared");
            haltedSince[edge] = 0;
            ++nonces[edge];
        } catch {
            _judge(false, good);
        }
    }

    /// @notice Suspends somebody, a member or not.
    function suspend(uint256 place) external counted("suspend") {
        place = bound(place, 0, POOL - 1);
        uint256 age = block.timestamp - suspensionsFrom;
        bool good = false;
        for (uint256 e = books.length; e > 0 && books[e - 1].until > block.timestamp; --e) {
            uint256 at_ = _placeIn(e, place);
            if (at_ != 0 && (suspendedIn(books[e - 1]) >> (at_ - 1)) & 1 == 0 && hasRoom(books[e - 1])) good = true;
        }
        good = good && (age < 30 days || age >= 60 days);
        vm.prank(guardian);
        try set.suspend(addresses[place]) {
            _judge(true, good);
            _hit("suspended");
            if (age >= 60 days) suspensionsFrom = block.timestamp;
            _suspendUntil(place, suspensionsFrom + 30 days);
        } catch {
            _judge(false, good);
        }
    }

    /// @notice One of the two agrees to a recovery set; mostly to the same as the other.
    function propose(uint256 seed, bool byGuardian) external counted("propose") {
        address by = byGuardian ? guardian : governor;
        address other = byGuardian ? governor : guardian;
        if (seed % 8 == 0 || agreedSeed == 0) agreedSeed = seed | 1;
        uint256[] memory fresh = choosePlaces(POOL, agreedSeed);
        bool good = proposedAt == 0 || block.timestamp >= proposedAt + 60 days;
        vm.prank(by);
        try set.proposeRecovery(_membersOf(fresh)) {
            _judge(true, good);
            _hit("agreed");
            (agreedTo[by], agreedAt[by]) = (agreedSeed, block.timestamp);
            if (agreedTo[other] != agreedSeed || block.timestamp > agreedAt[other] + 7 days) return;
            (agreedTo[by], agreedTo[other]) = (0, 0);
            (waiting, proposedAt, frozenUntil) = (true, block.timestamp, block.timestamp + 21 days);
            candidates = fresh;
            agreedSeed = 0;
            _hit("recovery proposed");
        } catch {
            _judge(false, good);
        }
    }

    /// @notice One of the two withdraws; every other time, since it ends what takes a fortnight.
    function withdraw(uint256 seed, bool byGuardian) external counted("withdraw") {
        if (seed % 2 != 0) return;
        bool good = waiting && block.timestamp < frozenUntil;
        vm.prank(byGuardian ? guardian : governor);
        try set.withdrawRecovery() {
            _judge(true, good);
            _hit("withdrawn");
            (waiting, frozenUntil) = (false, block.timestamp);
        } catch {
            _judge(false, good);
        }
    }

    /// @notice Anyone installs what was proposed, half of the time as soon as that is possible.
    function recover(bool whenRipe) external counted("recover") {
        uint256 ripeAt = proposedAt + 14 days;
        if (whenRipe && waiting && vm.getBlockTimestamp() < ripeAt) vm.warp(ripeAt);
        bool good = waiting && block.timestamp < frozenUntil && block.timestamp >= ripeAt && _bears(candidates);
        try set.recover(_membersOf(candidates)) {
            _judge(true, good);
            _hit("recovered");
            for (uint256 e = books.length; e > 0 && books[e - 1].until > block.timestamp; --e) {
                books[e - 1].until = block.timestamp;
            }
            (waiting, stopped, frozenUntil) = (false, false, block.timestamp + 30 hours);
            _record(candidates, block.timestamp + 30 hours, type(uint40).max);
        } catch {
            _judge(false, good);
        }
    }

    /// @notice Lets time pass: hours, sometimes days, and often to where a recovery set can be installed.
    function pass(uint256 hours_) external {
        uint256 now_ = vm.getBlockTimestamp();
        if (waiting && now_ < proposedAt + 14 days && hours_ % 2 == 0) {
            vm.warp(proposedAt + 14 days + (hours_ % 3) * 1 days);
            return;
        }
        hours_ = hours_ % 8 == 0 ? bound(hours_, 24, 15 * 24) : bound(hours_, 1, 20);
        vm.warp(now_ + hours_ * 1 hours);
    }

    // Books

    function _record(uint256[] memory pool, uint256 from, uint256 until) private {
        uint256 bits = 0;
        for (uint256 i = 0; i < pool.length; ++i) if (proven[pool[i]]) bits |= 1 << i;
        books.push(Book(pool, pool.length - (pool.length - 1) / 3, bits, 0, 0, from, until));
    }

    /// @dev Suspends for good in every book that is not over and bears it; the guardian's first suspension gives way where
    ///      both together are too many. Says whether a book bore no more.
    function _suspendForGood(uint256 place) private returns (bool full) {
        for (uint256 e = books.length; e > 0 && books[e - 1].until > block.timestamp; --e) {
            uint256 at_ = _placeIn(e, place);
            if (at_ == 0 || (books[e - 1].suspended >> (at_ - 1)) & 1 != 0) continue;
            if (bearsEvidence(books[e - 1])) suspendForGood(books[e - 1], at_);
            else full = true;
        }
    }

    /// @dev Suspends until a time in every book that is not over and has room.
    function _suspendUntil(uint256 place, uint256 until) private {
        for (uint256 e = books.length; e > 0 && books[e - 1].until > block.timestamp; --e) {
            uint256 at_ = _placeIn(e, place);
            if (at_ == 0 || (suspendedIn(books[e - 1]) >> (at_ - 1)) & 1 != 0 || !hasRoom(books[e - 1])) continue;
            suspendUntil(books[e - 1], at_, until);
        }
    }

    function _judge(bool happened, bool expected) private {
        if (happened != expected) ++surprises;
    }

    function _bears(uint256[] memory pool) private view returns (bool) {
        uint256 count = 0;
        for (uint256 i = 0; i < pool.length; ++i) if (proven[pool[i]]) ++count;
        return count <= (pool.length - 1) / 3;
    }

    function _isUsable(uint256 epoch) private view returns (bool) {
        if (epoch == 0 || epoch > books.length || stopped || block.timestamp < frozenUntil) return false;
        return block.timestamp >= books[epoch - 1].from && block.timestamp < books[epoch - 1].until;
    }

    function _placeIn(uint256 epoch, uint256 place) private view returns (uint256) {
        if (epoch == 0 || epoch > books.length) return 0;
        uint256[] storage pool = books[epoch - 1].pool;
        for (uint256 i = 0; i < pool.length; ++i) if (pool[i] == place) return i + 1;
        return 0;
    }

    function _active() private view returns (uint256 epoch) {
        for (epoch = books.length; epoch > 1 && books[epoch - 1].from > block.timestamp; --epoch) continue;
    }

    /// @dev Mostly the active epoch, or one of those around it.
    function _recent(uint256 seed) private view returns (uint256) {
        if (seed % 4 != 0) return _active();
        return books.length - ((seed / 4) % (books.length < 3 ? books.length : 3));
    }

    function _neededBy(uint256 epoch, bool quorum) private view returns (uint256) {
        Book storage book = books[epoch - 1];
        return quorum ? book.k : book.pool.length - book.k + 1;
    }

    function _membersOf(uint256[] memory pool) private view returns (address[] memory members) {
        members = new address[](pool.length);
        for (uint256 i = 0; i < pool.length; ++i) members[i] = addresses[pool[i]];
    }

    /// @dev The one head that an honest key signs for this count, restated under any block and epoch. Later blocks have a
    ///      later second or the same, and a tip at least as high.
    function _headOf(
        bytes32 edge,
        uint64 count,
        uint256 epoch,
        uint256 seed
    ) private pure returns (JournalHead memory) {
        bytes32 head = keccak256(abi.encode(edge, count));
        uint64 number = 1_000 + uint64(seed % 1e9);
        return JournalHead(edge, count, number / 2, head, number, bytes32(seed), number / 3, uint32(epoch));
    }

    /// @dev Signatures of an epoch's members, and whether they are enough: mostly exactly enough of those not suspended,
    ///      else one less, or any choice at all.
    function _signBy(
        uint256 epoch,
        bytes32 structHash,
        uint256 needed,
        uint256 choice
    ) private view returns (bytes memory sigs, bool enough) {
        Book storage book = books[epoch - 1];
        uint256 mask = chooseSigners(book, choice % 8 == 0 ? needed - 1 : needed, choice);
        uint256 taken = 0;
        for (uint256 i = 0; i < book.pool.length; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            sigs = bytes.concat(sigs, _signOne(keys[book.pool[i]], structHash));
            ++taken;
        }
        enough = taken >= needed && mask & suspendedIn(books[epoch - 1]) == 0;
    }

    function _signOne(uint256 key, bytes32 structHash) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, Statements.digestOf(domain, structHash));
        return abi.encodePacked(r, s, v);
    }
}
