// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a handler knows of one epoch: its members as places in a pool of keys, ascending, and its terms.
struct Book {
    uint256[] pool;
    uint256 k;
    uint256 suspended;
    uint256 from;
    uint256 until;
}

/// @dev Between 4 and 10 of a pool's places, ascending.
function choosePlaces(uint256 size, uint256 seed) pure returns (uint256[] memory pool) {
    seed = uint256(keccak256(abi.encode(seed)));
    pool = new uint256[](4 + (seed % 7));
    uint256 taken = 0;
    for (uint256 i = 0; taken < pool.length; ++i) {
        uint256 left = size - i;
        seed = uint256(keccak256(abi.encode(seed)));
        if (seed % left < pool.length - taken) pool[taken++] = i;
    }
}
