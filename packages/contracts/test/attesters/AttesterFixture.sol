// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {MemberCode} from "../../solidity/attesters/MemberCode.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";

/// @notice A verifier whose first epoch has seven attesters (k = 5, f = 2, a halt takes 3), and the keys of every epoch.
abstract contract AttesterFixture is Test {
    uint40 internal constant START = 1_800_000_000;
    bytes32 internal constant EDGE = keccak256("an edge");
    bytes32 internal constant OTHER_EDGE = keccak256("another edge");
    bytes32 internal constant HEAD = keccak256("a head");
    bytes32 internal constant OTHER_HEAD = keccak256("another head");
    /// @dev The order of secp256k1.
    uint256 internal constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    address internal governor = makeAddr("governor");
    address internal guardian = makeAddr("guardian");
    address internal stranger = makeAddr("stranger");
    /// @dev Keys of each epoch, whose addresses ascend.
    mapping(uint32 epoch => uint256[]) internal keysOf;
    AttesterSet internal set;

    function setUp() public virtual {
        vm.warp(START);
        keysOf[1] = makeKeys("first", 7);
        set = new AttesterSet(addressesOf(keysOf[1]), START, governor, guardian);
    }

    /// @dev Keys drawn from a label, in the order of their addresses.
    function makeKeys(string memory label, uint256 n) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](n);
        address[] memory owners = new address[](n);
        for (uint256 i = 0; i < n; ++i) {
            uint256 key = uint256(keccak256(abi.encode(label, i)));
            address owner = vm.addr(key);
            uint256 j = i;
            for (; j > 0 && owners[j - 1] > owner; --j) (owners[j], keys[j]) = (owners[j - 1], keys[j - 1]);
            (owners[j], keys[j]) = (owner, key);
        }
    }

    /// @dev The first keys of one list and the first of another, in the order of their addresses.
    function mixKeys(
        uint256[] memory some,
        uint256 count,
        uint256[] memory others,
        uint256 otherCount
    ) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](count + otherCount);
        for (uint256 i = 0; i < keys.length; ++i) {
            uint256 key = i < count ? some[i] : others[i - count];
            uint256 j = i;
            for (; j > 0 && vm.addr(keys[j - 1]) > vm.addr(key); --j) keys[j] = keys[j - 1];
            keys[j] = key;
        }
    }

    function addressesOf(uint256[] memory keys) internal pure returns (address[] memory members) {
        members = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) members[i] = vm.addr(keys[i]);
    }

    function member(uint32 epoch, uint256 index) internal view returns (address) {
        return vm.addr(keysOf[epoch][index]);
    }

    function signOne(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, Statements.digestOf(set.domainSeparator(), structHash));
        return abi.encodePacked(r, s, v);
    }

    /// @dev Signatures of an epoch's members from `first` on.
    function signSome(
        uint32 epoch,
        bytes32 structHash,
        uint256 first,
        uint256 count
    ) internal view returns (bytes memory sigs) {
        for (uint256 i = first; i < first + count; ++i)
            sigs = bytes.concat(sigs, signOne(keysOf[epoch][i], structHash));
    }

    function signFirst(uint32 epoch, bytes32 structHash, uint256 count) internal view returns (bytes memory) {
        return signSome(epoch, structHash, 0, count);
    }

    function headAt(
        bytes32 edge,
        uint64 count,
        bytes32 head,
        uint32 epoch
    ) internal view returns (JournalHead memory statement) {
        statement = JournalHead(edge, count, count, head, 100, keccak256("block"), uint64(block.timestamp), epoch);
    }

    /// @dev A statement about `EDGE` under an epoch, with so many signatures.
    function signedHead(
        uint32 epoch,
        uint256 count
    ) internal view returns (JournalHead memory statement, bytes memory sigs) {
        statement = headAt(EDGE, 64, HEAD, epoch);
        sigs = signFirst(epoch, StatementHashes.hashOf(statement), count);
    }

    function rotationOf(uint32 epoch, uint256[] memory keys, uint40 activeFrom) internal pure returns (bytes32) {
        return Statements.rotationHashOf(epoch, keccak256(MemberCode.pack(addressesOf(keys))), activeFrom);
    }

    /// @dev Rotates to these keys as governor, signed by k members of the newest epoch.
    function rotateTo(uint256[] memory keys, uint40 activeFrom) internal returns (uint32 next) {
        uint32 old = set.newestEpoch();
        next = old + 1;
        bytes memory sigs = signFirst(old, rotationOf(next, keys, activeFrom), set.k(old));
        address[] memory members = addressesOf(keys);
        vm.prank(governor);
        set.rotate(members, activeFrom, sigs);
        keysOf[next] = keys;
    }

    /// @dev Halts an edge with the fewest signatures of the active epoch.
    function haltEdge(bytes32 edge) internal {
        uint32 active = set.epoch();
        (, uint64 nonce, ) = set.haltOf(edge);
        uint256 needed = keysOf[active].length - set.k(active) + 1;
        bytes memory sigs = signFirst(active, Statements.haltHashOf(edge, nonce, active), needed);
        set.halt(edge, nonce, active, sigs, "reason");
    }

    /// @dev Submits two signed heads of one member for one count.
    function proveAgainst(uint256 key, uint32 epoch) internal {
        JournalHead memory a = headAt(EDGE, 64, HEAD, epoch);
        JournalHead memory b = headAt(EDGE, 64, OTHER_HEAD, epoch);
        bytes memory sigA = signOne(key, StatementHashes.hashOf(a));
        bytes memory sigB = signOne(key, StatementHashes.hashOf(b));
        set.prove(a, sigA, b, sigB);
    }

    /// @dev Governor and guardian agree.
    function proposeTogether(uint256[] memory keys) internal {
        address[] memory members = addressesOf(keys);
        vm.prank(governor);
        set.proposeRecovery(members);
        vm.prank(guardian);
        set.proposeRecovery(members);
    }
}
