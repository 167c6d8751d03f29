// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {Building} from "../harness/Building.sol";

/// @notice Who may be in a set, and which signatures it takes.
contract AttesterSetTest is Test, Building {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint40 private constant FROM = 1_800_000_000;
    bytes32 private constant STRUCT_HASH = keccak256("a statement");

    address private governor = makeAddr("governor");
    address private guardian = makeAddr("guardian");
    /// @dev Keys whose addresses ascend; 7 members, so k = 5.
    uint256[] private keys;
    address[] private members;
    AttesterSet private set;

    function setUp() public {
        vm.warp(FROM);
        _makeMembers(7);
        set = new AttesterSet(members, FROM, governor, guardian);
    }

    // Refusals at construction

    function test_refuses_three_members() public {
        _expect(abi.encodeWithSelector(IAttesterSet.MemberCountOutOfRange.selector, 3, 4, 31));
        this.build(_firstMembers(3));
    }

    function test_refuses_thirty_two_members() public {
        address[] memory many = new address[](32);
        for (uint160 i = 0; i < 32; ++i) many[i] = address(0x1000 + i);
        _expect(abi.encodeWithSelector(IAttesterSet.MemberCountOutOfRange.selector, 32, 4, 31));
        this.build(many);
    }

    function test_refuses_members_out_of_order() public {
        (members[1], members[2]) = (members[2], members[1]);
        _expect(abi.encodeWithSelector(IAttesterSet.MembersNotAscending.selector, members[1], members[2]));
        this.build(members);
    }

    function test_refuses_a_member_listed_twice() public {
        members[2] = members[1];
        _expect(abi.encodeWithSelector(IAttesterSet.MembersNotAscending.selector, members[1], members[1]));
        this.build(members);
    }

    function test_refuses_the_zero_address_as_a_member() public {
        members[0] = address(0);
        _expect(abi.encodeWithSelector(IAttesterSet.MembersNotAscending.selector, address(0), address(0)));
        this.build(members);
    }

    function test_refuses_a_contract_as_a_member() public {
        vm.etch(members[3], hex"00");
        _expect(abi.encodeWithSelector(IAttesterSet.MemberIsContract.selector, members[3]));
        this.build(members);
    }

    function test_refuses_a_missing_role() public {
        _expect(abi.encodeWithSelector(IAttesterSet.RoleMissing.selector));
        this.build("AttesterSet.sol:AttesterSet", abi.encode(members, FROM, address(0), guardian));
        _expect(abi.encodeWithSelector(IAttesterSet.RoleMissing.selector));
        this.build("AttesterSet.sol:AttesterSet", abi.encode(members, FROM, governor, address(0)));
    }

    // Refusals of signatures

    function test_refuses_one_signature_below_the_quorum() public {
        _expect(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 4, 5));
        set.verify(STRUCT_HASH, 1, _signAll(4));
    }

    function test_refuses_no_signatures() public {
        _expect(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 0, 5));
        set.verify(STRUCT_HASH, 1, "");
    }

    function test_refuses_signatures_out_of_order() public {
        bytes memory sigs = bytes.concat(_sign(1), _sign(0), _sign(2), _sign(3), _sign(4));
        _expect(abi.encodeWithSelector(IAttesterSet.SignersNotAscending.selector, 1, members[1], members[0]));
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function test_refuses_one_signer_twice() public {
        bytes memory sigs = bytes.concat(_sign(0), _sign(1), _sign(2), _sign(3), _sign(3));
        _expect(abi.encodeWithSelector(IAttesterSet.SignersNotAscending.selector, 4, members[3], members[3]));
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function test_refuses_the_other_form_of_a_signature() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[2], _digest());
        bytes32 highS = bytes32(ORDER - uint256(s));
        bytes memory flipped = abi.encodePacked(r, highS, v == 27 ? uint8(28) : uint8(27));
        bytes memory sigs = bytes.concat(_sign(0), _sign(1), flipped, _sign(3), _sign(4));
        _expect(abi.encodeWithSelector(IAttesterSet.SignatureMalleable.selector, 2, highS));
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function test_takes_the_half_order_itself_and_nothing_above_it() public {
        bytes32 half = bytes32(ORDER / 2);
        address at = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        bytes32 digest = Statements.digestOf(Statements.domainSeparatorOf(block.chainid, at), STRUCT_HASH);
        // Whom such a signature is of follows from any point and the digest.
        address[] memory listed = new address[](4);
        bytes32[] memory points = new bytes32[](4);
        for (uint256 i = 0; i < 4; ++i) {
            bytes32 point = bytes32(vm.createWallet(i + 1).publicKeyX);
            address signer = ecrecover(digest, 27, point, half);
            uint256 j = i;
            for (; j > 0 && listed[j - 1] > signer; --j) (listed[j], points[j]) = (listed[j - 1], points[j - 1]);
            (listed[j], points[j]) = (signer, point);
        }
        AttesterSet other = new AttesterSet(listed, FROM, governor, guardian);
        assertEq(address(other), at);
        bytes memory sigs = "";
        for (uint256 i = 0; i < 3; ++i) sigs = bytes.concat(sigs, abi.encodePacked(points[i], half, uint8(27)));
        other.verify(STRUCT_HASH, 1, sigs);
        // A stranger's is refused as a stranger's.
        address stranger = ecrecover(_digest(), 27, points[0], half);
        bytes memory strange = bytes.concat(abi.encodePacked(points[0], half, uint8(27)), _signAll(5));
        _expect(abi.encodeWithSelector(IAttesterSet.SignerUnknown.selector, 0, stranger, 1));
        set.verify(STRUCT_HASH, 1, strange);
        sigs[63] = bytes1(uint8(sigs[63]) + 1);
        bytes32 above = bytes32(ORDER / 2 + 1);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignatureMalleable.selector, 0, above));
        other.verify(STRUCT_HASH, 1, sigs);
    }

    function test_refuses_a_signature_of_64_bytes() public {
        bytes memory sigs = _signAll(5);
        assembly ("memory-safe") {
            mstore(sigs, sub(mload(sigs), 1))
        }
        _expect(abi.encodeWithSelector(IAttesterSet.SignaturesNotWhole.selector, 324));
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function test_refuses_a_signature_of_zeros() public {
        bytes memory sigs = bytes.concat(_sign(0), _sign(1), new bytes(65), _sign(3), _sign(4));
        _expect(abi.encodeWithSelector(IAttesterSet.SignatureInvalid.selector, 2));
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function testFuzz_refuses_a_recovery_byte_other_than_27_and_28(uint8 v) public {
        vm.assume(v != 27 && v != 28);
        bytes memory sigs = _signAll(5);
        sigs[64] = bytes1(v);
        _expect(abi.encodeWithSelector(IAttesterSet.SignatureInvalid.selector, 0));
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function test_refuses_a_foreign_signer() public {
        (address stranger, uint256 key) = _strangerAbove(members[3]);
        bytes memory sigs = bytes.concat(_sign(0), _sign(1), _sign(2), _sign(3), _signWith(key));
        _expect(abi.encodeWithSelector(IAttesterSet.SignerUnknown.selector, 4, stranger, 1));
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function test_refuses_a_foreign_signer_beyond_the_quorum() public {
        (address stranger, uint256 key) = _strangerAbove(members[4]);
        bytes memory sigs = bytes.concat(_signAll(5), _signWith(key));
        _expect(abi.encodeWithSelector(IAttesterSet.SignerUnknown.selector, 5, stranger, 1));
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function test_refuses_a_suspended_signer() public {
        // Bit 2 of the bitmap, which starts 16 bits into the epoch's slot.
        bytes32 slot = keccak256(abi.encode(uint32(1), uint256(0)));
        vm.store(address(set), slot, vm.load(address(set), slot) | bytes32(uint256(1 << 2) << 16));
        assertEq(set.suspended(1), 1 << 2);
        _expect(abi.encodeWithSelector(IAttesterSet.SignerSuspended.selector, 2, members[2], 1));
        set.verify(STRUCT_HASH, 1, _signAll(5));
        set.verify(STRUCT_HASH, 1, bytes.concat(_sign(0), _sign(1), _sign(3), _sign(4), _sign(5)));
    }

    function test_refuses_an_epoch_that_was_never_written() public {
        bytes memory sigs = _signAll(5);
        _expect(abi.encodeWithSelector(IAttesterSet.EpochUnknown.selector, 0, 1));
        set.verify(STRUCT_HASH, 0, sigs);
        _expect(abi.encodeWithSelector(IAttesterSet.EpochUnknown.selector, 2, 1));
        set.verify(STRUCT_HASH, 2, sigs);
        _expect(abi.encodeWithSelector(IAttesterSet.EpochUnknown.selector, 2, 1));
        set.members(2);
    }

    function test_refuses_an_epoch_before_it_is_active() public {
        bytes memory sigs = _signAll(5);
        vm.warp(FROM - 1);
        assertEq(set.epoch(), 0);
        _expect(abi.encodeWithSelector(IAttesterSet.EpochNotActive.selector, 1, FROM, FROM - 1));
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function testFuzz_refuses_signatures_over_anything_else(bytes32 other) public {
        vm.assume(other != STRUCT_HASH);
        bytes memory sigs = _signAll(7);
        vm.expectPartialRevert(bytes4(0));
        this.verifyOrRefuse(other, sigs);
    }

    function test_refuses_signatures_made_for_another_chain() public {
        bytes memory sigs = _signAll(5);
        set.verify(STRUCT_HASH, 1, sigs);
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function test_refuses_signatures_made_for_another_verifier() public {
        AttesterSet other = new AttesterSet(members, FROM, governor, guardian);
        bytes memory sigs = _signAll(5);
        vm.expectRevert();
        other.verify(STRUCT_HASH, 1, sigs);
    }

    // What is taken

    function testFuzz_takes_every_choice_of_at_least_k_members(uint256 n, uint256 choice) public {
        n = bound(n, 4, 31);
        _makeMembers(n);
        set = new AttesterSet(members, FROM, governor, guardian);
        uint256 k = (2 * n) / 3 + 1;
        assertEq(set.k(1), k);
        bytes memory sigs;
        uint256 taken = 0;
        for (uint256 i = 0; i < n; ++i) {
            bool mustTake = n - i <= k - (taken < k ? taken : k);
            if (mustTake || (choice >> i) & 1 != 0) {
                sigs = bytes.concat(sigs, _sign(i));
                ++taken;
            }
        }
        assertGe(taken, k);
        set.verify(STRUCT_HASH, 1, sigs);
    }

    function test_takes_a_set_of_thirty_one() public {
        _makeMembers(31);
        set = new AttesterSet(members, FROM, governor, guardian);
        assertEq(set.k(1), 21);
        set.verify(STRUCT_HASH, 1, _signAll(21));
    }

    function test_shows_its_epoch() public view {
        assertEq(set.epoch(), 1);
        assertEq(set.newestEpoch(), 1);
        assertEq(set.k(1), 5);
        assertEq(set.activeFrom(1), FROM);
        assertEq(set.expires(1), type(uint40).max);
        assertEq(set.suspended(1), 0);
        assertEq(set.governor(), governor);
        assertEq(set.guardian(), guardian);
        assertEq(abi.encode(set.members(1)), abi.encode(members));
    }

    function test_tells_of_its_first_epoch() public {
        vm.expectEmit();
        emit IAttesterSet.Rotated(1, members, 5);
        new AttesterSet(members, FROM, governor, guardian);
    }

    function test_two_correct_halves_of_a_set_never_sign_apart() public pure {
        // Two quorums share more members than may be dishonest: 2k − n > n − k for every n.
        for (uint256 n = 4; n <= 31; ++n) {
            uint256 k = (2 * n) / 3 + 1;
            assertGt(2 * k - n, n - k);
            assertGe(n - (n - 1) / 3, k);
        }
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_statement_is_signed_through_its_hash(JournalHead memory statement) public view {
        bytes32 typeHash = keccak256(
            "JournalHead(bytes32 edge,uint64 count,uint64 tip,bytes32 head,uint64 blockNumber,bytes32 blockHash,uint64 asOf,uint32 epoch)"
        );
        bytes32 structHash = keccak256(
            abi.encode(
                typeHash,
                statement.edge,
                statement.count,
                statement.tip,
                statement.head,
                statement.blockNumber,
                statement.blockHash,
                statement.asOf,
                statement.epoch
            )
        );
        assertEq(StatementHashes.hashOf(statement), structHash);
        bytes memory signedBytes = abi.encodePacked(hex"1901", set.domainSeparator(), structHash);
        assertEq(set.hashOf(statement), keccak256(signedBytes));
    }

    function test_verifying_nine_of_thirteen_costs_at_most_50000_gas() public {
        _makeMembers(13);
        set = new AttesterSet(members, FROM, governor, guardian);
        bytes memory sigs = _signAll(9);
        vm.cool(address(set));
        uint256 before = gasleft();
        set.verify(STRUCT_HASH, 1, sigs);
        uint256 used = before - gasleft();
        emit log_named_uint("verify, 9 of 13", used);
        assertLe(used, 50_000);
    }

    function test_verifying_a_head_by_nine_of_thirteen_costs_at_most_45000_gas() public {
        _makeMembers(13);
        set = new AttesterSet(members, FROM, governor, guardian);
        JournalHead memory statement = JournalHead(STRUCT_HASH, 64, 64, STRUCT_HASH, 1, STRUCT_HASH, FROM, 1);
        bytes32 digest = set.hashOf(statement);
        bytes memory sigs;
        for (uint256 i = 0; i < 9; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
        vm.cool(address(set));
        uint256 before = gasleft();
        set.verifyHead(statement, sigs);
        uint256 used = before - gasleft();
        emit log_named_uint("verifyHead, 9 of 13", used);
        assertLe(used, 45_000);
    }

    function build(address[] memory listed) external {
        new AttesterSet(listed, FROM, governor, guardian);
    }

    function verifyOrRefuse(bytes32 structHash, bytes calldata sigs) external view {
        try set.verify(structHash, 1, sigs) {} catch {
            assembly ("memory-safe") {
                mstore(0, 0)
                revert(0, 4)
            }
        }
    }

    function _expect(bytes memory refusal) private {
        vm.expectRevert(refusal);
    }

    function _makeMembers(uint256 n) private {
        delete keys;
        delete members;
        for (uint256 i = 0; i < n; ++i) {
            uint256 key = uint256(keccak256(abi.encode("attester", i)));
            address member = vm.addr(key);
            keys.push(key);
            members.push(member);
            for (uint256 j = i; j > 0 && members[j - 1] > member; --j) {
                (members[j], members[j - 1]) = (members[j - 1], members[j]);
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
            }
        }
    }

    function _firstMembers(uint256 n) private view returns (address[] memory first) {
        first = new address[](n);
        for (uint256 i = 0; i < n; ++i) first[i] = members[i];
    }

    function _strangerAbove(address floor) private pure returns (address stranger, uint256 key) {
        for (uint256 i = 0; stranger <= floor; ++i) {
            key = uint256(keccak256(abi.encode("stranger", i)));
            stranger = vm.addr(key);
        }
    }

    function _digest() private view returns (bytes32) {
        return Statements.digestOf(Statements.domainSeparatorOf(block.chainid, address(set)), STRUCT_HASH);
    }

    function _sign(uint256 index) private view returns (bytes memory) {
        return _signWith(keys[index]);
    }

    function _signWith(uint256 key) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest());
        return abi.encodePacked(r, s, v);
    }

    function _signAll(uint256 count) private view returns (bytes memory sigs) {
        for (uint256 i = 0; i < count; ++i) sigs = bytes.concat(sigs, _sign(i));
    }
}
