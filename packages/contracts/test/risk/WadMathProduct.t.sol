// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {WadMath} from "@surety/requirements/WadMath.sol";

/// @notice Signed products against division of 512 bits, of figures of every size.
contract WadMathProductTest is Test {
    using SafeCast for uint256;

    function testFuzz_a_signed_product_is_rounded_down_or_does_not_fit(
        int256 a,
        uint256 b,
        uint8 shiftA,
        uint8 shiftB
    ) public view {
        // Shifted, so that products of every length are drawn and not those alone that pass a word.
        a >>= shiftA;
        b >>= shiftB;
        vm.assume(a != type(int256).min);
        (bool fits, int256 expected) = _try(this.slowProductDown, a, b);
        (bool fitted, int256 product) = _try(this.productDown, a, b);
        assertEq(fitted, fits, "refuses what does not fit");
        assertEq(product, expected);
    }

    function test_a_signed_product_at_the_edges_of_a_word() public view {
        assertEq(WadMath.productDown(0, type(uint256).max), 0);
        assertEq(WadMath.productDown(-1, 1), -1, "to minus infinity");
        assertEq(WadMath.productDown(1, 1), 0);
        assertEq(WadMath.productDown(-1, 1e18), -1, "nothing to round");
        // As a signed number 2^255 is negative, and −1 · 2^255 a word: the short way must not take it.
        assertEq(WadMath.productDown(-1, 1 << 255), -int256(Math.ceilDiv(1 << 255, 1e18)));
        assertEq(WadMath.productDown(1, 1 << 255), int256((uint256(1) << 255) / 1e18));
        assertEq(WadMath.productDown(type(int256).max, 1e18), type(int256).max);
    }

    function productDown(int256 a, uint256 b) external pure returns (int256) {
        return WadMath.productDown(a, b);
    }

    function slowProductDown(int256 a, uint256 b) external pure returns (int256) {
        Math.Rounding away = a < 0 ? Math.Rounding.Ceil : Math.Rounding.Floor;
        int256 size = Math.mulDiv(SignedMath.abs(a), b, 1e18, away).toInt256();
        return a < 0 ? -size : size;
    }

    function _try(
        function(int256, uint256) external view returns (int256) product,
        int256 a,
        uint256 b
    ) private view returns (bool done, int256 result) {
        try product(a, b) returns (int256 value) {
            return (true, value);
        } catch {
            return (false, 0);
        }
    }
}
