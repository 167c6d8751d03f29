// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {SeasonGhosts} from "./SeasonGhosts.sol";

/// @notice What a campaign knows of refused entries: they stop their source once.
abstract contract StopGhosts is SeasonGhosts {
    /// @dev Entries that were refused.
    mapping(uint16 source => uint256) internal refused;

    /// @dev After a batch: it stopped its source if it held the first refused entry, and else did not.
    function _noteStop(uint16 source, bool stopped) internal {
        (SourceState state, , ) = ledger.stateOf(source);
        bool stops = !stopped && refused[source] != 0;
        assertEq(state == SourceState.QUARANTINED, stops, "I9: refused entries stop a source once");
        if (stops) _hit("quarantine");
    }
}
