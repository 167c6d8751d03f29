// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A wrapped native coin
/// @notice For development chains and tests only: one unit of the token for each wei held.
contract DevelopmentWrappedNative is ERC20 {
    /// @notice The native coin could not be paid out.
    error PayoutFailed(address to, uint256 amount);

    constructor() ERC20("Wrapped Ether", "WETH") {}

    /// @notice Wraps the native coin that is sent.
    receive() external payable {
        deposit();
    }

    /// @notice Mints one unit to the caller for each wei sent.
    function deposit() public payable {
        _mint(msg.sender, msg.value);
    }

    /// @notice Burns units of the caller and pays out as many wei.
    function withdraw(uint256 amount) external {
        _burn(msg.sender, amount);
        (bool paid, ) = msg.sender.call{value: amount}("");
        if (!paid) revert PayoutFailed(msg.sender, amount);
    }
}
