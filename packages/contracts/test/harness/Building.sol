// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DEPLOYER} from "./Deployer.sol";

/// @notice Builds a contract in a call of its own, for tests in which that is to revert.
/// @dev Forge builds what `new` in a test names by a cheat code, whose revert is the test's own: a test that expects it ends
///      there, and passes whatever stands behind it.
abstract contract Building {
    /// @notice Builds what an artifact holds, with the encoded arguments of its constructor.
    function build(string calldata artifact, bytes calldata args) external returns (address) {
        return DEPLOYER.deployCode(artifact, args);
    }
}
