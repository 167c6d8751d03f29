// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IWormholeCore} from "../../solidity/witnesses/IWormholeCore.sol";

/// @notice A guardian's signature as the core contract gives it back.
struct VmSignature {
    bytes32 r;
    bytes32 s;
    uint8 v;
    uint8 guardianIndex;
}

/// @notice A message as the core contract gives it back.
struct VerifiedMessage {
    uint8 version;
    uint32 timestamp;
    uint32 nonce;
    uint16 emitterChainId;
    bytes32 emitterAddress;
    uint64 sequence;
    uint8 consistencyLevel;
    bytes payload;
    uint32 guardianSetIndex;
    VmSignature[] signatures;
    bytes32 hash;
}

interface IVerifyingCore is IWormholeCore {
    function parseAndVerifyVM(
        bytes calldata vaa
    ) external view returns (VerifiedMessage memory message, bool valid, string memory reason);
}

/// @notice What an application writes that tells each account's credit in a message of its own: here it is told.
contract OrdinarySender {
    IVerifyingCore private immutable _core;

    constructor(address core) {
        _core = IVerifyingCore(core);
    }

    function send(bytes32 account, uint256 amount) external payable {
        _core.publishMessage{value: msg.value}(0, abi.encode(account, amount), 1);
    }
}

/// @notice And here it is heard: the core verifies, a message counts once, the account's balance rises.
contract OrdinaryReceiver {
    IVerifyingCore private immutable _core;
    uint16 private immutable _chain;
    bytes32 private immutable _emitter;
    mapping(bytes32 hash => bool) private _taken;
    mapping(bytes32 account => uint256) public balanceOf;

    event Credited(bytes32 indexed account, uint256 amount);

    constructor(address core, uint16 chain, address emitter) {
        (_core, _chain, _emitter) = (IVerifyingCore(core), chain, bytes32(uint256(uint160(emitter))));
    }

    function deliver(bytes calldata vaa) external {
        (VerifiedMessage memory message, bool valid, string memory reason) = _core.parseAndVerifyVM(vaa);
        require(valid, reason);
        require(message.emitterChainId == _chain && message.emitterAddress == _emitter, "another emitter");
        require(!_taken[message.hash], "taken");
        _taken[message.hash] = true;
        (bytes32 account, uint256 amount) = abi.decode(message.payload, (bytes32, uint256));
        balanceOf[account] += amount;
        emit Credited(account, amount);
    }
}
