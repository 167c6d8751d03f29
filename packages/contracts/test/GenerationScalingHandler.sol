// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VaultAsset} from "../solidity/interfaces/VaultTypes.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {GenerationHandler} from "./GenerationHandler.sol";

/// @notice The same vault, which also loses tokens: it reports them, the ledger scales, false quorums scale too, and the edge from
///         the ledger is closed past scalings and goes on.
/// @dev The edge from the vault changes only before the first scaling: what is taken back past one and comes again is credited
///      whole, as docs/KNOWN-GAPS.md says.
contract GenerationScalingHandler is GenerationHandler {
    uint256 private constant LAST_LOSS = START + 250 days;
    bool private _scaled;

    function doLose(uint256 seed) external counted("doLose") {
        uint16 asset = uint16(seed % 2) + 1;
        uint256 left = this.held(asset);
        if (left == 0 || block.timestamp > LAST_LOSS) return;
        uint256 units = 1 + ((seed >> 8) % ((left + 1) / 2));
        lost[asset] += units;
        deal(address(tokens[asset - 1]), address(origin), left - units);
        _hit("loss");
    }

    /// @notice Some of what vanished comes back.
    function doReturn(uint256 seed) external counted("doReturn") {
        uint16 asset = uint16(seed % 2) + 1;
        if (lost[asset] == 0) return;
        uint256 units = (seed >> 8) % 2 == 0 ? lost[asset] : 1 + ((seed >> 9) % lost[asset]);
        lost[asset] -= units;
        tokens[asset - 1].mint(address(origin), units);
        _hit("return");
    }

    function doReport(uint256 seed) external counted("doReport") heard("doReport") {
        try origin.report(uint16(seed % 2) + 1) {
            _hit("report");
        } catch {}
    }

    /// @notice The ledger applies what the vault told, and shares the loss out after seven days.
    function doScale(uint256 seed) external counted("doScale") heard("doScale") {
        if (parted || block.timestamp > LAST_LOSS) return;
        try this.scaleAfter(uint16(seed % 2) + 1) {
            _scaled = true;
            _hit("scaling");
        } catch {}
    }

    /// @notice A quorum signs a scaling that the ledger never journaled, by the ratio that the vault would report now.
    function doForgeScale(uint256 seed) external counted("doForgeScale") {
        uint16 asset = uint16(seed % 2) + 1;
        VaultAsset memory kept = origin.assetOf(asset);
        if (kept.deficit == 0) return;
        if (!partedBack) {
            (partedBack, _commonBack) = (true, tip(back));
            partBack();
        }
        uint256 rho = ((uint256(kept.accounted) - kept.deficit) * 1e18) / kept.accounted;
        append(back, Entry(EntryCodec.SCALED, asset, uint128(rho), 0, 0, 0));
        _hit("forged scaling");
    }

    function doChangeUnscaled(uint256 seed) external counted("doChangeUnscaled") {
        if (!_scaled) this.doChange(seed);
    }

    function scaleAfter(uint16 assetId) external {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count != tip(journal)) applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        ledger.scale(assetId);
    }
}
