// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title The address that one caller of a `PriceDesk` calls from
/// @notice Each caller has a copy of its own, so what is allowed to that address is allowed to this caller alone.
contract PriceDeskSender {
    /// @notice Only the desk calls.
    error NotDesk(address caller);

    address private immutable _desk;

    constructor() {
        _desk = msg.sender;
    }

    /// @notice Calls a contract, without value; reverts as it reverts.
    /// @param target contract that is called
    /// @param data its calldata
    /// @return answer what it returned
    function forward(address target, bytes calldata data) external returns (bytes memory answer) {
        if (msg.sender != _desk) revert NotDesk(msg.sender);
        return Address.functionCall(target, data);
    }
}
