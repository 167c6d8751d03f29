// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A well-behaved ERC-20 of any decimals that anyone may mint.
contract PlainToken is ERC20 {
    uint8 private immutable _decimals;

    constructor(string memory symbol_, uint8 decimals_) ERC20(symbol_, symbol_) {
        _decimals = decimals_;
    }

    /// @notice Mints to anybody.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Gives the decimals chosen at construction.
    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}
