// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LockGateway} from "../../solidity/gateway/LockGateway.sol";
import {IVault} from "../../solidity/interfaces/vault/IVault.sol";
import {VaultInit} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {DEPLOYER} from "../harness/Deployer.sol";
import {WrappedNative} from "../tokens/WrappedNative.sol";

/// @notice Builds a vault as it is deployed: first its modules, then the core.
/// @param init what all are built with
function deployVault(VaultInit memory init) returns (IVault) {
    bytes memory args = abi.encode(init, deployVaultModules(init));
    return IVault(DEPLOYER.deployCode("CollateralVault.sol:CollateralVault", args));
}

/// @notice Builds a vault's modules, in the order of `VaultRoutes`.
function deployVaultModules(VaultInit memory init) returns (address[] memory modules) {
    string[7] memory names = [
        "VaultPayments.sol:VaultPayments",
        "VaultLosses.sol:VaultLosses",
        "VaultRewind.sol:VaultRewind",
        "VaultWitnesses.sol:VaultWitnesses",
        "VaultExit.sol:VaultExit",
        "VaultAdmin.sol:VaultAdmin",
        "VaultViews.sol:VaultViews"
    ];
    modules = new address[](names.length);
    for (uint256 i = 0; i < names.length; ++i) {
        modules[i] = DEPLOYER.deployCode(names[i], abi.encode(init));
    }
}

/// @notice A vault of source 3 on this chain, whose ledger lives on chain 777.
abstract contract VaultFixture is Test {
    uint256 internal constant SETTLEMENT_CHAIN = 777;
    uint16 internal constant SOURCE = 3;
    uint64 internal constant UNBOUNDED = type(uint64).max;

    address internal governor = makeAddr("governor");
    address internal guardian = makeAddr("guardian");
    address internal pauser = makeAddr("pauser");
    address internal ledger = makeAddr("ledger");
    address internal attesterSet = makeAddr("attesterSet");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    WrappedNative internal wrapped;
    LockGateway internal gateway;
    IVault internal vault;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        wrapped = new WrappedNative();
        gateway = new LockGateway(address(wrapped));
        vault = deployVault(initOf());
    }

    function initOf() internal view returns (VaultInit memory) {
        return
            VaultInit({
                settlementChainId: SETTLEMENT_CHAIN,
                ledger: ledger,
                source: SOURCE,
                attesterSet: attesterSet,
                governor: governor,
                guardian: guardian,
                pauser: pauser,
                development: true
            });
    }

    function list(address token, uint8 decimals) internal returns (uint16) {
        vm.prank(governor);
        return vault.listAsset(token, decimals, 0, UNBOUNDED, UNBOUNDED);
    }

    function fund(IERC20 token, address who, uint256 amount) internal {
        deal(address(token), who, amount);
        vm.prank(who);
        token.approve(address(vault), type(uint256).max);
    }

    function accountOf(address owner) internal pure returns (bytes32) {
        return AccountLib.encode(owner, 0, 0);
    }
}
