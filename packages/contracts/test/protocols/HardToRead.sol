// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";

/// @notice A protocol whose answer costs as little as storage can cost: it follows pointers, one slot each.
contract PointerProtocol {
    ILedger private immutable ledger;

    constructor(ILedger ledger_) {
        ledger = ledger_;
    }

    /// @notice Makes a position of so many slots under the gate: slot n points at n − 1, slot 2^255 holds their number.
    function open(bytes32 account, uint256 slots) external {
        assembly ("memory-safe") {
            for {
                let at := slots
            } at {
                at := sub(at, 1)
            } {
                sstore(at, sub(at, 1))
            }
            sstore(shl(255, 1), slots)
        }
        ledger.gate(account);
    }

    function requirementOf(bytes32) external view returns (uint256, uint256, uint64, uint64) {
        assembly {
            // Eight at a time, so that next to nothing is spent on anything but storage.
            for {
                let at := sload(shl(255, 1))
            } at {} {
                at := sload(sload(sload(sload(sload(sload(sload(sload(at))))))))
            }
            mstore(0, 1000)
            mstore(32, 500)
            mstore(64, 1)
            mstore(96, timestamp())
            return(0, 128)
        }
    }
}

/// @notice A lender that sums an account's loans, written in the plainest way.
contract LenderOfMany {
    ILedger private immutable ledger;
    mapping(bytes32 account => uint256[]) private loans;

    constructor(ILedger ledger_) {
        ledger = ledger_;
    }

    function borrow(bytes32 account, uint256 count, uint256 eachWad) external {
        push(account, count, eachWad);
        ledger.gate(account);
    }

    /// @notice Lends without the gate.
    function push(bytes32 account, uint256 count, uint256 eachWad) public {
        for (uint256 i = 0; i < count; ++i) loans[account].push(eachWad);
    }

    function requirementOf(bytes32 account) external view returns (uint256 sum, uint256, uint64, uint64) {
        for (uint256 i = 0; i < loans[account].length; ++i) sum += loans[account][i];
        return (sum, sum, 1, uint64(block.timestamp));
    }
}

/// @notice Calls back while a lender's views are locked.
interface ICallback {
    function onFlash() external;
}

/// @notice A lender that guards its views against reentrancy, and lends for the time of a callback.
contract LockedLender {
    ILedger private immutable ledger;
    mapping(bytes32 account => uint256) private owed;
    bool private locked;

    constructor(ILedger ledger_) {
        ledger = ledger_;
    }

    function borrow(bytes32 account, uint256 amountWad) external {
        owed[account] += amountWad;
        ledger.gate(account);
    }

    /// @notice The debt grows by itself, without the gate.
    function accrue(bytes32 account, uint256 amountWad) external {
        owed[account] += amountWad;
    }

    function flash() external {
        locked = true;
        ICallback(msg.sender).onFlash();
        locked = false;
    }

    function requirementOf(bytes32 account) external view returns (uint256, uint256, uint64, uint64) {
        require(!locked, "locked");
        return (owed[account], owed[account], 1, uint64(block.timestamp));
    }
}

/// @notice A contract that owns an account and leaves its lender from inside the lender's callback.
contract LeavingDebtor is ICallback {
    ILedger private immutable ledger;
    LockedLender private immutable lender;
    bytes32 private account;

    constructor(ILedger ledger_, LockedLender lender_) {
        (ledger, lender) = (ledger_, lender_);
    }

    function optIn(bytes32 account_) external {
        account = account_;
        ledger.optIn(account_, address(lender));
    }

    function leave() external {
        lender.flash();
    }

    function onFlash() external {
        ledger.optOut(account, address(lender));
    }
}
