// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An uptime feed whose status the test writes. Like the real one it may refuse callers that it was not told of.
contract TestUptimeFeed {
    error NoAccess(address caller);

    int256 private _answer;
    uint256 private _startedAt;
    uint256 private _updatedAt;
    address private _only;
    uint256 private _appetite;

    function set(int256 answer, uint256 startedAt, uint256 updatedAt) external {
        (_answer, _startedAt, _updatedAt) = (answer, startedAt, updatedAt);
    }

    function admitOnly(address caller) external {
        _only = caller;
    }

    /// @notice Gas that it uses before it answers.
    function setAppetite(uint256 gas) external {
        _appetite = gas;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        if (_only != address(0) && msg.sender != _only) revert NoAccess(msg.sender);
        uint256 appetite = _appetite;
        if (appetite != 0) {
            uint256 most = gasleft();
            while (gasleft() + appetite > most) {}
        }
        return (1, _answer, _startedAt, _updatedAt, 1);
    }
}
