// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerAccounts, ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {Line} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {LedgerHandler} from "./LedgerHandler.sol";
import {Answer, TestProtocol} from "../protocols/TestProtocol.sol";

/// @notice The acts of `LedgerHandler`, and releases, operators and protocols of every kind beside them.
/// @dev Two protocols are listed; a third is not and serves sub-account 1. Each answers honestly or fails, as the campaign
///      has it. The journal toward each vault is folded here again, entry by entry.
contract LedgerReleaseHandler is LedgerHandler {
    /// @notice Releases that left an account below its initial requirement, took unseasoned units, or were not the caller's.
    uint256 public wrongReleases;
    /// @notice Gates that passed below the initial requirement.
    uint256 public wrongGates;

    TestProtocol[3] private protocols;
    /// @dev Head of the journal toward each source's vault, as its entries demand it.
    mapping(uint16 source => bytes32) internal outbound;
    mapping(uint16 source => uint64) internal outboundCount;

    constructor() {
        for (uint256 i = 0; i < 3; ++i) {
            protocols[i] = new TestProtocol(ledger);
        }
        vm.startPrank(governor);
        ledger.listProtocol(address(protocols[0]));
        ledger.listProtocol(address(protocols[1]));
        vm.stopPrank();
        (outbound[SOURCE], , ) = ledger.journalHead(SOURCE);
        (outbound[SECOND], , ) = ledger.journalHead(SECOND);
    }

    /// @notice The owner, an operator or a stranger asks for any part of a line.
    function releaseSome(uint256 seed) external counted("releaseSome") {
        (bytes32 account, uint16 assetId) = _line(seed);
        uint16 source = assetId < 3 ? SOURCE : SECOND;
        Line memory line = ledger.lineOf(account, assetId);
        uint128 amount = uint128((seed >> 96) % (uint256(line.amount) + 2));
        if ((seed >> 16) % 4 == 0) amount = line.amount;
        Entry memory entry = Entry({
            kind: EntryCodec.RELEASE,
            asset: ((assetId - 1) % 2) + 1,
            amount: amount,
            account: account,
            party: bytes32(uint256(uint160((seed >> 20) % 3 == 0 ? bob : AccountLib.ownerOf(account)))),
            fee: (seed >> 24) % 3 == 0 ? uint96(amount / 7) : 0
        });
        address by = _caller(seed, account);
        bool allowed = _mayRelease(by, account, entry);
        bytes32 others = _sums(_other(source));

        vm.prank(by);
        (bool ok, ) = address(ledger).call(
            abi.encodeCall(ILedgerAccounts.requestRelease, (account, assetId, amount, entry.party, entry.fee))
        );
        assertEq(_sums(_other(source)), others, "I13: the other source is untouched");
        if (!ok) return;

        _noteSeasons(false);
        _hit("release");
        if (by != AccountLib.ownerOf(account)) _hit("operator");
        released[assetId] += amount;
        outbound[source] = EntryCodec.extend(outbound[source], entry);
        bytes32 record = keccak256(abi.encodePacked(entry.asset, amount, account));
        assertEq(ledger.releasedOf(source, ++outboundCount[source]), record, "I4: what a refund must equal");
        _onReleased(source, assetId, entry);
        if (!allowed) ++wrongReleases;
        if (block.timestamp < line.seasonEnd && amount > line.amount - line.unseasoned) ++wrongReleases;
        if (line.enabled && !_holds(account)) ++wrongReleases;
        if (line.unseasoned != 0 && block.timestamp < line.seasonEnd) _hit("season");
    }

    /// @notice Owners give operators rights, opt in and out, and move lines in and out of the count.
    function choose(uint256 seed) external counted("choose") {
        bytes32 account = _account(seed);
        address protocol = address(protocols[(seed >> 8) % 3]);
        bytes memory call_ = abi.encodeCall(ILedgerProtocols.optIn, (account, protocol));
        uint256 way = (seed >> 16) % 4;
        if (way == 0) call_ = _leaving(seed, account, protocol);
        if (way == 1) {
            uint40 expiry = uint40(block.timestamp + (seed % 3 days));
            call_ = abi.encodeCall(
                ILedgerAccounts.setOperator,
                (account, owners[(seed >> 32) % 4], uint16(seed >> 40) % 4, expiry)
            );
        }
        bytes32 before = _all();
        vm.prank(AccountLib.ownerOf(account));
        // A protocol is asked with all that is left, and may burn it: no more than a transaction has.
        (bool ok, ) = address(ledger).call{gas: 16_000_000}(call_);
        if (ok && way == 0) _hit("optOut");
        if (ok && way > 1) _hit("optIn");
        assertEq(_all(), before, "I3: no choice moves an amount");
    }

    /// @notice A protocol changes what it requires of an account, under the gate; or answers as it likes from now on.
    function actOfProtocol(uint256 seed) external counted("actOfProtocol") {
        TestProtocol protocol = protocols[(seed >> 8) % 3];
        bytes32 account = _account(seed);
        bytes32 before = _all();
        if ((seed >> 16) % 4 == 0) {
            uint256 kinds = uint256(type(Answer).max) + 1;
            // Half of the time it is honest again.
            protocol.setAnswer((seed >> 24) % 2 == 0 ? Answer.HONEST : Answer((seed >> 32) % kinds));
            _hit("hostile");
        } else {
            uint256 initialWad = (seed >> 64) % 60_000e18;
            if ((seed >> 20) % 3 == 0) initialWad = 0;
            (bool ok, ) = address(protocol).call(
                abi.encodeCall(TestProtocol.trade, (account, initialWad, initialWad / 2))
            );
            if (ok) {
                _hit("gate");
                if (!_holdsAt(account, protocol)) ++wrongGates;
            }
        }
        assertEq(_all(), before, "I13: no protocol moves an amount");
    }

    /// @notice Whether the journal toward a vault is what the releases say.
    function outboundHolds(uint16 source) external view returns (bool) {
        (, uint64 count, bytes32 head) = ledger.journalHead(source);
        return count == outboundCount[source] && head == outbound[source];
    }

    /// @dev A release was journaled.
    function _onReleased(uint16 source, uint16 assetId, Entry memory entry) internal virtual {}

    function _account(uint256 seed) internal view returns (bytes32) {
        return AccountLib.encode(owners[seed % 4], 0, uint80((seed >> 4) % 2));
    }

    /// @dev Any line; one in three times the next one from there that holds something, another one the next of which a part
    ///      has not seasoned.
    function _line(uint256 seed) internal view returns (bytes32 account, uint16 assetId) {
        (account, assetId) = (_account(seed), uint16(1 + ((seed >> 8) % 4)));
        uint256 way = (seed >> 44) % 3;
        if (way == 2) return (account, assetId);
        for (uint256 i = 0; i < 32; ++i) {
            bytes32 other = _account((seed % 4) + i + (((seed >> 4) + i / 4) << 4));
            uint16 next = uint16(1 + (((seed >> 8) + i / 8) % 4));
            Line memory line = ledger.lineOf(other, next);
            if (way == 1 && line.amount != 0) return (other, next);
            if (line.unseasoned != 0 && vm.getBlockTimestamp() < line.seasonEnd) return (other, next);
        }
    }

    /// @dev Whether the margin holds after a gate. A protocol that answers less with the gas of its gate is held to that answer:
    ///      nobody but it is wronged, for it may claim no more.
    function _holdsAt(bytes32 account, TestProtocol gated) private view returns (bool) {
        if (gated.answer() != Answer.LESS_WHEN_STARVED) return _holds(account);
        (uint256 aI, uint256 qI, , , , , , ) = ledger.marginOf(account);
        uint256 certified = ledger.claimOf(account, address(gated)).reservedWad;
        return aI + gated.initialOf(account) >= qI + certified;
    }

    function _holds(bytes32 account) internal view returns (bool) {
        (uint256 aI, uint256 qI, , , , , , ) = ledger.marginOf(account);
        return aI >= qI;
    }

    /// @dev Leaves one that the account has, if any; half of the positions are closed first, for an open one keeps its account.
    function _leaving(uint256 seed, bytes32 account, address protocol) private returns (bytes memory) {
        address[] memory held = ledger.protocolsOf(account);
        if (held.length != 0) protocol = held[(seed >> 8) % held.length];
        if ((seed >> 24) % 2 == 0) TestProtocol(protocol).place(account, 0, 0);
        return abi.encodeCall(ILedgerProtocols.optOut, (account, protocol));
    }

    /// @dev Mostly the owner; half of the strangers are operators for this one block, with any rights.
    function _caller(uint256 seed, bytes32 account) private returns (address by) {
        address owner = AccountLib.ownerOf(account);
        by = (seed >> 28) % 3 == 0 ? owners[(seed >> 32) % 4] : owner;
        if (by == owner || (seed >> 36) % 2 != 0) return by;
        vm.prank(owner);
        ledger.setOperator(account, by, uint16((seed >> 40) % 4), uint40(block.timestamp + 1));
    }

    function _mayRelease(address by, bytes32 account, Entry memory entry) private view returns (bool) {
        if (by == AccountLib.ownerOf(account)) return true;
        (uint16 rights, uint40 expiry) = ledger.operatorOf(account, by);
        if (block.timestamp >= expiry || rights & 1 == 0) return false;
        bool toOwner = entry.party == bytes32(uint256(uint160(AccountLib.ownerOf(account)))) && entry.fee == 0;
        return toOwner || rights & 2 != 0;
    }

    function _all() private view returns (bytes32) {
        return keccak256(abi.encode(_sums(SOURCE), _sums(SECOND)));
    }

    /// @dev What an act on lines could change of a source: its lines, its sums, and the journal toward its vault.
    function _sums(uint16 source) private view returns (bytes32) {
        (, uint64 count, bytes32 head) = ledger.journalHead(source);
        uint16 first = source == SOURCE ? 1 : 3;
        return
            keccak256(
                abi.encode(
                    count,
                    head,
                    linesSum(first),
                    linesSum(first + 1),
                    ledger.assetOf(first),
                    ledger.assetOf(first + 1)
                )
            );
    }
}
