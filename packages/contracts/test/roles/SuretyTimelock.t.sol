// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IAccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/IAccessControlEnumerable.sol";
import {Test} from "forge-std/Test.sol";
import {IRoleHolder} from "../../solidity/roles/IRoleHolder.sol";
import {ISuretyTimelock, KindOfAct} from "../../solidity/roles/ISuretyTimelock.sol";
import {RoleHolder} from "../../solidity/roles/RoleHolder.sol";
import {SuretyTimelock} from "../../solidity/roles/SuretyTimelock.sol";
import {Building} from "../harness/Building.sol";
import {Ghosts, GhostWriter} from "../harness/Ghosts.sol";

/// @notice What the timelock governs in these tests.
contract Governed {
    uint256 public value;
    address public by;

    function set(uint256 value_) external {
        (value, by) = (value_, msg.sender);
    }

    function swapPart(uint256 value_) external {
        (value, by) = (value_, msg.sender);
    }
}

/// @notice Schedules, cancels and executes in any order, and notes when each operation ran.
contract TimelockHandler is Test, Ghosts {
    SuretyTimelock public immutable timelock;
    Governed public immutable governed;
    address public immutable proposer;
    address public immutable guardian;
    /// @dev By salt: when the newest scheduling of the operation was, whether its kind is slow, and whether it is open.
    mapping(uint256 salt => uint256) public scheduledAt;
    mapping(uint256 salt => uint256) public readyAt;
    mapping(uint256 salt => bool) public open;
    uint256 public executed;
    uint256 public expired;
    uint256 public early;
    uint256 public cancelled;
    uint256 public lowestDelay = type(uint256).max;

    constructor(SuretyTimelock timelock_, Governed governed_, address proposer_, address guardian_) {
        (timelock, governed, proposer, guardian) = (timelock_, governed_, proposer_, guardian_);
    }

    function schedule(uint256 salt, uint256 delay) external counted("schedule") {
        salt = salt % 12;
        delay = bound(delay, 0, 35 days);
        (address target, bytes memory data, uint256 least) = call(salt);
        bool good = delay >= least && delay <= 30 days && (!open[salt] || _isStale(salt));
        vm.prank(proposer);
        try timelock.schedule(target, 0, data, 0, bytes32(salt), delay) {
            assertTrue(good, "scheduled below a floor, too far ahead, or twice");
            _note(salt, delay);
            _hit("scheduled");
        } catch {
            assertFalse(good && !timelock.isOperationDone(id(salt)), "a good operation was refused");
        }
    }

    function execute(uint256 salt) external counted("execute") {
        salt = salt % 12;
        (address target, bytes memory data, uint256 least) = call(salt);
        bool good = open[salt] && block.timestamp >= readyAt[salt] && block.timestamp < readyAt[salt] + 14 days;
        try timelock.execute(target, 0, data, 0, bytes32(salt)) {
            assertTrue(good, "ran outside its window");
            assertGe(block.timestamp - scheduledAt[salt], least, "ran before its floor");
            assertLt(block.timestamp - scheduledAt[salt], 44 days, "ran as a stale operation");
            if (block.timestamp - scheduledAt[salt] < lowestDelay) lowestDelay = block.timestamp - scheduledAt[salt];
            open[salt] = false;
            ++executed;
            _hit("executed");
        } catch {
            assertFalse(good, "a ready operation could not run");
            if (!open[salt]) return;
            if (block.timestamp < readyAt[salt]) {
                ++early;
                _hit("early");
            } else {
                ++expired;
                _hit("expired");
            }
        }
    }

    function cancel(uint256 salt) external counted("cancel") {
        salt = salt % 12;
        bool good = open[salt] && block.timestamp < readyAt[salt] + 14 days;
        bytes32 operation = id(salt);
        RoleHolder role = RoleHolder(timelock.guardian());
        vm.prank(guardian);
        try role.act(address(timelock), abi.encodeCall(timelock.cancel, (operation))) {
            assertTrue(good, "cancelled what was not pending");
            open[salt] = false;
            ++cancelled;
            _hit("cancelled");
        } catch {
            assertFalse(good, "the guardian could not cancel");
        }
    }

    function pass(uint256 time) external counted("pass") {
        _hit("passed");
        vm.warp(block.timestamp + bound(time, 6 hours, 9 days));
    }

    function call(uint256 salt) public view returns (address target, bytes memory data, uint256 least) {
        uint256 kind = salt % 3;
        if (kind == 0) return (address(governed), abi.encodeCall(Governed.set, (salt)), timelock.getMinDelay());
        if (kind == 1) return (address(governed), abi.encodeCall(Governed.swapPart, (salt)), 7 days);
        // The timelock tries to lower its own delay, to less than the floor for every second of them.
        return (address(timelock), abi.encodeCall(timelock.updateDelay, (48 hours + salt * 1 hours)), 7 days);
    }

    function _note(uint256 salt, uint256 delay) private {
        (scheduledAt[salt], readyAt[salt], open[salt]) = (block.timestamp, block.timestamp + delay, true);
    }

    function _isStale(uint256 salt) private view returns (bool) {
        return readyAt[salt] != 0 && block.timestamp >= readyAt[salt] + 14 days;
    }

    function id(uint256 salt) public view returns (bytes32) {
        (address target, bytes memory data, ) = call(salt);
        return timelock.hashOperation(target, 0, data, 0, bytes32(salt));
    }
}

contract SuretyTimelockTest is GhostWriter, Building {
    SuretyTimelock private timelock;
    Governed private governed;
    TimelockHandler private handler;
    RoleHolder private guardianRole;
    address private constant PROPOSER = address(0x2000);
    address private constant SECOND = address(0x2001);
    address private constant GUARDIAN = address(0x2002);
    bytes32 private constant PROPOSER_ROLE = keccak256("PROPOSER_ROLE");
    bytes32 private constant EXECUTOR_ROLE = keccak256("EXECUTOR_ROLE");
    bytes32 private constant CANCELLER_ROLE = keccak256("CANCELLER_ROLE");

    function setUp() public {
        vm.warp(1_800_000_000);
        governed = new Governed();
        timelock = _build(48 hours, GUARDIAN);
        guardianRole = RoleHolder(timelock.guardian());
        handler = new TimelockHandler(timelock, governed, PROPOSER, GUARDIAN);
        targetContract(address(handler));
        bytes4[] memory acts = new bytes4[](4);
        (acts[0], acts[1]) = (TimelockHandler.schedule.selector, TimelockHandler.execute.selector);
        (acts[2], acts[3]) = (TimelockHandler.cancel.selector, TimelockHandler.pass.selector);
        targetSelector(FuzzSelector(address(handler), acts));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_refuses_to_be_built_below_the_floor(uint256 delay) public {
        vm.assume(delay < 48 hours || delay > 30 days);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.DelayOutOfRange.selector, delay, 48 hours, 30 days));
        this.rebuild(delay, GUARDIAN);
    }

    function test_refuses_to_be_built_without_those_it_needs() public {
        KindOfAct[] memory none = new KindOfAct[](0);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.RoleAddressMissing.selector, PROPOSER_ROLE));
        this.build(
            "SuretyTimelock.sol:SuretyTimelock",
            abi.encode(48 hours, new address[](0), GUARDIAN, _one(address(0)), none)
        );
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.RoleAddressMissing.selector, EXECUTOR_ROLE));
        this.build(
            "SuretyTimelock.sol:SuretyTimelock",
            abi.encode(48 hours, _one(PROPOSER), GUARDIAN, new address[](0), none)
        );
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.RoleAddressMissing.selector, PROPOSER_ROLE));
        this.build(
            "SuretyTimelock.sol:SuretyTimelock",
            abi.encode(48 hours, _one(address(0)), GUARDIAN, _one(address(0)), none)
        );
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.HolderRefused.selector, address(0)));
        this.rebuild(48 hours, address(0));
        vm.expectRevert(
            abi.encodeWithSelector(ISuretyTimelock.RolesConflict.selector, PROPOSER, PROPOSER_ROLE, CANCELLER_ROLE)
        );
        this.rebuild(48 hours, PROPOSER);
        KindOfAct[] memory wrong = new KindOfAct[](1);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.SelectorMissing.selector, address(0)));
        this.build(
            "SuretyTimelock.sol:SuretyTimelock",
            abi.encode(48 hours, _one(PROPOSER), GUARDIAN, _one(address(0)), wrong)
        );
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_an_act_waits_at_least_48_hours(uint256 delay) public {
        delay = bound(delay, 0, 48 hours - 1);
        bytes memory data = abi.encodeCall(Governed.set, (1));
        vm.prank(PROPOSER);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISuretyTimelock.DelayTooShort.selector,
                address(governed),
                Governed.set.selector,
                delay,
                48 hours
            )
        );
        timelock.schedule(address(governed), 0, data, 0, 0, delay);
        _schedule(address(governed), data, 48 hours);
        vm.warp(block.timestamp + 48 hours - 1);
        vm.expectRevert();
        timelock.execute(address(governed), 0, data, 0, 0);
        vm.warp(block.timestamp + 1);
        timelock.execute(address(governed), 0, data, 0, 0);
        assertEq(governed.by(), address(timelock));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_slow_kinds_and_self_administration_wait_7_days(uint256 delay, uint256 value) public {
        delay = bound(delay, 0, 7 days - 1);
        bytes[3] memory calls = [
            abi.encodeCall(Governed.swapPart, (value)),
            abi.encodeCall(timelock.updateDelay, (value)),
            abi.encodeCall(timelock.grantRole, (PROPOSER_ROLE, SECOND))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            address target = i == 0 ? address(governed) : address(timelock);
            assertEq(timelock.leastDelayOf(target, calls[i]), 7 days);
            vm.prank(PROPOSER);
            vm.expectRevert(
                abi.encodeWithSelector(ISuretyTimelock.DelayTooShort.selector, target, bytes4(calls[i]), delay, 7 days)
            );
            timelock.schedule(target, 0, calls[i], 0, 0, delay);
        }
    }

    function test_a_batch_waits_as_long_as_its_slowest_call() public {
        (address[] memory targets, uint256[] memory values, bytes[] memory data) = _batch();
        vm.startPrank(PROPOSER);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISuretyTimelock.DelayTooShort.selector,
                address(governed),
                Governed.swapPart.selector,
                7 days - 1,
                7 days
            )
        );
        timelock.scheduleBatch(targets, values, data, 0, 0, 7 days - 1);
        vm.expectRevert(abi.encodeWithSelector(TimelockController.TimelockInvalidOperationLength.selector, 2, 2, 1));
        timelock.scheduleBatch(targets, new uint256[](1), data, 0, 0, 7 days);
        timelock.scheduleBatch(targets, values, data, 0, 0, 7 days);
        vm.stopPrank();
        assertEq(timelock.pendingOperations().length, 1);
        vm.warp(block.timestamp + 7 days);
        timelock.executeBatch(targets, values, data, 0, 0);
        assertEq(governed.value(), 6);
        assertEq(timelock.pendingOperations().length, 0);
    }

    function test_nothing_is_scheduled_for_a_day_that_everybody_has_forgotten() public {
        bytes memory data = abi.encodeCall(Governed.set, (1));
        vm.prank(PROPOSER);
        vm.expectRevert(
            abi.encodeWithSelector(ISuretyTimelock.DelayOutOfRange.selector, 30 days + 1, 48 hours, 30 days)
        );
        timelock.schedule(address(governed), 0, data, 0, 0, 30 days + 1);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_an_operation_is_void_14_days_after_it_became_ready(uint256 late) public {
        late = bound(late, 14 days, 10_000 days);
        bytes memory data = abi.encodeCall(Governed.set, (1));
        bytes32 id = _schedule(address(governed), data, 48 hours);
        assertEq(timelock.expiryOf(id), block.timestamp + 16 days);
        uint256 snapshot = vm.snapshotState();
        vm.warp(block.timestamp + 16 days - 1);
        timelock.execute(address(governed), 0, data, 0, 0);
        assertEq(timelock.expiryOf(id), 0);
        vm.revertToState(snapshot);

        vm.warp(block.timestamp + 48 hours + late);
        assertFalse(timelock.isOperation(id));
        assertEq(timelock.pendingOperations().length, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                TimelockController.TimelockUnexpectedOperationState.selector,
                id,
                bytes32(uint256(4))
            )
        );
        timelock.execute(address(governed), 0, data, 0, 0);
        // It may be scheduled anew, and then waits anew.
        assertEq(_schedule(address(governed), data, 48 hours), id);
        assertEq(timelock.pendingOperations().length, 1);
        vm.expectRevert();
        timelock.execute(address(governed), 0, data, 0, 0);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_the_delay_never_falls_below_the_floor(uint256 delay) public {
        vm.assume(delay < 48 hours || delay > 30 days);
        bytes memory data = abi.encodeCall(timelock.updateDelay, (delay));
        _schedule(address(timelock), data, 7 days);
        vm.warp(block.timestamp + 7 days);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.DelayOutOfRange.selector, delay, 48 hours, 30 days));
        timelock.execute(address(timelock), 0, data, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(TimelockController.TimelockUnauthorizedCaller.selector, address(this)));
        timelock.updateDelay(72 hours);
    }

    function test_a_longer_delay_holds_for_slow_kinds_too() public {
        _run(address(timelock), abi.encodeCall(timelock.updateDelay, (10 days)));
        assertEq(timelock.leastDelayOf(address(governed), abi.encodeCall(Governed.swapPart, (1))), 10 days);
        assertEq(timelock.leastDelayOf(address(governed), ""), 10 days);
    }

    function test_kinds_are_added_by_the_timelock_alone_and_never_taken_back() public {
        KindOfAct memory kind = KindOfAct(address(governed), Governed.set.selector);
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.NotTheTimelock.selector, PROPOSER));
        timelock.addSlowKind(kind);
        assertEq(timelock.leastDelayOf(address(governed), abi.encodeCall(Governed.set, (1))), 48 hours);
        _run(address(timelock), abi.encodeCall(timelock.addSlowKind, (kind)));
        assertEq(timelock.leastDelayOf(address(governed), abi.encodeCall(Governed.set, (1))), 7 days);
        assertEq(timelock.leastDelayOf(PROPOSER, abi.encodeCall(Governed.set, (1))), 48 hours);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_only_the_timelock_administers_itself(address other) public {
        vm.assume(other != address(timelock));
        bytes32 admin = timelock.DEFAULT_ADMIN_ROLE();
        _expectRefusal(
            abi.encodeCall(timelock.grantRole, (admin, other)),
            abi.encodeWithSelector(ISuretyTimelock.AdminRefused.selector, other)
        );
        _expectRefusal(
            abi.encodeCall(timelock.revokeRole, (admin, address(timelock))),
            abi.encodeWithSelector(ISuretyTimelock.AdminRefused.selector, address(timelock))
        );
        vm.prank(other);
        vm.expectRevert();
        timelock.grantRole(PROPOSER_ROLE, other);
    }

    function test_the_last_proposer_and_the_last_executor_stay() public {
        _expectRefusal(
            abi.encodeCall(timelock.revokeRole, (PROPOSER_ROLE, PROPOSER)),
            abi.encodeWithSelector(ISuretyTimelock.LastHolder.selector, PROPOSER_ROLE, PROPOSER)
        );
        _expectRefusal(
            abi.encodeCall(timelock.revokeRole, (EXECUTOR_ROLE, address(0))),
            abi.encodeWithSelector(ISuretyTimelock.LastHolder.selector, EXECUTOR_ROLE, address(0))
        );
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.LastHolder.selector, PROPOSER_ROLE, PROPOSER));
        timelock.renounceRole(PROPOSER_ROLE, PROPOSER);

        _run(address(timelock), abi.encodeCall(timelock.grantRole, (PROPOSER_ROLE, SECOND)));
        _run(address(timelock), abi.encodeCall(timelock.revokeRole, (PROPOSER_ROLE, PROPOSER)));
        assertEq(timelock.getRoleMembers(PROPOSER_ROLE), _one(SECOND));
    }

    function test_says_which_interfaces_it_has() public view {
        assertTrue(timelock.supportsInterface(type(IAccessControlEnumerable).interfaceId));
        assertTrue(timelock.supportsInterface(type(IERC165).interfaceId));
        assertFalse(timelock.supportsInterface(0xffffffff));
    }

    function test_who_proposes_does_not_cancel() public {
        address guardian = address(guardianRole);
        _expectRefusal(
            abi.encodeCall(timelock.grantRole, (CANCELLER_ROLE, PROPOSER)),
            abi.encodeWithSelector(ISuretyTimelock.RolesConflict.selector, PROPOSER, CANCELLER_ROLE, PROPOSER_ROLE)
        );
        _expectRefusal(
            abi.encodeCall(timelock.grantRole, (PROPOSER_ROLE, guardian)),
            abi.encodeWithSelector(ISuretyTimelock.RolesConflict.selector, guardian, PROPOSER_ROLE, CANCELLER_ROLE)
        );
        bytes32 id = _schedule(address(governed), abi.encodeCall(Governed.set, (1)), 48 hours);
        vm.prank(PROPOSER);
        vm.expectRevert();
        timelock.cancel(id);
        vm.prank(GUARDIAN);
        guardianRole.act(address(timelock), abi.encodeCall(timelock.cancel, (id)));
        assertFalse(timelock.isOperation(id));
        // The two that were refused when they ran are still there until they expire.
        assertEq(timelock.pendingOperations().length, 2);
    }

    function test_the_governor_appoints_a_guardian_after_seven_days_unless_the_guardian_cancels() public {
        KindOfAct[] memory kinds = new KindOfAct[](1);
        kinds[0] = KindOfAct(address(0), IRoleHolder.appoint.selector);
        timelock = new SuretyTimelock(48 hours, _one(PROPOSER), GUARDIAN, _one(address(0)), kinds);
        guardianRole = RoleHolder(timelock.guardian());
        assertEq(guardianRole.role(), "guardian");
        assertEq(guardianRole.governor(), address(timelock));
        bytes memory data = abi.encodeCall(IRoleHolder.appoint, (SECOND));
        assertEq(timelock.leastDelayOf(address(guardianRole), data), 7 days);
        bytes32 id = _schedule(address(guardianRole), data, 7 days);
        vm.prank(GUARDIAN);
        guardianRole.act(address(timelock), abi.encodeCall(timelock.cancel, (id)));
        _run(address(guardianRole), data);
        vm.prank(SECOND);
        guardianRole.accept();
        assertEq(guardianRole.holder(), SECOND);
    }
    /// @notice Hands on what the handler counted.
    function afterInvariant() public {
        _write(handler, "SuretyTimelockTest");
    }

    /// @notice Whatever is scheduled, cancelled and executed in whatever order: see the handler's assertions; and the floors
    ///         and the list of pending operations stay true.
    function invariant_operations_run_inside_their_window_alone() public view {
        assertGe(timelock.getMinDelay(), 48 hours);
        assertTrue(timelock.isSlow(address(governed), Governed.swapPart.selector));
        assertEq(timelock.getRoleMemberCount(bytes32(0)), 1);
        if (handler.executed() != 0) assertGe(handler.lowestDelay(), 48 hours);
        uint256 pending = 0;
        for (uint256 salt = 0; salt < 12; ++salt) {
            bool alive = handler.open(salt) && block.timestamp < handler.readyAt(salt) + 14 days;
            assertEq(timelock.isOperationPending(handler.id(salt)), alive);
            if (alive) ++pending;
        }
        assertEq(timelock.pendingOperations().length, pending);
    }

    /// @notice As `build`, with the arguments of these tests.
    function rebuild(uint256 delay, address guardian) external {
        _build(delay, guardian);
    }

    function _build(uint256 delay, address guardian) private returns (SuretyTimelock) {
        KindOfAct[] memory kinds = new KindOfAct[](1);
        kinds[0] = KindOfAct(address(0), Governed.swapPart.selector);
        return new SuretyTimelock(delay, _one(PROPOSER), guardian, _one(address(0)), kinds);
    }

    function _schedule(address target, bytes memory data, uint256 delay) private returns (bytes32 id) {
        vm.prank(PROPOSER);
        timelock.schedule(target, 0, data, 0, 0, delay);
        return timelock.hashOperation(target, 0, data, 0, 0);
    }

    function _run(address target, bytes memory data) private {
        uint256 delay = timelock.leastDelayOf(target, data);
        _schedule(target, data, delay);
        vm.warp(block.timestamp + delay);
        timelock.execute(target, 0, data, 0, 0);
    }

    function _expectRefusal(bytes memory data, bytes memory reason) private {
        _schedule(address(timelock), data, 7 days);
        vm.warp(block.timestamp + 7 days);
        vm.expectRevert(reason);
        timelock.execute(address(timelock), 0, data, 0, 0);
    }

    function _batch() private view returns (address[] memory targets, uint256[] memory values, bytes[] memory data) {
        targets = new address[](2);
        (targets[0], targets[1]) = (address(governed), address(governed));
        values = new uint256[](2);
        data = new bytes[](2);
        (data[0], data[1]) = (abi.encodeCall(Governed.set, (5)), abi.encodeCall(Governed.swapPart, (6)));
    }

    function _one(address only) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = only;
    }
}
