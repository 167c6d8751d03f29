// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Storage locations of the ledger that an exit proves
/// @notice Slots of `LedgerStorage` on the settlement chain, and the fields of their words.
/// @dev A vault reads them in a proof, long after it was built. So the ledger's layout is part of the protocol; a test
///      writes through `LedgerStorage` and reads here. `JournalLib` and `ReplicaLib` give the slots of journals and
///      replicas.
library LedgerSlots {
    uint256 private constant LINES = 0;
    uint256 private constant HEADERS = 2;
    uint256 private constant OPERATORS = 5;
    uint256 private constant ASSETS = 6;
    uint256 private constant PARKED = 11;
    uint256 private constant RELEASED = 12;
    uint256 private constant EXIT_SHARES = 26;
    uint256 private constant UNSETTLED = 28;

    /// @notice Returns the slot of a line.
    /// @param account owner ‖ home ‖ sub-account
    /// @param assetId ledger-wide index of the asset
    function lineOf(bytes32 account, uint16 assetId) internal pure returns (bytes32) {
        return _entry(uint256(assetId), _entry(uint256(account), bytes32(LINES)));
    }

    /// @notice Returns the slot of an account's header.
    /// @param account owner ‖ home ‖ sub-account
    function headerOf(bytes32 account) internal pure returns (bytes32) {
        return _entry(uint256(account), bytes32(HEADERS));
    }

    /// @notice Returns the slot of an operator's rights.
    /// @param account owner ‖ home ‖ sub-account
    /// @param operator address on the settlement chain
    function operatorOf(bytes32 account, address operator) internal pure returns (bytes32) {
        return _entry(uint256(uint160(operator)), _entry(uint256(account), bytes32(OPERATORS)));
    }

    /// @notice Returns the slot of a protocol's registered share in an account's exit.
    /// @param account owner ‖ home ‖ sub-account
    /// @param protocol index of the protocol at the ledger
    function exitShareOf(bytes32 account, uint32 protocol) internal pure returns (bytes32) {
        return _entry(uint256(protocol), _entry(uint256(account), bytes32(EXIT_SHARES)));
    }

    /// @notice Returns the first slot of an asset.
    /// @param assetId ledger-wide index of the asset
    function assetOf(uint16 assetId) internal pure returns (bytes32) {
        return _entry(uint256(assetId), bytes32(ASSETS));
    }

    /// @notice Returns the first two slots of a parked credit.
    /// @param source index of the vault at the ledger
    /// @param index number of the entry
    function parkedOf(uint16 source, uint96 index) internal pure returns (bytes32 account, bytes32 amount) {
        account = _entry(uint256(index), _entry(uint256(source), bytes32(PARKED)));
        amount = bytes32(uint256(account) + 1);
    }

    /// @notice Returns the slot of a release's record: keccak256(asset ‖ amount ‖ account), 0 after the release came
    ///         back.
    /// @param source index of the vault at the ledger
    /// @param seq number of the release
    function releasedOf(uint16 source, uint96 seq) internal pure returns (bytes32) {
        return _entry(uint256(seq), _entry(uint256(source), bytes32(RELEASED)));
    }

    /// @notice Returns the first slot of the amounts of an asset that a rewind of the ledger's replica left open.
    /// @param source index of the vault at the ledger
    /// @param vaultAsset index of the token at its vault
    function unsettledOf(uint16 source, uint16 vaultAsset) internal pure returns (bytes32) {
        return _entry(uint256(vaultAsset), _entry(uint256(source), bytes32(UNSETTLED)));
    }

    /// @notice Reads how many units are not settled: orphans, and missing units.
    function readUnsettled(uint256 word) internal pure returns (uint256 units) {
        return uint256(uint104(word)) + uint104(word >> 104);
    }

    /// @notice Reads the units of a line.
    function readLine(uint256 word) internal pure returns (uint128 amount) {
        return uint112(word);
    }

    /// @notice Reads a header: up to four protocols by their indices, 32 bits each, from the lowest, without gaps.
    function readProtocols(uint256 word) internal pure returns (uint256 lanes) {
        return uint128(word);
    }

    /// @notice Reads a protocol's registered exit share: its claimant, and the share in basis points.
    function readExitShare(uint256 word) internal pure returns (address claimant, uint16 shareBp) {
        return (address(uint160(word)), uint16(word >> 160));
    }

    /// @notice Reads an asset's first word: its source, and its index at the vault.
    function readAsset(uint256 word) internal pure returns (uint16 source, uint16 vaultAsset) {
        return (uint16(word), uint16(word >> 16));
    }

    /// @notice Reads an operator's rights and their end in seconds.
    function readOperator(uint256 word) internal pure returns (uint16 rights, uint40 expiry) {
        return (uint16(word), uint40(word >> 16));
    }

    /// @notice Reads a parked credit's second word: token units with the fee, and the token's index at its vault.
    function readParked(uint256 word) internal pure returns (uint128 amount, uint16 vaultAsset) {
        return (uint104(word), uint16(word >> 200));
    }

    /// @dev Slot of a mapping's entry.
    function _entry(uint256 key, bytes32 slot) private pure returns (bytes32) {
        return keccak256(abi.encode(key, slot));
    }
}
