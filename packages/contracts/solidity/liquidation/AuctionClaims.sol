// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEdge} from "../edge/IEdge.sol";
import {IMarginClaim} from "../interfaces/IMarginClaim.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {ClaimView} from "../interfaces/ledger/LedgerTypes.sol";
import {Requirement, Requirements} from "../ledger/Requirements.sol";
import {AuctionSize} from "./AuctionSize.sol";

/// @notice Claims of the protocols of an account.
/// @param protocols in the order of the ledger
/// @param answered of each, whether it answered what it was asked for
/// @param requirementsWad of each, maintenance, WAD; of one that fails what the ledger counts
/// @param burdensWad of each, WAD; of one that does not answer what it recorded
/// @param reservedWad of each, what it reserved when it last passed its gate, WAD
/// @param servedWad of each, what takers assumed of it in this auction, WAD; 0 where there is one protocol
/// @param requiredWad sum of the requirements, WAD, at most 2^127 − 1
struct Claims {
    address[] protocols;
    bool[] answered;
    uint256[] requirementsWad;
    uint256[] burdensWad;
    uint256[] reservedWad;
    uint256[] servedWad;
    uint256 requiredWad;
}

/// @title The protocols of an account in liquidation
/// @notice Asks them, however they behave: none can mislead the others by failing, starving or naming figures that fit nowhere.
library AuctionClaims {
    /// @notice Gas that a protocol may use to answer its burden.
    uint256 internal constant BURDEN_GAS = 300_000;
    /// @notice Gas that a protocol may use when it is told of an auction.
    uint256 internal constant NOTICE_GAS = 1_500_000;
    /// @notice Most that one protocol's figure counts: at most four of them sum to what fits.
    uint256 internal constant FIGURE_MOST = 2 ** 125 - 1;
    /// @dev Gas spent between a check and its call: 2,600 for a cold address, and the call itself.
    uint256 private constant CALL_GAS = 6_000;

    /// @notice Returns the protocols of an account, asked for nothing yet.
    function listOf(ILedger ledger, bytes32 account) internal view returns (Claims memory claims) {
        claims.protocols = ledger.protocolsOf(account);
        uint256 count = claims.protocols.length;
        claims.answered = new bool[](count);
        claims.requirementsWad = new uint256[](count);
        claims.burdensWad = new uint256[](count);
        claims.reservedWad = new uint256[](count);
        claims.servedWad = new uint256[](count);
    }

    /// @notice Asks the protocols what they require.
    function addRequirements(Claims memory claims, ILedger ledger, bytes32 account) internal view {
        for (uint256 i = 0; i < claims.protocols.length; ++i) {
            address protocol = claims.protocols[i];
            Requirement memory requirement = Requirements.read(protocol, account);
            claims.answered[i] = requirement.answered;
            uint256 figure = requirement.maintenanceWad;
            if (!requirement.answered) figure = _recordedOf(ledger.claimOf(account, protocol));
            claims.requirementsWad[i] = Math.min(figure, FIGURE_MOST);
            claims.requiredWad += claims.requirementsWad[i];
        }
    }

    /// @notice Asks the protocols for their burdens. With one that answers, nothing that it reserved is read.
    function addBurdens(Claims memory claims, ILedger ledger, bytes32 account) internal view {
        for (uint256 i = 0; i < claims.protocols.length; ++i) {
            address protocol = claims.protocols[i];
            (bool answered, uint256 burdenWad) = burdenOf(protocol, account);
            if (!answered || claims.protocols.length != 1) {
                ClaimView memory claim = ledger.claimOf(account, protocol);
                claims.reservedWad[i] = Math.min(claim.reservedWad, FIGURE_MOST);
                if (!answered) burdenWad = Math.min(_recordedOf(claim), claims.reservedWad[i]);
            }
            claims.burdensWad[i] = burdenWad;
            claims.answered[i] = claims.answered[i] && answered;
        }
    }

    /// @notice Leaves out of each burden what is not required: lines given for it would relieve the account of nothing.
    function boundBurdens(Claims memory claims) internal pure {
        for (uint256 i = 0; i < claims.protocols.length; ++i) {
            claims.burdensWad[i] = Math.min(claims.burdensWad[i], claims.requirementsWad[i]);
        }
    }

    /// @notice Returns what of a net value of lines falls to one protocol, WAD, rounded down: `AuctionSize.entitlementOf` of all that
    ///         this auction brought and brings, less what the protocol got.
    /// @dev A loss that a bid leaves is owed still. A protocol that is bid for again would else get a part of that part too, and
    ///      with it what falls to others.
    function entitlementOf(Claims memory claims, uint256 netWad, uint256 index) internal pure returns (uint256 part) {
        uint256 count = claims.protocols.length;
        uint256[] memory owedWad = new uint256[](count);
        uint256 wholeWad = netWad;
        for (uint256 i = 0; i < count; ++i) {
            owedWad[i] = Math.min(claims.burdensWad[i] + claims.servedWad[i], FIGURE_MOST);
            wholeWad += claims.servedWad[i];
        }
        uint256 sum;
        for (uint256 i = 0; i < count; ++i) {
            uint256 one = AuctionSize.entitlementOf(wholeWad, owedWad, claims.reservedWad, i);
            one = Math.saturatingSub(one, claims.servedWad[i]);
            sum += one;
            if (i == index) part = one;
        }
        // One that got more than falls to it now, since prices fell, gives nothing back.
        if (sum > netWad) part = Math.mulDiv(part, netWad, sum);
    }

    /// @notice Returns the position of a protocol among an account's, their number if it is none of them.
    function indexOf(Claims memory claims, address protocol) internal pure returns (uint256 index) {
        while (index < claims.protocols.length && claims.protocols[index] != protocol) ++index;
    }

    /// @notice Tells a protocol of an account's auction. Whoever leaves it too little gas is refused.
    function tell(address protocol, bytes32 account) internal {
        bytes memory note = abi.encodeCall(IMarginClaim.onAuction, (account));
        _requireGas(NOTICE_GAS);
        assembly ("memory-safe") {
            pop(call(NOTICE_GAS, protocol, 0, add(note, 0x20), mload(note), 0, 0))
        }
    }

    /// @dev Reverts unless a call can be given so much gas: it forwards 63/64 of what is left.
    function _requireGas(uint256 gas_) private view {
        uint256 least = gas_ + gas_ / 63 + CALL_GAS;
        if (gasleft() < least) revert IEdge.GasTooLow(gasleft(), least);
    }

    /// @notice Asks one protocol for its burden; 0 if it does not answer.
    function burdenOf(address protocol, bytes32 account) internal view returns (bool answered, uint256 burdenWad) {
        bytes memory question = abi.encodeCall(IMarginClaim.burdenOf, (account));
        _requireGas(BURDEN_GAS);
        assembly ("memory-safe") {
            // Beyond the free pointer: one word of scratch, however much the protocol returns.
            let answer := mload(0x40)
            answered := staticcall(BURDEN_GAS, protocol, add(question, 0x20), mload(question), answer, 0x20)
            answered := and(answered, eq(returndatasize(), 0x20))
            burdenWad := mload(answer)
        }
        if (!answered || burdenWad > FIGURE_MOST) return (false, 0);
    }

    /// @dev Returns the ledger's figure for a protocol that fails.
    function _recordedOf(ClaimView memory claim) private pure returns (uint256) {
        return Math.max(claim.maintenanceWad, claim.observedWad);
    }
}
