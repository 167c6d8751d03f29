// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberCode} from "../attesters/MemberCode.sol";
import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {HeadRecords} from "./HeadRecords.sol";
import {GuardianSet, IWormholeCore} from "./IWormholeCore.sol";
import {Vaa, VaaBody} from "./Vaa.sol";

/// @notice Constructor arguments of an end; none of them ever changes.
/// @param journal vault or ledger on this chain
/// @param ledgerSource source whose journal the ledger keeps; 0 if `journal` is a vault
/// @param core Wormhole's core contract of this chain
/// @param peerChain Wormhole's number of the other chain
/// @param peer the other end; its address is known before it is built, from its deployer's nonce
struct WormholeInit {
    address journal;
    uint16 ledgerSource;
    address core;
    uint16 peerChain;
    address peer;
}

/// @title A witness over Wormhole
/// @notice Publishes the journal's (count, head) to the guardians, and records the heads of its twin that they signed.
/// @dev Safety: the guardian sets and their expiry are the core contract's. The signatures are checked here, by the
///      core's own rules, because that takes half the gas. Nobody administers anything: a change needs a new pair. A
///      VAA may be handed in twice, late and in any order. It states a fact, so a repetition adds nothing and is
///      refused (`NothingNew`). Sequence numbers are not checked: of two messages under one number, or two heads for
///      one count, both must be recorded, so that they contradict each other.
///      Liveness: anyone may deliver. A set that was not stored by `learnGuardians` only costs more gas.
contract WormholeWitness is HeadRecords {
    /// @notice The guardians wait until the block is final.
    uint8 public constant CONSISTENCY_FINALIZED = 1;
    /// @notice Largest guardian set that `learnGuardians` stores.
    uint256 public constant LEARNED_MAX = 31;

    /// @notice Wormhole's core contract of this chain.
    IWormholeCore public immutable core;
    /// @notice Wormhole's number of the other chain.
    uint16 public immutable peerChain;
    /// @notice The other end, left-padded: the only accepted emitter.
    bytes32 public immutable peer;

    mapping(uint32 index => address memberCode) private _learned;

    /// @notice The guardians of a set were stored as code.
    event GuardiansLearned(uint32 indexed index, address memberCode, uint256 guardians);

    /// @notice The value differs from the cost of a message.
    error FeeMismatch(uint256 sent, uint256 fee);
    /// @notice The message's emitter is not the twin.
    error NotEmitter(uint16 chain, bytes32 emitter);
    /// @notice The emitter did not ask the guardians to wait for finality.
    error NotFinalized(uint8 consistencyLevel, uint8 expected);
    /// @notice The core contract knows no guardian set of this index.
    error GuardianSetUnknown(uint32 index);
    /// @notice The set was replaced and has expired.
    error GuardianSetExpired(uint32 index, uint32 expirationTime);
    /// @notice The set is already stored as code, or has too many guardians for that.
    error GuardianSetNotLearned(uint32 index, uint256 guardians);
    /// @notice The message is already on record.
    error NothingNew();

    /// @param init addresses and the other chain's number
    constructor(WormholeInit memory init) HeadRecords(init.journal, init.ledgerSource) {
        if (init.core == address(0)) revert AddressMissing("core");
        if (init.peer == address(0) || init.peerChain == 0) revert AddressMissing("peer");
        core = IWormholeCore(init.core);
        peerChain = init.peerChain;
        peer = bytes32(uint256(uint160(init.peer)));
    }

    // Sending

    /// @inheritdoc IHeadWitness
    /// @dev The value must equal `quotePublish`. The nonce of Wormhole is not used.
    function publish(bytes32 edge) external payable {
        (uint64 count, bytes32 head, bytes memory message) = _messageOf(edge);
        uint256 fee = core.messageFee();
        if (msg.value != fee) revert FeeMismatch(msg.value, fee);
        emit HeadPublished(edge, count, head);
        core.publishMessage{value: fee}(0, message, CONSISTENCY_FINALIZED);
    }

    /// @inheritdoc IHeadWitness
    function quotePublish(bytes32 edge) external view returns (uint256 wei_) {
        _messageOf(edge);
        return core.messageFee();
    }

    // Receiving

    /// @notice Records a message of the twin that a quorum of the guardians signed. Anyone may call it.
    /// @param vaa whole, as the guardians' network serves it
    function deliver(bytes calldata vaa) external {
        Vaa.verify(vaa, _guardiansOf(Vaa.readSet(vaa)));
        VaaBody memory body = Vaa.readBody(vaa);
        if (body.emitterChain != peerChain || body.emitter != peer) revert NotEmitter(body.emitterChain, body.emitter);
        if (body.consistencyLevel != CONSISTENCY_FINALIZED) {
            revert NotFinalized(body.consistencyLevel, CONSISTENCY_FINALIZED);
        }
        if (!_record(vaa[body.payloadOffset:])) revert NothingNew();
    }

    /// @notice Stores the present guardians as code, so that a delivery does not read each from the core's storage.
    ///         Anyone may call it, once for each set.
    function learnGuardians() external {
        uint32 index = core.getCurrentGuardianSetIndex();
        address[] memory keys = core.getGuardianSet(index).keys;
        if (_learned[index] != address(0) || keys.length > LEARNED_MAX) {
            revert GuardianSetNotLearned(index, keys.length);
        }
        address memberCode = MemberCode.write(keys);
        _learned[index] = memberCode;
        emit GuardiansLearned(index, memberCode, keys.length);
    }

    // What it is

    /// @inheritdoc IHeadWitness
    function kind() external pure returns (bytes32) {
        return "wormhole";
    }

    /// @inheritdoc IHeadWitness
    function finality() external pure returns (bytes32) {
        return "finalized";
    }

    /// @dev Returns 20 bytes for each guardian of a set that may sign now. The core never changes the keys of a set.
    ///      Whether the set still signs is asked each time.
    function _guardiansOf(uint32 index) private view returns (bytes memory) {
        bool isCurrent = index == core.getCurrentGuardianSetIndex();
        address memberCode = _learned[index];
        if (isCurrent && memberCode != address(0)) {
            return MemberCode.readPacked(memberCode, (memberCode.code.length - 1) / 20);
        }
        GuardianSet memory set = core.getGuardianSet(index);
        if (set.keys.length == 0) revert GuardianSetUnknown(index);
        if (!isCurrent && set.expirationTime < block.timestamp) revert GuardianSetExpired(index, set.expirationTime);
        return MemberCode.pack(set.keys);
    }
}
