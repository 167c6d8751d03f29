// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {PaymentState} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {IVault} from "../../solidity/interfaces/vault/IVault.sol";
import {Ghosts} from "../harness/Ghosts.sol";

/// @notice What the campaign of the way back knows by its own arithmetic: the ledger's journal, the vault's, and every unit.
abstract contract VaultReturnBooks is Test, Ghosts {
    IVault internal immutable vault;
    AttesterSet internal immutable attesters;
    address[] public tokens;
    uint256[] internal _keys;

    mapping(uint16 asset => uint256 units) public locked;
    mapping(uint16 asset => uint256 units) public given;
    /// @dev What the ledger's lines sum to, as an honest ledger keeps them.
    mapping(uint16 asset => uint256 units) public lines;
    /// @dev Tokens that left the vault by payments, measured by its balance; units that those payments were of; tokens that left
    ///      it otherwise.
    mapping(uint16 asset => uint256 tokens) public paid;
    mapping(uint16 asset => uint256 units) public closed;
    mapping(uint16 asset => uint256 tokens) public lost;
    /// @dev Units that the vault took over as losses; those that the ledger told of and the vault has not answered yet, with the
    ///      number of the entry. An honest ledger journals no release of the asset meanwhile, nor another loss.
    mapping(uint16 asset => uint256 units) public taken;
    mapping(uint16 asset => uint256 units) public unanswered;
    mapping(uint16 asset => uint64 seq) public lossSeq;
    /// @dev The coverage that the vault last told of.
    mapping(uint16 asset => uint256 coverage) public told;
    /// @dev REFUND entries that the vault told of, by the payment that they name.
    mapping(uint96 seq => uint256) public refunds;
    /// @dev When a payment was stopped, whether because nobody took it, and when it was refunded last.
    mapping(uint96 seq => uint256) public stoppedAt;
    mapping(uint96 seq => bool) public isGivenBack;
    mapping(uint96 seq => uint256) public refundedAt;
    /// @dev How far the witness was shown to agree, and how far while it was asked.
    uint64 public shown;
    uint64 public confirmed;
    /// @dev Every entry that the vault told of, folded by the handler's own arithmetic.
    bytes32 public head;
    uint64 public count;
    mapping(address account => mapping(uint16 asset => uint256 units)) public received;
    mapping(address account => mapping(uint16 asset => uint256 units)) public minted;
    mapping(address account => mapping(uint16 asset => uint256 units)) public spent;

    /// @dev The ledger's journal: entries, the head after each, whether it was forged, and what the vault made of it.
    Entry[] internal _entries;
    bytes32[] public heads;
    mapping(uint64 seq => bool) public forged;
    mapping(uint64 seq => PaymentState) public seen;
    uint256 public payments;
    uint256 public failures;
    uint256 public replays;
    uint256 public quarantines;
    uint256 public retries;

    constructor(IVault vault_, address[] memory tokens_, uint256[] memory keys_) {
        vault = vault_;
        attesters = AttesterSet(vault_.attesterSet());
        tokens = tokens_;
        _keys = keys_;
        heads.push(vault_.inboundEdge());
        (, , head) = vault_.journalHead();
    }

    /// @notice Gives the number of entries that the ledger journaled.
    function journaled() external view returns (uint64) {
        return uint64(_entries.length);
    }

    /// @notice Gives one of them, numbered from 1.
    function entryAt(uint64 seq) external view returns (Entry memory) {
        return _entries[seq - 1];
    }

    function tokenCount() external view returns (uint256) {
        return tokens.length;
    }

    function accountOf(address owner) public pure returns (bytes32) {
        return bytes32(uint256(uint160(owner)) << 96);
    }

    function userAt(uint256 who) external pure returns (address) {
        return _user(who);
    }

    /// @dev Takes an entry of the vault's own journal.
    function _fold(Entry memory entry) internal {
        head = EntryCodec.extend(head, entry);
        ++count;
    }

    function _append(Entry memory entry) internal {
        _entries.push(entry);
        heads.push(EntryCodec.extend(heads[heads.length - 1], entry));
    }

    function _sign(JournalHead memory statement) internal view returns (bytes memory sigs) {
        bytes32 digest = attesters.hashOf(statement);
        for (uint256 i = 0; i < attesters.k(1); ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
    }

    function _user(uint256 who) internal pure returns (address) {
        return address(uint160(0xa11ce000 + (who % 5)));
    }
}
