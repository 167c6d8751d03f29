// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketGate} from "../../solidity/interfaces/IMarketGate.sol";

/// @notice A gate with a list, that misbehaves as it is told to.
contract TestGate is IMarketGate {
    enum Conduct {
        HONEST,
        REVERTS,
        BURNS_ITS_GAS,
        ANSWERS_TWO,
        ANSWERS_TWO_WORDS
    }

    Conduct public conduct;
    mapping(bytes32 who => bool) public listed;
    bool public refusesTakers;

    function setConduct(Conduct next) external {
        conduct = next;
    }

    function list(address who, bool on) external {
        listed[bytes32(uint256(uint160(who)))] = on;
    }

    function list(bytes32 account, bool on) external {
        listed[account] = on;
    }

    function refuseTakers(bool on) external {
        refusesTakers = on;
    }

    function mayLend(address lender) external view returns (bool) {
        return _answer(listed[bytes32(uint256(uint160(lender)))]);
    }

    function mayOwe(bytes32 account) external view returns (bool) {
        return _answer(listed[account]);
    }

    function mayTake(bytes32 account) external view returns (bool) {
        return _answer(listed[account] && !refusesTakers);
    }

    function _answer(bool honest) private view returns (bool) {
        Conduct now_ = conduct;
        if (now_ == Conduct.REVERTS) revert("no answer");
        assembly {
            if eq(now_, 2) {
                invalid()
            }
            if eq(now_, 3) {
                mstore(0, 2)
                return(0, 0x20)
            }
            if eq(now_, 4) {
                mstore(0, 1)
                return(0, 0x40)
            }
        }
        return honest;
    }
}
