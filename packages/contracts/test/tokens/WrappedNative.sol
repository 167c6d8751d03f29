// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice The wrapped native coin of a test chain.
contract WrappedNative is ERC20 {
    constructor() ERC20("Wrapped Native", "WNATIVE") {}

    /// @notice Mints one unit for each wei.
    function deposit() external payable {
        _mint(msg.sender, msg.value);
    }

    /// @notice Gives wei back for units.
    function withdraw(uint256 amount) external {
        _burn(msg.sender, amount);
        (bool sent, ) = msg.sender.call{value: amount}("");
        require(sent, "the receiver refused the coin");
    }
}
