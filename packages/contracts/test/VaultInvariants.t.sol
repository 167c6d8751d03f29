// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AccountLib} from "../solidity/libraries/AccountLib.sol";
import {JournalLib} from "../solidity/libraries/JournalLib.sol";
import {CollateralVault} from "../solidity/vault/CollateralVault.sol";
import {VaultFixture} from "./VaultFixture.sol";
import {FeeToken} from "./tokens/FeeToken.sol";
import {PlainToken} from "./tokens/PlainToken.sol";
import {WrappedNative} from "./tokens/WrappedNative.sol";

/// @notice Does to a vault what users, governor and pauser may do, and keeps its own books beside.
contract VaultHandler is Test {
    CollateralVault private immutable vault;
    address private immutable governor;
    address private immutable pauser;
    WrappedNative private immutable wrapped;
    address[] public tokens;

    /// @dev Every entry that this handler saw appended, folded by its own arithmetic.
    bytes32 public head;
    uint64 public count;
    mapping(uint16 asset => uint256 units) public locked;
    mapping(uint16 asset => uint256 units) public given;
    uint256 public lockRefusals;

    constructor(CollateralVault vault_, address[] memory tokens_, address governor_, address pauser_) {
        (vault, governor, pauser) = (vault_, governor_, pauser_);
        wrapped = WrappedNative(vault_.wrappedNative());
        tokens = tokens_;
        (, , head) = vault_.journalHead();
    }

    /// @notice Locks some of a token for somebody.
    function lock(uint256 who, uint256 which, uint128 amount, bytes32 memo, uint96 fee, uint80 sub) external {
        uint16 asset = uint16(which % tokens.length) + 1;
        address user = _user(who);
        PlainToken token = PlainToken(tokens[asset - 1]);
        if (address(token) == address(wrapped)) return;
        // Hashed, since the fuzzer prefers tiny numbers, which the minimum refuses.
        amount = uint128(uint256(keccak256(abi.encode(amount))) % (100 * 10 ** token.decimals()));
        fee = fee % (uint96(amount) + 1);
        token.mint(user, amount);
        vm.startPrank(user);
        token.approve(address(vault), amount);
        bytes32 account = AccountLib.encode(_user(who / 7), 0, sub);
        try vault.lock(asset, amount, account, memo, fee, 0) returns (uint128 received) {
            _record(asset, received, account, memo, fee);
        } catch {
            ++lockRefusals;
        }
        vm.stopPrank();
    }

    /// @notice Locks native coin for somebody.
    function lockNative(uint256 who, uint96 value, bytes32 memo) external {
        value = uint96(uint256(keccak256(abi.encode(value))) % 100e18);
        address user = _user(who);
        vm.deal(user, value);
        vm.prank(user);
        try vault.lockNative{value: value}(accountOf(user), memo, value / 2, 0) returns (uint128 received) {
            _record(vault.indexOf(address(wrapped)), received, accountOf(user), memo, value / 2);
        } catch {
            ++lockRefusals;
        }
    }

    /// @notice Sends tokens to the vault without a lock.
    function give(uint256 which, uint128 amount) external {
        uint16 asset = uint16(which % tokens.length) + 1;
        if (tokens[asset - 1] == address(wrapped)) return;
        amount = uint128(bound(amount, 0, 1e18));
        PlainToken(tokens[asset - 1]).mint(address(vault), amount);
        given[asset] += amount;
    }

    /// @notice Moves the limits, also below what is accounted.
    function limit(uint256 which, uint64 min, uint64 cap) external {
        vm.prank(governor);
        vault.setLimits(uint16(which % tokens.length) + 1, min % 10_000, 100_000 + (cap % 10_000_000), 1);
    }

    /// @notice Pauses or tries to.
    function pause(uint256 which, uint8 flags, uint40 length) external {
        // Now and then, or nothing else would happen.
        if (length % 3 != 0) return;
        vm.prank(pauser);
        uint40 until = uint40(vm.getBlockTimestamp() + bound(length, 1, 10 minutes));
        try vault.pause(flags & 9, uint16(which % (tokens.length + 1)), until) {} catch {}
    }

    /// @notice Lifts pauses.
    function unpause(uint256 which) external {
        vm.prank(governor);
        vault.unpause(9, uint16(which % (tokens.length + 1)));
    }

    /// @notice Lets time pass.
    function wait(uint40 length) external {
        vm.warp(vm.getBlockTimestamp() + bound(length, 0, 2 hours));
    }

    function tokenCount() external view returns (uint256) {
        return tokens.length;
    }

    function accountOf(address owner) public pure returns (bytes32) {
        return bytes32(uint256(uint160(owner)) << 96);
    }

    function _record(uint16 asset, uint128 received, bytes32 account, bytes32 memo, uint96 fee) private {
        locked[asset] += received;
        ++count;
        head = keccak256(
            bytes.concat(head, bytes1(0x01), bytes2(asset), bytes16(received), account, memo, bytes12(fee))
        );
    }

    function _user(uint256 who) private pure returns (address) {
        return address(uint160(0xa11ce000 + (who % 5)));
    }
}

/// @notice I1 and I2 at the vault, over random orders of everything that can be done to it.
contract VaultInvariantsTest is VaultFixture {
    VaultHandler private handler;

    function setUp() public override {
        super.setUp();
        address[] memory tokens = new address[](4);
        tokens[0] = address(new PlainToken("SIX", 6));
        tokens[1] = address(new FeeToken());
        tokens[2] = address(wrapped);
        tokens[3] = address(new PlainToken("EIGHTEEN", 18));
        uint8[4] memory decimals = [6, 6, 18, 18];
        for (uint256 i = 0; i < tokens.length; ++i) {
            vm.prank(governor);
            vault.listAsset(tokens[i], decimals[i], 1_000, 1_000_000_000, 1);
        }
        handler = new VaultHandler(vault, tokens, governor, pauser);
        targetContract(address(handler));
    }

    /// @notice One campaign checks all of them, since each campaign costs seconds.
    function invariant_I1_I2_I3_hold_at_the_vault() public view {
        _I1_accounted_is_what_was_locked_and_is_held();
        _I2_the_journal_is_the_fold_of_every_lock();
        _I3_the_replica_stands_still();
    }

    /// @dev I1: what is accounted is what was locked, and the vault holds it, and gifts beside it.
    function _I1_accounted_is_what_was_locked_and_is_held() private view {
        for (uint16 asset = 1; asset <= handler.tokenCount(); ++asset) {
            address token = handler.tokens(asset - 1);
            assertEq(vault.accounted(asset), handler.locked(asset));
            assertEq(IERC20(token).balanceOf(address(vault)), handler.locked(asset) + handler.given(asset));
        }
        assertEq(address(vault).balance, 0);
    }

    /// @dev I2: the journal is the fold of every lock in order, and nothing else.
    function _I2_the_journal_is_the_fold_of_every_lock() private view {
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        assertEq(count, handler.count());
        assertEq(head, handler.head());
        assertEq(vm.load(address(vault), JournalLib.slotOf(edge)), handler.head());
    }

    /// @dev I3: the replica of the ledger's journal moves by no act of users, governor or pauser.
    function _I3_the_replica_stands_still() private view {
        (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, , ) = vault.replicaState();
        assertEq(head, edge);
        assertEq(count, 0);
        assertEq(asOf, 0);
    }

    /// @notice The run does what it is for: locks were taken, and not only refused.
    function afterInvariant() public view {
        uint256 tries = handler.count() + handler.lockRefusals();
        if (tries >= 16) assertGe(handler.count() * 4, tries, "too few locks were taken for the run to mean anything");
    }
}
