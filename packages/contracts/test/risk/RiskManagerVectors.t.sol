// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {stdJson} from "forge-std/StdJson.sol";
import {LineMargin, LineWords} from "../../solidity/interfaces/IRiskManager.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";

/// @notice The worked lines that TypeScript and Solidity share: same inputs, same integers.
contract RiskManagerVectorsTest is Test {
    using stdJson for string;

    RiskManager private risk;

    function setUp() public {
        risk = new RiskManager(address(this));
    }

    function test_every_worked_line_has_the_expected_values() public {
        uint256 count = this.countCases();
        assertGe(count, 80, "the vector file has lost cases");
        for (uint256 i = 0; i < count; ++i) {
            uint256 snapshot = vm.snapshotState();
            this.check(i);
            vm.revertToState(snapshot);
        }
    }

    function countCases() external view returns (uint256 count) {
        string memory json = vm.readFile("vectors/line-margin.json");
        while (vm.keyExistsJson(json, _path(count, "id"))) ++count;
    }

    /// @dev External so that each case starts with empty memory: every read copies the whole file.
    function check(uint256 i) external {
        string memory json = vm.readFile("vectors/line-margin.json");
        string memory id = json.readString(_path(i, "id"));
        uint256 asset = _asset(json, i);
        _cachePrice(json, i, 0);
        if (vm.keyExistsJson(json, _path(i, "prices[1]"))) {
            _cachePrice(json, i, 1);
            asset |= uint256(2) << 224;
        }
        vm.warp(_read(json, i, "time"));
        LineWords[] memory lines = new LineWords[](1);
        lines[0] = LineWords(_line(json, i), asset, _source(json, i));
        LineMargin memory one = risk.breakdown(lines)[0];
        assertEq(one.price, _read(json, i, "expected.price"), id);
        assertEq(one.priceInitial, _read(json, i, "expected.priceInitial"), id);
        assertEq(one.unitsInitial, _read(json, i, "expected.unitsInitial"), id);
        assertEq(one.factors.freshI, _read(json, i, "expected.freshInitialPpm"), id);
        assertEq(one.factors.freshM, _read(json, i, "expected.freshMaintenancePpm"), id);
        assertEq(one.initialWad, _read(json, i, "expected.initialWad"), id);
        assertEq(one.exitWad, _read(json, i, "expected.exitWad"), id);
        assertEq(one.maintenanceWad, _read(json, i, "expected.maintenanceWad"), id);
        assertEq(one.status, _read(json, i, "expected.status"), id);
        assertEq(risk.margin(lines).maintenanceWad, one.maintenanceWad, id);
    }

    /// @dev Writes the word of slot n + 1, see `CachedPrice`.
    function _cachePrice(string memory json, uint256 i, uint256 n) private {
        string memory of_ = string.concat("prices[", vm.toString(n), "].");
        string memory failing = string.concat(of_, "failing");
        bool marked = vm.keyExistsJson(json, _path(i, failing)) && json.readBool(_path(i, failing));
        uint256 price = _read(json, i, string.concat(of_, "price1e12"));
        uint256 slow = _readOr(json, i, string.concat(of_, "slow1e12"), price);
        uint256 confPpm = _readOr(json, i, string.concat(of_, "confPpm"), 0);
        uint256 word =
            price |
                (slow << 80) |
                (confPpm << 160) |
                (_read(json, i, string.concat(of_, "maxAgeS")) << 184) |
                (_read(json, i, string.concat(of_, "observedAt")) << 208) |
                (marked ? uint256(1) << 240 : 0);
        // `_prices` is the first variable.
        vm.store(address(risk), keccak256(abi.encode(n + 1, 0)), bytes32(word));
    }

    function _line(string memory json, uint256 i) private pure returns (uint256) {
        return
            _read(json, i, "line.amount") |
            (_read(json, i, "line.unseasoned") << 112) |
            (_read(json, i, "line.seasonEnd") << 216);
    }

    function _asset(string memory json, uint256 i) private pure returns (uint256) {
        return
            (uint256(1) << 32) |
            (_read(json, i, "asset.decimals") << 48) |
            (_read(json, i, "asset.baseInitialBp") << 64) |
            (_read(json, i, "asset.baseMaintenanceBp") << 80);
    }

    function _source(string memory json, uint256 i) private pure returns (uint256) {
        return
            _read(json, i, "source.asOf") |
            (_read(json, i, "source.state") << 40) |
            (_read(json, i, "source.stateUntil") << 48) |
            (_read(json, i, "source.initialBp") << 88) |
            (_read(json, i, "source.maintenanceBp") << 104) |
            (_read(json, i, "source.thawedAt") << 152) |
            (_read(json, i, "source.staleAfterMin") << 192) |
            (_read(json, i, "source.darkAfterMin") << 208) |
            (_read(json, i, "source.floorAfterMin") << 224) |
            (_read(json, i, "source.frozenMaintenanceBp") << 240);
    }

    function _read(string memory json, uint256 i, string memory field) private pure returns (uint256) {
        return json.readUint(_path(i, field));
    }

    function _readOr(string memory json, uint256 i, string memory field, uint256 else_) private view returns (uint256) {
        return vm.keyExistsJson(json, _path(i, field)) ? _read(json, i, field) : else_;
    }

    function _path(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(i), "].", field);
    }
}
