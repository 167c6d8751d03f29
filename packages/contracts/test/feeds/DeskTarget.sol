// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPullFeed} from "../../solidity/prices/IPullFeed.sol";
import {PriceDesk} from "../../solidity/prices/PriceDesk.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";

/// @notice Writes down how it was called.
contract DeskTarget {
    error Refused(uint256 code);

    RiskManager private immutable _risk;
    address public sender;
    uint256 public value;

    constructor(RiskManager risk) {
        _risk = risk;
    }

    function priceOf(uint16 slot) external payable returns (uint256) {
        (sender, value) = (msg.sender, msg.value);
        return _risk.priceOf(slot).price;
    }

    function refuse(uint256 code) external pure {
        revert Refused(code);
    }
}

/// @notice Asks for a fee of 4, and while it is updated for one of 6 in a call without value.
contract GreedyFeed is IPullFeed {
    PriceDesk private immutable _desk;
    address private immutable _target;
    bool private _isInside;

    constructor(PriceDesk desk, address target) {
        (_desk, _target) = (desk, target);
    }

    function updateFee(bytes[] calldata) external view returns (uint256) {
        return _isInside ? 6 : 4;
    }

    function update(bytes[] calldata) external payable {
        if (_isInside) return;
        _isInside = true;
        address[] memory feeds = new address[](1);
        feeds[0] = address(this);
        _desk.updateAndCall(feeds, new bytes[][](1), new uint16[](0), _target, "");
    }
}
