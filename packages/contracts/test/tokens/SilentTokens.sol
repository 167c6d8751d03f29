// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A token of the old kind: its transfers return nothing, and it states no decimals.
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    /// @notice Mints to anybody.
    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    /// @notice Allows without an answer.
    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    /// @notice Moves without an answer.
    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    /// @notice Moves without an answer.
    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice A token whose transfers answer false instead of reverting, and move nothing.
contract RefusingToken {
    mapping(address => uint256) public balanceOf;
    uint8 public constant decimals = 18;

    /// @notice Mints to anybody.
    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    /// @notice Answers false.
    function transferFrom(address, address, uint256) external pure returns (bool) {
        return false;
    }
}

/// @notice A token that answers true and moves whatever it was told to beforehand.
contract LyingToken {
    uint256 private _held;
    uint256 private _next;
    uint8 public constant decimals = 18;

    /// @notice Sets every balance before and after the next transfer.
    function pretend(uint256 before, uint256 afterwards) external {
        (_held, _next) = (before, afterwards);
    }

    /// @notice Gives the balance it was told.
    function balanceOf(address) external view returns (uint256) {
        return _held;
    }

    /// @notice Answers true.
    function transferFrom(address, address, uint256) external returns (bool) {
        _held = _next;
        return true;
    }
}
