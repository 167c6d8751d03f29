// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a handler knows of one epoch: its members as places in a pool of keys, ascending, and its terms.
struct Book {
    uint256[] pool;
    uint256 k;
    uint256 suspended;
    uint256 temporary;
    uint256 temporaryUntil;
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

/// @dev Members of an epoch that are suspended now, one bit each.
function suspendedIn(Book storage book) view returns (uint256) {
    return book.suspended | (book.temporaryUntil > block.timestamp ? book.temporary : 0);
}

/// @dev Says whether the guardian may suspend one more.
function hasRoom(Book storage book) view returns (bool) {
    return countOf(suspendedIn(book)) + book.k < book.pool.length;
}

/// @dev Says whether evidence may suspend one more.
function bearsEvidence(Book storage book) view returns (bool) {
    return countOf(book.suspended) + book.k < book.pool.length;
}

/// @dev Suspends a member, by its place from 1, for good; the guardian's first suspension gives way where both are too many.
function suspendForGood(Book storage book, uint256 place) {
    book.suspended |= 1 << (place - 1);
    book.temporary &= ~(uint256(1) << (place - 1));
    for (uint256 i = 0; i < book.pool.length && countOf(suspendedIn(book)) + book.k > book.pool.length; ++i) {
        book.temporary &= ~(uint256(1) << i);
    }
}

/// @dev Suspends a member, by its place from 1, until a time.
function suspendUntil(Book storage book, uint256 place, uint256 until) {
    if (book.temporaryUntil <= block.timestamp) book.temporary = 0;
    book.temporary |= 1 << (place - 1);
    book.temporaryUntil = until;
}

function countOf(uint256 bits) pure returns (uint256 count) {
    for (uint256 i = 0; i < 32; ++i) count += (bits >> i) & 1;
}

/// @dev So many places of an epoch that are not suspended, one bit each; every eighth time any choice at all.
function chooseSigners(Book storage book, uint256 target, uint256 choice) view returns (uint256 mask) {
    uint256 n = book.pool.length;
    if (choice % 8 == 1) return (choice >> 8) & ((1 << n) - 1);
    uint256 suspended = suspendedIn(book);
    uint256 taken = 0;
    for (uint256 i = 0; i < n && taken < target; ++i) {
        uint256 at_ = (i + (choice >> 8)) % n;
        if ((suspended >> at_) & 1 != 0) continue;
        mask |= 1 << at_;
        ++taken;
    }
}
