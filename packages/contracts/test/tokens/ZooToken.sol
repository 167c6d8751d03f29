// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice How a token of the zoo behaves.
enum Habit {
    PLAIN,
    DECIMALS_0,
    DECIMALS_2,
    DECIMALS_6,
    DECIMALS_8,
    DECIMALS_24,
    FEE_ON_TRANSFER,
    FEE_ON_TOP,
    REBASES_DOWN,
    REBASES_UP,
    ANSWERS_FALSE_TO_LOCKS,
    ANSWERS_FALSE_TO_PAYMENTS,
    ANSWERS_NOTHING,
    ANSWERS_TWO,
    REENTERS_ON_TRANSFER_FROM,
    REENTERS_ON_TRANSFER,
    REENTERS_ON_BALANCE_OF,
    BLACKLISTS_THE_VAULT,
    BLACKLISTS_THE_RECIPIENT,
    PAUSES,
    BURNS_GAS,
    ANSWERS_A_BOMB,
    REVERTS_WITH_A_BOMB,
    UPGRADES_TO_EVIL,
    TRANSFERS_MORE,
    TRANSFERS_LESS,
    ONLY_CLAIMS_TO_LOCK,
    ONLY_CLAIMS_TO_PAY,
    APPROVAL_RACE,
    MAX_MEANS_ALL,
    REVERTS_ON_ZERO,
    HIDES_BALANCES,
    BALANCE_BOMB,
    CONFISCATES,
    LOSES_ITS_CODE,
    REFUSES_TO_APPROVE_AGAIN
}

/// @notice A token with one habit. It behaves until `turn` is called where a habit would keep anything from being locked.
contract ZooToken {
    Habit public immutable habit;
    uint8 public immutable decimals;
    /// @notice Where what leaks goes.
    address public constant THIEF = address(0x7417e);

    mapping(address account => uint256) private _shares;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    uint256 private _ppm = 1e6;
    bool private _turned;
    address private _victim;
    address private _target;
    bytes private _call;
    /// @notice Whether a call that the token made in the middle of a transfer took effect.
    bool public reentered;

    error InNoMood();

    constructor(Habit habit_, uint8 decimals_) {
        (habit, decimals) = (habit_, decimals_);
    }

    /// @notice Mints to anybody.
    function mint(address to, uint256 amount) external {
        _shares[to] += amount;
    }

    /// @notice The habit shows from now on; some need to know whom they are after.
    function turn(address victim, address target, bytes calldata call_) external {
        (_turned, _victim, _target, _call) = (true, victim, target, call_);
        if (habit == Habit.REBASES_DOWN) _ppm = 9e5;
        if (habit == Habit.REBASES_UP) _ppm = 11e5;
        if (habit == Habit.CONFISCATES) _shares[victim] -= 1;
    }

    /// @notice Gives the balance, as the habit has it.
    function balanceOf(address account) external view returns (uint256) {
        if (_turned && habit == Habit.HIDES_BALANCES) revert InNoMood();
        if (_turned && habit == Habit.BALANCE_BOMB) _bomb(false);
        if (_turned && habit == Habit.REENTERS_ON_BALANCE_OF) {
            // What a static call may not do burns all its gas.
            (bool done, ) = _target.staticcall{gas: 200_000}(_call);
            if (done) revert("a call from within balanceOf took effect");
        }
        return (_shares[account] * _ppm) / 1e6;
    }

    /// @notice Allows, or refuses while something is allowed still.
    function approve(address spender, uint256 amount) external returns (bool) {
        bool fussy = habit == Habit.APPROVAL_RACE || habit == Habit.REFUSES_TO_APPROVE_AGAIN;
        if (fussy && amount != 0 && allowance[msg.sender][spender] != 0) revert InNoMood();
        allowance[msg.sender][spender] = amount;
        return true;
    }

    /// @notice Moves as the habit has it.
    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        if (habit == Habit.ANSWERS_FALSE_TO_LOCKS) return false;
        if (habit == Habit.ONLY_CLAIMS_TO_LOCK) return true;
        if (habit == Habit.MAX_MEANS_ALL && amount == type(uint256).max) amount = _shares[from];
        if (allowance[from][msg.sender] != type(uint256).max) allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        if (habit == Habit.REENTERS_ON_TRANSFER_FROM) _reenter();
        _answer();
        return true;
    }

    /// @notice Moves as the habit has it.
    function transfer(address to, uint256 amount) external returns (bool) {
        if (_turned) {
            if (habit == Habit.ANSWERS_FALSE_TO_PAYMENTS) return false;
            if (habit == Habit.ONLY_CLAIMS_TO_PAY) return true;
            if (habit == Habit.BLACKLISTS_THE_VAULT || habit == Habit.PAUSES) revert InNoMood();
            if (habit == Habit.BLACKLISTS_THE_RECIPIENT && to == _victim) revert InNoMood();
            if (habit == Habit.BURNS_GAS) while (true) {}
            if (habit == Habit.REVERTS_WITH_A_BOMB) _bomb(true);
            if (habit == Habit.UPGRADES_TO_EVIL) to = THIEF;
            if (habit == Habit.TRANSFERS_MORE) _move(msg.sender, THIEF, 1);
            if (habit == Habit.TRANSFERS_LESS) amount -= 1;
        }
        if (habit == Habit.REVERTS_ON_ZERO && amount == 0) revert InNoMood();
        _move(msg.sender, to, amount);
        if (_turned && habit == Habit.REENTERS_ON_TRANSFER) _reenter();
        if (_turned && habit == Habit.ANSWERS_A_BOMB) _bomb(false);
        _answer();
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 shares = (amount * 1e6) / _ppm;
        if (habit == Habit.FEE_ON_TOP) {
            _shares[from] -= shares / 100;
            _shares[THIEF] += shares / 100;
        }
        _shares[from] -= shares;
        if (habit == Habit.FEE_ON_TRANSFER) {
            _shares[THIEF] += shares / 100;
            shares -= shares / 100;
        }
        _shares[to] += shares;
    }

    function _reenter() private {
        if (_target == address(0)) return;
        (bool done, ) = _target.call(_call);
        reentered = reentered || done;
    }

    /// @dev Ends the call with another answer than true, where the habit has one.
    function _answer() private view {
        if (habit == Habit.ANSWERS_NOTHING) {
            assembly {
                return(0, 0)
            }
        }
        if (habit == Habit.ANSWERS_TWO) {
            assembly {
                mstore(0, 2)
                return(0, 32)
            }
        }
    }

    /// @dev A megabyte of answer.
    function _bomb(bool refuses) private pure {
        assembly {
            if refuses {
                revert(0, 1000000)
            }
            return(0, 1000000)
        }
    }
}
