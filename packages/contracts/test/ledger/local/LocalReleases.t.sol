// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {ILocalDesk} from "../../../solidity/gateway/ILocalDesk.sol";
import {IVaultExit} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {LocalFixture} from "./LocalFixture.sol";

/// @notice Releases of source 0: requested, delivered and, if the vault's limits let them, paid in one transaction.
contract LocalReleasesTest is LocalFixture {
    function test_releases_and_pays_in_one_transaction() public {
        (address carol, uint256 key) = makeAddrAndKey("carol");
        lockAndCredit(carol, 100 * ONE_USD);
        vm.warp(vm.getBlockTimestamp() + 1);
        (ILocalDesk.SignedRelease memory order, bytes memory sig) = signedRelease(carol, key, LOCAL, 10 * ONE_USD);
        vm.prank(relayer);
        assertTrue(desk.releaseAndPay(order, sig, 0, ""));
        assertEq(token.balanceOf(carol), 10 * ONE_USD);
        assertEq(amountOf(carol, LOCAL), 90 * ONE_USD);
        assertEq(own.assetOf(LOCAL_ASSET).accounted, 90 * ONE_USD);
    }

    /// @dev Nobody has released for a month: that is no sign that nobody could.
    function test_a_quiet_vault_of_the_ledgers_chain_is_not_left_by_proof() public {
        (address carol, uint256 key) = makeAddrAndKey("carol");
        lockAndCredit(carol, 100 * ONE_USD);
        vm.warp(vm.getBlockTimestamp() + 1);
        (ILocalDesk.SignedRelease memory order, bytes memory sig) = signedRelease(carol, key, LOCAL, 10 * ONE_USD);
        desk.releaseAndPay(order, sig, 0, "");
        vm.warp(vm.getBlockTimestamp() + 31 days);
        vm.expectRevert(IVaultExit.ExitNeedless.selector);
        own.announceExit();
        assertEq(own.exitStatus().announcedAt, 0);
    }

    function test_delivers_releases_that_were_requested_at_the_ledger() public {
        lockAndCredit(alice, 100 * ONE_USD);
        vm.warp(vm.getBlockTimestamp() + 1);
        _request(alice, 10 * ONE_USD);
        bytes memory entry = _releaseOf(alice, 10 * ONE_USD);
        desk.deliver(0, entry);
        own.pay(1, entry, relayer);
        assertEq(token.balanceOf(alice), 10 * ONE_USD);
    }

    function test_queues_what_is_above_the_small_lane_and_pays_it_on_its_date() public {
        (address carol, uint256 key) = makeAddrAndKey("carol");
        lockAndCredit(carol, 100 * ONE_USD);
        vm.prank(governor);
        own.setLimits(LOCAL_ASSET, 0, 1_000_000_000, 2_000_000);
        vm.warp(vm.getBlockTimestamp() + 1);
        // Of 2,000 USD a day, 10 USD leave at once.
        (ILocalDesk.SignedRelease memory order, bytes memory sig) = signedRelease(carol, key, LOCAL, 60 * ONE_USD);
        vm.prank(relayer);
        assertFalse(desk.releaseAndPay(order, sig, 0, ""));
        assertEq(token.balanceOf(carol), 0);
        assertEq(uint8(own.payment(1).state), uint8(PaymentState.QUEUED));
        vm.warp(own.payment(1).readyAt);
        own.pay(1, _releaseOf(carol, 60 * ONE_USD), relayer);
        assertEq(token.balanceOf(carol), 60 * ONE_USD);
    }

    function test_delivers_a_long_backlog_in_steps_with_heads_that_anyone_keeps() public {
        _requestSixtySix();
        verifier.keepHead(address(ledger), false, address(own), 64, releases.heads[64], entriesOf(releases, 64, 66));
        desk.deliver(0, entriesOf(releases, 0, 64));
        desk.deliver(64, entriesOf(releases, 64, 66));
        for (uint64 seq = 1; seq <= 66; ++seq) own.pay(seq, entriesOf(releases, seq - 1, seq), relayer);
        assertEq(token.balanceOf(alice), 66 * ONE_USD);
    }

    function test_refuses_to_deliver_a_part_whose_head_nobody_kept() public {
        _requestSixtySix();
        vm.expectRevert(abi.encodeWithSelector(ILocalDesk.EntriesEndBelowTip.selector, 64, 66));
        desk.deliver(0, entriesOf(releases, 0, 64));
        (, uint64 count, , , , ) = own.replicaState();
        assertEq(count, 0);
    }

    function _requestSixtySix() private {
        lockAndCredit(alice, 100 * ONE_USD);
        vm.warp(vm.getBlockTimestamp() + 1);
        for (uint256 i = 0; i < 66; ++i) _request(alice, ONE_USD);
    }

    function _request(address who, uint128 amount) private {
        bytes32 recipient = bytes32(uint256(uint160(who)));
        vm.prank(who);
        ledger.requestRelease(accountOf(who), LOCAL, amount, recipient, 0);
        append(releases, Entry(EntryCodec.RELEASE, LOCAL_ASSET, amount, accountOf(who), recipient, 0));
    }

    function _releaseOf(address who, uint128 amount) private pure returns (bytes memory) {
        return
            EntryCodec.pack(
                Entry(EntryCodec.RELEASE, LOCAL_ASSET, amount, accountOf(who), bytes32(uint256(uint160(who))), 0)
            );
    }
}
