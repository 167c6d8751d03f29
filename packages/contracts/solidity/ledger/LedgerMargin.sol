// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger} from "../interfaces/ICollateralLedger.sol";
import {Grades, IRiskManager, LineWords} from "../interfaces/IRiskManager.sol";
import {LedgerCoverage} from "./LedgerCoverage.sol";
import {Requirement, Requirements} from "./Requirements.sol";

/// @title What an account has and what is required of it
abstract contract LedgerMargin is LedgerCoverage {
    /// @notice What the protocols of an account require together.
    /// @param initialWad WAD, 2^256 − 1 if one of them fails
    /// @param maintenanceWad WAD; of one that fails, what its last gate recorded
    /// @param failing one that fails, 0 if none does
    /// @param asked whether the protocol that was asked for is one of them
    /// @param own what that one requires
    struct Required {
        uint256 initialWad;
        uint256 maintenanceWad;
        address failing;
        bool asked;
        Requirement own;
    }

    /// @dev Gas below which a failing risk manager cannot be told from an empty tank.
    uint256 internal constant MARGIN_GAS = 400_000;
    /// @dev Status of `marginOf` when the risk manager did not answer.
    uint256 internal constant STATUS_UNAVAILABLE = 32;

    /// @dev What the enabled lines are worth. Never reverts but for too little gas: a risk manager that fails gives zeros and
    ///      `STATUS_UNAVAILABLE`.
    function _weigh(bytes32 account) internal view returns (Grades memory grades) {
        bytes memory question = abi.encodeCall(IRiskManager.margin, (_wordsOf(account, _enabled[account])));
        address target = _riskManagerNow();
        uint256 gasBefore = gasleft();
        bool answered;
        assembly ("memory-safe") {
            // `Grades` is five words in memory and five in the answer.
            answered := staticcall(gas(), target, add(question, 0x20), mload(question), grades, 0xa0)
            answered := and(answered, eq(returndatasize(), 0xa0))
        }
        if (!answered) {
            if (gasBefore < MARGIN_GAS) revert ICollateralLedger.GasTooLow(gasBefore, MARGIN_GAS);
            return Grades(0, 0, 0, STATUS_UNAVAILABLE, 0);
        }
    }

    /// @dev The contract that weighs lines from this second on.
    function _riskManagerNow() internal view returns (address) {
        uint256 at = _riskManagerNextAt;
        return at != 0 && block.timestamp >= at ? _riskManagerNext : _riskManager;
    }

    /// @dev What the account's protocols require; `asked` names the one whose own figures are wanted, 0 for none.
    function _requiredOf(bytes32 account, address asked) internal view returns (Required memory required) {
        uint256 lanes = _headers[account].protocols;
        for (; lanes != 0; lanes >>= PROTOCOL_LANE_BITS) {
            address protocol = _protocols[uint32(lanes)].at;
            Requirement memory one = Requirements.read(protocol, account);
            if (one.answered) {
                required.initialWad += one.initialWad;
                required.maintenanceWad += one.maintenanceWad;
            } else {
                required.failing = protocol;
                required.maintenanceWad += _claims[account][protocol].maintenance;
            }
            if (protocol == asked) (required.asked, required.own) = (true, one);
        }
        // Four figures of 128 bits never reach 2^256, so the sum saturates only here.
        if (required.failing != address(0)) required.initialWad = type(uint256).max;
    }

    /// @dev The words of enabled lines, in the order of their lanes.
    function _wordsOf(bytes32 account, uint256 lanes) internal view returns (LineWords[] memory words) {
        words = new LineWords[](_usedOf(lanes));
        for (uint256 i = 0; i < words.length; ++i) {
            uint16 assetId = uint16(lanes >> (i * LANE_BITS));
            LineWords memory one = words[i];
            one.asset = _assetWordNow(assetId);
            one.line = _counted(_lines[account][assetId], one.asset);
            one.source = _weighedSource(one.asset);
        }
    }

    function _usedOf(uint256 lanes) internal pure returns (uint256 used) {
        for (; lanes != 0; lanes >>= LANE_BITS) {
            ++used;
        }
    }
}
