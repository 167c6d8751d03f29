// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../../solidity/interfaces/vault/IVault.sol";
import {VaultInit} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {LedgerRoutes} from "../../solidity/ledger/LedgerRoutes.sol";
import {VaultRoutes} from "../../solidity/vault/VaultRoutes.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";
import {deployVault} from "../vault/VaultFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";

/// @notice A real vault before a real ledger, in one EVM: what the vault appended is what the ledger credits.
abstract contract WalkingLineFixture is LedgerFixture {
    /// @dev The chain that tests run on; written out, since the optimizer may read the chain id late.
    uint256 internal constant SETTLEMENT = 31337;

    IVault internal origin;
    PlainToken[] internal tokens;

    function setUp() public virtual override {
        // Made before the ledger: the vault and its modules, the attester set, the risk manager, the ledger's modules.
        uint256 before = VaultRoutes.COUNT + 3 + LedgerRoutes.COUNT;
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + before);
        vm.chainId(ORIGIN);
        origin = deployVault(
            VaultInit({
                settlementChainId: SETTLEMENT,
                ledger: predicted,
                source: SOURCE,
                attesterSet: makeAddr("attesters of the origin"),
                governor: governor,
                guardian: guardian,
                pauser: pauser,
                development: true
            })
        );
        vm.chainId(SETTLEMENT);
        vault = address(origin);
        super.setUp();
        assertEq(address(ledger), predicted, "the ledger is not where the vault was told");
        assertEq(journal.edge, origin.outboundEdge());
        _list("USD", 6);
        _list("ETH", 18);
        // The ledger has not listed the third.
        _list("ODD", 18);
    }

    /// @dev Locks at the vault and appends the entry that this must have made to the test's own journal.
    function lockAtVault(address from, uint16 asset, uint128 amount, bytes32 account, uint96 fee) internal {
        PlainToken token = tokens[asset - 1];
        token.mint(from, amount);
        vm.startPrank(from);
        token.approve(address(origin), amount);
        origin.lock(asset, amount, account, 0, fee, 0);
        vm.stopPrank();
        lock(asset, amount, account, fee);
    }

    function _list(string memory symbol, uint8 decimals) private {
        PlainToken token = new PlainToken(symbol, decimals);
        tokens.push(token);
        vm.prank(governor);
        origin.listAsset(address(token), decimals, 0, 1_000_000_000, type(uint64).max);
    }
}
