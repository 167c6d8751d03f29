// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {HeadRecords} from "./HeadRecords.sol";
import {
    ExecutorConfig,
    ILayerZeroEndpoint,
    MessagingParams,
    Origin,
    SetConfigParam,
    UlnConfig
} from "./ILayerZeroEndpoint.sol";

/// @notice The verifiers of one direction of a path.
/// @param confirmations origin blocks that each of them waits for, at least 1
/// @param required all of these must agree; ascending
/// @param optional `optionalThreshold` of these must agree; ascending
/// @param optionalThreshold 0 if there are no optional ones
struct Verifiers {
    uint64 confirmations;
    address[] required;
    address[] optional;
    uint8 optionalThreshold;
}

/// @notice Constructor arguments of an end; none of them ever changes.
/// @param journal vault or ledger on this chain
/// @param ledgerSource source whose journal the ledger keeps; 0 if `journal` is a vault
/// @param endpoint LayerZero's EndpointV2 of this chain
/// @param peerEid LayerZero's number of the other chain
/// @param peer the other end; its address is known before it is built, from its deployer's nonce
/// @param sendLibrary message library through which this end sends
/// @param receiveLibrary the only message library from which it receives
/// @param executor contract that is paid to deliver
/// @param send verifiers of what this end sends, by their addresses on this chain
/// @param receive_ verifiers of what it receives, by their addresses on this chain
struct LayerZeroInit {
    address journal;
    uint16 ledgerSource;
    address endpoint;
    uint32 peerEid;
    address peer;
    address sendLibrary;
    address receiveLibrary;
    address executor;
    Verifiers send;
    Verifiers receive_;
}

/// @title A witness over LayerZero V2
/// @notice Sends the journal's (count, head) to its twin, and records what its twin sent.
/// @dev Safety: libraries, executor, verifiers and confirmations are set at construction, each explicitly, so that no
///      default of LayerZero's ever applies. No delegate is named, and this contract never calls a setter again: nobody
///      can change, skip or add anything. A change needs a new pair, which the governor sets as the witness behind the
///      timelock. At least two verifiers must agree on each direction.
///      Liveness: the executor is only paid to deliver. Anyone may hand a verified packet to the endpoint, with more
///      gas if needed. A packet waits until those before it are verified, which every verifier can do late. Then they
///      are delivered in any order.
contract LayerZeroWitness is HeadRecords {
    /// @notice Gas paid to the executor: the most expensive record takes below 60,000, the endpoint some 40,000 around
    ///         it.
    uint128 public constant RECEIVE_GAS = 120_000;
    /// @notice Fewest verifiers that must agree. A single one would be a bridge with one key.
    uint256 public constant VERIFIERS_MIN = 2;

    uint32 private constant CONFIG_EXECUTOR = 1;
    uint32 private constant CONFIG_ULN = 2;
    /// @dev As a count: none, instead of the library's default.
    uint8 private constant NONE = 255;
    uint256 private constant VERIFIERS_MAX = 127;

    /// @notice LayerZero's EndpointV2 of this chain.
    ILayerZeroEndpoint public immutable endpoint;
    /// @notice LayerZero's number of the other chain.
    uint32 public immutable peerEid;
    /// @notice The other end, left-padded: the only accepted sender.
    bytes32 public immutable peer;
    bytes32 private immutable _finality;

    /// @notice The caller is not the endpoint.
    error NotEndpoint(address caller, address expected);
    /// @notice The packet's sender is not the twin.
    error NotPeer(uint32 srcEid, bytes32 sender);
    /// @notice 0 confirmations would mean the library's default.
    error ConfirmationsMissing();
    /// @notice Fewer than two verifiers must agree, there are more than LayerZero accepts, or a threshold exceeds its
    ///         verifiers.
    error VerifiersRefused(uint256 required, uint256 optional, uint256 optionalThreshold);

    /// @param init addresses, verifiers, confirmations
    constructor(LayerZeroInit memory init) HeadRecords(init.journal, init.ledgerSource) {
        if (init.endpoint == address(0)) revert AddressMissing("endpoint");
        if (init.peer == address(0) || init.peerEid == 0) revert AddressMissing("peer");
        if (init.sendLibrary == address(0)) revert AddressMissing("send library");
        if (init.receiveLibrary == address(0)) revert AddressMissing("receive library");
        if (init.executor == address(0)) revert AddressMissing("executor");
        endpoint = ILayerZeroEndpoint(init.endpoint);
        peerEid = init.peerEid;
        peer = bytes32(uint256(uint160(init.peer)));
        _finality = bytes32(bytes(string.concat(Strings.toString(init.receive_.confirmations), " blocks")));

        SetConfigParam[] memory sending = new SetConfigParam[](2);
        bytes memory executorConfig = abi.encode(ExecutorConfig(uint32(MESSAGE_LENGTH), init.executor));
        sending[0] = SetConfigParam(init.peerEid, CONFIG_EXECUTOR, executorConfig);
        sending[1] = SetConfigParam(init.peerEid, CONFIG_ULN, _encodeVerifiers(init.send));
        SetConfigParam[] memory receiving = new SetConfigParam[](1);
        receiving[0] = SetConfigParam(init.peerEid, CONFIG_ULN, _encodeVerifiers(init.receive_));

        ILayerZeroEndpoint at = ILayerZeroEndpoint(init.endpoint);
        at.setSendLibrary(address(this), init.peerEid, init.sendLibrary);
        at.setReceiveLibrary(address(this), init.peerEid, init.receiveLibrary, 0);
        at.setConfig(address(this), init.sendLibrary, sending);
        at.setConfig(address(this), init.receiveLibrary, receiving);
    }

    // Sending

    /// @inheritdoc IHeadWitness
    /// @dev The endpoint refuses less than `quotePublish`, and returns to the caller what is above it.
    function publish(bytes32 edge) external payable {
        (uint64 count, bytes32 head, bytes memory message) = _messageOf(edge);
        emit HeadPublished(edge, count, head);
        endpoint.send{value: msg.value}(_paramsOf(message), msg.sender);
    }

    /// @inheritdoc IHeadWitness
    function quotePublish(bytes32 edge) external view returns (uint256 wei_) {
        (, , bytes memory message) = _messageOf(edge);
        return endpoint.quote(_paramsOf(message), address(this)).nativeFee;
    }

    // Receiving

    /// @notice Records what the twin sent.
    /// @dev [endpoint] Called once for each packet that the verifiers agreed on. Refuses value.
    /// @param origin of the packet
    /// @param message edge ‖ count ‖ head
    function lzReceive(Origin calldata origin, bytes32, bytes calldata message, address, bytes calldata) external {
        if (msg.sender != address(endpoint)) revert NotEndpoint(msg.sender, address(endpoint));
        if (!_isPeer(origin)) revert NotPeer(origin.srcEid, origin.sender);
        _record(message);
    }

    /// @notice Returns whether the endpoint may open a path for this origin: only for the twin's.
    /// @param origin of the packet
    function allowInitializePath(Origin calldata origin) external view returns (bool) {
        return _isPeer(origin);
    }

    /// @notice Returns 0: packets may come in any order.
    function nextNonce(uint32, bytes32) external pure returns (uint64) {
        return 0;
    }

    // What it is

    /// @inheritdoc IHeadWitness
    function kind() external pure returns (bytes32) {
        return "layerzero";
    }

    /// @inheritdoc IHeadWitness
    /// @dev Origin blocks for which the verifiers of this end wait.
    function finality() external view returns (bytes32) {
        return _finality;
    }

    function _isPeer(Origin calldata origin) private view returns (bool) {
        return origin.srcEid == peerEid && origin.sender == peer;
    }

    function _paramsOf(bytes memory message) private view returns (MessagingParams memory) {
        // Options of type 3, one of them: executor (1), 17 bytes, gas for lzReceive (1).
        bytes memory options = abi.encodePacked(uint16(3), uint8(1), uint16(17), uint8(1), RECEIVE_GAS);
        return MessagingParams(peerEid, peer, message, options, false);
    }

    /// @dev Leaves no field to a default of the library.
    function _encodeVerifiers(Verifiers memory given) private pure returns (bytes memory) {
        (uint256 required, uint256 optional) = (given.required.length, given.optional.length);
        uint256 agreeing = required + given.optionalThreshold;
        bool isStrange = given.optionalThreshold > optional || (given.optionalThreshold == 0 && optional != 0);
        if (agreeing < VERIFIERS_MIN || isStrange || required > VERIFIERS_MAX || optional > VERIFIERS_MAX) {
            revert VerifiersRefused(required, optional, given.optionalThreshold);
        }
        // To the library, 2^64 − 1 means no confirmations at all.
        if (given.confirmations == 0 || given.confirmations == type(uint64).max) revert ConfirmationsMissing();
        return
            abi.encode(
                UlnConfig({
                    confirmations: given.confirmations,
                    requiredDVNCount: required == 0 ? NONE : uint8(required),
                    optionalDVNCount: optional == 0 ? NONE : uint8(optional),
                    optionalDVNThreshold: given.optionalThreshold,
                    requiredDVNs: given.required,
                    optionalDVNs: given.optional
                })
            );
    }
}
