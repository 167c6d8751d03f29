// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A price feed whose answer its owner sets
/// @notice For development chains and tests only: speaks the common aggregator interface.
contract DevelopmentFeed {
    /// @notice Only the owner sets answers.
    error NotOwner(address caller);

    /// @notice A new answer is the latest round.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    /// @notice The address that sets answers.
    address public immutable owner;
    /// @notice Decimals of the answer.
    uint8 public immutable decimals;
    /// @notice Description of the priced asset.
    string public description;

    uint80 private _round;
    int256 private _answer;
    uint256 private _updatedAt;

    constructor(address owner_, uint8 decimals_, string memory description_, int256 answer) {
        owner = owner_;
        decimals = decimals_;
        description = description_;
        _set(answer, block.timestamp);
    }

    /// @notice Sets the answer, observed now.
    function set(int256 answer) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _set(answer, block.timestamp);
    }

    /// @notice Sets the answer as if observed at a time in seconds.
    function setAt(int256 answer, uint256 updatedAt) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _set(answer, updatedAt);
    }

    /// @notice Returns the latest round in the common aggregator form.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return (_round, _answer, _updatedAt, _updatedAt, _round);
    }

    function _set(int256 answer, uint256 updatedAt) private {
        _round += 1;
        _answer = answer;
        _updatedAt = updatedAt;
        emit AnswerUpdated(answer, _round, updatedAt);
    }
}
