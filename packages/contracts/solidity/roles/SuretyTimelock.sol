// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {AccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ILedgerRewind} from "../interfaces/ledger/ILedgerLosses.sol";
import {ILedgerTerms} from "../interfaces/ledger/ILedgerTerms.sol";
import {IVaultRewind} from "../interfaces/vault/IVaultWitnesses.sol";
import {ISuretyTimelock, KindOfAct} from "./ISuretyTimelock.sol";
import {RoleHolder} from "./RoleHolder.sol";

/// @notice The content of a scheduled operation that attesters signed.
/// @param content its name, 0 for an operation that k attesters did not sign
/// @param round how often the content had been cancelled when the operation was scheduled
struct SignedOperation {
    bytes32 content;
    uint256 round;
}

/// @title A timelock with minimum delays and expiry
/// @notice `ISuretyTimelock` is its manual.
contract SuretyTimelock is TimelockController, AccessControlEnumerable, ISuretyTimelock {
    using EnumerableSet for EnumerableSet.Bytes32Set;

    /// @notice Least delay of any operation in seconds.
    uint256 public constant DELAY_FLOOR = 48 hours;
    /// @notice Least delay in seconds of slow kinds and of acts on the timelock itself.
    uint256 public constant DELAY_SLOW = 7 days;
    /// @notice Longest delay in seconds. With `GRACE` it limits the age at which an operation can still run.
    uint256 public constant DELAY_MAX = 30 days;
    /// @notice Seconds for which an operation is ready.
    uint256 public constant GRACE = 14 days;

    /// @notice Number of times that an operation with k attester signatures can be cancelled.
    uint256 public constant SIGNED_VETOES = 2;
    /// @notice Longest freeze of a proposer in seconds.
    uint256 public constant FREEZE_MAX = 30 days;

    /// @inheritdoc ISuretyTimelock
    address public immutable guardian;
    /// @inheritdoc ISuretyTimelock
    mapping(address proposer => uint256) public frozenUntil;

    mapping(address target => mapping(bytes4 selector => bool)) private _slow;
    /// @dev Holds expired operations too, until they are scheduled again.
    EnumerableSet.Bytes32Set private _scheduled;
    mapping(bytes32 id => SignedOperation) private _signed;
    mapping(bytes32 content => uint256) private _vetoes;
    /// @dev Hash of the values that an operation was scheduled to replace, 0 if no target returned one.
    mapping(bytes32 id => bytes32) private _replaced;

    /// @param minDelay least delay of every operation in seconds
    /// @param proposers may schedule
    /// @param guardian_ first holder of the guardian's role, not a proposer
    /// @param executors may execute what is ready; the zero address for anyone
    /// @param slowKinds kinds of acts that wait 7 days
    constructor(
        uint256 minDelay,
        address[] memory proposers,
        address guardian_,
        address[] memory executors,
        KindOfAct[] memory slowKinds
    ) TimelockController(minDelay, new address[](0), executors, address(0)) {
        _requireDelay(minDelay);
        if (proposers.length == 0) revert RoleAddressMissing(PROPOSER_ROLE);
        if (executors.length == 0) revert RoleAddressMissing(EXECUTOR_ROLE);
        for (uint256 i = 0; i < proposers.length; ++i) {
            if (proposers[i] == guardian_) revert RolesConflict(guardian_, PROPOSER_ROLE, CANCELLER_ROLE);
            _grantRole(PROPOSER_ROLE, proposers[i]);
        }
        // Built here because timelock and guardian permanently name each other.
        guardian = address(new RoleHolder("guardian", guardian_, address(this)));
        _grantRole(CANCELLER_ROLE, guardian);
        for (uint256 i = 0; i < slowKinds.length; ++i) {
            _addSlowKind(slowKinds[i]);
        }
    }

    /// @inheritdoc ISuretyTimelock
    function addSlowKind(KindOfAct calldata kind) external {
        if (msg.sender != address(this)) revert NotTheTimelock(msg.sender);
        _addSlowKind(kind);
    }

    /// @inheritdoc ISuretyTimelock
    function cancelBatch(bytes32[] calldata ids) external onlyRole(CANCELLER_ROLE) returns (uint256 cancelled) {
        for (uint256 i = 0; i < ids.length; ++i) {
            if (!isOperationPending(ids[i]) || isBeyondVeto(ids[i])) continue;
            cancel(ids[i]);
            ++cancelled;
        }
    }

    /// @inheritdoc ISuretyTimelock
    function freezeProposer(address proposer, uint40 until) external onlyRole(CANCELLER_ROLE) {
        if (!hasRole(PROPOSER_ROLE, proposer)) revert NotProposer(proposer);
        if (until > block.timestamp + FREEZE_MAX) revert FreezeTooLong(until, block.timestamp + FREEZE_MAX);
        frozenUntil[proposer] = until;
        emit ProposerFreezeSet(proposer, until);
    }

    /// @inheritdoc TimelockController
    /// @dev Reverts with `DelayTooShort` below the minimum delay of the call's kind.
    function schedule(
        address target,
        uint256 value,
        bytes calldata data,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) public override {
        _requireLongEnough(target, data, delay);
        bytes32 content = value == 0 ? _signedContentOf(target, data) : bytes32(0);
        if (content == 0) _requireUnfrozen();
        super.schedule(target, value, data, predecessor, salt, delay);
        bytes32 id = hashOperation(target, value, data, predecessor, salt);
        _scheduled.add(id);
        _signed[id] = SignedOperation(content, _vetoes[content]);
        _replaced[id] = _replacedBy(0, target, data);
    }

    /// @inheritdoc TimelockController
    /// @dev A batch waits as long as the slowest of its calls. It can be cancelled, whatever attesters signed in it.
    function scheduleBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) public override {
        // The super call refuses lists of different lengths, with the lengths.
        for (uint256 i = 0; i < targets.length && i < payloads.length; ++i) {
            _requireLongEnough(targets[i], payloads[i], delay);
        }
        _requireUnfrozen();
        super.scheduleBatch(targets, values, payloads, predecessor, salt, delay);
        bytes32 id = hashOperationBatch(targets, values, payloads, predecessor, salt);
        _scheduled.add(id);
        _replaced[id] = _replacedByAll(targets, payloads);
    }

    /// @inheritdoc TimelockController
    /// @dev Reverts with `VetoesSpent` if k attesters signed the content and it was cancelled twice before the
    ///      operation was scheduled. The first cancellation of a round counts; copies that were scheduled before it are
    ///      cancelled with it.
    function cancel(bytes32 id) public override {
        super.cancel(id);
        _scheduled.remove(id);
        bytes32 content = _signed[id].content;
        if (content == 0) return;
        if (isBeyondVeto(id)) revert VetoesSpent(id, content);
        if (_signed[id].round == _vetoes[content]) ++_vetoes[content];
    }

    /// @inheritdoc TimelockController
    /// @dev Reverts with `ReplacedMeanwhile` if the call would replace other values than when the operation was
    ///      scheduled.
    function execute(
        address target,
        uint256 value,
        bytes calldata payload,
        bytes32 predecessor,
        bytes32 salt
    ) public payable override {
        bytes32 id = hashOperation(target, value, payload, predecessor, salt);
        _requireSame(id, _replacedBy(0, target, payload));
        super.execute(target, value, payload, predecessor, salt);
        _scheduled.remove(id);
    }

    /// @inheritdoc TimelockController
    /// @dev As `execute`; checks all calls before it runs the first.
    function executeBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt
    ) public payable override {
        bytes32 id = hashOperationBatch(targets, values, payloads, predecessor, salt);
        _requireSame(id, _replacedByAll(targets, payloads));
        super.executeBatch(targets, values, payloads, predecessor, salt);
        _scheduled.remove(id);
    }

    /// @inheritdoc AccessControl
    /// @dev The guardian's address cannot renounce its role: its present holder would do so for all successors.
    function renounceRole(bytes32 role, address account) public override(AccessControl, IAccessControl) {
        if (role == CANCELLER_ROLE && account == guardian) revert LastHolder(role, account);
        super.renounceRole(role, account);
    }

    /// @inheritdoc TimelockController
    function updateDelay(uint256 newDelay) public override {
        _requireDelay(newDelay);
        super.updateDelay(newDelay);
    }

    /// @inheritdoc ISuretyTimelock
    function expiryOf(bytes32 id) external view returns (uint256) {
        uint256 readyAt = getTimestamp(id);
        return readyAt <= DONE_TIMESTAMP ? 0 : readyAt + GRACE;
    }

    /// @inheritdoc ISuretyTimelock
    function pendingOperations() external view returns (bytes32[] memory ids) {
        bytes32[] memory all = _scheduled.values();
        uint256 count = 0;
        for (uint256 i = 0; i < all.length; ++i) {
            if (isOperationPending(all[i])) all[count++] = all[i];
        }
        ids = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            ids[i] = all[i];
        }
    }

    /// @inheritdoc ISuretyTimelock
    function isSlow(address target, bytes4 selector) public view returns (bool) {
        return target == address(this) || _slow[target][selector] || _slow[address(0)][selector];
    }

    /// @inheritdoc ISuretyTimelock
    function leastDelayOf(address target, bytes calldata data) public view returns (uint256) {
        uint256 least = getMinDelay();
        return least < DELAY_SLOW && isSlow(target, _selectorOf(data)) ? DELAY_SLOW : least;
    }

    /// @inheritdoc ISuretyTimelock
    function isBeyondVeto(bytes32 id) public view returns (bool) {
        return _signed[id].content != 0 && _signed[id].round == SIGNED_VETOES;
    }

    /// @inheritdoc TimelockController
    /// @dev An expired operation reads `Unset`: it cannot run, and can only be scheduled again.
    function getOperationState(bytes32 id) public view override returns (OperationState state) {
        state = super.getOperationState(id);
        if (state == OperationState.Ready && block.timestamp >= getTimestamp(id) + GRACE) return OperationState.Unset;
    }

    /// @inheritdoc AccessControl
    function supportsInterface(
        bytes4 interfaceId
    ) public view override(TimelockController, AccessControlEnumerable) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    function _grantRole(
        bytes32 role,
        address account
    ) internal override(AccessControl, AccessControlEnumerable) returns (bool) {
        if (role == DEFAULT_ADMIN_ROLE && account != address(this)) revert AdminRefused(account);
        if (account == address(0) && role != EXECUTOR_ROLE) revert RoleAddressMissing(role);
        if (role == PROPOSER_ROLE && hasRole(CANCELLER_ROLE, account)) {
            revert RolesConflict(account, role, CANCELLER_ROLE);
        }
        if (role == CANCELLER_ROLE && hasRole(PROPOSER_ROLE, account)) {
            revert RolesConflict(account, role, PROPOSER_ROLE);
        }
        return super._grantRole(role, account);
    }

    function _revokeRole(
        bytes32 role,
        address account
    ) internal override(AccessControl, AccessControlEnumerable) returns (bool) {
        if (role == DEFAULT_ADMIN_ROLE) revert AdminRefused(account);
        bool kept = role == PROPOSER_ROLE || role == EXECUTOR_ROLE || role == CANCELLER_ROLE;
        if (kept && hasRole(role, account) && getRoleMemberCount(role) == 1) revert LastHolder(role, account);
        return super._revokeRole(role, account);
    }

    function _addSlowKind(KindOfAct memory kind) private {
        if (kind.selector == 0) revert SelectorMissing(kind.target);
        _slow[kind.target][kind.selector] = true;
        emit SlowKindAdded(kind.target, kind.selector);
    }

    function _requireLongEnough(address target, bytes calldata data, uint256 delay) private view {
        uint256 least = leastDelayOf(target, data);
        if (delay < least) revert DelayTooShort(target, _selectorOf(data), delay, least);
        if (delay > DELAY_MAX) revert DelayOutOfRange(delay, least, DELAY_MAX);
    }

    function _requireUnfrozen() private view {
        uint256 until = frozenUntil[msg.sender];
        if (block.timestamp < until) revert ProposerFrozen(msg.sender, until);
    }

    /// @dev Reverts if the values that an operation was to replace have changed. An operation that replaces nothing
    ///      runs.
    function _requireSame(bytes32 id, bytes32 now_) private view {
        bytes32 before = _replaced[id];
        if (before != 0 && before != now_) revert ReplacedMeanwhile(id, before, now_);
    }

    function _replacedByAll(address[] calldata targets, bytes[] calldata payloads) private view returns (bytes32 all) {
        for (uint256 i = 0; i < targets.length && i < payloads.length; ++i) {
            all = _replacedBy(all, targets[i], payloads[i]);
        }
    }

    /// @dev Adds the values that a call would replace now, as its target returns them, to those of earlier calls. A target
    ///      that returns none adds nothing.
    function _replacedBy(bytes32 all, address target, bytes calldata data) private view returns (bytes32) {
        uint256 gasBefore = gasleft();
        (bool answered, bytes memory answer) = target.staticcall(abi.encodeCall(ILedgerTerms.replacedBy, (data)));
        // A call that ran out of gas, through a core and its module, leaves less. It would leave the act without a
        // check.
        if (!answered && gasleft() < gasBefore / 16) revert QuestionStarved(target, gasBefore);
        if (!answered || answer.length != 32) return all;
        bytes32 one = abi.decode(answer, (bytes32));
        return one == 0 ? all : keccak256(abi.encode(all, one));
    }

    /// @dev Returns the name of what k attesters signed in a call; 0 if they did not sign, or do not sign this kind of
    ///      call. The target itself is asked, with the arguments of the call.
    function _signedContentOf(address target, bytes calldata data) private view returns (bytes32) {
        bytes4 question = _questionOf(_selectorOf(data));
        if (question == 0) return 0;
        (bool answered, bytes memory answer) = target.staticcall(abi.encodePacked(question, data[4:]));
        if (!answered || answer.length != 32) return 0;
        bytes32 content = abi.decode(answer, (bytes32));
        return content == 0 ? bytes32(0) : keccak256(abi.encode(target, _selectorOf(data), content));
    }

    /// @dev Returns, for each kind of call that k attesters sign, the view with the same arguments that names what they
    ///      signed. Another kind is one more line here.
    function _questionOf(bytes4 selector) private pure returns (bytes4) {
        if (selector == IAttesterSet.rotate.selector) return IAttesterSet.rotationContentOf.selector;
        if (selector == ILedgerRewind.rewind.selector) return ILedgerRewind.rewindContentOf.selector;
        if (selector == IVaultRewind.rewind.selector) return IVaultRewind.rewindContentOf.selector;
        return 0;
    }

    function _requireDelay(uint256 delay) private pure {
        if (delay < DELAY_FLOOR || delay > DELAY_MAX) revert DelayOutOfRange(delay, DELAY_FLOOR, DELAY_MAX);
    }

    /// @dev A call with fewer than four bytes reaches no function, so it has no kind.
    function _selectorOf(bytes calldata data) private pure returns (bytes4) {
        return data.length < 4 ? bytes4(0) : bytes4(data[:4]);
    }
}
