// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExitClaim, LedgerProof} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {JournalLib} from "../../../solidity/edge/JournalLib.sol";
import {ReplicaLib} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {StateBuilder} from "../../proofs/StateBuilder.sol";

/// @notice A vault whose ledger's chain is built by the test: its state in the block that statements name is what tests set.
abstract contract VaultExitFixture is VaultReleaseFixture {
    uint16 internal constant ASSET_ID = 7;
    uint128 internal constant LINE = 400_000 * ONE;

    StateBuilder internal chain;
    /// @dev Entries of the vault's journal that the ledger has not applied.
    bytes internal rest;
    bool private _lags;
    mapping(bytes32 account => uint32[]) private _protocols;
    mapping(bytes32 account => uint128) private _lanes;

    function setUp() public virtual override {
        super.setUp();
        chain = new StateBuilder(ledger, uint64(block.timestamp));
        chain.set(LedgerSlots.assetOf(ASSET_ID), uint256(SOURCE) | (uint256(asset) << 16) | (uint256(1) << 32));
        setLine(accountOf(alice), LINE);
        setLine(accountOf(bob), LOCKED - LINE);
        setJournal(tip());
    }

    // The ledger in the anchor block

    function setLine(bytes32 account, uint256 units) internal {
        // Flag bits above the amount must not matter to a claim.
        chain.set(LedgerSlots.lineOf(account, ASSET_ID), units | (uint256(5) << 112));
    }

    /// @dev The ledger stands behind the vault's journal, by the entries given; without this it has applied all of it.
    function setApplied(uint64 count, bytes32 head, bytes memory notApplied) internal {
        bytes32 slot = ReplicaLib.slotOf(vault.outboundEdge());
        chain.set(slot, uint256(head));
        chain.set(_after(slot), uint256(count) | (uint256(9) << 128));
        (rest, _lags) = (notApplied, true);
    }

    function _followJournal() private {
        if (_lags) return;
        (, uint64 count, bytes32 head) = vault.journalHead();
        setApplied(count, head, "");
        _lags = false;
    }

    function setJournal(uint64 count) internal {
        bytes32 slot = JournalLib.slotOf(heads[0]);
        chain.set(slot, uint256(heads[count]));
        chain.set(_after(slot), uint256(count) | (uint256(123) << 64));
    }

    /// @dev Brings a statement of the block as it is built now, made at this time.
    function anchor() internal {
        setJournal(tip());
        JournalHead memory statement = anchoredStatement(tip());
        bytes memory sigs = sign(statement);
        if (replicaCount() == tip()) vault.refresh(statement, sigs);
        else vault.applyReleases(replicaCount(), entriesOf(replicaCount(), tip()), new uint64[](0), statement, sigs);
    }

    function anchoredStatement(uint64 count) internal returns (JournalHead memory statement) {
        _followJournal();
        chain.setTimestamp(uint64(vm.getBlockTimestamp()));
        statement = statementOf(count);
        statement.blockHash = keccak256(chain.header());
    }

    // The exit

    function announceLate() internal {
        skip(30 days);
        vault.announceExit();
    }

    function openLate() internal {
        announceLate();
        skip(7 days);
        vault.openExit(ledgerProof(), rest);
    }

    function ledgerProof() internal returns (LedgerProof memory proof) {
        bytes32 slot = JournalLib.slotOf(heads[0]);
        (bytes32 edge, , ) = vault.journalHead();
        proof.header = chain.header();
        proof.account = chain.proveAccount();
        proof.head = chain.prove(slot);
        proof.count = chain.prove(_after(slot));
        proof.replicaHead = chain.prove(ReplicaLib.slotOf(edge));
        proof.replica = chain.prove(_after(ReplicaLib.slotOf(edge)));
    }

    function claimOf(bytes32 account, uint128 amount, address recipient) internal returns (ExitClaim memory claim) {
        (claim.account, claim.amount, claim.recipient) = (account, amount, recipient);
        claim.headerProof = chain.prove(LedgerSlots.headerOf(account));
        claim.unsettledProof = unsettledProof(asset);
        claim.shareProofs = new bytes[][](_protocols[account].length);
        for (uint256 i = 0; i < claim.shareProofs.length; ++i) {
            claim.shareProofs[i] = chain.prove(LedgerSlots.exitShareOf(account, _protocols[account][i]));
        }
    }

    /// @dev What a rewind of the ledger had not settled of the asset, as its first claim shows it.
    function unsettledProof(uint16 which) internal returns (bytes[] memory) {
        return chain.prove(LedgerSlots.unsettledOf(SOURCE, which));
    }

    /// @dev The ledger's record of a release: until a refund of it was applied.
    function setRecord(uint96 which, uint128 released, bytes32 account) internal {
        bytes32 record = keccak256(abi.encodePacked(asset, released, account));
        chain.set(LedgerSlots.releasedOf(SOURCE, which), uint256(record));
    }

    function proveRecord(uint96 which) internal returns (bytes[] memory) {
        return chain.prove(LedgerSlots.releasedOf(SOURCE, which));
    }

    /// @dev The account has opted in to one more protocol, which has registered this.
    function addProtocol(bytes32 account, uint32 protocol, address claimant, uint16 shareBp) internal {
        _protocols[account].push(protocol);
        _lanes[account] |= uint128(uint256(protocol) << (32 * (_protocols[account].length - 1)));
        // What else a header holds must not matter to a claim.
        chain.set(LedgerSlots.headerOf(account), uint256(_lanes[account]) | (uint256(77) << 136));
        if (shareBp == 0) return;
        bytes32 slot = LedgerSlots.exitShareOf(account, protocol);
        chain.set(slot, uint256(uint160(claimant)) | (uint256(shareBp) << 160));
    }

    /// @dev Claims a part of an owner's line, from the key of the owner.
    function claimLine(address owner, uint128 amount, address recipient) internal returns (uint96 seq) {
        ExitClaim memory claim = claimOf(accountOf(owner), amount, recipient);
        bytes[] memory line = chain.prove(LedgerSlots.lineOf(claim.account, ASSET_ID));
        bytes[] memory where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
        vm.prank(owner, owner);
        return vault.claimLine(claim, ASSET_ID, line, where);
    }

    function exitEntry(bytes32 account, uint128 amount, address recipient) internal view returns (bytes memory) {
        return
            EntryCodec.pack(
                Entry({
                    kind: EntryCodec.RELEASE,
                    asset: asset,
                    amount: amount,
                    account: account,
                    party: bytes32(uint256(uint160(recipient))),
                    fee: 0
                })
            );
    }

    function payExit(uint96 seq, bytes32 account, uint128 amount, address recipient) internal {
        skip(
            vault.payment(seq).readyAt > vm.getBlockTimestamp()
                ? vault.payment(seq).readyAt - vm.getBlockTimestamp()
                : 0
        );
        vault.pay(seq, exitEntry(account, amount, recipient), relayer);
    }

    function _after(bytes32 slot) internal pure returns (bytes32) {
        return bytes32(uint256(slot) + 1);
    }
}
