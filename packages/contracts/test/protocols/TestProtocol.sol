// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";

/// @notice How a protocol answers what it requires.
enum Answer {
    HONEST,
    REVERTS,
    BURNS_ITS_GAS,
    TOO_LONG,
    TOO_SHORT,
    INITIAL_TOO_LARGE,
    MAINTENANCE_TOO_LARGE,
    NONCE_TOO_LARGE,
    WRITES,
    CALLS_BACK_AND_WRITES,
    RETURNS_A_MEGABYTE,
    LESS_WHEN_STARVED,
    ASKS_FOR_THE_MARGIN,
    NEEDS_8_MILLION
}

/// @notice A protocol that requires what it is told to, and misbehaves as it is told to.
/// @dev Has the name and arguments of `IMarginRequirement`, but is not `view`: it also tries what a view must not.
contract TestProtocol {
    ILedger private immutable ledger;
    mapping(bytes32 account => uint256) public initialOf;
    mapping(bytes32 account => uint256) public maintenanceOf;
    mapping(bytes32 account => uint64) public nonceOf;
    Answer public answer;
    uint256 private written;

    constructor(ILedger ledger_) {
        ledger = ledger_;
    }

    function setAnswer(Answer next) external {
        answer = next;
    }

    /// @notice Changes a position without asking anybody.
    function place(bytes32 account, uint256 initialWad, uint256 maintenanceWad) public {
        initialOf[account] = initialWad;
        maintenanceOf[account] = maintenanceWad;
        ++nonceOf[account];
    }

    /// @notice Changes a position under the gate.
    function trade(bytes32 account, uint256 initialWad, uint256 maintenanceWad) external {
        place(account, initialWad, maintenanceWad);
        ledger.gate(account);
    }

    function requirementOf(bytes32 account) external returns (uint256, uint256, uint64, uint64) {
        Answer way = answer;
        uint256 initialWad = initialOf[account];
        uint256 maintenanceWad = maintenanceOf[account];
        uint256 nonce = nonceOf[account];
        if (way == Answer.REVERTS) revert("no answer");
        if (way == Answer.BURNS_ITS_GAS) {
            assembly {
                invalid()
            }
        }
        if (way == Answer.WRITES) written = 1;
        if (way == Answer.CALLS_BACK_AND_WRITES) {
            ledger.gate(account);
        }
        if (way == Answer.ASKS_FOR_THE_MARGIN) {
            (bool ok, ) = address(ledger).call(abi.encodeCall(ledger.marginOf, (account)));
            require(!ok, "the margin answered from inside");
        }
        if (way == Answer.INITIAL_TOO_LARGE) initialWad = uint256(type(uint128).max) + 1;
        if (way == Answer.MAINTENANCE_TOO_LARGE) maintenanceWad = uint256(type(uint128).max) + 1;
        if (way == Answer.NONCE_TOO_LARGE) nonce = uint256(type(uint64).max) + 1;
        // Honest with all of the gas that the ledger promises, generous with less.
        if (way == Answer.LESS_WHEN_STARVED && gasleft() < 3_890_000) initialWad = 0;
        if (way == Answer.NEEDS_8_MILLION && gasleft() < 7_990_000) revert("too little");
        uint256 length = 128;
        if (way == Answer.TOO_SHORT) length = 96;
        if (way == Answer.TOO_LONG) length = 160;
        if (way == Answer.RETURNS_A_MEGABYTE) length = 1_000_000;
        assembly {
            let place_ := mload(0x40)
            mstore(place_, initialWad)
            mstore(add(place_, 0x20), maintenanceWad)
            mstore(add(place_, 0x40), nonce)
            mstore(add(place_, 0x60), timestamp())
            return(place_, length)
        }
    }
}
