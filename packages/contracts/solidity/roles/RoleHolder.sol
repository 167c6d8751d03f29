// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRoleHolder} from "./IRoleHolder.sol";

/// @title A role and its present holder
/// @notice `IRoleHolder` is its manual.
contract RoleHolder is IRoleHolder {
    /// @notice Seconds within which a successor must accept.
    uint256 public constant ACCEPT_WINDOW = 14 days;

    /// @inheritdoc IRoleHolder
    address public immutable governor;
    /// @inheritdoc IRoleHolder
    bytes32 public immutable role;

    /// @inheritdoc IRoleHolder
    address public holder;
    /// @dev One slot: the proposed address, until when it may accept, and who proposed it.
    address private _proposed;
    uint40 private _until;
    bool private _byGovernor;

    /// @param role_ name of the role, as the contracts spell it
    /// @param holder_ exercises it first
    /// @param governor_ may appoint a successor: the deployment's timelock
    constructor(bytes32 role_, address holder_, address governor_) {
        if (role_ == 0) revert NameMissing();
        // A timelock that builds its own guardian has no code yet.
        if (governor_.code.length == 0 && governor_ != msg.sender) revert GovernorRefused(governor_);
        role = role_;
        governor = governor_;
        _requireHolder(holder_);
        holder = holder_;
        emit HolderChanged(address(0), holder_);
    }

    /// @inheritdoc IRoleHolder
    function act(address target, bytes calldata data) external returns (bytes memory answer) {
        _onlyHolder();
        if (target == address(this) || target.code.length == 0) revert TargetRefused(target);
        bytes4 selector = data.length < 4 ? bytes4(0) : bytes4(data[:4]);
        emit Acted(msg.sender, target, selector);
        bool done;
        (done, answer) = target.call(data);
        if (done) return answer;
        if (answer.length == 0) revert CallFailed(target, selector);
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    /// @inheritdoc IRoleHolder
    function propose(address next) external {
        _onlyHolder();
        if (_byGovernor && block.timestamp < _until) revert AppointmentStands(_proposed, _until);
        _propose(next, false);
    }

    /// @inheritdoc IRoleHolder
    function appoint(address next) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender, governor);
        _propose(next, true);
    }

    /// @inheritdoc IRoleHolder
    function accept() external {
        (address proposed, uint256 until, ) = proposal();
        if (msg.sender != proposed) revert NotProposed(msg.sender, _proposed, until);
        emit HolderChanged(holder, proposed);
        holder = proposed;
        (_proposed, _until, _byGovernor) = (address(0), 0, false);
    }

    /// @inheritdoc IRoleHolder
    function proposal() public view returns (address proposed, uint256 until, bool byGovernor) {
        if (block.timestamp >= _until) return (address(0), 0, false);
        return (_proposed, _until, _byGovernor);
    }

    function _propose(address next, bool byGovernor) private {
        if (next == address(0)) {
            (_proposed, _until, _byGovernor) = (address(0), 0, false);
            emit HolderProposed(holder, address(0), 0, byGovernor);
            return;
        }
        _requireHolder(next);
        // Safety of the cast: block times fit 40 bits for 34,000 years.
        (_proposed, _until, _byGovernor) = (next, uint40(block.timestamp + ACCEPT_WINDOW), byGovernor);
        emit HolderProposed(holder, next, _until, byGovernor);
    }

    function _onlyHolder() private view {
        if (msg.sender != holder) revert NotHolder(msg.sender, holder);
    }

    /// @dev The governor cannot hold another role, since then one party would have two roles.
    function _requireHolder(address next) private view {
        if (next == address(0) || next == address(this) || next == holder || next == governor) {
            revert HolderRefused(next);
        }
    }
}
