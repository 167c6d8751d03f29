// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {AssetStatus} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {GhostWriter} from "../harness/Ghosts.sol";
import {LedgerDutiesHandler} from "./LedgerDutiesHandler.sol";
import {LedgerHandler} from "./LedgerHandler.sol";
import {LedgerReleaseHandler} from "./LedgerReleaseHandler.sol";

/// @notice What holds through a ledger's bad days, by the number of the invariant.
contract LedgerDutiesInvariantsTest is GhostWriter {
    uint16[2] private sources = [7, 8];
    LedgerDutiesHandler private handler;
    ILedger private ledger;

    function setUp() public {
        handler = new LedgerDutiesHandler();
        ledger = handler.ledger_();
        bytes4[] memory acts = new bytes4[](20);
        acts[0] = LedgerHandler.journalLocks.selector;
        acts[1] = LedgerHandler.applyBatch.selector;
        acts[2] = LedgerHandler.applyBatch.selector;
        acts[3] = LedgerHandler.applyBatch.selector;
        acts[4] = LedgerHandler.refreshSource.selector;
        acts[5] = LedgerHandler.refreshSource.selector;
        acts[6] = LedgerHandler.unparkOne.selector;
        acts[7] = LedgerHandler.govern.selector;
        acts[8] = LedgerHandler.pass.selector;
        acts[9] = LedgerReleaseHandler.releaseSome.selector;
        acts[10] = LedgerReleaseHandler.releaseSome.selector;
        acts[11] = LedgerDutiesHandler.moveSome.selector;
        acts[12] = LedgerReleaseHandler.choose.selector;
        acts[13] = LedgerReleaseHandler.actOfProtocol.selector;
        acts[14] = LedgerDutiesHandler.journalRefund.selector;
        acts[15] = LedgerDutiesHandler.journalShortfall.selector;
        acts[16] = LedgerDutiesHandler.coverOne.selector;
        acts[17] = LedgerDutiesHandler.coverOne.selector;
        acts[18] = LedgerDutiesHandler.haltOrClear.selector;
        acts[19] = LedgerDutiesHandler.moveSome.selector;
        targetSelector(FuzzSelector({addr: address(handler), selectors: acts}));
        targetContract(address(handler));
    }

    /// @notice Refunds, shortfalls, covers, halts and moves among everything else.
    function invariant_I1_I3_I4_I5_I10_I12_I13_I16_hold_through_bad_days() public view {
        for (uint256 s = 0; s < 2; ++s) {
            for (uint16 a = 1; a <= 3; ++a) _holds(sources[s], a);
            for (uint16 a = 1; a <= 3; ++a) assertTrue(handler.coverageHolds(sources[s], a), "I12: coverage");
            assertTrue(handler.recordsHold(sources[s]), "I4: what came back never comes back again");
            assertTrue(handler.outboundHolds(sources[s]), "I1: the journal toward the vault names every debit");
        }
        assertTrue(handler.wordsHold(), "I12, I16: lines count at the coverage in force");
        assertEq(handler.wrongCovers(), 0, "I10");
        assertEq(handler.wrongMoves(), 0, "I5, I16");
        assertEq(handler.seasonedEarly(), 0, "I16");
        assertEq(handler.wrongReleases(), 0, "I5, I16");
        assertEq(handler.wrongGates(), 0, "I5");
        assertEq(handler.repeatedEffects(), 0, "I7");
        assertLe(handler.gasMax(), 8_000_000, "I14");
    }

    /// @notice Hands on what the handler counted.
    function afterInvariant() public {
        _write(handler, "LedgerDutiesInvariantsTest");
    }

    /// @notice The campaign would prove nothing if its acts did nothing: here each of them takes effect.
    function test_every_act_of_the_bad_days_takes_effect() public {
        // A refund of an asset that is short is the rarest of all.
        for (uint256 i = 0; i < 900 || (i < 3_000 && handler.done("refund while short") == 0); ++i) {
            uint256 seed = uint256(keccak256(abi.encode("bad day", 1000 + i)));
            uint256 act = (seed >> 240) % 18;
            if (act == 0) handler.journalLocks(seed, uint8(seed >> 232));
            else if (act < 4) handler.applyBatch(seed);
            else if (act == 4) handler.refreshSource(seed);
            else if (act == 5) handler.unparkOne(seed);
            else if (act == 6) handler.pass(seed);
            else if (act < 9) handler.releaseSome(seed);
            else if (act == 9) handler.choose(seed);
            else if (act == 10) handler.actOfProtocol(seed);
            else if (act == 11) handler.journalRefund(seed);
            else if (act == 12) handler.journalShortfall(seed);
            else if (act < 15) handler.coverOne(seed);
            else if (act == 15) handler.haltOrClear(seed);
            else handler.moveSome(seed);
            if (i % 20 == 0) invariant_I1_I3_I4_I5_I10_I12_I13_I16_hold_through_bad_days();
        }
        invariant_I1_I3_I4_I5_I10_I12_I13_I16_hold_through_bad_days();
        bytes32[18] memory paths = [
            bytes32("journal a refund"),
            "journal a shortfall",
            "refund",
            "refund while short",
            "quarantine",
            "refund without a record",
            "impair",
            "worse",
            "milder",
            "clear",
            "raise",
            "cover",
            "cover again",
            "halt",
            "resume",
            "transfer",
            "seize",
            "seize two lines"
        ];
        for (uint256 i = 0; i < paths.length; ++i) {
            assertGt(handler.done(paths[i]), 0, string(abi.encodePacked(paths[i])));
        }
    }

    /// @dev I1: lines, parked credits and open debits are what honest entries locked, in units, whatever is short of them.
    function _holds(uint16 source, uint16 vaultAsset) private view {
        uint16 assetId = ledger.assetIdOf(source, vaultAsset);
        if (assetId == 0) return;
        uint256 lines = handler.linesSum(assetId);
        uint256 parked = handler.parkedSum(source, vaultAsset);
        uint256 debited = handler.released(assetId);
        uint256 back = handler.refunded(assetId);
        AssetStatus memory asset = ledger.assetOf(assetId);
        assertLe(back, debited, "I4");
        assertEq(asset.releasedCum, debited, "I1");
        assertEq(lines + parked + debited, handler.applied(source, vaultAsset) + back, "I1");
        assertEq(asset.credited, lines, "I1");
    }
}
