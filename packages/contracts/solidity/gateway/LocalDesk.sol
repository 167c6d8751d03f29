// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILocalHeads} from "../attesters/ILocalHeads.sol";
import {EdgeLib} from "../edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {JournalHead, Statements} from "../edge/Statements.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {IVault} from "../interfaces/vault/IVault.sol";
import {Payment, PaymentState} from "../interfaces/vault/VaultTypes.sol";
import {ILocalDesk} from "./ILocalDesk.sol";

/// @title The desk between a ledger and the vault beside it
/// @dev Safety: it states only what the journals show in this call, and both replicas check that. It locks the amount
///      by which its own balance rose, and calls cannot overlap, so none can use another's tokens.
contract LocalDesk is ILocalDesk, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The ledger of source 0.
    ILedger public immutable ledger;
    /// @notice The vault of this chain.
    IVault public immutable vault;
    /// @notice Names of the two edges, from the vault and from the ledger.
    bytes32 public immutable creditEdge;
    bytes32 public immutable paymentEdge;

    /// @param ledger_ which lists the vault as source 0
    /// @param vault_ of this chain
    constructor(ILedger ledger_, IVault vault_) {
        (ledger, vault) = (ledger_, vault_);
        creditEdge = EdgeLib.nameOf(block.chainid, address(vault_), block.chainid, address(ledger_), 0, 0);
        paymentEdge = EdgeLib.nameOf(block.chainid, address(ledger_), block.chainid, address(vault_), 0, 0);
        (bytes32 edge, , ) = ledger_.journalHead(0);
        if (edge != paymentEdge) revert VaultNotLocal(address(vault_), edge, paymentEdge);
    }

    /// @inheritdoc ILocalDesk
    function lockAndCredit(
        address token,
        uint128 amount,
        bytes32 account,
        uint64 from,
        bytes calldata pending
    ) external nonReentrant returns (uint128 received) {
        uint16 asset = vault.indexOf(token);
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint128 held = SafeCast.toUint128(IERC20(token).balanceOf(address(this)) - before);
        IERC20(token).forceApprove(address(vault), held);
        received = vault.lock(asset, held, account, 0, 0, 0);
        Entry memory one = Entry(EntryCodec.LOCK, asset, received, account, 0, 0);
        _credit(from, bytes.concat(pending, EntryCodec.pack(one)), account);
    }

    /// @inheritdoc ILocalDesk
    function credit(uint64 from, bytes calldata entries, bytes32 feeTo) external nonReentrant {
        _credit(from, entries, feeTo);
    }

    /// @inheritdoc ILocalDesk
    function releaseAndPay(
        SignedRelease calldata order,
        bytes calldata sig,
        uint64 from,
        bytes calldata pending
    ) external nonReentrant returns (bool paid) {
        ledger.requestReleaseBySig(
            order.account,
            order.assetId,
            order.amount,
            order.recipient,
            order.fee,
            order.nonce,
            order.deadline,
            sig
        );
        bytes memory packed = EntryCodec.pack(
            Entry(EntryCodec.RELEASE, order.vaultAsset, order.amount, order.account, order.recipient, order.fee)
        );
        uint64 seq = _deliver(from, bytes.concat(pending, packed));
        Payment memory payment = vault.payment(seq);
        paid = payment.state == PaymentState.QUEUED && payment.readyAt <= block.timestamp;
        if (!paid) return false;
        vault.pay(seq, packed, msg.sender);
        // A token that refuses the transfer leaves a payment that can be claimed.
        paid = vault.payment(seq).state == PaymentState.PAID;
    }

    /// @inheritdoc ILocalDesk
    function deliver(uint64 from, bytes calldata entries) external nonReentrant {
        _deliver(from, entries);
    }

    function _credit(uint64 from, bytes memory entries, bytes32 feeTo) private {
        uint64 end = _endOf(from, entries);
        (, uint64 tip, bytes32 head) = vault.journalHead();
        if (end != tip) head = ILocalHeads(ledger.attesterSet()).keptHead(creditEdge, end);
        JournalHead memory statement = _stateNow(creditEdge, end, tip, head);
        bytes memory proof = abi.encode(address(vault), true);
        ledger.applyEntries(0, from, entries, new uint64[](0), statement, proof, feeTo);
    }

    function _deliver(uint64 from, bytes memory entries) private returns (uint64 end) {
        end = _endOf(from, entries);
        (, uint64 tip, bytes32 head) = ledger.journalHead(0);
        if (end != tip) head = ILocalHeads(vault.attesterSet()).keptHead(paymentEdge, end);
        JournalHead memory statement = _stateNow(paymentEdge, end, tip, head);
        vault.applyReleases(from, entries, new uint64[](0), statement, abi.encode(address(ledger), false));
    }

    /// @dev Returns what a journal shows in this block, up to a count; `head` is 0 if that is not known.
    function _stateNow(bytes32 edge, uint64 end, uint64 tip, bytes32 head) private view returns (JournalHead memory) {
        if (head == 0) revert EntriesEndBelowTip(end, tip);
        return
            JournalHead({
                edge: edge,
                count: end,
                tip: tip,
                head: head,
                blockNumber: uint64(block.number),
                blockHash: blockhash(block.number - 1),
                asOf: uint64(block.timestamp),
                epoch: Statements.LOCAL_EPOCH
            });
    }

    function _endOf(uint64 from, bytes memory entries) private pure returns (uint64) {
        // Fewer entries than 2^64 fit a transaction.
        return from + uint64(entries.length / EntryCodec.LENGTH);
    }
}
