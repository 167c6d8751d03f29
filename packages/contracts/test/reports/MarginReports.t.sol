// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberCode} from "../../solidity/attesters/MemberCode.sol";
import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {IMarginReports, MarginReport, StoredReport} from "../../solidity/interfaces/IMarginRequirement.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {MarginReports} from "../../solidity/reports/MarginReports.sol";
import {Building} from "../harness/Building.sol";
import {MarginReportFixture} from "./MarginReportFixture.sol";

/// @notice Which reports are taken: k signatures of one usable epoch, for this contract and chain, about a newer past block, for
///         15 minutes at most.
contract MarginReportsTest is MarginReportFixture, Building {
    /// @dev Half the order of secp256k1 is the highest s; this is the order.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    // Refusals of signatures

    function test_a_report_of_k_minus_1_signatures_is_refused() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes memory sigs = signHash(reports.hashOf(report), 2);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 2, 3));
        reports.submit(report, sigs);
    }

    function test_a_report_signed_twice_by_one_or_in_another_form_is_refused() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes32 hash = reports.hashOf(report);
        bytes memory sigs = bytes.concat(signHash(hash, 2), signOne(hash, 1));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignersNotAscending.selector, 2, members[1], members[1]));
        reports.submit(report, sigs);

        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[2], Statements.digestOf(attesters.domainSeparator(), hash));
        bytes32 highS = bytes32(ORDER - uint256(s));
        sigs = bytes.concat(signHash(hash, 2), abi.encodePacked(r, highS, v == 27 ? uint8(28) : uint8(27)));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignatureMalleable.selector, 2, highS));
        reports.submit(report, sigs);
    }

    function test_a_report_of_a_suspended_member_or_an_epoch_that_ended_is_refused() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes memory sigs = signReport(report);
        vm.prank(guardian);
        attesters.suspend(members[0]);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignerSuspended.selector, 0, members[0], 1));
        reports.submit(report, sigs);

        _rotate();
        (uint40 from, uint40 until) = (attesters.activeFrom(2), attesters.expires(1));
        vm.warp(until);
        report = reportAt(2e18, 1e18);
        sigs = signReport(report);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EpochExpired.selector, 1, until, until));
        reports.submit(report, sigs);
        // The members of before under the number of now.
        report.epoch = 2;
        sigs = signReport(report);
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        reports.submit(report, sigs);
        assertLt(from, until);
    }

    function test_a_report_is_no_statement_and_a_statement_no_report() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes memory sigs = signReport(report);
        JournalHead memory head = statementOf(journal, tip(journal));
        bytes memory headSigs = sign(head);
        assertTrue(reports.hashOf(report) != StatementHashes.hashOf(head));
        // Of another hash a signature gives another signer, in whatever order.
        vm.expectRevert();
        reports.submit(report, headSigs);
        vm.expectRevert();
        attesters.verifyHead(head, sigs);
        attesters.verifyHead(head, headSigs);
    }

    // Replays

    function test_a_report_for_another_contract_is_refused() public {
        MarginReports other = new MarginReports(address(attesters));
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes memory sigs = signReport(report);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginReports.ReportOfOtherContract.selector, address(reports), address(other))
        );
        other.submit(report, sigs);
        // Under the other's name the signatures are not of this report any more.
        report.reports = address(other);
        vm.expectRevert();
        other.submit(report, sigs);
    }

    function test_a_report_of_another_chain_protocol_account_or_nonce_is_refused() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes memory sigs = signReport(report);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        vm.expectRevert();
        reports.submit(report, sigs);
        vm.chainId(here);
        MarginReport[5] memory lies = [_copy(report), _copy(report), _copy(report), _copy(report), _copy(report)];
        lies[0].protocol = address(protocol);
        lies[1].account = accountOf(bob);
        ++lies[2].positionNonce;
        lies[3].maintenanceWad = 0;
        lies[4].inputsHash = 0;
        for (uint256 i = 0; i < lies.length; ++i) {
            vm.expectRevert();
            reports.submit(lies[i], sigs);
        }
        reports.submit(report, sigs);
        assertEq(reports.reportOf(address(protocol), account).expiry, 0);
        assertEq(reports.reportOf(address(book), accountOf(bob)).expiry, 0);
    }

    function test_only_a_newer_block_replaces_a_report() public {
        MarginReport memory older = reportAt(9e18, 8e18);
        vm.roll(vm.getBlockNumber() + 1);
        MarginReport memory report = reportAt(2e18, 1e18);
        submit(report);
        bytes memory sigs = signReport(report);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginReports.ReportNotNewer.selector, report.blockNumber, report.blockNumber)
        );
        reports.submit(report, sigs);
        sigs = signReport(older);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginReports.ReportNotNewer.selector, older.blockNumber, report.blockNumber)
        );
        reports.submit(older, sigs);
        vm.roll(vm.getBlockNumber() + 1);
        submitFigures(3e18, 2e18);
        assertEq(reports.reportOf(address(book), account).initialWad, 3e18);
    }

    // Blocks and times

    function test_a_report_of_a_block_to_come_is_refused() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        report.blockNumber = uint64(vm.getBlockNumber());
        _expectFuture(report);
        report = reportAt(2e18, 1e18);
        report.asOf = uint64(vm.getBlockTimestamp() + 1);
        _expectFuture(report);
    }

    function test_a_report_of_a_block_that_this_chain_does_not_have_is_refused() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes32 known = report.blockHash;
        report.blockHash = keccak256("a fork's");
        bytes memory sigs = signReport(report);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarginReports.ReportOfOtherBlock.selector,
                report.blockNumber,
                report.blockHash,
                known
            )
        );
        reports.submit(report, sigs);
    }

    function test_a_block_of_which_the_chain_has_no_hash_any_more_is_the_signers_word() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        report.blockHash = keccak256("whatever");
        vm.roll(vm.getBlockNumber() + 300);
        submit(report);
        assertEq(reports.reportOf(address(book), account).blockNumber, report.blockNumber);
    }

    function test_a_report_counts_15_minutes_at_most_and_45_from_its_block() public {
        uint64 now_ = uint64(vm.getBlockTimestamp());
        MarginReport memory report = reportAt(2e18, 1e18);
        report.expiry = now_;
        bytes memory sigs = signReport(report);
        vm.expectRevert(abi.encodeWithSelector(IMarginReports.ReportExpired.selector, now_, now_));
        reports.submit(report, sigs);
        report.expiry = now_ + 901;
        sigs = signReport(report);
        vm.expectRevert(abi.encodeWithSelector(IMarginReports.ReportTooLong.selector, now_ + 901, now_ + 900));
        reports.submit(report, sigs);

        report.asOf = now_ - 40 minutes;
        report.expiry = now_ + 301;
        sigs = signReport(report);
        vm.expectRevert(abi.encodeWithSelector(IMarginReports.ReportTooLong.selector, now_ + 301, now_ + 300));
        reports.submit(report, sigs);
        report.expiry = now_ + 300;
        submit(report);
        assertEq(reports.reportOf(address(book), account).expiry, now_ + 300);
    }

    function test_a_report_with_less_initial_than_maintenance_is_refused() public {
        MarginReport memory report = reportAt(1e18, 1e18 + 1);
        bytes memory sigs = signReport(report);
        vm.expectRevert(abi.encodeWithSelector(IMarginReports.ReportUnordered.selector, 1e18, 1e18 + 1));
        reports.submit(report, sigs);
    }

    function test_reports_need_a_verifier() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginReports.VerifierRefused.selector, alice));
        this.build("MarginReports.sol:MarginReports", abi.encode(alice));
        assertEq(reports.attesterSet(), address(attesters));
    }

    // What is stored

    /// @notice Anyone may hand a report in; it is told whole and stored.
    function test_a_report_is_stored_and_told() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes memory sigs = signReport(report);
        vm.expectEmit(address(reports));
        emit IMarginReports.Reported(
            address(book),
            account,
            0,
            report.blockNumber,
            report.inputsHash,
            "shipped-1",
            2e18,
            1e18,
            report.expiry
        );
        vm.prank(bob);
        reports.submit(report, sigs);
        StoredReport memory stored = reports.reportOf(address(book), account);
        assertEq(
            abi.encode(stored),
            abi.encode(StoredReport(2e18, 1e18, 0, report.blockNumber, uint40(report.asOf), uint40(report.expiry)))
        );
    }

    /// @notice A report is stored in two slots, with three signatures to verify.
    function test_a_first_report_costs_at_most_100000_gas() public {
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes memory sigs = signReport(report);
        vm.prank(bob);
        uint256 before = gasleft();
        reports.submit(report, sigs);
        uint256 first = before - gasleft();
        vm.roll(vm.getBlockNumber() + 1);
        report = reportAt(3e18, 2e18);
        sigs = signReport(report);
        before = gasleft();
        reports.submit(report, sigs);
        emit log_named_uint("gas of a first report", first);
        emit log_named_uint("gas of the next", before - gasleft());
        assertLt(first, 100_000);
    }

    /// @notice What is signed is the EIP-712 hash that wallets and viem compute.
    function test_the_struct_hash_is_that_of_the_type() public view {
        MarginReport memory report = reportAt(2e18, 1e18);
        bytes memory words = bytes.concat(
            abi.encode(reports.REPORT_TYPE(), report.reports, report.protocol, report.account, report.positionNonce),
            abi.encode(report.blockNumber, report.blockHash, report.asOf, report.inputsHash, report.parameterVersion),
            abi.encode(report.initialWad, report.maintenanceWad, report.expiry, report.epoch)
        );
        assertEq(reports.hashOf(report), keccak256(words));
    }

    /// @notice A change of any field is another hash, so signatures of one report are of no other.
    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_no_two_reports_have_one_hash(MarginReport memory report, uint256 field, uint256 by) public view {
        bytes memory before = abi.encode(report);
        uint256 at = 32 * (1 + (field % 13));
        bytes memory changed = abi.encode(report);
        uint256 word;
        assembly {
            word := xor(mload(add(changed, at)), add(and(by, 0xffff), 1))
            mstore(add(changed, at), word)
        }
        vm.assume(keccak256(changed) != keccak256(before));
        try this.decode(changed) returns (MarginReport memory other) {
            assertTrue(reports.hashOf(other) != reports.hashOf(report));
        } catch {}
    }

    function decode(bytes memory encoded) external pure returns (MarginReport memory) {
        return abi.decode(encoded, (MarginReport));
    }

    function _expectFuture(MarginReport memory report) private {
        bytes memory sigs = signReport(report);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarginReports.ReportFromFuture.selector,
                report.blockNumber,
                report.asOf,
                vm.getBlockNumber(),
                vm.getBlockTimestamp()
            )
        );
        reports.submit(report, sigs);
    }

    function _copy(MarginReport memory report) private pure returns (MarginReport memory) {
        return abi.decode(abi.encode(report), (MarginReport));
    }

    /// @dev Rotates to four other members, 30 hours from now.
    function _rotate() private {
        address[] memory next = new address[](4);
        for (uint256 i = 0; i < 4; ++i) next[i] = address(uint160(0xa0000 + i));
        uint40 from = uint40(vm.getBlockTimestamp() + 30 hours);
        bytes32 hash = Statements.rotationHashOf(2, keccak256(MemberCode.pack(next)), from);
        bytes memory sigs = bytes.concat(signOne(hash, 1), signOne(hash, 2), signOne(hash, 3));
        vm.prank(governor);
        attesters.rotate(next, from, sigs);
    }
}
