// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPriceFeed} from "../../solidity/prices/IPriceFeed.sol";

/// @notice A feed that says what it was told.
contract TestFeed is IPriceFeed {
    uint96 private _price;
    uint32 private _conf;
    uint40 private _observedAt;

    function set(uint96 price, uint32 confPpm, uint40 observedAt) external {
        (_price, _conf, _observedAt) = (price, confPpm, observedAt);
    }

    function read() public view virtual returns (uint96, uint32, uint40) {
        return (_price, _conf, _observedAt);
    }
}

/// @notice A feed that uses a chosen amount of gas before it answers.
contract HungryFeed is IPriceFeed {
    uint256 private immutable _appetite;

    constructor(uint256 appetite) {
        _appetite = appetite;
    }

    function read() external view returns (uint96, uint32, uint40) {
        uint256 most = gasleft();
        while (gasleft() + _appetite > most) {}
        return (2030e12, 0, uint40(block.timestamp));
    }
}

/// @notice A feed that answers with raw words, or fails in a chosen way.
contract HostileFeed {
    enum Way {
        REVERT_PLAIN,
        REVERT_TYPED,
        BURN_GAS,
        RETURN_TOO_MUCH,
        REVERT_WITH_TOO_MUCH,
        RETURN_TOO_LITTLE,
        RETURN_WORDS
    }

    error Broken(uint256 code);

    Way private _way;
    uint256[3] private _words;

    function set(Way way, uint256[3] calldata words) external {
        (_way, _words) = (way, words);
    }

    fallback() external {
        Way way = _way;
        if (way == Way.REVERT_PLAIN) {
            assembly {
                revert(0, 0)
            }
        }
        if (way == Way.REVERT_TYPED) revert Broken(7);
        if (way == Way.BURN_GAS) {
            assembly {
                invalid()
            }
        }
        uint256[3] memory words = _words;
        assembly {
            switch way
            case 3 {
                return(0, 100000)
            }
            case 4 {
                revert(0, 100000)
            }
            case 5 {
                return(words, 64)
            }
            default {
                return(words, 96)
            }
        }
    }
}
