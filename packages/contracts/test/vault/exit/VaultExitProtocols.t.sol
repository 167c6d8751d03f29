// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ExitClaim, IVaultExit} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";

/// @notice Accounts with protocols leave by the split that those registered.
contract VaultExitProtocolsTest is VaultExitFixture {
    uint32 private constant LENDER = 4;
    uint32 private constant VENUE = 9;
    address private lender = makeAddr("claimant of the lender");
    address private venue = makeAddr("claimant of the venue");
    bytes32 private account;

    function setUp() public override {
        super.setUp();
        account = accountOf(alice);
    }

    function test_I13_a_protocol_takes_its_share_and_the_owner_the_rest() public {
        addProtocol(account, LENDER, lender, 6_000);
        anchor();
        openLate();
        uint128 share = (LINE * 6) / 10;
        _expectLeft(lender, LENDER, share);
        payExit(_claim(lender, LENDER, share), account, share, lender);
        _expectLeft(alice, 0, LINE - share);
        payExit(_claim(alice, 0, LINE - share), account, LINE - share, alice);
        assertEq(token.balanceOf(lender), share);
        assertEq(token.balanceOf(alice), LINE - share);
        _expectLeft(lender, LENDER, 0);
        _expectLeft(alice, 0, 0);
        bytes32 leaf = keccak256(abi.encode(uint8(1), account, ASSET_ID));
        assertEq(vault.claimedOf(leaf), LINE - share);
        assertEq(vault.claimedOf(keccak256(abi.encode(leaf, LENDER))), share);
    }

    function test_I13_who_opted_in_to_nothing_loses_nothing_to_a_protocol() public {
        addProtocol(account, LENDER, lender, 10_000);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(bob), ONE, lender);
        claim.protocol = LENDER;
        _expectRefusal(lender, claim, abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, lender, claim.account));
        claimLine(bob, LOCKED - LINE, bob);
        // All of the other's is the protocol's.
        _expectLeft(alice, 0, 0);
        _claim(lender, LENDER, LINE);
    }

    function test_I13_a_protocol_that_registered_nothing_takes_nothing() public {
        addProtocol(account, LENDER, address(0), 0);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(account, 1, lender);
        claim.protocol = LENDER;
        _expectRefusal(lender, claim, abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, lender, account));
        _claim(alice, 0, LINE);
    }

    function test_I13_nobody_claims_for_a_protocol_but_its_claimant_and_no_claimant_for_the_owner() public {
        addProtocol(account, LENDER, lender, 6_000);
        addProtocol(account, VENUE, venue, 1_000);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(account, ONE, lender);
        _expectRefusal(lender, claim, abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, lender, account));
        claim.protocol = VENUE;
        _expectRefusal(lender, claim, abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, lender, account));
        _expectRefusal(alice, claim, abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, alice, account));
        // One that the account never opted in to.
        claim.protocol = VENUE + 1;
        _expectRefusal(lender, claim, abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, lender, account));
    }

    function test_I13_no_share_is_left_out_of_a_claim() public {
        addProtocol(account, LENDER, lender, 6_000);
        addProtocol(account, VENUE, venue, 1_000);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(account, ONE, alice);
        bytes[][] memory all = claim.shareProofs;
        claim.shareProofs = new bytes[][](1);
        claim.shareProofs[0] = all[0];
        _expectRefusal(alice, claim, abi.encodeWithSelector(IVaultExit.ExitShareMissing.selector, account, VENUE));
        // The first one's proof shows nothing of the second one's slot.
        claim.shareProofs = new bytes[][](2);
        (claim.shareProofs[0], claim.shareProofs[1]) = (all[0], all[0]);
        (bytes[] memory line, bytes[] memory where) = _proofs(account);
        vm.prank(alice, alice);
        vm.expectRevert();
        vault.claimLine(claim, ASSET_ID, line, where);
    }

    function test_I13_a_contract_claims_for_a_protocol_that_named_it() public {
        addProtocol(account, LENDER, lender, 6_000);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(account, ONE, bob);
        claim.protocol = LENDER;
        (bytes[] memory line, bytes[] memory where) = _proofs(account);
        // The caller is not the transaction's origin.
        vm.prank(lender, carol);
        payExit(vault.claimLine(claim, ASSET_ID, line, where), account, ONE, bob);
        assertEq(token.balanceOf(bob), ONE);
    }

    function test_I9_a_lock_that_the_ledger_had_not_applied_is_the_accounts_alone() public {
        (, uint64 count, bytes32 head) = vault.journalHead();
        addProtocol(account, LENDER, lender, 10_000);
        lockFor(asset, IERC20(address(token)), 50 * ONE);
        bytes memory entry = EntryCodec.pack(
            Entry({kind: EntryCodec.LOCK, asset: asset, amount: 50 * ONE, account: account, party: 0, fee: 0})
        );
        setApplied(count, head, entry);
        anchor();
        openLate();
        ExitClaim memory claim;
        (claim.account, claim.amount, claim.recipient, claim.protocol) = (account, ONE, lender, LENDER);
        vm.prank(lender, lender);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, lender, account));
        vault.claimEntry(claim, count + 1, head, entry);
        // Nor does the owner claim it for a protocol.
        vm.prank(alice, alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, alice, account));
        vault.claimEntry(claim, count + 1, head, entry);
        (claim.recipient, claim.protocol, claim.amount) = (alice, 0, 50 * ONE);
        claim.unsettledProof = unsettledProof(asset);
        vm.prank(alice, alice);
        payExit(vault.claimEntry(claim, count + 1, head, entry), account, 50 * ONE, alice);
        assertEq(token.balanceOf(alice), 50 * ONE);
    }

    /// @dev Whatever they registered, together they take the whole and no unit more, but for what rounding leaves. Each run
    ///      builds and proves a state of its own, a second's work.
    /// forge-config: ring.fuzz.runs = 24
    function testFuzz_I4_I12_all_shares_together_never_pass_the_line(uint128 units, uint16[4] memory shares) public {
        units = uint128(bound(units, 1_000, LINE));
        setLine(account, units);
        uint256 sum;
        for (uint32 i = 0; i < 4; ++i) {
            shares[i] = uint16(bound(shares[i], 1, 10_000));
            addProtocol(account, i + 1, address(uint160(0xbeef) + i), shares[i]);
            sum += shares[i];
        }
        anchor();
        openLate();
        uint256 taken;
        for (uint32 i = 0; i < 4; ++i) {
            uint256 part = (uint256(units) * shares[i]) / (sum > 10_000 ? sum : 10_000);
            address claimant = address(uint160(0xbeef) + i);
            _expectLeft(claimant, i + 1, part);
            if (part != 0) _claim(claimant, i + 1, uint128(part));
            taken += part;
        }
        uint256 rest = sum < 10_000 ? (uint256(units) * (10_000 - sum)) / 10_000 : 0;
        _expectLeft(alice, 0, rest);
        assertLe(taken + rest, units);
        assertLe(units - taken - rest, 4);
    }

    function _claim(address by, uint32 protocol, uint128 amount) private returns (uint96 seq) {
        ExitClaim memory claim = claimOf(account, amount, by);
        claim.protocol = protocol;
        (bytes[] memory line, bytes[] memory where) = _proofs(account);
        vm.prank(by, by);
        return vault.claimLine(claim, ASSET_ID, line, where);
    }

    /// @dev One unit more than is left is refused.
    function _expectLeft(address by, uint32 protocol, uint256 left) private {
        ExitClaim memory claim = claimOf(account, uint128(left + 1), by);
        claim.protocol = protocol;
        _expectRefusal(by, claim, abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, left + 1, left));
    }

    function _expectRefusal(address by, ExitClaim memory claim, bytes memory refusal) private {
        (bytes[] memory line, bytes[] memory where) = _proofs(claim.account);
        vm.prank(by, by);
        vm.expectRevert(refusal);
        vault.claimLine(claim, ASSET_ID, line, where);
    }

    function _proofs(bytes32 of_) private returns (bytes[] memory line, bytes[] memory where) {
        line = chain.prove(LedgerSlots.lineOf(of_, ASSET_ID));
        where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
    }
}
