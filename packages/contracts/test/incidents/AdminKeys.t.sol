// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Test} from "forge-std/Test.sol";
import {IRiskManager} from "../../solidity/interfaces/IRiskManager.sol";
import {IRoleHolder} from "../../solidity/roles/IRoleHolder.sol";
import {ISuretyTimelock, KindOfAct} from "../../solidity/roles/ISuretyTimelock.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {RoleHolder} from "../../solidity/roles/RoleHolder.sol";
import {SuretyTimelock} from "../../solidity/roles/SuretyTimelock.sol";
import {Building} from "../harness/Building.sol";
import {TestFeed} from "../feeds/TestFeed.sol";

/// @notice Calls back into the timelock that runs it, as a batch of its own making.
contract Reenters {
    SuretyTimelock private immutable _timelock;
    bytes public again;

    constructor(SuretyTimelock timelock) {
        _timelock = timelock;
    }

    function arm(bytes calldata data) external {
        again = data;
    }

    function run() external {
        (bool done, bytes memory answer) = address(_timelock).call(again);
        if (done) return;
        assembly {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}

/// @notice Losses that came through administrators' keys, replayed against the governor of a deployment.
contract AdminKeysIncidents is Test, Building {
    SuretyTimelock private timelock;
    RoleHolder private guardian;
    RiskManager private risk;
    TestFeed private honest;
    TestFeed private forged;
    address private constant KEY = address(0x666);
    address private constant GUARDIAN = address(0x777);
    bytes32 private constant PROPOSER_ROLE = keccak256("PROPOSER_ROLE");
    bytes32 private constant EXECUTOR_ROLE = keccak256("EXECUTOR_ROLE");

    function setUp() public {
        vm.warp(1_800_000_000);
        KindOfAct[] memory slow = new KindOfAct[](2);
        slow[0] = KindOfAct(address(0), IRiskManager.listUnderlying.selector);
        slow[1] = KindOfAct(address(0), IRoleHolder.appoint.selector);
        timelock = new SuretyTimelock(48 hours, _one(KEY), GUARDIAN, _one(address(0)), slow);
        guardian = RoleHolder(timelock.guardian());
        risk = new RiskManager(address(timelock));
        (honest, forged) = (new TestFeed(), new TestFeed());
    }

    /// @notice Radiant (2024), Bybit (2025) and Drift (2026) lost what they held once a few keys under one roof were taken:
    ///         the same keys proposed, approved and carried out, at once. Here one key can do neither alone nor at once.
    function test_I8_one_key_that_holds_every_role_still_waits_and_cannot_be_its_own_guardian() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                ISuretyTimelock.RolesConflict.selector,
                KEY,
                PROPOSER_ROLE,
                keccak256("CANCELLER_ROLE")
            )
        );
        this.build(
            "SuretyTimelock.sol:SuretyTimelock",
            abi.encode(48 hours, _one(KEY), KEY, _one(KEY), new KindOfAct[](0))
        );
        // The timelock itself holds no other role, so no act of it exercises two.
        vm.expectRevert(abi.encodeWithSelector(IRoleHolder.HolderRefused.selector, address(timelock)));
        this.build("RoleHolder.sol:RoleHolder", abi.encode(bytes32("pauser"), address(timelock), address(timelock)));

        bytes memory listing = abi.encodeCall(IRiskManager.listUnderlying, (1, address(forged), 1 days));
        vm.startPrank(KEY);
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.NotGovernor.selector, KEY));
        risk.listUnderlying(1, address(forged), 1 days);
        vm.expectRevert();
        timelock.execute(address(risk), 0, listing, 0, 0);
        timelock.schedule(address(risk), 0, listing, 0, 0, 7 days);
        vm.stopPrank();
        // Seven days in which the guardian sees it and stops it.
        bytes32 id = timelock.hashOperation(address(risk), 0, listing, 0, 0);
        vm.prank(GUARDIAN);
        guardian.act(address(timelock), abi.encodeCall(timelock.cancel, (id)));
        vm.warp(block.timestamp + 8 days);
        vm.expectRevert();
        timelock.execute(address(risk), 0, listing, 0, 0);
        assertEq(risk.feedOf(1), address(0));
    }

    /// @notice OpenZeppelin's timelock once ran a batch before it looked whether it was ready (CVE-2021-39167): the batch
    ///         set the delay to zero, made its author a proposer, and scheduled itself. Others left a deployer as administrator,
    ///         who granted roles without any delay.
    function test_I8_the_timelock_is_not_bypassed_by_administering_itself() public {
        bytes32 admin = timelock.DEFAULT_ADMIN_ROLE();
        assertEq(timelock.getRoleMembers(admin), _one(address(timelock)), "somebody else administers the timelock");
        bytes32[2] memory granted = [PROPOSER_ROLE, EXECUTOR_ROLE];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(KEY);
            vm.expectRevert();
            timelock.grantRole(granted[i], KEY);
        }
        vm.prank(KEY);
        vm.expectRevert(abi.encodeWithSelector(TimelockController.TimelockUnauthorizedCaller.selector, KEY));
        timelock.updateDelay(7 days);

        // The batch of the old attack: no delay, a role for its author, and the scheduling of itself.
        Reenters reenters = new Reenters(timelock);
        address[] memory targets = new address[](3);
        (targets[0], targets[1], targets[2]) = (address(timelock), address(timelock), address(reenters));
        bytes[] memory data = new bytes[](3);
        data[0] = abi.encodeCall(timelock.updateDelay, (0));
        data[1] = abi.encodeCall(timelock.grantRole, (PROPOSER_ROLE, address(reenters)));
        data[2] = abi.encodeCall(Reenters.run, ());
        uint256[] memory values = new uint256[](3);
        reenters.arm(abi.encodeCall(timelock.scheduleBatch, (targets, values, data, 0, 0, 0)));
        vm.expectRevert();
        timelock.executeBatch(targets, values, data, 0, 0);

        // Nor through the front door: even after seven days nobody sets the delay below its floor.
        vm.startPrank(KEY);
        vm.expectRevert();
        timelock.scheduleBatch(targets, values, data, 0, 0, 48 hours);
        timelock.scheduleBatch(targets, values, data, 0, 0, 7 days);
        vm.stopPrank();
        vm.warp(block.timestamp + 7 days);
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.DelayOutOfRange.selector, 0, 48 hours, 30 days));
        timelock.executeBatch(targets, values, data, 0, 0);
        assertFalse(timelock.hasRole(PROPOSER_ROLE, address(reenters)));
        assertEq(timelock.getMinDelay(), 48 hours);
    }

    /// @notice Drift (2026): approvals that never expired were collected for weeks and used together. An operation that was
    ///         scheduled, found wrong and left lying is as good as such an approval: here it becomes void.
    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I8_a_stale_operation_is_void_however_late_it_is_tried(uint256 late) public {
        late = bound(late, 21 days, 5_000 days);
        bytes memory first = abi.encodeCall(IRiskManager.listUnderlying, (1, address(forged), 1 days));
        bytes memory second = abi.encodeCall(IRiskManager.listUnderlying, (1, address(honest), 1 days));
        vm.startPrank(KEY);
        timelock.schedule(address(risk), 0, first, 0, 0, 7 days);
        // A day far ahead would make it stale at birth.
        vm.expectRevert(abi.encodeWithSelector(ISuretyTimelock.DelayOutOfRange.selector, 365 days, 7 days, 30 days));
        timelock.schedule(address(risk), 0, first, 0, "later", 365 days);
        vm.stopPrank();
        _run(second);
        vm.warp(block.timestamp + late);
        bytes32 id = timelock.hashOperation(address(risk), 0, first, 0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                TimelockController.TimelockUnexpectedOperationState.selector,
                id,
                bytes32(uint256(4))
            )
        );
        timelock.execute(address(risk), 0, first, 0, 0);
        assertEq(risk.feedOf(1), address(honest));
    }

    function _run(bytes memory data) private {
        vm.prank(KEY);
        timelock.schedule(address(risk), 0, data, 0, 0, 7 days);
        vm.warp(block.timestamp + 7 days);
        timelock.execute(address(risk), 0, data, 0, 0);
    }

    function _one(address only) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = only;
    }
}
