// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IRiskManager} from "../interfaces/IRiskManager.sol";
import {ILedgerViews} from "../interfaces/ledger/ILedgerViews.sol";
import {IPullFeed} from "./IPullFeed.sol";
import {PriceDeskSender} from "./PriceDeskSender.sol";

/// @title Fresh prices in front of a call
/// @notice Brings updates to sources, pokes slots and calls one contract, all or nothing. It has no rights and no owner, and holds
///         nothing between calls.
/// @dev Safety: as itself it calls `updateFee`, `update`, `riskManager` and `poke` alone. The caller's own call comes from an
///      address that only this caller can make call (`senderOf`), so whoever allows tokens to the desk, or appoints it, gives
///      nothing away. The called contract sees that address, neither the caller nor the desk: use calls that do not go by who
///      sends them, or give that address what it needs.
contract PriceDesk {
    /// @notice Each feed needs its list of updates.
    error UpdatesUnpaired(uint256 feeds, uint256 updates);
    /// @notice The rest of the value does not cover this feed's fee.
    error ValueSpent(address feed, uint256 feeWei, uint256 leftWei);

    /// @notice Names the risk manager whose slots are poked.
    address public immutable ledger;
    address private immutable _senderCode;

    /// @param ledger_ the ledger of the settlement chain
    constructor(address ledger_) {
        ledger = ledger_;
        _senderCode = address(new PriceDeskSender());
    }

    /// @notice Updates feeds, pokes slots, calls the target without value, and returns the rest of the value to the caller.
    /// @param feeds sources that need updates; each is paid its own `updateFee`
    /// @param updates for each feed, as its network signs them
    /// @param slots of the risk manager; none leaves it alone
    /// @param target contract that is called
    /// @param data its calldata
    /// @return answer what it returned
    function updateAndCall(
        address[] calldata feeds,
        bytes[][] calldata updates,
        uint16[] calldata slots,
        address target,
        bytes calldata data
    ) external payable returns (bytes memory answer) {
        uint256 leftWei = _update(feeds, updates);
        if (slots.length != 0) IRiskManager(ILedgerViews(ledger).riskManager()).poke(slots);
        answer = _openSender(msg.sender).forward(target, data);
        if (leftWei != 0) Address.sendValue(payable(msg.sender), leftWei);
    }

    /// @notice Returns the address from which a caller's calls come; its code appears with the first.
    function senderOf(address caller) public view returns (address) {
        return Clones.predictDeterministicAddress(_senderCode, _saltOf(caller));
    }

    /// @dev Returns what is left of this call's value. Whatever else lies here is not spent: a call inside this one has its own.
    function _update(address[] calldata feeds, bytes[][] calldata updates) private returns (uint256 leftWei) {
        if (feeds.length != updates.length) revert UpdatesUnpaired(feeds.length, updates.length);
        leftWei = msg.value;
        for (uint256 i = 0; i < feeds.length; ++i) {
            uint256 feeWei = IPullFeed(feeds[i]).updateFee(updates[i]);
            if (feeWei > leftWei) revert ValueSpent(feeds[i], feeWei, leftWei);
            leftWei -= feeWei;
            IPullFeed(feeds[i]).update{value: feeWei}(updates[i]);
        }
    }

    function _openSender(address caller) private returns (PriceDeskSender) {
        address sender = senderOf(caller);
        if (sender.code.length == 0) Clones.cloneDeterministic(_senderCode, _saltOf(caller));
        return PriceDeskSender(sender);
    }

    function _saltOf(address caller) private pure returns (bytes32) {
        return bytes32(uint256(uint160(caller)));
    }
}
