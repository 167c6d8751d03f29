// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The view that every module has: it shows whether the module belongs to the contract that names it.
interface IModule {
    /// @notice Returns keccak256 of the values that this contract was built with.
    function initHash() external view returns (bytes32);
}

/// @title The modules of a contract
/// @notice A vault and a ledger are each a core and its modules, with one storage layout (compared in the build). The core finds the
///         module of a function in its table of routes, and passes the call on: one hop to every function.
library Modules {
    /// @notice As many modules are named as the table of routes knows.
    error ModulesMissing(uint256 named, uint256 expected);
    /// @notice A module was built with other values than the contract that names it, or there is no code: `seen` is 0 then.
    error ModuleMismatch(address module, bytes32 seen, bytes32 expected);
    /// @notice Neither the core nor any module declares the function.
    error FunctionUnknown(bytes4 selector);

    /// @notice Reverts unless the modules are as many as expected and were built with the same values.
    /// @param modules in the order of the table of routes
    /// @param count how many the table knows
    /// @param expected keccak256 of the values
    function requireOwn(address[] memory modules, uint256 count, bytes32 expected) internal view {
        if (modules.length != count) revert ModulesMissing(modules.length, count);
        for (uint256 i = 0; i < count; ++i) {
            address module = modules[i];
            bytes32 seen = module.code.length == 0 ? bytes32(0) : IModule(module).initHash();
            if (seen != expected) revert ModuleMismatch(module, seen, expected);
        }
    }

    /// @notice Executes the current call by a module's code on this contract's storage, and ends it with the module's
    ///         result. Never returns.
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
