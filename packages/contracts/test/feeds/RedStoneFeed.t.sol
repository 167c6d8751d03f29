// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RedStoneBounds, RedStoneFeed} from "../../solidity/prices/RedStoneFeed.sol";
import {Building} from "../harness/Building.sol";
import {RedStoneFixture} from "./RedStoneFixture.sol";
import {RedStoneSigner} from "./RedStoneSigner.sol";

/// @notice Which signed packages are taken, and which kept prices are believed.
contract RedStoneFeedTest is RedStoneFixture, Building {
    bool private refusesValue;

    receive() external payable {
        require(!refusesValue, "no value");
    }

    // Bounds

    function test_refuses_bounds_that_contradict_themselves() public {
        RedStoneBounds[15] memory refused;
        for (uint256 i = 0; i < 15; ++i) refused[i] = _bounds();
        refused[0].feedId = 0;
        refused[1].signers = new address[](0);
        refused[2].signers = _signers(8);
        refused[2].threshold = 5;
        refused[3].threshold = 6;
        refused[4].threshold = 2;
        refused[5].signers = _signers(4);
        refused[5].threshold = 2;
        refused[6].decimals = 19;
        refused[7].maxAgeS = 0;
        refused[8].confMaxPpm = 999;
        refused[9].confMaxPpm = 50_001;
        refused[10].minPrice1e12 = 0;
        refused[11].minPrice1e12 = refused[11].maxPrice1e12 + 1;
        refused[12].signers[4] = address(0);
        refused[13].signers[4] = refused[13].signers[0];
        refused[14].threshold = 0;
        for (uint256 i = 0; i < 15; ++i) {
            vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.BoundsRefused.selector, refused[i]));
            this.build("RedStoneFeed.sol:RedStoneFeed", abi.encode(refused[i]));
        }
    }

    function test_keeps_the_bounds_that_it_was_built_with() public {
        RedStoneBounds memory bounds = _bounds();
        (bounds.signers, bounds.threshold) = (_signers(7), 4);
        feed = new RedStoneFeed(bounds);
        assertEq(feed.feedId(), bounds.feedId);
        assertEq(feed.signers(), bounds.signers);
        assertEq(feed.threshold(), 4);
        assertEq(feed.decimals(), 8);
        assertEq(feed.maxAgeS(), bounds.maxAgeS);
        assertEq(feed.confMaxPpm(), bounds.confMaxPpm);
        assertEq(feed.minPrice1e12(), bounds.minPrice1e12);
        assertEq(feed.maxPrice1e12(), bounds.maxPrice1e12);
    }

    // RedStone's own signer

    function test_takes_what_redstones_own_signer_signs() public {
        feed.update(_list(_vector("three")));
        // 2000.5, 2001, 2003: most lie within 0.5 of the middle one.
        _assertRead(2001e12, 250, NOW);
        feed.update(_list(_vector("later")));
        _assertRead(2010e12, 0, NOW + 10);
    }

    function test_takes_the_median_of_all_five_signers() public {
        feed.update(_list(_vector("five")));
        _assertRead(2001e12, 500, NOW);
    }

    function test_takes_a_payload_with_metadata() public {
        feed.update(_list(_vector("withMetadata")));
        _assertRead(2001e12, 250, NOW);
    }

    function test_refuses_packages_of_another_feed() public {
        bytes[] memory updates = _list(_vector("otherFeed"));
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.FeedUnknown.selector, bytes32("BTC"), ID));
        feed.update(updates);
    }

    function test_refuses_a_package_of_two_points() public {
        bytes[] memory updates = _list(_vector("twoPoints"));
        // 64 bytes more than a package of one point.
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.PayloadSizeRefused.selector, 220, 156));
        feed.update(updates);
    }

    function testFuzz_every_changed_byte_of_a_real_payload_is_refused(uint256 at, uint8 change) public {
        bytes memory payload = _vector("three");
        at = bound(at, 0, payload.length - 1);
        payload[at] = bytes1(uint8(payload[at]) ^ uint8(bound(change, 1, 255)));
        vm.expectRevert();
        feed.update(_list(payload));
    }

    function testFuzz_every_cut_of_a_real_payload_is_refused(uint256 from, uint256 to) public {
        bytes memory payload = _vector("five");
        from = bound(from, 0, payload.length - 1);
        to = bound(to, from, payload.length - (from == 0 ? 1 : 0));
        bytes memory part = new bytes(to - from);
        for (uint256 i = 0; i < part.length; ++i) part[i] = payload[from + i];
        vm.expectRevert();
        feed.update(_list(part));
    }

    function testFuzz_nothing_is_kept_of_bytes_without_signers(bytes memory garbage, uint16 packages) public {
        packages = uint16(bound(packages, 0, 3));
        bytes memory filled = new bytes(uint256(packages) * 142);
        for (uint256 i = 0; i < filled.length && garbage.length != 0; ++i) filled[i] = garbage[i % garbage.length];
        // Once as they come, once in the form of a payload, once of the right feed, time and form too.
        _assertNothingKept(garbage);
        _assertNothingKept(bytes.concat(filled, RedStoneSigner.tail(packages)));
        bytes memory signed = bytes.concat(
            ID,
            keccak256(garbage),
            bytes6(uint48(NOW_MS)),
            bytes4(uint32(32)),
            hex"000001"
        );
        bytes memory forged = bytes.concat(
            signed,
            keccak256(garbage),
            keccak256(filled),
            bytes1(uint8(27 + (packages % 2)))
        );
        _assertNothingKept(bytes.concat(forged, forged, forged, RedStoneSigner.tail(3)));
    }

    // Refusals of the wire

    function test_refuses_another_marker() public {
        bytes memory payload = _payload(_three(2000e8, 2000e8, 2000e8), NOW_MS);
        payload[payload.length - 9] = 0x01;
        vm.expectRevert(
            abi.encodeWithSelector(
                RedStoneFeed.MarkerUnknown.selector,
                bytes9(0x010002ed57011e0000),
                bytes9(0x000002ed57011e0000)
            )
        );
        feed.update(_list(payload));
    }

    function test_refuses_a_payload_of_another_size_than_it_says() public {
        bytes memory package = RedStoneSigner.package(1, ID, 2000e8, NOW_MS);
        bytes[4] memory refused = [
            bytes.concat(hex"00", package, RedStoneSigner.tail(1)),
            bytes.concat(package, RedStoneSigner.tail(2)),
            abi.encodePacked(package, uint16(1), uint24(1), hex"000002ed57011e0000"),
            abi.encodePacked(uint16(1), uint24(7), hex"000002ed57011e0000")
        ];
        uint256[4] memory expected = [uint256(156), 298, 0, 21];
        // With one byte of metadata the count is read a byte further ahead: the signature's last byte and the count's first.
        expected[2] = 15 + uint256(uint16(bytes2(bytes.concat(package[141], bytes1(0))))) * 142;
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(RedStoneFeed.PayloadSizeRefused.selector, refused[i].length, expected[i])
            );
            feed.update(_list(refused[i]));
        }
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.PayloadSizeRefused.selector, 13, 14));
        feed.update(_list(new bytes(13)));
    }

    function test_refuses_a_value_of_another_size_and_another_number_of_points() public {
        uint256[2][3] memory refused = [[uint256(31), 1], [uint256(32), 0], [uint256(32), 2]];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory said = abi.encodePacked(
                ID,
                uint256(2000e8),
                uint48(NOW_MS),
                uint32(refused[i][0]),
                uint24(refused[i][1])
            );
            bytes memory payload = bytes.concat(RedStoneSigner.packageOf(1, said), RedStoneSigner.tail(1));
            vm.expectRevert(
                abi.encodeWithSelector(RedStoneFeed.PackageFormRefused.selector, refused[i][0], refused[i][1])
            );
            feed.update(_list(payload));
        }
    }

    function test_refuses_packages_of_different_times() public {
        bytes memory payload = bytes.concat(
            RedStoneSigner.package(1, ID, 2000e8, NOW_MS),
            RedStoneSigner.package(2, ID, 2000e8, NOW_MS),
            RedStoneSigner.package(3, ID, 2000e8, NOW_MS + 1),
            RedStoneSigner.tail(3)
        );
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.TimesDiffer.selector, NOW_MS + 1, NOW_MS));
        feed.update(_list(payload));
    }

    // Refusals of signers

    function test_refuses_fewer_signers_than_the_threshold() public {
        uint256[] memory two = new uint256[](2);
        (two[0], two[1]) = (2000e8, 2000e8);
        bytes[] memory updates = _list(_payload(two, NOW_MS));
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.SignersMissing.selector, 2, 3));
        feed.update(updates);
        updates = _list(RedStoneSigner.tail(0));
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.SignersMissing.selector, 0, 3));
        feed.update(updates);
    }

    function test_counts_a_signer_once_whatever_it_signs() public {
        bytes memory first = RedStoneSigner.package(1, ID, 2000e8, NOW_MS);
        bytes memory second = RedStoneSigner.package(1, ID, 2500e8, NOW_MS);
        bytes memory other = RedStoneSigner.package(2, ID, 2000e8, NOW_MS);
        bytes[] memory updates = _list(bytes.concat(first, first, second, other, RedStoneSigner.tail(4)));
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.SignersMissing.selector, 2, 3));
        feed.update(updates);
        bytes memory third = RedStoneSigner.package(3, ID, 2001e8, NOW_MS);
        feed.update(_list(bytes.concat(first, second, second, other, third, RedStoneSigner.tail(5))));
        _assertRead(2000e12, 0, NOW);
    }

    function test_refuses_who_does_not_sign_for_the_feed() public {
        bytes memory payload = bytes.concat(
            _packages(2, NOW_MS),
            RedStoneSigner.package(6, ID, 2000e8, NOW_MS),
            RedStoneSigner.tail(3)
        );
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.SignerUnknown.selector, RedStoneSigner.signerOf(6)));
        feed.update(_list(payload));
    }

    function test_refuses_a_signature_without_a_signer_and_the_second_form_of_one() public {
        bytes memory said = abi.encodePacked(ID, uint256(2000e8), uint48(NOW_MS), uint32(32), uint24(1));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(RedStoneSigner.keyOf(3), keccak256(said));
        bytes32 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes[3] memory refused = [
            abi.encodePacked(said, r, s, uint8(29)),
            abi.encodePacked(said, bytes32(0), s, v),
            abi.encodePacked(said, r, uint256(order) - uint256(s), uint8(55 - v))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            bytes[] memory updates = _list(bytes.concat(_packages(2, NOW_MS), refused[i], RedStoneSigner.tail(3)));
            vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.SignerUnknown.selector, address(0)));
            feed.update(updates);
        }
    }

    // Refusals of times

    function test_refuses_an_update_older_than_180_s_and_takes_one_exactly_that_old() public {
        bytes[] memory updates = _list(_payload(_three(2000e8, 2000e8, 2000e8), NOW_MS - 180_001));
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.UpdateStale.selector, NOW_MS - 180_001, NOW_MS - 180_000));
        feed.update(updates);
        feed.update(_list(_payload(_three(2000e8, 2000e8, 2000e8), NOW_MS - 180_000)));
        _assertRead(2000e12, 0, NOW - 180);
    }

    function test_refuses_an_update_more_than_60_s_ahead_and_takes_one_exactly_that_far() public {
        bytes[] memory updates = _list(_payload(_three(2000e8, 2000e8, 2000e8), NOW_MS + 60_001));
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.UpdateAhead.selector, NOW_MS + 60_001, NOW_MS + 60_000));
        feed.update(updates);
        feed.update(_list(_payload(_three(2000e8, 2000e8, 2000e8), NOW_MS + 60_000)));
        _assertRead(2000e12, 0, NOW + 60);
    }

    function test_an_update_that_is_not_newer_changes_nothing_and_stops_nobody() public {
        bytes[] memory updates = new bytes[](3);
        updates[0] = _payload(_three(2000e8, 2000e8, 2000e8), NOW_MS);
        updates[1] = _payload(_three(2010e8, 2010e8, 2010e8), NOW_MS);
        updates[2] = _payload(_three(2020e8, 2020e8, 2020e8), NOW_MS - 1);
        feed.update(updates);
        _assertRead(2000e12, 0, NOW);
        vm.warp(NOW + 200);
        feed.update(updates);
        _assertRead(2000e12, 0, NOW);
    }

    function test_takes_an_update_a_millisecond_newer() public {
        feed.update(_list(_payload(_three(2000e8, 2000e8, 2000e8), NOW_MS)));
        vm.expectEmit(address(feed));
        emit RedStoneFeed.ObservationKept(2010e8, 0, uint48(NOW_MS + 1));
        feed.update(_list(_payload(_three(2010e8, 2010e8, 2010e8), NOW_MS + 1)));
        _assertRead(2010e12, 0, NOW);
    }

    // What is believed

    function test_refuses_to_read_before_the_first_update() public {
        vm.expectRevert(RedStoneFeed.PriceMissing.selector);
        feed.read();
    }

    function test_refuses_a_price_past_its_age_and_takes_one_exactly_that_old() public {
        feed.update(_list(_payload(_three(2000e8, 2000e8, 2000e8), NOW_MS + 999)));
        vm.warp(NOW + 300);
        _assertRead(2000e12, 0, NOW);
        vm.warp(NOW + 301);
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.PriceStale.selector, NOW, NOW + 1));
        feed.read();
    }

    function test_refuses_zero_and_what_lies_out_of_the_band_and_keeps_no_earlier_price_instead() public {
        feed.update(_list(_payload(_three(2000e8, 2000e8, 2000e8), NOW_MS)));
        feed.update(_list(_payload(_three(0, 0, 2000e8), NOW_MS + 1)));
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.PriceNotPositive.selector, 0));
        feed.read();
        uint256[5] memory values = [uint256(100e8 - 1), 100e8, 10_000e8, 10_000e8 + 1, type(uint256).max];
        for (uint256 i = 0; i < 5; ++i) {
            feed.update(_list(_payload(_three(values[i], values[i], values[i]), NOW_MS + 2 + i)));
            if (i == 1 || i == 2) {
                _assertRead(values[i] * 1e4, 0, NOW);
                continue;
            }
            uint256 price = (i == 4 ? type(uint128).max : values[i]) * 1e4;
            vm.expectRevert(
                abi.encodeWithSelector(RedStoneFeed.PriceOutOfBand.selector, price, uint96(100e12), uint96(10_000e12))
            );
            feed.read();
        }
    }

    function test_a_capped_value_lies_out_of_every_band() public {
        RedStoneBounds memory bounds = _bounds();
        (bounds.decimals, bounds.maxPrice1e12) = (18, type(uint96).max);
        feed = new RedStoneFeed(bounds);
        feed.update(_list(_payload(_three(type(uint256).max, type(uint128).max, 1), NOW_MS)));
        uint256 price = uint256(type(uint128).max) / 1e6;
        // Its confidence is refused first only where signers differ: two of three say the cap.
        vm.expectRevert(
            abi.encodeWithSelector(RedStoneFeed.PriceOutOfBand.selector, price, uint96(100e12), type(uint96).max)
        );
        feed.read();
    }

    function test_refuses_signers_too_far_apart_and_takes_them_at_the_limit() public {
        feed.update(_list(_payload(_three(1960e8, 2000e8, 2040e8), NOW_MS)));
        _assertRead(2000e12, 20_000, NOW);
        feed.update(_list(_payload(_three(1960e8 - 1, 2000e8, 2040e8 + 1), NOW_MS + 1)));
        vm.expectRevert(abi.encodeWithSelector(RedStoneFeed.PriceUncertain.selector, 20_001, 20_000));
        feed.read();
    }

    function test_scales_every_decimals_and_rounds_down() public {
        uint8[5] memory decimals = [0, 6, 12, 13, 18];
        uint256[5] memory values = [
            uint256(2000),
            2000_123456,
            2000_123456789012,
            2000_1234567890129,
            2000_123456789012999999
        ];
        uint256[5] memory scaled = [
            uint256(2000e12),
            2000_123456000000,
            2000_123456789012,
            2000_123456789012,
            2000_123456789012
        ];
        for (uint256 i = 0; i < 5; ++i) {
            RedStoneBounds memory bounds = _bounds();
            bounds.decimals = decimals[i];
            feed = new RedStoneFeed(bounds);
            feed.update(_list(_payload(_three(values[i], values[i], values[i]), NOW_MS)));
            _assertRead(scaled[i], 0, NOW);
        }
    }

    function testFuzz_a_minority_of_liars_moves_neither_price_nor_confidence_past_the_honest_signers(
        uint256 seed,
        uint256 count,
        uint256 lies
    ) public {
        count = bound(count, 3, 5);
        uint256 liars = bound(lies, 0, (count - 1) / 2);
        uint256[] memory values = new uint256[](count);
        (uint256 lowest, uint256 highest) = (type(uint256).max, 0);
        for (uint256 i = 0; i < count; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            values[i] = i < liars ? (draw % 2 == 0 ? draw : draw % 4000e8) : 2000e8 + (draw % 10e8);
            if (i < liars) continue;
            (lowest, highest) = (values[i] < lowest ? values[i] : lowest, values[i] > highest ? values[i] : highest);
        }
        feed.update(_list(_payload(values, NOW_MS)));
        (uint96 price, uint32 confPpm, ) = feed.read();
        assertGe(price, lowest * 1e4);
        assertLe(price, highest * 1e4);
        // Most signers are honest, so the nearest majority is no further away than the furthest of them.
        assertLe(uint256(confPpm), ((highest - lowest) * 1e6) / 2000e8 + 1);
    }

    // Value

    function test_an_update_costs_nothing_and_returns_what_came_with_it() public {
        vm.deal(address(this), 1 ether);
        bytes[] memory updates = _list(_payload(_three(2000e8, 2000e8, 2000e8), NOW_MS));
        assertEq(feed.updateFee(updates), 0);
        feed.update{value: 10}(updates);
        assertEq(address(this).balance, 1 ether);
        refusesValue = true;
        vm.expectRevert("no value");
        feed.update{value: 1}(updates);
    }

    function _packages(uint256 count, uint256 timeMs) private pure returns (bytes memory packages) {
        for (uint256 i = 1; i <= count; ++i) {
            packages = bytes.concat(packages, RedStoneSigner.package(i, ID, 2000e8, timeMs));
        }
    }

    /// @dev Bytes whose time reads as 0 are not newer than nothing, and so are no error.
    function _assertNothingKept(bytes memory payload) private {
        try feed.update(_list(payload)) {} catch {}
        (uint128 value, uint32 confPpm, uint48 timeMs) = feed.kept();
        assertEq(value + confPpm + timeMs, 0);
    }

    function _assertRead(uint256 price, uint256 confPpm, uint256 observedAt) private view {
        (uint96 read, uint32 conf, uint40 time) = feed.read();
        assertEq(read, price, "price");
        assertEq(conf, confPpm, "confidence");
        assertEq(time, observedAt, "time");
    }
}
