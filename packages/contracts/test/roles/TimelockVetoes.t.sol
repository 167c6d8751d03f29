// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {ISuretyTimelock, KindOfAct} from "../../solidity/roles/ISuretyTimelock.sol";
import {RoleHolder} from "../../solidity/roles/RoleHolder.sol";
import {SuretyTimelock} from "../../solidity/roles/SuretyTimelock.sol";
import {AttesterFixture} from "../attesters/AttesterFixture.sol";

/// @notice A target that claims that k attesters signed whatever it is called with.
contract LyingTarget {
    bytes32 public content = keccak256("signed, believe me");

    function setContent(bytes32 content_) external {
        content = content_;
    }

    function rotationContentOf(address[] calldata, uint40, bytes calldata) external view returns (bytes32) {
        return content;
    }
}

/// @notice A target that names no content: it answers with another number of bytes.
contract OddTarget {
    function rotationContentOf(address[] calldata, uint40, bytes calldata) external pure returns (bytes32, bytes32) {
        return (keccak256("one"), keccak256("another"));
    }
}

/// @notice A verifier under the timelock: what the guardian's vetoes bound, and what they do not.
contract TimelockVetoesTest is AttesterFixture {
    address private constant PROPOSER = address(0x2000);
    address private constant SECOND = address(0x2001);
    address private constant GUARDIAN = address(0x2002);
    bytes32 private constant PROPOSER_ROLE = keccak256("PROPOSER_ROLE");
    bytes32 private constant CANCELLER_ROLE = keccak256("CANCELLER_ROLE");

    SuretyTimelock private timelock;
    RoleHolder private role;
    uint256[] private nextKeys;

    function setUp() public override {
        super.setUp();
        address[] memory proposers = new address[](2);
        (proposers[0], proposers[1]) = (PROPOSER, SECOND);
        timelock = new SuretyTimelock(48 hours, proposers, GUARDIAN, new address[](1), new KindOfAct[](0));
        role = RoleHolder(timelock.guardian());
        (governor, guardian) = (address(timelock), address(role));
        set = new AttesterSet(addressesOf(keysOf[1]), START, governor, guardian);
        nextKeys = makeKeys("second", 7);
    }

    // What carries k signatures

    function test_I9_a_rotation_that_was_cancelled_twice_cannot_be_cancelled_a_third_time() public {
        uint40 from = START + 12 days;
        for (uint256 round = 0; round < 2; ++round) {
            bytes32 id = _schedule(_rotation(nextKeys, from, 5), bytes32(round));
            assertFalse(timelock.isBeyondVeto(id));
            vm.warp(vm.getBlockTimestamp() + 47 hours);
            _cancel(id);
            assertFalse(timelock.isOperation(id));
        }
        // Another salt, another date, other signers: the same set of the same epoch.
        bytes memory data = _rotation(nextKeys, from + 1 hours, 6);
        bytes32 third = _schedule(data, "third");
        assertTrue(timelock.isBeyondVeto(third));
        bytes32 content = set.rotationContentOf(addressesOf(nextKeys), from, _sign(nextKeys, from, 5));
        content = keccak256(abi.encode(address(set), bytes4(data), content));
        bytes memory cancelling = abi.encodeCall(timelock.cancel, (third));
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.VetoesSpent.selector, third, content));
        role.act(address(timelock), cancelling);
        assertEq(_cancelBatch(third, third), 0);
        vm.warp(vm.getBlockTimestamp() + 48 hours);
        timelock.execute(address(set), 0, data, 0, "third");
        assertEq(set.newestEpoch(), 2);
        assertEq(abi.encode(set.members(2)), abi.encode(addressesOf(nextKeys)));
    }

    /// @dev Else governor and k attesters would pass three copies at once, and a veto would be none.
    function test_copies_that_wait_at_once_are_cancelled_as_one() public {
        bytes memory data = _rotation(nextKeys, START + 12 days, 5);
        bytes32[4] memory copies;
        for (uint256 i = 0; i < 4; ++i) copies[i] = _schedule(data, bytes32(i));
        for (uint256 i = 0; i < 3; ++i) _cancel(copies[i]);
        // Scheduled after one veto; a copy of before it is cancelled without counting.
        bytes32 second = _schedule(data, "second");
        _cancel(copies[3]);
        _cancel(second);
        assertTrue(timelock.isBeyondVeto(_schedule(data, "third")));
    }

    function test_another_set_is_another_operation() public {
        uint40 from = START + 12 days;
        for (uint256 i = 0; i < 2; ++i) _cancel(_schedule(_rotation(nextKeys, from, 5), bytes32(i)));
        bytes32 id = _schedule(_rotation(makeKeys("third", 7), from, 5), 0);
        assertFalse(timelock.isBeyondVeto(id));
        _cancel(id);
    }

    function test_what_k_attesters_did_not_sign_can_be_cancelled_for_ever() public {
        uint40 from = START + 12 days;
        address[] memory members = addressesOf(nextKeys);
        bytes memory four = abi.encodeCall(IAttesterSet.rotate, (members, from, _sign(nextKeys, from, 4)));
        bytes memory other = abi.encodeCall(IAttesterSet.rotate, (members, from + 1, _sign(nextKeys, from, 5)));
        bytes memory short = abi.encodePacked(IAttesterSet.rotate.selector);
        bytes[4] memory unsigned = [four, other, short, abi.encodeCall(IAttesterSet.proposeRecovery, (members))];
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 round = 0; round < 4; ++round) _cancel(_schedule(unsigned[i], bytes32(round)));
        }
    }

    /// @dev Signatures exempt one call: an act that rides with it in a batch, or value that leaves with it, is not signed.
    function test_signatures_exempt_no_batch_and_no_value() public {
        bytes memory data = _rotation(nextKeys, START + 12 days, 5);
        (address[] memory targets, bytes[] memory payloads) = (new address[](2), new bytes[](2));
        (targets[0], targets[1]) = (address(set), address(this));
        payloads[0] = data;
        for (uint256 round = 0; round < 4; ++round) {
            vm.startPrank(PROPOSER);
            timelock.scheduleBatch(targets, new uint256[](2), payloads, 0, bytes32(round), 48 hours);
            timelock.schedule(address(set), 1, data, 0, bytes32(round), 48 hours);
            vm.stopPrank();
            _cancel(timelock.hashOperationBatch(targets, new uint256[](2), payloads, 0, bytes32(round)));
            _cancel(timelock.hashOperation(address(set), 1, data, 0, bytes32(round)));
        }
    }

    /// @dev Whoever stole a proposer gains nothing by a target that lies: it exempts calls to itself alone.
    function test_a_target_that_lies_exempts_calls_to_itself_alone() public {
        LyingTarget liar = new LyingTarget();
        liar.setContent(
            set.rotationContentOf(addressesOf(nextKeys), START + 12 days, _sign(nextKeys, START + 12 days, 5))
        );
        bytes memory data = abi.encodeCall(IAttesterSet.rotate, (addressesOf(nextKeys), START + 12 days, ""));
        for (uint256 i = 0; i < 2; ++i) _cancel(_scheduleAt(address(liar), data, bytes32(i)));
        assertTrue(timelock.isBeyondVeto(_scheduleAt(address(liar), data, "third")));
        // The same words at the verifier, or another call to the liar, are cancelled as ever.
        for (uint256 i = 0; i < 3; ++i) {
            _cancel(_scheduleAt(address(set), data, bytes32(i)));
            _cancel(_scheduleAt(address(liar), abi.encodeCall(LyingTarget.setContent, (0)), bytes32(i)));
        }
        assertFalse(timelock.isBeyondVeto(_schedule(_rotation(nextKeys, START + 12 days, 5), 0)));
    }

    function test_a_target_that_answers_oddly_or_not_at_all_exempts_nothing() public {
        bytes memory data = abi.encodeCall(IAttesterSet.rotate, (addressesOf(nextKeys), START + 12 days, ""));
        address[3] memory targets = [address(new OddTarget()), stranger, address(new LyingTarget())];
        LyingTarget(targets[2]).setContent(0);
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 round = 0; round < 4; ++round) _cancel(_scheduleAt(targets[i], data, bytes32(round)));
        }
    }

    function test_an_operation_that_is_scheduled_again_is_judged_again() public {
        bytes memory data = _rotation(nextKeys, START + 12 days, 5);
        bytes32 id = _schedule(data, 0);
        _cancel(id);
        _schedule(data, 0);
        _cancel(id);
        // One of the signers contradicted itself: what is scheduled now carries no k signatures.
        proveAgainst(keysOf[1][0], 1);
        assertEq(_schedule(data, 0), id);
        assertFalse(timelock.isBeyondVeto(id));
        _cancel(id);
    }

    // Frozen proposers, and vetoes in a list

    function test_the_guardian_freezes_a_proposer_at_once_and_the_freeze_ends() public {
        _act(abi.encodeCall(timelock.freezeProposer, (PROPOSER, START + 30 days)));
        assertEq(timelock.frozenUntil(PROPOSER), START + 30 days);
        bytes memory data = abi.encodeCall(IAttesterSet.proposeRecovery, (addressesOf(nextKeys)));
        vm.startPrank(PROPOSER);
        bytes memory refusal = abi.encodeWithSelector(
            ISuretyTimelock.ProposerFrozen.selector,
            PROPOSER,
            START + 30 days
        );
        vm.expectRevert(refusal);
        timelock.schedule(address(set), 0, data, 0, 0, 48 hours);
        vm.expectRevert(refusal);
        timelock.scheduleBatch(new address[](1), new uint256[](1), new bytes[](1), 0, 0, 48 hours);
        vm.stopPrank();
        vm.prank(SECOND);
        timelock.schedule(address(set), 0, data, 0, 0, 48 hours);
        vm.warp(START + 30 days);
        vm.prank(PROPOSER);
        timelock.schedule(address(set), 0, data, 0, "again", 48 hours);
    }

    function test_the_guardian_lifts_a_freeze_and_freezes_proposers_alone_for_30_days_at_most() public {
        _act(abi.encodeCall(timelock.freezeProposer, (PROPOSER, START + 1 days)));
        vm.expectEmit(address(timelock));
        emit ISuretyTimelock.ProposerFreezeSet(PROPOSER, 0);
        _act(abi.encodeCall(timelock.freezeProposer, (PROPOSER, 0)));
        _schedule(abi.encodeCall(IAttesterSet.proposeRecovery, (addressesOf(nextKeys))), 0);
        uint40 most = START + 30 days;
        bytes memory longer = abi.encodeCall(timelock.freezeProposer, (PROPOSER, most + 1));
        bytes memory other = abi.encodeCall(timelock.freezeProposer, (stranger, most));
        vm.startPrank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.FreezeTooLong.selector, most + 1, most));
        role.act(address(timelock), longer);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.NotProposer.selector, stranger));
        role.act(address(timelock), other);
        vm.stopPrank();
        address[3] memory others = [PROPOSER, SECOND, stranger];
        for (uint256 i = 0; i < 3; ++i) {
            vm.startPrank(others[i]);
            vm.expectRevert();
            timelock.freezeProposer(PROPOSER, START + 1 days);
            vm.expectRevert();
            timelock.cancelBatch(new bytes32[](0));
            vm.stopPrank();
        }
    }

    /// @dev Else a stolen guardian would freeze every proposer and end the verifier by it.
    function test_I9_a_frozen_proposer_schedules_what_k_attesters_signed() public {
        _act(abi.encodeCall(timelock.freezeProposer, (PROPOSER, START + 30 days)));
        bytes memory data = _rotation(nextKeys, START + 12 days, 5);
        _schedule(data, 0);
        vm.warp(START + 48 hours);
        timelock.execute(address(set), 0, data, 0, 0);
        assertEq(set.newestEpoch(), 2);
    }

    /// @dev A thief who schedules hundreds of acts is stopped in one call, whichever of them are gone already.
    function test_a_list_is_cancelled_in_one_call_and_passes_over_what_is_gone() public {
        bytes32[] memory ids = new bytes32[](100);
        for (uint256 i = 0; i < 100; ++i) ids[i] = _schedule(abi.encodePacked(bytes4("bad!")), bytes32(i));
        _cancel(ids[7]);
        ids[8] = "never scheduled";
        ids[9] = ids[10];
        vm.prank(GUARDIAN);
        bytes memory answer = role.act(address(timelock), abi.encodeCall(timelock.cancelBatch, (ids)));
        assertEq(abi.decode(answer, (uint256)), 97);
        assertEq(timelock.pendingOperations().length, 2);
        assertFalse(timelock.isOperationPending(ids[99]));
    }

    // The last canceller

    function test_the_guardian_cannot_renounce_the_veto_of_its_successors() public {
        bytes memory data = abi.encodeCall(timelock.renounceRole, (CANCELLER_ROLE, address(role)));
        bytes memory refusal = abi.encodeWithSelector(
            ISuretyTimelock.LastHolder.selector,
            CANCELLER_ROLE,
            address(role)
        );
        vm.prank(GUARDIAN);
        vm.expectRevert(refusal);
        role.act(address(timelock), data);
        // Nor where others cancel too: they may be the thief's.
        _run(abi.encodeCall(timelock.grantRole, (CANCELLER_ROLE, stranger)));
        vm.prank(GUARDIAN);
        vm.expectRevert(refusal);
        role.act(address(timelock), data);
        assertTrue(timelock.hasRole(CANCELLER_ROLE, address(role)));
    }

    function test_the_last_canceller_stays() public {
        bytes memory data = abi.encodeCall(timelock.revokeRole, (CANCELLER_ROLE, address(role)));
        vm.prank(PROPOSER);
        timelock.schedule(address(timelock), 0, data, 0, 0, 7 days);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.LastHolder.selector, CANCELLER_ROLE, address(role)));
        timelock.execute(address(timelock), 0, data, 0, 0);
        // With another one in its place the timelock may remove it, after seven days in which it may cancel that.
        _run(abi.encodeCall(timelock.grantRole, (CANCELLER_ROLE, stranger)));
        timelock.execute(address(timelock), 0, data, 0, 0);
        assertFalse(timelock.hasRole(CANCELLER_ROLE, address(role)));
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.LastHolder.selector, CANCELLER_ROLE, stranger));
        timelock.renounceRole(CANCELLER_ROLE, stranger);
    }

    function _sign(uint256[] memory keys, uint40 from, uint256 count) private view returns (bytes memory) {
        return signFirst(1, rotationOf(2, keys, from), count);
    }

    function _rotation(uint256[] memory keys, uint40 from, uint256 count) private view returns (bytes memory) {
        return abi.encodeCall(IAttesterSet.rotate, (addressesOf(keys), from, _sign(keys, from, count)));
    }

    function _schedule(bytes memory data, bytes32 salt) private returns (bytes32) {
        return _scheduleAt(address(set), data, salt);
    }

    function _scheduleAt(address target, bytes memory data, bytes32 salt) private returns (bytes32) {
        vm.prank(PROPOSER);
        timelock.schedule(target, 0, data, 0, salt, 48 hours);
        return timelock.hashOperation(target, 0, data, 0, salt);
    }

    function _run(bytes memory data) private {
        vm.prank(PROPOSER);
        timelock.schedule(address(timelock), 0, data, 0, "run", 7 days);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        timelock.execute(address(timelock), 0, data, 0, "run");
    }

    function _cancel(bytes32 id) private {
        _act(abi.encodeCall(timelock.cancel, (id)));
    }

    function _cancelBatch(bytes32 one, bytes32 other) private returns (uint256) {
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = (one, other);
        vm.prank(GUARDIAN);
        return abi.decode(role.act(address(timelock), abi.encodeCall(timelock.cancelBatch, (ids))), (uint256));
    }

    function _act(bytes memory data) private {
        vm.prank(GUARDIAN);
        role.act(address(timelock), data);
    }
}
