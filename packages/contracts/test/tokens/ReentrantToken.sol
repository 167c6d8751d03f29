// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PlainToken} from "./PlainToken.sol";

/// @notice Calls whatever it was told to in the middle of every transfer, as a token with hooks lets its holders do.
contract ReentrantToken is PlainToken {
    address private _target;
    bytes private _call;
    bool public callSucceeded;
    bytes public callAnswer;

    constructor() PlainToken("HOOK", 18) {}

    /// @notice Sets the call made in the middle of transfers.
    function arm(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_target == address(0) || from == address(0)) return;
        (callSucceeded, callAnswer) = _target.call(_call);
    }
}
