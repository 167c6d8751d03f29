// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../edge/IEdge.sol";
import {ILedgerTerms} from "../interfaces/ledger/ILedgerTerms.sol";
import {Grades, IRiskManager, LineWords} from "../interfaces/IRiskManager.sol";
import {LedgerCoverage} from "./LedgerCoverage.sol";
import {Requirement, Requirements} from "./Requirements.sol";

/// @title An account's margin and its requirements
abstract contract LedgerMargin is LedgerCoverage {
    /// @notice The sum of an account's protocol requirements.
    /// @param initialWad WAD, 2^256 − 1 if one of them fails
    /// @param maintenanceWad WAD; a protocol that fails counts with the larger of what its last gate recorded and what
    ///        was observed since
    /// @param failing a protocol that fails, 0 if none does
    /// @param index number of the protocol asked about, 0 if the account did not opt in to it
    /// @param own requirement of that protocol
    struct Required {
        uint256 initialWad;
        uint256 maintenanceWad;
        address failing;
        uint32 index;
        Requirement own;
    }

    /// @dev Gas below which a failing risk manager cannot be distinguished from running out of gas.
    uint256 internal constant MARGIN_GAS = 400_000;
    /// @dev Status bits of `IRiskManager`: a price is stale, a price was never accepted.
    uint256 internal constant STATUS_PRICE_STALE = 1;
    uint256 internal constant STATUS_PRICE_MISSING = 2;
    /// @dev Status of `marginOf` when the risk manager did not answer, or has no price of a line that counts.
    uint256 internal constant STATUS_UNAVAILABLE = 32;

    /// @dev Returns the worth of the enabled lines; see `_ask`.
    function _weigh(bytes32 account) internal view returns (Grades memory) {
        return _ask(_riskManager, _wordsOf(account, _enabled[account]));
    }

    /// @dev Like `_weigh`, at the prices that the feeds hold now. The one call that can change state elsewhere: the risk
    ///      manager's prices. Nothing that was read of this ledger before may be used after it.
    function _weighPoked(bytes32 account) internal returns (Grades memory grades) {
        address target = _riskManager;
        bytes memory question = abi.encodeCall(IRiskManager.pokedMargin, (_wordsOf(account, _enabled[account])));
        uint256 gasBefore = gasleft();
        bool answered;
        assembly ("memory-safe") {
            answered := call(gas(), target, 0, add(question, 0x20), mload(question), grades, 0xa0)
            answered := and(answered, eq(returndatasize(), 0xa0))
        }
        return _judged(grades, answered, gasBefore);
    }

    /// @dev Returns a risk manager's valuation of lines. Reverts only for too little gas. A manager that fails, or
    ///      lacks a needed price, yields zeros and `STATUS_UNAVAILABLE`.
    function _ask(address target, LineWords[] memory words) internal view returns (Grades memory grades) {
        bytes memory question = abi.encodeCall(IRiskManager.margin, (words));
        uint256 gasBefore = gasleft();
        bool answered;
        assembly ("memory-safe") {
            // `Grades` is five words in memory and five in the answer.
            answered := staticcall(gas(), target, add(question, 0x20), mload(question), grades, 0xa0)
            answered := and(answered, eq(returndatasize(), 0xa0))
        }
        return _judged(grades, answered, gasBefore);
    }

    /// @dev Returns the grades of a risk manager's answer, if it is one.
    function _judged(Grades memory grades, bool answered, uint256 gasBefore) private pure returns (Grades memory) {
        if (!answered) {
            if (gasBefore < MARGIN_GAS) revert IEdge.GasTooLow(gasBefore, MARGIN_GAS);
            return Grades(0, 0, 0, STATUS_UNAVAILABLE, 0);
        }
        if (grades.status & STATUS_PRICE_MISSING != 0) {
            // A missing price is not a price of 0, which would let everything be seized.
            (grades.initialWad, grades.exitWad, grades.maintenanceWad) = (0, 0, 0);
            grades.status |= STATUS_UNAVAILABLE;
        }
        return grades;
    }

    /// @dev Reverts if a risk manager weighs one unit of an asset with one of these status bits.
    function _requirePriced(address target, uint16 assetId, uint256 refused) internal view {
        LineWords[] memory words = new LineWords[](1);
        LineWords memory one = words[0];
        (one.line, one.asset) = (1, _assetWordNow(assetId));
        one.source = _weighedSource(one.asset, _sourceWordNow(uint16(one.asset)));
        uint256 status = _ask(target, words).status;
        if (status & refused != 0) revert ILedgerTerms.AssetUnpriced(assetId, target, status);
    }

    /// @dev Returns the sum of the account's protocol requirements. `asked` is the protocol that passes its gate, 0 for
    ///      none. It gets less gas than in other readings, so that what passes with warm storage can later be read from
    ///      cold storage.
    function _requiredOf(bytes32 account, address asked) internal view returns (Required memory required) {
        uint256 lanes = _headers[account].protocols;
        for (; lanes != 0; lanes >>= PROTOCOL_LANE_BITS) {
            address protocol = _protocols[uint32(lanes)].at;
            uint256 most = protocol == asked ? Requirements.GATE_GAS : Requirements.CALLBACK_GAS;
            Requirement memory one = Requirements.read(protocol, account, most, most);
            if (one.answered) {
                required.initialWad += one.initialWad;
                required.maintenanceWad += one.maintenanceWad;
            } else {
                required.failing = protocol;
                Claim storage claim = _claims[account][protocol];
                (uint256 recorded, uint256 observed) = (claim.maintenance, claim.observed);
                required.maintenanceWad += recorded > observed ? recorded : observed;
            }
            if (protocol == asked) (required.index, required.own) = (uint32(lanes), one);
        }
        // Four figures of 128 bits never reach 2^256, so the sum saturates only here.
        if (required.failing != address(0)) required.initialWad = type(uint256).max;
    }

    /// @dev Returns the words of enabled lines, in the order of their lanes.
    function _wordsOf(bytes32 account, uint256 lanes) internal view returns (LineWords[] memory words) {
        words = new LineWords[](_usedOf(lanes));
        mapping(uint16 => uint256) storage lines = _lines[account];
        // Lines of one source often lie beside each other, so its word is kept. No source has the first number here.
        uint256 source = type(uint256).max;
        uint256 sourceWord = 0;
        for (uint256 i = 0; i < words.length; ++i) {
            uint16 assetId = uint16(lanes >> (i * LANE_BITS));
            LineWords memory one = words[i];
            uint256 asset = _assetWordNow(assetId);
            if (uint16(asset) != source) {
                source = uint16(asset);
                sourceWord = _sourceWordNow(uint16(source));
            }
            one.asset = asset;
            one.line = _counted(lines[assetId], asset);
            one.source = _weighedSource(asset, sourceWord);
        }
    }

    /// @dev Returns the assets of enabled lines, in the order of their lanes.
    function _idsOf(uint256 lanes) internal pure returns (uint16[] memory assetIds) {
        assetIds = new uint16[](_usedOf(lanes));
        for (uint256 i = 0; i < assetIds.length; ++i) {
            assetIds[i] = uint16(lanes >> (i * LANE_BITS));
        }
    }

    function _usedOf(uint256 lanes) internal pure returns (uint256 used) {
        for (; lanes != 0; lanes >>= LANE_BITS) {
            ++used;
        }
    }
}
