// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The view that every module has: it shows whether the module belongs to the contract that names it.
interface IModule {
    /// @notice Returns keccak256 of the values that this contract was built with.
    function initHash() external view returns (bytes32);
}

/// @title The modules of a contract
/// @notice A vault and a ledger each consist of a core and its modules, with one storage layout (compared in the
///         build). The core finds the module of a function in its table of routes and delegates the call to it: one hop
///         for every function.
library Modules {
    /// @notice The number of modules differs from the table of routes.
    error ModulesMissing(uint256 named, uint256 expected);
    /// @notice A module was built with other values than the contract that names it. `seen` is 0 if the address has no
    ///         code.
    error ModuleMismatch(address module, bytes32 seen, bytes32 expected);
    /// @notice Neither the core nor any module declares the function.
    error FunctionUnknown(bytes4 selector);

    /// @notice Reverts unless there are as many modules as expected, and all were built with the same values.
    /// @param modules in the order of the table of routes
    /// @param count number of modules in the table
    /// @param expected keccak256 of the values
    function requireOwn(address[] memory modules, uint256 count, bytes32 expected) internal view {
        if (modules.length != count) revert ModulesMissing(modules.length, count);
        for (uint256 i = 0; i < count; ++i) {
            address module = modules[i];
            bytes32 seen = module.code.length == 0 ? bytes32(0) : IModule(module).initHash();
            if (seen != expected) revert ModuleMismatch(module, seen, expected);
        }
    }

    /// @notice Runs the current call with a module's code on this contract's storage, and returns the module's result
    ///         from the call. Never returns to its caller.
    /// @dev Safety: the caller passes an immutable address.
    function pass(address module) internal {
        assembly ("memory-safe") {
            let place := mload(0x40)
            calldatacopy(place, 0, calldatasize())
            let done := delegatecall(gas(), module, place, calldatasize(), 0, 0)
            returndatacopy(place, 0, returndatasize())
            if iszero(done) {
                revert(place, returndatasize())
            }
            return(place, returndatasize())
        }
    }
}
