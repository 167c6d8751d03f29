// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {LedgerInit, ParkReason, ParkedCredit} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerStorage} from "../../solidity/ledger/LedgerStorage.sol";
import {LedgerSlots} from "../../solidity/proofs/LedgerSlots.sol";
import {LedgerStorageWriter} from "../harness/LedgerStorageWriter.sol";

/// @notice The slots that a vault's exit reads in proofs are those that the compiled ledger writes.
contract LedgerSlotsTest is Test {
    LedgerStorageWriter private ledger;

    function setUp() public {
        address any = address(this);
        LedgerInit memory init = LedgerInit(any, any, any, any, any, any, true);
        ledger = LedgerStorageWriter(vm.deployCode("LedgerStorageWriter.sol:LedgerStorageWriter", abi.encode(init)));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I9_a_line_lies_where_an_exit_looks_for_it(bytes32 account, uint16 assetId, uint256 word) public {
        ledger.setLine(account, assetId, word);
        uint256 read = _load(LedgerSlots.lineOf(account, assetId));
        assertEq(read, word);
        assertEq(LedgerSlots.readLine(read), uint112(word));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I9_a_header_lies_where_an_exit_looks_for_it(
        bytes32 account,
        uint128 protocols,
        uint40 at
    ) public {
        LedgerStorage.Header memory header;
        (header.protocols, header.riskAt) = (protocols, at);
        header.flags = 255;
        ledger.setHeader(account, header);
        assertEq(LedgerSlots.readProtocols(_load(LedgerSlots.headerOf(account))), protocols);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I9_a_registered_share_lies_where_an_exit_looks_for_it(
        bytes32 account,
        uint32 protocol,
        address claimant,
        uint16 shareBp
    ) public {
        ledger.setExitShare(account, protocol, LedgerStorage.ExitShare(claimant, shareBp));
        (address at, uint16 read) = LedgerSlots.readExitShare(_load(LedgerSlots.exitShareOf(account, protocol)));
        assertEq(abi.encode(at, read), abi.encode(claimant, shareBp));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I9_rights_lie_where_an_exit_looks_for_them(
        bytes32 account,
        address operator,
        uint16 rights,
        uint40 expiry
    ) public {
        ledger.setOperator(account, operator, LedgerStorage.Operator({rights: rights, expiry: expiry}));
        (uint16 read, uint40 until) = LedgerSlots.readOperator(_load(LedgerSlots.operatorOf(account, operator)));
        assertEq(abi.encode(read, until), abi.encode(rights, expiry));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I9_an_asset_lies_where_an_exit_looks_for_it(uint16 assetId, uint16 source, uint16 asset) public {
        ledger.setAsset(assetId, source, asset);
        (uint16 at, uint16 index) = LedgerSlots.readAsset(_load(LedgerSlots.assetOf(assetId)));
        assertEq(abi.encode(at, index), abi.encode(source, asset));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I9_a_parked_credit_lies_where_an_exit_looks_for_it(
        uint16 source,
        uint96 index,
        bytes32 account,
        uint104 amount,
        uint16 asset
    ) public {
        ParkedCredit memory parked;
        (parked.account, parked.amount, parked.fee, parked.vaultAsset) = (account, amount, type(uint96).max, asset);
        (parked.reason, parked.parkedAt) = (ParkReason.CAP, type(uint32).max);
        (parked.readyAt, parked.flags) = (type(uint40).max, 255);
        ledger.setParked(source, index, parked);
        (bytes32 first, bytes32 second) = LedgerSlots.parkedOf(source, index);
        assertEq(bytes32(_load(first)), account);
        (uint128 held, uint16 vaultAsset) = LedgerSlots.readParked(_load(second));
        assertEq(abi.encode(held, vaultAsset), abi.encode(amount, asset));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I9_a_record_of_a_release_lies_where_an_exit_looks_for_it(
        uint16 source,
        uint96 seq,
        bytes32 record
    ) public {
        ledger.setReleased(source, seq, record);
        assertEq(_load(LedgerSlots.releasedOf(source, seq)), uint256(record));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I9_what_is_unsettled_lies_where_an_exit_looks_for_it(
        uint16 source,
        uint16 vaultAsset,
        uint104 orphaned,
        uint104 missing
    ) public {
        ledger.setUnsettled(source, vaultAsset, LedgerStorage.Unsettled(orphaned, missing, type(uint104).max));
        uint256 units = LedgerSlots.readUnsettled(_load(LedgerSlots.unsettledOf(source, vaultAsset)));
        assertEq(units, uint256(orphaned) + missing);
    }

    function _load(bytes32 slot) private view returns (uint256) {
        return uint256(vm.load(address(ledger), slot));
    }
}
