// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The origin of a packet.
/// @param srcEid LayerZero's number of the origin chain
/// @param sender contract there, left-padded
/// @param nonce of the path, from 1
struct Origin {
    uint32 srcEid;
    bytes32 sender;
    uint64 nonce;
}

/// @notice An application's message to the endpoint.
/// @param dstEid LayerZero's number of the destination chain
/// @param receiver contract there, left-padded
/// @param message of the application
/// @param options paid options for executor and verifiers
/// @param payInLzToken always false: fees are paid in the native coin
struct MessagingParams {
    uint32 dstEid;
    bytes32 receiver;
    bytes message;
    bytes options;
    bool payInLzToken;
}

/// @notice The cost of a message, in wei and in units of LayerZero's token.
struct MessagingFee {
    uint256 nativeFee;
    uint256 lzTokenFee;
}

/// @notice One setting of a message library.
/// @param eid number of the other chain
/// @param configType 1 the executor's, 2 the verifiers'
/// @param config its ABI encoding
struct SetConfigParam {
    uint32 eid;
    uint32 configType;
    bytes config;
}

/// @notice Executor of a path, as configuration type 1.
/// @param maxMessageSize in bytes
/// @param executor contract that is paid for delivery
struct ExecutorConfig {
    uint32 maxMessageSize;
    address executor;
}

/// @notice Verifiers of a path, as configuration type 2. In each field but the addresses 0 means the library's default; in a
///         count 255 means none.
/// @param confirmations origin blocks that every verifier waits for
/// @param requiredDVNs all of these must agree; ascending
/// @param optionalDVNs `optionalDVNThreshold` of these must agree; ascending
struct UlnConfig {
    uint64 confirmations;
    uint8 requiredDVNCount;
    uint8 optionalDVNCount;
    uint8 optionalDVNThreshold;
    address[] requiredDVNs;
    address[] optionalDVNs;
}

/// @title The part of LayerZero's EndpointV2 that a witness calls
interface ILayerZeroEndpoint {
    /// @notice Returns the present cost of a message.
    function quote(MessagingParams calldata params, address sender) external view returns (MessagingFee memory fee);

    /// @notice Sends a message. What is paid above its cost goes back to `refundTo`.
    function send(
        MessagingParams calldata params,
        address refundTo
    ) external payable returns (bytes32 guid, uint64 nonce, MessagingFee memory fee);

    /// @notice Sets the library through which an application sends.
    function setSendLibrary(address application, uint32 eid, address library_) external;

    /// @notice Sets the only library from which an application receives.
    function setReceiveLibrary(address application, uint32 eid, address library_, uint256 gracePeriod) external;

    /// @notice Sets what a library keeps for an application.
    function setConfig(address application, address library_, SetConfigParam[] calldata params) external;
}
