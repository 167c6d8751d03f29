// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PlainToken} from "./PlainToken.sol";

/// @notice Every balance can be scaled down at once, as a slashed staking token's.
contract RebasingToken is PlainToken {
    uint256 private _ppm = 1e6;

    constructor() PlainToken("REBASE", 18) {}

    /// @notice Scales all balances to so many parts in a million of the shares.
    function rebase(uint256 ppm) external {
        _ppm = ppm;
    }

    /// @notice Gives the scaled balance, rounded down.
    function balanceOf(address account) public view override returns (uint256) {
        return (super.balanceOf(account) * _ppm) / 1e6;
    }

    function _update(address from, address to, uint256 value) internal override {
        bool moves = from != address(0) && to != address(0);
        super._update(from, to, moves ? (value * 1e6) / _ppm : value);
    }
}
