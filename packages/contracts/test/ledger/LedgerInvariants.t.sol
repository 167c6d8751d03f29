// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AssetStatus, CreditLimits, Line} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {GhostWriter} from "../harness/Ghosts.sol";
import {LedgerHandler} from "./LedgerHandler.sol";
import {LedgerReleaseHandler} from "./LedgerReleaseHandler.sol";

/// @notice What holds after any sequence of acts, by the number of the invariant.
contract LedgerInvariantsTest is GhostWriter {
    uint16[2] private sources = [7, 8];
    LedgerReleaseHandler private handler;
    ILedger private ledger;
    uint64[2] private counts;

    function setUp() public {
        handler = new LedgerReleaseHandler();
        ledger = handler.ledger_();
        bytes4[] memory acts = new bytes4[](16);
        acts[0] = LedgerHandler.journalLocks.selector;
        acts[1] = LedgerHandler.journalLocks.selector;
        acts[2] = LedgerHandler.applyBatch.selector;
        acts[3] = LedgerHandler.applyBatch.selector;
        acts[4] = LedgerHandler.applyForged.selector;
        acts[5] = LedgerHandler.refreshSource.selector;
        acts[6] = LedgerHandler.unparkOne.selector;
        acts[7] = LedgerHandler.govern.selector;
        acts[8] = LedgerHandler.interfere.selector;
        acts[9] = LedgerHandler.pass.selector;
        acts[10] = LedgerReleaseHandler.releaseSome.selector;
        acts[11] = LedgerReleaseHandler.releaseSome.selector;
        acts[12] = LedgerHandler.confirmSome.selector;
        acts[13] = LedgerReleaseHandler.choose.selector;
        acts[14] = LedgerReleaseHandler.actOfProtocol.selector;
        acts[15] = LedgerReleaseHandler.actOfProtocol.selector;
        targetSelector(FuzzSelector({addr: address(handler), selectors: acts}));
        targetContract(address(handler));
    }

    /// @notice One campaign checks all of them: each has its own function below, named by its number.
    function invariant_I1_I2_I3_I5_I6_I7_I12_I13_I14_I16_hold_after_any_sequence_of_acts() public {
        _I1_conservation();
        _I2_prefix();
        _I3_authority();
        _I5_I16_margin_gate_and_season();
        _I6_witness_policy();
        _I7_idempotence();
        _I10_limits();
        _I12_rounding();
        _I13_isolation();
        _I14_bounded_work();
    }

    /// @notice Hands on what the handler counted.
    function afterInvariant() public {
        _write(handler, "LedgerInvariantsTest");
    }

    /// @notice The campaign would prove nothing if its acts did nothing: here each of them takes effect.
    function test_every_act_of_the_campaign_takes_effect() public {
        for (uint256 i = 0; i < 1000; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("act", 6000 + i)));
            uint256 act = (seed >> 240) % 16;
            if (act < 2) handler.journalLocks(seed, uint8(seed >> 232));
            else if (act < 4) handler.applyBatch(seed);
            else if (act == 4) handler.applyForged(seed);
            else if (act == 5) handler.refreshSource(seed);
            else if (act == 6) handler.unparkOne(seed);
            else if (act == 7) handler.govern(seed);
            else if (act == 8) handler.interfere(seed);
            else if (act == 9) handler.pass(seed);
            else if (act < 12) handler.releaseSome(seed);
            else if (act == 12) handler.confirmSome(seed);
            else if (act == 13) handler.choose(seed);
            else handler.actOfProtocol(seed);
        }
        invariant_I1_I2_I3_I5_I6_I7_I12_I13_I14_I16_hold_after_any_sequence_of_acts();
        bytes32[24] memory acts = [
            bytes32("journal"),
            "apply",
            "forge",
            "refresh",
            "unpark",
            "list",
            "cap",
            "interfere",
            "pass",
            "quarantine",
            "release",
            "operator",
            "season",
            "optIn",
            "optOut",
            "gate",
            "hostile",
            "confirm",
            "conflict",
            "unconfirmed",
            "unseasoned",
            "joined",
            "dust",
            "bucket"
        ];
        for (uint256 i = 0; i < acts.length; ++i) {
            assertGt(handler.done(acts[i]), 0, string(abi.encodePacked(acts[i])));
        }
    }

    /// @dev I1: lines, parked credits and debits are exactly what honest entries of the applied prefix locked, and the
    ///      journal toward each vault names each debit.
    function _I1_conservation() private view {
        for (uint256 s = 0; s < 2; ++s) {
            for (uint16 a = 1; a <= 3; ++a) {
                uint16 assetId = ledger.assetIdOf(sources[s], a);
                uint256 lines = assetId == 0 ? 0 : handler.linesSum(assetId);
                uint256 debited = handler.released(assetId);
                assertEq(lines + handler.parkedSum(sources[s], a) + debited, handler.applied(sources[s], a), "I1");
                if (assetId == 0) continue;
                assertEq(ledger.assetOf(assetId).credited, lines, "I1");
                assertEq(ledger.assetOf(assetId).releasedCum, debited, "I1");
            }
            assertTrue(handler.outboundHolds(sources[s]), "I1");
        }
    }

    /// @dev I2: the replica stands at a prefix of the journal, and its count never falls.
    function _I2_prefix() private {
        for (uint256 s = 0; s < 2; ++s) {
            (, uint64 count, bytes32 head, uint40 asOf, , ) = ledger.replicaOf(sources[s]);
            assertLe(count, handler.tipOf(sources[s]), "I2");
            assertEq(head, handler.headAt(sources[s], count), "I2");
            assertGe(count, counts[s], "I2");
            assertLe(asOf, block.timestamp + 120, "I2");
            counts[s] = count;
        }
    }

    /// @dev I3: what the asset's own sum says is never more than its vault locked; acts are checked in the handler.
    function _I3_authority() private view {
        for (uint256 s = 0; s < 2; ++s) {
            for (uint16 a = 1; a <= 3; ++a) {
                uint16 assetId = ledger.assetIdOf(sources[s], a);
                if (assetId == 0) continue;
                AssetStatus memory asset = ledger.assetOf(assetId);
                assertLe(
                    uint256(asset.credited) + asset.parked + asset.releasedCum,
                    handler.applied(sources[s], a),
                    "I3"
                );
            }
        }
    }

    /// @dev I5, I16: no release left an account below its requirement or took what had not seasoned, no act but a seizure
    ///      lowered what of a line is unseasoned, none was made by anyone
    ///      without the right to it, and no gate was passed without the margin.
    function _I5_I16_margin_gate_and_season() private view {
        assertEq(handler.wrongReleases(), 0, "I5, I16");
        assertEq(handler.seasonedEarly(), 0, "I16");
        assertEq(handler.wrongGates(), 0, "I5");
    }

    /// @dev I6: nothing was applied below k signatures of one unexpired epoch over these very entries, and no entry was
    ///      counted that took the sum in use unconfirmed past the fast limit of that moment.
    function _I6_witness_policy() private view {
        assertEq(handler.forgedEffects(), 0, "I6");
        assertEq(handler.fastExcesses(), 0, "I6");
    }

    /// @dev I10: no bucket is overfull.
    function _I10_limits() private view {
        uint16 count = ledger.assetCount();
        for (uint16 id = 1; id <= count; ++id) {
            CreditLimits memory limits = ledger.limitsOf(id);
            assertLe(limits.bucketRoom, limits.burstUnits + 1, "I10");
            assertLe(limits.seasonRoom, limits.burstUnits / 4 + 1, "I16");
        }
    }

    /// @dev I7: no batch took effect twice.
    function _I7_idempotence() private view {
        assertEq(handler.repeatedEffects(), 0, "I7");
    }

    /// @dev I12: no account's margin is above the unweighted value of its lines.
    function _I12_rounding() private view {
        for (uint256 i = 0; i < 4; ++i) {
            bytes32 account = AccountLib.encode(handler.ownerAt(i), 0, 0);
            (uint256 aI, , uint256 aE, , uint256 aM, , uint256 status, ) = ledger.marginOf(account);
            assertLe(aI, aE, "I12");
            assertLe(aE, aM, "I12");
            assertEq(status & 32, 0);
            uint256 worth = 0;
            uint16[] memory assetIds = ledger.linesOf(account);
            for (uint256 l = 0; l < assetIds.length; ++l) {
                Line memory line = ledger.lineOf(account, assetIds[l]);
                // The highest prices that `pass` sets: 1.1 and 3,000.
                bool six = ledger.assetOf(assetIds[l]).terms.decimals == 6;
                worth += six ? uint256(line.amount) * 11e11 : uint256(line.amount) * 3_000;
            }
            assertLe(aM, worth, "I12");
        }
    }

    /// @dev I13: who chose no protocol owes none; the handler compares the other source before and after each act; enabled lanes are the account's own.
    function _I13_isolation() private view {
        for (uint256 i = 0; i < 4; ++i) {
            bytes32 account = AccountLib.encode(handler.ownerAt(i), 0, 0);
            uint16[] memory assetIds = ledger.linesOf(account);
            assertLe(assetIds.length, 16, "I13");
            (, uint256 qI, , , , uint256 qM, , ) = ledger.marginOf(account);
            if (ledger.protocolsOf(account).length == 0) assertEq(qI + qM, 0, "I13");
            for (uint256 l = 0; l < assetIds.length; ++l) {
                assertTrue(ledger.lineOf(account, assetIds[l]).enabled, "I13");
                for (uint256 k = 0; k < l; ++k) {
                    assertTrue(assetIds[k] != assetIds[l], "I13");
                }
            }
        }
    }

    /// @dev I14: no batch of at most 64 entries needed more than 8 M gas as a whole transaction.
    function _I14_bounded_work() private view {
        assertLe(handler.gasMax(), 8_000_000, "I14");
    }
}
