// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Black76} from "@surety/requirements/Black76.sol";
import {KernelPages} from "@surety/requirements/OptionTables.sol";
import {MarketState, MarketTerms, StandardBook} from "@surety/requirements/StandardBook.sol";
import {StandardRequirement} from "@surety/requirements/StandardRequirement.sol";

/// @notice A protocol's code around the libraries, compiled like one, that weighs them.
contract PricingHarness {
    /// @dev Options of one expiry; the gas of each, of the first with what they share.
    function weighPrices(
        KernelPages memory pages,
        uint256 forward,
        uint256 vol,
        uint256 time,
        uint256[] memory strikes
    ) external view returns (uint256[] memory gas, uint256[] memory calls, uint256[] memory puts) {
        (gas, calls, puts) = (
            new uint256[](strikes.length),
            new uint256[](strikes.length),
            new uint256[](strikes.length)
        );
        uint256 before = gasleft();
        Black76.Expiry memory expiry = Black76.expiryOf(pages, forward, Black76.totalVolOf(vol, time));
        for (uint256 i = 0; i < strikes.length; ++i) {
            (calls[i], puts[i]) = Black76.pricesOf(pages, expiry, strikes[i]);
            gas[i] = before - gasleft();
            before = gasleft();
        }
    }

    function weighDelta(
        KernelPages memory pages,
        uint256 forward,
        uint256 totalVol,
        uint256 strike
    ) external view returns (uint256 gas, uint256 delta) {
        Black76.Expiry memory expiry = Black76.expiryOf(pages, forward, totalVol);
        uint256 before = gasleft();
        delta = Black76.callDeltaOf(pages, expiry, strike);
        gas = before - gasleft();
    }

    function weighBook(
        KernelPages memory pages,
        StandardBook memory book,
        MarketState memory market,
        MarketTerms memory terms
    ) external view returns (uint256 gas, uint256 initial, uint256 exit, uint256 maintenance, int256 mark) {
        uint256 before = gasleft();
        (initial, exit, maintenance, mark) = StandardRequirement.standardRequirement(pages, book, market, terms);
        gas = before - gasleft();
    }
}
