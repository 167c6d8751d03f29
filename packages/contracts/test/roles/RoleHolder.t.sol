// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IRoleHolder} from "../../solidity/roles/IRoleHolder.sol";
import {RoleHolder} from "../../solidity/roles/RoleHolder.sol";
import {Building} from "../harness/Building.sol";
import {Ghosts, GhostWriter} from "../harness/Ghosts.sol";

/// @notice Remembers who called it and with what; fails on demand.
contract Witnessed {
    error Refused(uint256 code);

    address public caller;
    bytes public data;

    function refuse(uint256 code) external pure {
        revert Refused(code);
    }

    function fail() external pure {
        assembly {
            revert(0, 0)
        }
    }

    fallback(bytes calldata given) external returns (bytes memory) {
        (caller, data) = (msg.sender, given);
        return given;
    }
}

/// @notice Plays holder, governor and strangers in any order.
contract RoleHolderHandler is Test, Ghosts {
    RoleHolder public immutable roles;
    address public immutable governor;
    address[] public people;
    /// @dev What a reader of the events alone would believe.
    address public holder;
    address public proposed;
    uint256 public until;
    bool public byGovernor;
    uint256 public handovers;
    uint256 public lapsed;

    constructor(RoleHolder roles_, address governor_) {
        (roles, governor, holder) = (roles_, governor_, roles_.holder());
        for (uint160 i = 0; i < 4; ++i) {
            people.push(address(0x1000 + i));
        }
    }

    function propose(uint256 who, uint256 next) external counted("propose") {
        address by = _any(who);
        address successor = _any(next);
        bool stands = byGovernor && block.timestamp < until;
        vm.prank(by);
        try roles.propose(successor) {
            assertTrue(by == holder && !stands && successor != holder, "a proposal that was not the holder's to make");
            (proposed, until, byGovernor) = (successor, block.timestamp + 14 days, false);
            _hit("proposed");
        } catch {
            assertFalse(by == holder && !stands && successor != holder, "a good proposal was refused");
        }
    }

    function appoint(uint256 next) external counted("appoint") {
        address successor = _any(next);
        vm.prank(governor);
        try roles.appoint(successor) {
            (proposed, until, byGovernor) = (successor, block.timestamp + 14 days, true);
            _hit("appointed");
        } catch {
            assertEq(successor, holder, "an appointment was refused");
        }
    }

    function accept(uint256 who) external counted("accept") {
        address by = _any(who);
        vm.prank(by);
        try roles.accept() {
            assertTrue(by == proposed && block.timestamp < until, "nobody had proposed the new holder");
            (holder, proposed, until, byGovernor) = (by, address(0), 0, false);
            ++handovers;
            _hit("accepted");
        } catch {
            assertFalse(by == proposed && block.timestamp < until, "who was proposed could not accept");
            if (by != proposed) return;
            ++lapsed;
            _hit("lapsed");
        }
    }

    function pass(uint256 time) external counted("pass") {
        _hit("passed");
        vm.warp(block.timestamp + bound(time, 1 hours, 10 days));
    }

    function _any(uint256 who) private view returns (address) {
        return people[who % people.length];
    }
}

contract RoleHolderTest is GhostWriter, Building {
    RoleHolder private roles;
    Witnessed private target;
    RoleHolderHandler private handler;
    address private constant HOLDER = address(0x1000);
    address private constant NEXT = address(0x1001);
    address private constant OTHER = address(0x1002);

    function setUp() public {
        vm.warp(1_800_000_000);
        roles = new RoleHolder("pauser", HOLDER, address(this));
        target = new Witnessed();
        handler = new RoleHolderHandler(roles, address(this));
        targetContract(address(handler));
        bytes4[] memory acts = new bytes4[](4);
        (acts[0], acts[1]) = (RoleHolderHandler.propose.selector, RoleHolderHandler.appoint.selector);
        (acts[2], acts[3]) = (RoleHolderHandler.accept.selector, RoleHolderHandler.pass.selector);
        targetSelector(FuzzSelector(address(handler), acts));
    }

    function test_refuses_to_be_built_without_a_name_a_holder_or_a_governor() public {
        vm.expectRevert(IRoleHolder.NameMissing.selector);
        this.build("RoleHolder.sol:RoleHolder", abi.encode(bytes32(0), HOLDER, address(this)));
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.GovernorRefused.selector, OTHER));
        this.build("RoleHolder.sol:RoleHolder", abi.encode(bytes32("pauser"), HOLDER, OTHER));
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.HolderRefused.selector, address(0)));
        this.build("RoleHolder.sol:RoleHolder", abi.encode(bytes32("pauser"), address(0), address(this)));
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.HolderRefused.selector, address(this)));
        this.build("RoleHolder.sol:RoleHolder", abi.encode(bytes32("pauser"), address(this), address(this)));
        address itself = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.HolderRefused.selector, itself));
        this.build("RoleHolder.sol:RoleHolder", abi.encode(bytes32("pauser"), itself, address(this)));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_passes_on_what_the_holder_asks_for_in_the_name_of_the_role(
        bytes4 selector,
        bytes calldata tail
    ) public {
        vm.assume(selector != Witnessed.refuse.selector && selector != Witnessed.fail.selector);
        vm.assume(selector != target.caller.selector && selector != target.data.selector);
        bytes memory data = bytes.concat(selector, tail);
        vm.expectEmit();
        emit IRoleHolder.Acted(HOLDER, address(target), selector);
        vm.prank(HOLDER);
        assertEq(roles.act(address(target), data), data);
        assertEq(target.caller(), address(roles));
        assertEq(target.data(), data);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_refuses_acts_of_anybody_else(address stranger) public {
        vm.assume(stranger != HOLDER);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.NotHolder.selector, stranger, HOLDER));
        roles.act(address(target), "");
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.NotHolder.selector, stranger, HOLDER));
        roles.propose(NEXT);
    }

    function test_hands_back_the_reason_of_a_call_that_failed() public {
        vm.startPrank(HOLDER);
        vm.expectRevert(abi.encodeWithSelector(Witnessed.Refused.selector, 7));
        roles.act(address(target), abi.encodeCall(Witnessed.refuse, (7)));
        vm.expectRevert(
            abi.encodeWithSelector(IRoleHolder.CallFailed.selector, address(target), Witnessed.fail.selector)
        );
        roles.act(address(target), abi.encodeCall(Witnessed.fail, ()));
    }

    function test_refuses_targets_where_a_call_would_do_nothing() public {
        vm.startPrank(HOLDER);
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.TargetRefused.selector, OTHER));
        roles.act(OTHER, "");
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.TargetRefused.selector, address(roles)));
        roles.act(address(roles), abi.encodeCall(IRoleHolder.accept, ()));
    }

    function test_a_successor_holds_nothing_before_it_accepts_and_its_predecessor_nothing_after() public {
        vm.prank(HOLDER);
        roles.propose(NEXT);
        vm.prank(NEXT);
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.NotHolder.selector, NEXT, HOLDER));
        roles.act(address(target), "");
        vm.prank(NEXT);
        roles.accept();
        assertEq(roles.holder(), NEXT);
        vm.prank(HOLDER);
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.NotHolder.selector, HOLDER, NEXT));
        roles.act(address(target), "");
    }

    function test_refuses_itself_nobody_the_holder_and_the_governor_as_successors() public {
        vm.startPrank(HOLDER);
        address[3] memory refused = [address(roles), HOLDER, address(this)];
        for (uint256 i = 0; i < refused.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRoleHolder.HolderRefused.selector, refused[i]));
            roles.propose(refused[i]);
        }
    }

    function test_the_last_proposal_wins_and_a_withdrawn_one_is_void() public {
        vm.prank(HOLDER);
        roles.propose(NEXT);
        vm.prank(HOLDER);
        roles.propose(OTHER);
        vm.prank(NEXT);
        vm.expectRevert(
            abi.encodeWithSelector(IRoleHolder.NotProposed.selector, NEXT, OTHER, block.timestamp + 14 days)
        );
        roles.accept();
        vm.prank(HOLDER);
        roles.propose(address(0));
        vm.prank(OTHER);
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.NotProposed.selector, OTHER, address(0), 0));
        roles.accept();
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_proposal_lapses_after_14_days(uint256 late) public {
        late = bound(late, 14 days, 10_000 days);
        vm.prank(HOLDER);
        roles.propose(NEXT);
        uint256 snapshot = vm.snapshotState();
        vm.warp(block.timestamp + 14 days - 1);
        vm.prank(NEXT);
        roles.accept();
        vm.revertToState(snapshot);
        vm.warp(block.timestamp + late);
        vm.prank(NEXT);
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.NotProposed.selector, NEXT, NEXT, 0));
        roles.accept();
    }

    function test_an_appointment_cannot_be_overwritten_by_a_holder_whose_key_was_stolen() public {
        vm.prank(HOLDER);
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.NotGovernor.selector, HOLDER, address(this)));
        roles.appoint(NEXT);
        roles.appoint(NEXT);
        vm.startPrank(HOLDER);
        vm.expectRevert(
            abi.encodeWithSelector(IRoleHolder.AppointmentStands.selector, NEXT, block.timestamp + 14 days)
        );
        roles.propose(address(0));
        vm.stopPrank();
        vm.prank(NEXT);
        roles.accept();
        assertEq(roles.holder(), NEXT);
    }

    function test_a_lapsed_or_withdrawn_appointment_leaves_the_holder_free() public {
        roles.appoint(NEXT);
        roles.appoint(address(0));
        vm.prank(HOLDER);
        roles.propose(OTHER);
        roles.appoint(NEXT);
        vm.warp(block.timestamp + 14 days);
        vm.prank(HOLDER);
        roles.propose(OTHER);
        vm.prank(OTHER);
        roles.accept();
    }
    /// @notice Hands on what the handler counted.
    function afterInvariant() public {
        _write(handler, "RoleHolderTest");
    }

    /// @notice Whoever calls what in which order, the role changes hands only by propose (or appoint) and accept in time.
    function invariant_the_role_is_where_its_handovers_left_it() public view {
        assertEq(roles.holder(), handler.holder());
        assertNotEq(roles.holder(), address(0));
        assertNotEq(roles.holder(), address(roles));
        (address proposed, uint256 until, bool byGovernor) = roles.proposal();
        bool open = block.timestamp < handler.until();
        assertEq(proposed, open ? handler.proposed() : address(0));
        assertEq(until, open ? handler.until() : 0);
        assertEq(byGovernor, open && handler.byGovernor());
    }
}
