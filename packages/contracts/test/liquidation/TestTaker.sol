// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BidTerms} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {ILiquidationTaker} from "../../solidity/interfaces/ILiquidationTaker.sol";
import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {LiquidationAuction} from "../../solidity/liquidation/LiquidationAuction.sol";

/// @notice A taker that is a contract, and in its callback does one call that it was given.
contract TestTaker is ILiquidationTaker {
    ILedger public immutable ledger;
    LiquidationAuction private immutable auction;
    address private target;
    bytes private act;
    bool private silent;
    uint256 public seenAssumedWad;
    uint256 public seenLines;
    bytes public seenData;

    constructor(ILedger ledger_, LiquidationAuction auction_) {
        (ledger, auction) = (ledger_, auction_);
    }

    function prepare(address target_, bytes calldata act_, bool silent_) external {
        (target, act, silent) = (target_, act_, silent_);
    }

    function call(address to, bytes calldata data) external {
        _call(to, data);
    }

    function bid(bytes32 account, address protocol, bytes32 to, BidTerms calldata terms, bytes calldata data) external {
        auction.bid(account, protocol, to, terms, data);
    }

    function onLinesTaken(
        bytes32,
        bytes32,
        uint16[] calldata assetIds,
        uint128[] calldata,
        uint256 assumedWad,
        bytes calldata data
    ) external returns (bytes4) {
        (seenLines, seenAssumedWad, seenData) = (assetIds.length, assumedWad, data);
        if (target != address(0)) _call(target, act);
        return silent ? bytes4(0) : ILiquidationTaker.onLinesTaken.selector;
    }

    function _call(address to, bytes memory data) private {
        (bool done, bytes memory answer) = to.call(data);
        if (done) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}
