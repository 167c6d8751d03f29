// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The common price aggregator's reading side
/// @notice The interface of most oracle networks' push feeds.
interface IAggregatorV3 {
    /// @notice Returns the decimals of the answer.
    function decimals() external view returns (uint8);

    /// @notice Returns the newest round.
    /// @return roundId number of the round
    /// @return answer price, scaled by `decimals`
    /// @return startedAt time in seconds at which the round began
    /// @return updatedAt time in seconds of the answer, 0 while the round is open
    /// @return answeredInRound round in which the answer came about
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
