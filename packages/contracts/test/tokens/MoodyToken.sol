// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PlainToken} from "./PlainToken.sol";

/// @notice How the transfers of a `MoodyToken` go.
enum Mood {
    FINE,
    ANSWERS_FALSE,
    ANSWERS_NOTHING,
    REVERTS,
    BURNS_GAS,
    ANSWERS_A_BOMB,
    REVERTS_WITH_A_BOMB,
    TAKES_MORE,
    TAKES_LESS,
    ONLY_CLAIMS,
    ANSWERS_FALSE_AND_MOVES,
    HIDES_BALANCES,
    DEAR
}

/// @notice A token whose `transfer` behaves as told, that may blacklist accounts and is otherwise plain.
contract MoodyToken is PlainToken {
    Mood public mood;
    mapping(address account => bool) public blacklisted;

    error Blacklisted(address account);

    constructor() PlainToken("MOODY", 6) {}

    /// @notice Sets how transfers go from now on.
    function feel(Mood mood_) external {
        mood = mood_;
    }

    /// @notice Refuses transfers of an account, or no longer.
    function blacklist(address account, bool on) external {
        blacklisted[account] = on;
    }

    /// @notice Moves as the mood has it.
    function transfer(address to, uint256 value) public override returns (bool) {
        Mood now_ = mood;
        if (blacklisted[msg.sender]) revert Blacklisted(msg.sender);
        if (blacklisted[to]) revert Blacklisted(to);
        if (now_ == Mood.ANSWERS_FALSE) return false;
        if (now_ == Mood.ONLY_CLAIMS) return true;
        if (now_ == Mood.REVERTS) revert("the token is in no mood");
        if (now_ == Mood.REVERTS_WITH_A_BOMB) _bomb(true);
        if (now_ == Mood.BURNS_GAS) while (true) {}
        if (now_ == Mood.DEAR) _spend(200_000);
        if (now_ == Mood.TAKES_MORE) super._update(msg.sender, address(0xfee), 1);
        super._update(msg.sender, to, now_ == Mood.TAKES_LESS ? value - 1 : value);
        if (now_ == Mood.ANSWERS_A_BOMB) _bomb(false);
        if (now_ == Mood.ANSWERS_NOTHING) {
            assembly {
                return(0, 0)
            }
        }
        return now_ != Mood.ANSWERS_FALSE_AND_MOVES;
    }

    /// @notice Gives the balance, unless it hides it.
    function balanceOf(address account) public view override returns (uint256) {
        if (mood == Mood.HIDES_BALANCES) revert("the token hides its balances");
        return super.balanceOf(account);
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

    function _spend(uint256 gas_) private view {
        uint256 end = gasleft() - gas_;
        while (gasleft() > end) {}
    }
}
