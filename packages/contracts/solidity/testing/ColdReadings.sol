// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {Requirements} from "../ledger/Requirements.sol";

/// @notice The one cheat code of forge that this contract needs.
interface ICool {
    /// @notice Makes an account and its storage cold, as at the beginning of a transaction.
    function cool(address target) external;
}

/// @title Reading a protocol as the ledger reads it after its gate
/// @notice For forge tests of contracts that implement `IMarginRequirement`. Forge runs a test as one transaction, in
///         which storage that a position has just written stays warm. The ledger reads it in later transactions, cold.
/// @dev Call it for each kind of position that passed the gate, with the largest one that the protocol allows.
abstract contract ColdReadings {
    /// @notice To the ledger the protocol would fail: with warm storage at its `gate`, or with cold storage elsewhere
    ///         (`cold`).
    error NotReadable(address protocol, bytes32 account, bool cold);

    ICool private constant VM = ICool(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice Reads the protocol with warm storage and the gas of its gate, then with cold storage and the gas of
    ///         every other reading. Returns the cost of each. Reverts with `NotReadable` if the ledger would get no
    ///         answer.
    /// @param protocol the contract under test
    /// @param account see `ILedgerCore`
    /// @param others contracts that `requirementOf` reads: price sources, libraries, an implementation behind a proxy
    /// @return warm gas, at most `Requirements.GATE_GAS`
    /// @return cold gas, at most `Requirements.CALLBACK_GAS`
    function readCold(
        address protocol,
        bytes32 account,
        address[] memory others
    ) internal returns (uint256 warm, uint256 cold) {
        Requirements.readWithAll(protocol, account);
        uint256 before = gasleft();
        if (!Requirements.read(protocol, account, Requirements.GATE_GAS, Requirements.GATE_GAS).answered) {
            revert NotReadable(protocol, account, false);
        }
        warm = before - gasleft();
        VM.cool(protocol);
        for (uint256 i = 0; i < others.length; ++i) VM.cool(others[i]);
        before = gasleft();
        if (!Requirements.read(protocol, account).answered) revert NotReadable(protocol, account, true);
        cold = before - gasleft();
    }
}
