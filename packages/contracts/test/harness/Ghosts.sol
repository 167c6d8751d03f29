// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

/// @notice What a campaign really did: how often each act was tried, how often it took effect, how often each path was hit.
/// @dev A handler names its acts by `counted` and its paths by `_hit`; an act took effect if it hit any path. A campaign that
///      broke nothing because it did nothing is seen here: `npm run contracts:invariants` sums these lines over all runs, reads
///      from the sources which acts and paths there are, and refuses one that was never reached.
abstract contract Ghosts {
    /// @notice How often each path was hit.
    mapping(bytes32 path => uint256 times) public done;

    bytes32[] private _paths;
    bytes32[] private _acts;
    mapping(bytes32 act => uint256 times) private _tried;
    mapping(bytes32 act => uint256 times) private _took;
    uint256 private _hits;

    /// @dev Counts an act as tried and, if it hits any path, as having taken effect.
    modifier counted(bytes32 act) {
        if (_tried[act]++ == 0) _acts.push(act);
        uint256 before = _hits;
        _;
        if (_hits != before) ++_took[act];
    }

    /// @notice Gives everything counted so far, as one line of JSON.
    /// @param suite Name of the suite that reads it.
    function ghosts(string calldata suite) external view returns (string memory) {
        string memory acts;
        for (uint256 i = 0; i < _acts.length; ++i) {
            string memory figures = string.concat("[", _digits(_tried[_acts[i]]), ",", _digits(_took[_acts[i]]), "]");
            acts = string.concat(acts, i == 0 ? '"' : ',"', _letters(_acts[i]), '":', figures);
        }
        string memory paths;
        for (uint256 i = 0; i < _paths.length; ++i) {
            paths = string.concat(paths, i == 0 ? '"' : ',"', _letters(_paths[i]), '":', _digits(done[_paths[i]]));
        }
        return string.concat('{"suite":"', suite, '","acts":{', acts, '},"paths":{', paths, "}}");
    }

    /// @dev Counts one hit of a path.
    function _hit(bytes32 path) internal {
        if (done[path]++ == 0) _paths.push(path);
        ++_hits;
    }

    /// @dev Gives the letters of a short word.
    function _letters(bytes32 word) private pure returns (string memory) {
        uint256 length = 0;
        while (length < 32 && word[length] != 0) ++length;
        bytes memory letters = new bytes(length);
        for (uint256 i = 0; i < length; ++i) letters[i] = word[i];
        return string(letters);
    }

    /// @dev Gives a number as decimal text.
    function _digits(uint256 number) private pure returns (string memory) {
        if (number == 0) return "0";
        bytes memory digits;
        for (; number != 0; number /= 10) digits = bytes.concat(bytes1(uint8(48 + (number % 10))), digits);
        return string(digits);
    }
}

/// @notice A suite of invariants that hands on what its handler counted, at the end of each run.
abstract contract GhostWriter is Test {
    /// @dev Appends the counts to the file that the campaign names; without one, nothing is written.
    function _write(Ghosts handler, string memory suite) internal {
        string memory file = vm.envOr("SURETY_GHOSTS", string(""));
        if (bytes(file).length != 0) vm.writeLine(file, handler.ghosts(suite));
    }
}
