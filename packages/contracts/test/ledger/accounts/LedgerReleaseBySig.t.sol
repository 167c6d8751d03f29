// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice A contract that owns an account and accepts one key's signatures (ERC-1271).
contract TestWallet {
    address private immutable key;
    bool private broken;

    constructor(address key_) {
        key = key_;
    }

    function breakDown() external {
        broken = true;
    }

    function isValidSignature(bytes32 digest, bytes calldata sig) external view returns (bytes4) {
        if (broken) return 0xffffffff;
        (bytes32 r, bytes32 s) = abi.decode(sig[0:64], (bytes32, bytes32));
        return ecrecover(digest, uint8(sig[64]), r, s) == key ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

/// @notice Releases that an owner signed and anybody brings.
contract LedgerReleaseBySigTest is LedgerReleaseFixture {
    /// @dev The message of `ILedgerAccounts`.
    struct Message {
        bytes32 account;
        uint16 assetId;
        uint128 amount;
        bytes32 recipient;
        uint96 fee;
        uint256 nonce;
        uint40 deadline;
    }

    bytes32 private constant TYPE = keccak256(
        "Release(bytes32 account,uint16 assetId,uint128 amount,bytes32 recipient,uint96 fee,uint256 nonce,uint40 deadline)"
    );
    address private carol;
    uint256 private carolKey;

    function setUp() public override {
        super.setUp();
        (carol, carolKey) = makeAddrAndKey("carol");
        lock(USD, 100 * ONE_USD, accountOf(carol), 0);
        applyAll();
    }

    function test_refuses_a_signature_of_anyone_but_the_owner() public {
        Message memory message = _message(1);
        (, uint256 otherKey) = makeAddrAndKey("mallory");
        bytes memory sig = _sign(message, otherKey);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.SignatureRefused.selector, message.account));
        _bring(message, sig);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.SignatureRefused.selector, message.account));
        _bring(message, "");
        // An operator's rights are for its own calls, not for its signatures.
        vm.prank(carol);
        ledger.setOperator(accountOf(carol), makeAddr("mallory"), 3, type(uint40).max);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.SignatureRefused.selector, message.account));
        _bring(message, sig);
    }

    function test_refuses_an_account_whose_owner_lives_elsewhere() public {
        Message memory message = _message(1);
        message.account = AccountLib.encode(carol, SOURCE, 0);
        bytes memory sig = _sign(message, carolKey);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.SignatureRefused.selector, message.account));
        _bring(message, sig);
        message.account = bytes32(0);
        sig = _sign(message, carolKey);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.SignatureRefused.selector, bytes32(0)));
        _bring(message, sig);
    }

    /// @notice A signature speaks of one message, whichever field somebody changes.
    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_refuses_a_message_that_differs_from_what_was_signed(uint8 field, uint96 by) public {
        vm.assume(by != 0);
        Message memory message = _message(1);
        bytes memory sig = _sign(message, carolKey);
        uint256 which = field % 7;
        if (which == 0) message.account = AccountLib.encode(carol, 0, uint80(by % (1 << 80) == 0 ? 1 : by));
        if (which == 1) message.assetId = ETH;
        if (which == 2) message.amount += by;
        if (which == 3) message.recipient = wordOf(address(uint160(uint256(keccak256(abi.encode(by))))));
        if (which == 4) message.fee += uint96(1 + (by % ONE_USD));
        if (which == 5) message.nonce += by;
        if (which == 6) message.deadline += uint40(1 + (by % 1000));
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.SignatureRefused.selector, message.account));
        _bring(message, sig);
    }

    function test_refuses_a_signature_for_another_ledger_or_chain() public {
        Message memory message = _message(1);
        bytes memory sig = _sign(message, carolKey);
        vm.chainId(1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.SignatureRefused.selector, message.account));
        _bring(message, sig);
        vm.chainId(31_337);
        _bring(message, sig);
    }

    function test_refuses_a_message_past_its_deadline() public {
        Message memory message = _message(1);
        message.deadline = uint40(START + 10);
        bytes memory sig = _sign(message, carolKey);
        vm.warp(START + 11);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.DeadlinePassed.selector, START + 10, START + 11));
        _bring(message, sig);
        vm.warp(START + 10);
        _bring(message, sig);
    }

    function test_refuses_a_nonce_twice_and_takes_them_in_any_order() public {
        uint256[4] memory nonces = [uint256(300), 0, type(uint256).max, 301];
        for (uint256 i = 0; i < 4; ++i) {
            Message memory message = _message(nonces[i]);
            bytes memory sig = _sign(message, carolKey);
            assertFalse(ledger.nonceUsed(accountOf(carol), nonces[i]));
            _bring(message, sig);
            assertTrue(ledger.nonceUsed(accountOf(carol), nonces[i]));
            vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NonceUsed.selector, accountOf(carol), nonces[i]));
            _bring(message, sig);
        }
        assertEq(amountOf(carol, USD), 96 * ONE_USD);
        assertFalse(ledger.nonceUsed(accountOf(alice), 300), "nonces are the account's own");
    }

    function test_an_owner_cancels_what_it_has_signed() public {
        Message memory message = _message(5);
        bytes memory sig = _sign(message, carolKey);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, bob, accountOf(carol)));
        vm.prank(bob);
        ledger.cancelNonce(accountOf(carol), 5);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.NonceCancelled(accountOf(carol), 5);
        vm.prank(carol);
        ledger.cancelNonce(accountOf(carol), 5);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NonceUsed.selector, accountOf(carol), 5));
        _bring(message, sig);
    }

    function test_a_refused_release_does_not_use_its_nonce() public {
        Message memory message = _message(5);
        message.amount = 101 * ONE_USD;
        bytes memory sig = _sign(message, carolKey);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, 101 * ONE_USD, 100 * ONE_USD)
        );
        _bring(message, sig);
        assertFalse(ledger.nonceUsed(accountOf(carol), 5));
    }

    function test_anyone_brings_a_signed_release_and_it_does_what_the_owners_own_would() public {
        Message memory message = _message(1);
        (message.recipient, message.fee) = (wordOf(bob), 9);
        bytes memory sig = _sign(message, carolKey);
        (bytes32 edge, , ) = ledger.journalHead(SOURCE);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Released(edge, 1, accountOf(carol), USD, 1, ONE_USD, wordOf(bob), 9);
        vm.prank(relayer);
        _bring(message, sig);
        assertEq(amountOf(carol, USD), 99 * ONE_USD);
    }

    function test_a_contract_signs_by_ERC1271() public {
        TestWallet wallet = new TestWallet(carol);
        lock(USD, 10 * ONE_USD, accountOf(address(wallet)), 0);
        applyAll();
        Message memory message = _message(1);
        message.account = accountOf(address(wallet));
        bytes memory sig = _sign(message, carolKey);
        _bring(message, sig);
        assertEq(amountOf(address(wallet), USD), 9 * ONE_USD);
        message.nonce = 2;
        sig = _sign(message, carolKey);
        wallet.breakDown();
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.SignatureRefused.selector, message.account));
        _bring(message, sig);
    }

    function _message(uint256 nonce) private view returns (Message memory) {
        return Message(accountOf(carol), USD, ONE_USD, wordOf(carol), 0, nonce, uint40(START + 1 days));
    }

    function _sign(Message memory message, uint256 key) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Surety"),
                keccak256("1"),
                block.chainid,
                address(ledger)
            )
        );
        assertEq(domain, ledger.domainSeparator());
        bytes32 structHash = keccak256(abi.encode(TYPE, message));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }

    function _bring(Message memory m, bytes memory sig) private {
        ledger.requestReleaseBySig(m.account, m.assetId, m.amount, m.recipient, m.fee, m.nonce, m.deadline, sig);
    }
}
