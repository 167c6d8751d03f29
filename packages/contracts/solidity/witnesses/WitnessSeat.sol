// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract address that does not depend on the contract's code
/// @notice Two ends of a witness name each other at construction, so neither address may depend on its constructor
///         arguments. A seat's own address depends on its builder and label. The contract built on it has the address
///         of the seat's first creation.
/// @dev Safety: only the builder builds, once. Whoever names the built contract as a witness checks it: all its
///      constructor arguments can be read from it.
contract WitnessSeat {
    /// @notice The address that may build here.
    address public immutable builder;
    /// @notice Distinguishes the seats of a builder.
    bytes32 public immutable label;
    /// @notice The contract created here, 0 before.
    address public built;

    /// @notice A contract was created here.
    event Built(address indexed at);

    /// @notice The caller is not the builder.
    error NotBuilder(address caller, address expected);
    /// @notice A contract was already created here.
    error SeatTaken(address built);

    /// @param builder_ the address that may build here
    /// @param label_ any word
    constructor(address builder_, bytes32 label_) {
        (builder, label) = (builder_, label_);
    }

    /// @notice Builds the one contract. [builder] Reverts with the constructor's own reason if that fails.
    /// @param creation code and arguments
    function build(bytes memory creation) external returns (address at) {
        if (msg.sender != builder) revert NotBuilder(msg.sender, builder);
        if (built != address(0)) revert SeatTaken(built);
        assembly ("memory-safe") {
            at := create(0, add(creation, 0x20), mload(creation))
            if iszero(at) {
                let reason := mload(0x40)
                returndatacopy(reason, 0, returndatasize())
                revert(reason, returndatasize())
            }
        }
        built = at;
        emit Built(at);
    }

    /// @notice Returns the address of the contract that is, or will be, built here.
    function seatOf() external view returns (address at) {
        // RLP of this address and nonce 1, the first of every contract.
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), hex"01")))));
    }
}
