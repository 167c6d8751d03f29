// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The tables of the option kernel, entry by entry
/// @notice TypeScript keeps tables of `kernel-tables.ts`: too much for a chain. Here the one entry that is needed is worked out
///         with many more bits than it is cut to, and is the same integer; a test compares every entry there is. What `OptionTables`
///         keeps of them is made here.
library KernelTables {
    /// @notice Bits of the kernel's numbers.
    uint256 internal constant BITS = 96;

    uint256 private constant WIDE_ONE = 1 << 224;
    uint256 private constant SERIES_BITS = 200;
    uint256 private constant ROOT_BITS = 126;
    /// @dev −ln of 4/8 and 5/8, of 6/8 and 7/8, 128 bits for each, the even one first from the lowest.
    uint256 private constant EIGHTHS_BELOW_6 = 0x1e148a1a2726cd94df8cdd6c811fec862c5c85fdf473de6af278ece600fcbdac;
    uint256 private constant EIGHTHS_FROM_6 = 0x088bc74113f23def19c5a0fe396f40f21269621134db92783beb7676c0aa9c2a;
    /// @dev Bytes of an anchor.
    uint256 private constant ANCHOR = 29;
    /// @dev Y(1), Y(0), … Y(−65) with 224 bits, Y(z) = N(z)/φ(z).
    bytes private constant ANCHORS =
        hex"037a201149c3d1a6c7df0f4570e442fb158d1981a61550718fd20d1fd00140d931ff627059657ca41fae722cee2f8cf9"
        hex"f5320b0005a86e17a09700a7da9d4f5850e1f3a27ff1fa5b5f6ee40d178272ad6a05674ee78b4b006bdeda93553a3371"
        hex"3cb9ad1bd4b089d2d47bcbefb114962165302ed4004df9a13ba3861456759f2aa0f554184895f773c8f73dce87f2fcf2"
        hex"4c003c954025225bbc54e2af2e48529e5a4839eb9adea0cd29a97edd23a300315bdf3827f13a6c5b022dfcc7c61e1e42"
        hex"0b7be2eaa3685dad2236780029919517272c90f734e7aae1345dd8089ab82b3f5c78eadc936ddfec0023ddde25f6b0ca"
        hex"dfc6601766ac11b7770fbabe5e3ae06bf0efa67a2f001f85938b48fbd7e830841fbbd83d64f3fe901bc076beb2a9fd90"
        hex"79a2001c1b04f430c78915652cb83a354874884f8474fdd25ad839d4463cd6001959f0273701b189b3792826d30f1f73"
        hex"775055d2e64e9ce6235897a5001715c0c92bf9dab14f5192e8287d6af2c2ce3e53aee224a29a3874600015302bddbc18"
        hex"5f09335225cc3190633349a2c6775310dfd53b060802001393ea5c80623dcd1ab2b1bfbb5f8732923e2dc17e7ad0dbb6"
        hex"4ec19b0012319db427a17cdc6ab44580fc7b412853e02c835ba0e1110295e7040010fde6e42868ee8994c4bfff4eb993"
        hex"21ec23bf8b27a7b632c918076e000ff02f16575a82557d76cfccbf8b1adc884fb6033ed8db8d648af36b000f01db0be9"
        hex"c48ced11e1962c17e94e4e6be228355474f9691ddfbc82000e2dc109bb531d4ec01db5e36cc8960b52495a25103250c2"
        hex"d50a776b000d6fc9678262111798e8625800a414a84c34448f0ef498269e0e9400000cc4ab2ef31fe9427b1ef33b8a41"
        hex"0b40559692cda984dc01f1c5d473000c29bba29744dc646149823fcc01e370203bc461cf2c35a3f576d530000b9ccac5"
        hex"d14e0c17ba94da525a77a9c941195d589c120724e6030c31000b1c090267aea694c7f2104f69dcc2d3de05580cee5d10"
        hex"55493ebbe6000aa5f34dc698dc8c4fab8aac5eb29574a148442cfe2601b65a98c362000a394402e882b0e807720dec10"
        hex"e4c97b5b6693bbbc32a9ccb784368a0009d4e730e9236c8f4590ce753363ce3d0a3dd8212c9f928e4e70e43e000977f1"
        hex"7bbd8afcca9b0d44ee767d3801c43470df3dee0f919d7936b300092198ec6aa02d57637548bf12a5a1167420011a414d"
        hex"6f1619d0a2a70008d12f3a65c1a803fd4c4ab00ddca11d3028b3960f4fa75168c441020008861d36fd836538388cf537"
        hex"30011112db8ab73920e710bdb80d307900083fdf19e7f0a10bce638c99eb5671d992a776dadfa084f333e52d610007fe"
        hex"017e2340b20c778808bc04164c2de08181fab2fdbaa880f9c7de0007c01eea0fe22ee17ef50fbde753b42257b2efc695"
        hex"f429882eff2e45000785ddc651e3fcd5815fa3f5e5aaa9b869125845a997c8cf36a429f300074eeead7a91cf49fb4a75"
        hex"a831d42cf3f749d3381e3bc671810931bf00071b0b0354cd0eb2f77f98486095071c54dfb67341d9a8938ff5ec350006"
        hex"e9f3c65cd18c0129b61bfae058e35dc1ff0984ed50561c8b16111f0006bb7090bcd3ee5cec147b54268d9427002a114c"
        hex"d36f1eeea0c9cca100068f4ec0538c5e1a60e4d359528efe3b3ecb118c5deba26ab0ed08ba00066560bef93ed046e2df"
        hex"d500570eeff4c07c2b2470021faf2eb0fadb00063d7d658939e3d1e13481e21d89e7544d711ef9290be68f1dee157800"
        hex"06177f753f544f7585888a608436e33f394f14ab3f1790a8b6413e270005f34523cb40315fa66b1fa1cfc41317dd8212"
        hex"9144e155c43ae41db00005d0afb7231530e182388f97b0a7ba0cfd3977ddf127816a081686550005afa32ea4a8d06301"
        hex"90a7150055c555dbe65cf6c3db71cdf8dc9d0c00059005f78163681c55cb99af245a8a8ea1ea87408c4d7c7c529fbd77"
        hex"000571c0aac7befe5f4bd9b9d8279dafda8ef6f5ac4dc7368d484522b0000554bdd3a4c8285eeaa36d3223101c14dbe8"
        hex"ff8a9d53654f9d9ef633000538e9bcb220feeda6986b68c019f605f4ce3455e8e971c064dbee9200051e324354c1f82f"
        hex"c87db7362b8b7b018ce1e3f9bc5dd7a59a32014800050486b0580cd9bdaafcc051644b42e1eb7458d60b47e125f6d2f6"
        hex"7a0004ebd7951156126878a43bf910bbdd9d9cdb6588f959d5ea903601060004d416ac7316d071de60a5d7e0d28b0fc5"
        hex"2e388391455af0aec9666f0004bd36bf8d8a248f46e64e69d8cf1fd640c39478394455966a8f5e070004a72b8d0d59b7"
        hex"872516438fb8bb5d1a3990dfb77937cae3451699b9000491e9b358da8f0fb144c42feedc96877a2ba075a23f304cdf09"
        hex"bf7500047d669cf9b76b6f11ad6763fa4221fabdb86eb59825ca083e544d31000469986f0c322e127779e8064857d13d"
        hex"e5dc3983b4609cd790c088d000045675f976b9daa1d3cb85a2be3deaf305fdbaa4bc4865e1cc1049f4000443f6a8b4b8"
        hex"2d4580721528ca4fba3a0cb1de7e6888b1e2202f71df0004321279066c5eb3a1a7619d583cff3ccabdcd7f787c4364b5"
        hex"638b6d000420c1eadd99d585201cb75bbf6007a5546025387d4c51155dc888a900040ffdf863e9f2f2e0660fb33bee63"
        hex"0f75fe829ff4155f835d3a7fe30003ffc00bfc41a31461e883756b858111d14b3634369a5daf65c0dc200003f001f7a4"
        hex"11ef6b9be6cd5f1fced42a84cdf5ae08b90546379496db";
    /// @dev e^−1, e^−2, e^−4, … e^−512, each a number of 256 bits; and by how many more places each is to be moved, 16 bits for one.
    bytes private constant POWERS =
        hex"bc5ab1b16779be3575bd8f0520a9f21bb5300b556ad8ee66604973a14a0fb5db8a95551dfc0e5cfedbb757096814ab8f"
        hex"c37658768a2b2656784ca736f2c87025960aadc109e7a3bf4578099615711ea51f286a70f8fba66f26ac34966857369a"
        hex"afe10820813d65dfe6a33c07f738f5691fde5bfa540f2c3b3f7c00d19617795af1aaddd7742e56d32fb9f997447d9e63"
        hex"14db84884fabab26bf059af9bc20b608e42327bb0b2340f14cd0092243c426b248eb7652f5b5d16f0c8e3655cac5f8c4"
        hex"cb4ea3990f265d5f96940384b1d820ca177e1bab285360988c3b0069c009ecb3a175cf9cd7d8584476b75a7a1e64f63d"
        hex"87b7cb9cfd180af431a974ee55690c98cbaacab56a74dfdce09d13d72603f69bdc02921f6cde3305fcd340b20318535f"
        hex"a2084f6d90498ad1c4658da19f668d455ac8e3afba7b51ada25de086b1599cdc";
    uint256 private constant POWER_PLACES = 0x0002e2017100b8005c002e0017000b000500020001;
    /// @dev 1/√(2π) likewise.
    uint256 private constant DENSITY_AT_ZERO = 0xcc42299ea1b284687e59e2805d5c717fa7053e60a24e0db1808e369004c73a5d;
    uint256 private constant DENSITY_AT_ZERO_PLACES = 1;

    /// @notice Gives the coefficients of Y(z) where 1 − z lies in [cell, cell + 1)/256, lowest first, in the distance of 1 − z from
    ///         the cell's middle.
    /// @param cell at most 16,895
    function cellOf(uint256 cell) internal pure returns (int256[7] memory) {
        return coefficientsOf(cell, ratioAt(cell));
    }

    /// @notice Gives them from Y at the cell's middle.
    /// @dev From Y' = 1 + zY follows (n + 1)·a(n+1) = z·a(n) + a(n−1) for the series at any z: once from the nearest anchor to the
    ///      middle (`ratioAt`), with terms a(n)·h^n, and once at the middle. All distances are whole 512ths, so that no product passes
    ///      250 bits.
    /// @param a0 Y at the middle with 224 bits; 126 of them suffice for z ≥ −14
    function coefficientsOf(uint256 cell, int256 a0) internal pure returns (int256[7] memory c) {
        unchecked {
            int256 middle = 511 - 2 * int256(cell);
            int256 a1 = ((middle * a0) >> 9) + int256(WIDE_ONE);
            // The distance is measured against z, so odd coefficients change sign.
            (c[0], c[1]) = (_cut(a0), _cut(-a1));
            a0 = (((middle * a1) >> 9) + a0) / 2;
            c[2] = _cut(a0);
            a1 = (((middle * a0) >> 9) + a1) / 3;
            c[3] = _cut(-a1);
            a0 = (((middle * a1) >> 9) + a0) / 4;
            c[4] = _cut(a0);
            a1 = (((middle * a0) >> 9) + a1) / 5;
            c[5] = _cut(-a1);
            c[6] = _cut((((middle * a1) >> 9) + a0) / 6);
        }
    }

    /// @notice Gives Y beside a cell's middle: the sum of the coefficients' series, without room in memory for them.
    /// @param a0 see `coefficientsOf`
    /// @param r 1 − z less the middle's, with 96 bits
    function seriesOf(uint256 cell, int256 a0, int256 r) internal pure returns (int256 sum) {
        // The steps of `coefficientsOf`. In Solidity each cut would be a jump there and back, which is half of the work.
        assembly ("memory-safe") {
            let middle := sub(511, shl(1, cell))
            let half := shl(127, 1)
            let a1 := add(sar(9, mul(middle, a0)), shl(224, 1))
            let a2 := sdiv(add(sar(9, mul(middle, a1)), a0), 2)
            let a3 := sdiv(add(sar(9, mul(middle, a2)), a1), 3)
            let a4 := sdiv(add(sar(9, mul(middle, a3)), a2), 4)
            let a5 := sdiv(add(sar(9, mul(middle, a4)), a3), 5)
            sum := sar(128, add(sdiv(add(sar(9, mul(middle, a5)), a4), 6), half))
            sum := add(sar(96, mul(sum, r)), sar(128, sub(half, a5)))
            sum := add(sar(96, mul(sum, r)), sar(128, add(half, a4)))
            sum := add(sar(96, mul(sum, r)), sar(128, sub(half, a3)))
            sum := add(sar(96, mul(sum, r)), sar(128, add(half, a2)))
            sum := add(sar(96, mul(sum, r)), sar(128, sub(half, a1)))
            sum := add(sar(96, mul(sum, r)), sar(128, add(half, a0)))
        }
    }

    /// @notice Gives e^−whole/√(2π) as mantissa·2^−(96 + places), the mantissa in [2^95, 2^96].
    /// @param whole at most 1,023
    function densityAtWhole(uint256 whole) internal pure returns (uint256 mantissa, uint256 places) {
        bytes memory powers = POWERS;
        (mantissa, places) = (DENSITY_AT_ZERO, DENSITY_AT_ZERO_PLACES);
        for (uint256 i = 0; i < 10; ++i) {
            if ((whole >> i) & 1 == 0) continue;
            uint256 power;
            assembly ("memory-safe") {
                power := mload(add(add(powers, 0x20), mul(0x20, i)))
            }
            (mantissa, ) = Math.mul512(mantissa, power);
            places += uint16(POWER_PLACES >> (16 * i));
            if (mantissa >> 255 == 0) (mantissa, places) = (mantissa << 1, places + 1);
        }
        mantissa = (mantissa >> 160) + ((mantissa >> 159) & 1);
    }

    /// @notice Gives e^(−index/2^stepBits).
    /// @param index at most 1,023
    function exponentialStep(uint256 index, uint256 stepBits) internal pure returns (uint256) {
        unchecked {
            uint256 term = uint256(1) << SERIES_BITS;
            uint256 sum = term;
            for (uint256 order = 1; ; ++order) {
                term = ((term * index) >> stepBits) / order;
                if (term == 0) break;
                sum = order % 2 == 0 ? sum + term : sum - term;
            }
            return (sum + (uint256(1) << (SERIES_BITS - BITS - 1))) >> (SERIES_BITS - BITS);
        }
    }

    /// @notice Gives the first of what `logarithmStep` gives.
    function logarithmFactor(int256 index, uint256 widthBits) internal pure returns (uint256) {
        unchecked {
            uint256 middle = uint256((int256(1) << BITS) + ((2 * index + 1) << (BITS - 1 - widthBits)));
            return ((uint256(1) << (2 * BITS)) + middle / 2) / middle;
        }
    }

    /// @notice Gives the factor that brings a number of [1 + index·width, 1 + (index + 1)·width) near 1, with −ln of it, for a
    ///         width of 2^−widthBits.
    function logarithmStep(int256 index, uint256 widthBits) internal pure returns (uint256 factor, int256 logarithm) {
        unchecked {
            factor = logarithmFactor(index, widthBits);
            // ln f = ln c + 2·atanh((f − c)/(f + c)) with c the nearest eighth, so that the series is short.
            uint256 eighths = (factor + (uint256(1) << (BITS - 4))) >> (BITS - 3);
            int256 near = int256(eighths << (BITS - 3));
            int256 power = ((int256(factor) - near) << ROOT_BITS) / (int256(factor) + near);
            int256 square = (power * power) >> ROOT_BITS;
            int256 sum = 0;
            for (int256 order = 1; ; order += 2) {
                int256 term = power / order;
                if (term == 0) break;
                sum += term;
                power = (power * square) >> ROOT_BITS;
            }
            if (eighths < 8) {
                uint256 logarithms = eighths < 6 ? EIGHTHS_BELOW_6 : EIGHTHS_FROM_6;
                sum -= int256(uint256(uint128(logarithms >> (128 * (eighths % 2))))) / 2;
            }
            logarithm = -((2 * sum + (int256(1) << (ROOT_BITS - BITS - 1))) >> (ROOT_BITS - BITS));
        }
    }

    /// @notice Gives Y at the middle of a cell with 224 bits, from the nearest anchor.
    /// @dev Far out errors of the last bit grow by up to e^32, to 2^−178.
    function ratioAt(uint256 cell) internal pure returns (int256 sum) {
        unchecked {
            uint256 nearest = (2 * cell + 257) >> 9;
            int256 distance = int256(nearest << 9) - int256(2 * cell + 1);
            int256 anchor = 1 - int256(nearest);
            bytes memory anchors = ANCHORS;
            int256 before;
            assembly ("memory-safe") {
                before := shr(24, mload(add(add(anchors, 0x20), mul(ANCHOR, nearest))))
            }
            int256 term = (anchor * distance * before + distance * int256(WIDE_ONE)) >> 9;
            sum = before + term;
            (int256 first, int256 second) = (anchor * distance * 512, distance * distance);
            for (int256 order = 2; before != 0 || term != 0; ++order) {
                (before, term) = (term, ((first * term + second * before) >> 18) / order);
                sum += term;
            }
        }
    }

    /// @notice Gives Y at the middle of the cell before one, from Y at that one's: upwards in z, where errors shrink.
    /// @param cell above 0
    function ratioAbove(uint256 cell, int256 ratio) internal pure returns (int256 sum) {
        unchecked {
            int256 middle = 511 - 2 * int256(cell);
            int256 before = ratio;
            int256 term = (2 * middle * ratio + 1024 * int256(WIDE_ONE)) >> 18;
            sum = before + term;
            for (int256 order = 2; before != 0 || term != 0; ++order) {
                (before, term) = (term, ((2 * middle * term + 4 * before) >> 18) / order);
                sum += term;
            }
        }
    }

    /// @dev From 224 bits to the kernel's, to the nearest.
    function _cut(int256 value) private pure returns (int256) {
        unchecked {
            return (value + (int256(1) << 127)) >> 128;
        }
    }
}
