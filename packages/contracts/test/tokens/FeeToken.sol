// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PlainToken} from "./PlainToken.sol";

/// @notice Keeps one part in a hundred of every transfer, rounded up.
contract FeeToken is PlainToken {
    constructor() PlainToken("FEE", 6) {}

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, value);
        uint256 fee = (value + 99) / 100;
        super._update(from, address(0xfee), fee);
        super._update(from, to, value - fee);
    }
}
