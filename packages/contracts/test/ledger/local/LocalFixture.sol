// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LocalVerifier} from "../../../solidity/attesters/LocalVerifier.sol";
import {JournalHead, Statements} from "../../../solidity/edge/Statements.sol";
import {ILocalDesk} from "../../../solidity/gateway/ILocalDesk.sol";
import {LocalDesk} from "../../../solidity/gateway/LocalDesk.sol";
import {SourceListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {IVault} from "../../../solidity/interfaces/vault/IVault.sol";
import {VaultInit} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {deployVault} from "../../vault/VaultFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";
import {LedgerFixture, TestJournal} from "../LedgerFixture.sol";

/// @notice A ledger with source 7 on another chain and, as source 0, a vault of its own chain that is not for development.
abstract contract LocalFixture is LedgerFixture {
    uint16 internal constant LOCAL = 3;
    uint16 internal constant LOCAL_ASSET = 1;

    bytes32 private constant RELEASE_TYPE = keccak256(
        "Release(bytes32 account,uint16 assetId,uint128 amount,bytes32 recipient,uint96 fee,uint256 nonce,uint40 deadline)"
    );

    LocalVerifier internal verifier;
    IVault internal own;
    LocalDesk internal desk;
    PlainToken internal token;
    /// @dev The test's own copies of both journals.
    TestJournal internal locks;
    TestJournal internal releases;

    function setUp() public virtual override {
        super.setUp();
        verifier = new LocalVerifier();
        own = deployVault(
            VaultInit({
                settlementChainId: block.chainid,
                ledger: address(ledger),
                source: 0,
                attesterSet: address(verifier),
                governor: governor,
                guardian: guardian,
                pauser: pauser,
                development: false
            })
        );
        token = new PlainToken("USD", 6);
        vm.startPrank(governor);
        own.listAsset(address(token), 6, 0, 1_000_000_000, 1_000_000_000);
        ledger.listSource(localListing());
        ledger.listAsset(assetListing(0, LOCAL_ASSET, 1, 6));
        vm.stopPrank();
        desk = new LocalDesk(ledger, own);
        locks.edge = own.outboundEdge();
        locks.heads.push(locks.edge);
        releases.edge = own.inboundEdge();
        releases.heads.push(releases.edge);
    }

    function localListing() internal view returns (SourceListing memory listing) {
        listing = sourceListing(0);
        listing.originChainId = uint64(block.chainid);
        listing.vault = address(own);
        listing.m = 0;
        listing.development = false;
    }

    /// @dev Gives tokens to somebody who lets the desk and the vault have them.
    function fund(address who, uint128 amount) internal {
        token.mint(who, amount);
        vm.startPrank(who);
        token.approve(address(desk), type(uint256).max);
        token.approve(address(own), type(uint256).max);
        vm.stopPrank();
    }

    /// @dev A lock at the vault itself, which nobody credits yet.
    function lockOnly(address who, uint128 amount) internal {
        fund(who, amount);
        vm.prank(who);
        own.lock(LOCAL_ASSET, amount, accountOf(who), 0, 0, 0);
        append(locks, lockEntry(LOCAL_ASSET, amount, accountOf(who), 0));
    }

    /// @dev A lock through the desk with everything that waits before it.
    function lockAndCredit(address who, uint128 amount) internal {
        fund(who, amount);
        uint64 from = applied();
        bytes memory pending = entriesOf(locks, from, tip(locks));
        vm.prank(who);
        desk.lockAndCredit(address(token), amount, accountOf(who), from, pending);
        append(locks, lockEntry(LOCAL_ASSET, amount, accountOf(who), 0));
    }

    /// @dev An owner's signed release to itself, without a fee.
    function signedRelease(
        address owner,
        uint256 key,
        uint16 assetId,
        uint128 amount
    ) internal view returns (ILocalDesk.SignedRelease memory order, bytes memory sig) {
        bytes32 recipient = bytes32(uint256(uint160(owner)));
        uint40 deadline = uint40(vm.getBlockTimestamp() + 1 hours);
        uint16 vaultAsset = ledger.assetOf(assetId).terms.vaultAsset;
        order = ILocalDesk.SignedRelease(accountOf(owner), assetId, vaultAsset, amount, recipient, 0, 1, deadline);
        bytes32 structHash = keccak256(
            abi.encode(RELEASE_TYPE, order.account, assetId, amount, recipient, uint96(0), 1, deadline)
        );
        bytes32 domain = Statements.domainSeparatorOf(block.chainid, address(ledger));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, Statements.digestOf(domain, structHash));
        sig = abi.encodePacked(r, s, v);
    }

    function applied() internal view returns (uint64 count) {
        (, count, , , , ) = ledger.replicaOf(0);
    }

    /// @dev What the vault's journal shows in this block.
    function localStatement(uint64 count) internal view returns (JournalHead memory) {
        return
            JournalHead({
                edge: locks.edge,
                count: count,
                tip: tip(locks),
                head: locks.heads[count],
                blockNumber: uint64(vm.getBlockNumber()),
                blockHash: blockhash(vm.getBlockNumber() - 1),
                asOf: uint64(vm.getBlockTimestamp()),
                epoch: Statements.LOCAL_EPOCH
            });
    }

    function vaultProof() internal view returns (bytes memory) {
        return abi.encode(address(own), true);
    }
}
