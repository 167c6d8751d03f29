// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A predictable address for one contract, independent of its content
/// @notice Two ends of a witness name each other at construction, so neither address can follow from what it is built with. A
///         seat's own address follows from its builder and label; what is built on it is at the address of its first creation.
/// @dev Safety: only the builder builds, once. What it built is checked by whoever names it as a witness: all that an end is
///      built with can be read from it.
contract WitnessSeat {
    /// @notice Who may build here.
    address public immutable builder;
    /// @notice Tells one seat of a builder from another.
    bytes32 public immutable label;
    /// @notice The contract created here, 0 before.
    address public built;

    /// @notice Something was built here.
    event Built(address indexed at);

    /// @notice The caller is not the builder.
    error NotBuilder(address caller, address expected);
    /// @notice A contract was already created here.
    error SeatTaken(address built);

    /// @param builder_ who may build here
    /// @param label_ any word
    constructor(address builder_, bytes32 label_) {
        (builder, label) = (builder_, label_);
    }

    /// @notice Builds the one contract. [builder] Reverts with the constructor's own reason if that refuses.
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

    /// @notice Returns the address of what is or will be built here.
    function seatOf() external view returns (address at) {
        // RLP of this address and nonce 1, the first of every contract.
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), hex"01")))));
    }
}
