// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {IRiskManager, LineWords} from "../../solidity/interfaces/IRiskManager.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";
import {Answer, TestProtocol} from "../protocols/TestProtocol.sol";
import {TwinReader} from "./TwinReader.sol";

/// @notice Random accounts that the TypeScript engine weighed: risk manager and ledger answer the same integers.
/// @dev The file is written by `npm run margin:twin -- --write`; SURETY_TWIN_BOOKS names others, with commas. All that the
///      contracts answer of a book, byte for byte, is hashed and compared with the hash of what the engine has.
contract MarginTwinTest is LedgerFixture, TwinReader {
    /// @dev What the books of one chunk share: the words of the moment, where each asset's line lies, and its protocols.
    struct World {
        uint256[] assets;
        uint256[] sources;
        bytes32[] lineSlots;
        uint256[] recorded;
    }

    uint256 private constant LANES_OF_AN_ACCOUNT = 16;
    uint256 private constant LINE_FIELDS = (1 << 248) - 1;

    // Slots of the ledger and of the risk manager, from storage-layout.json.
    uint256 private constant LINES_AT = 0;
    uint256 private constant ENABLED_AT = 1;
    uint256 private constant HEADERS_AT = 2;
    uint256 private constant CLAIMS_AT = 3;
    uint256 private constant ASSETS_AT = 6;
    uint256 private constant SOURCES_AT = 8;
    uint256 private constant PROTOCOLS_AT = 16;
    uint256 private constant ASSET_RAMPS_AT = 22;
    uint256 private constant SOURCE_RAMPS_AT = 23;
    uint256 private constant PRICES_AT = 0;

    bytes32 private account;
    TestProtocol[] private protocols;
    uint256 private books;
    uint256 private lines;
    uint256 private weighedByLedger;

    function setUp() public override {
        super.setUp();
        account = accountOf(alice);
        for (uint256 i = 0; i < 6; ++i) {
            protocols.push(new TestProtocol(ledger));
            vm.store(address(ledger), _slot(i + 1, PROTOCOLS_AT), bytes32(uint256(uint160(address(protocols[i])))));
        }
    }

    function test_every_book_has_the_integers_of_the_engine() public {
        string[] memory files = new string[](1);
        files[0] = "vectors/margin-books.bin";
        files = vm.envOr("SURETY_TWIN_BOOKS", ",", files);
        for (uint256 i = 0; i < files.length; ++i) this.checkFile(files[i]);
        console.log("TWIN COUNTS", books, lines, weighedByLedger);
        assertGe(books, vm.envExists("SURETY_TWIN_BOOKS") ? 1 : 10_000, "the vector file has lost books");
        assertGt(weighedByLedger, books / 2, "the ledger weighed too few of them");
    }

    /// @dev External, so that each file starts with empty memory.
    function checkFile(string calldata path) external {
        (uint256 at, uint256 end) = open(path);
        for (uint256 chunk = 0; at < end; ++chunk) {
            uint256 free = mark();
            at = _checkChunk(path, chunk, at);
            release(free);
        }
    }

    function _checkChunk(string calldata path, uint256 chunk, uint256 at) private returns (uint256) {
        World memory world;
        at = _place(world, at);
        uint256 count;
        (count, at) = take(at, 2);
        for (uint256 book = 0; book < count; ++book) {
            uint256 free = mark();
            bytes memory answers;
            uint256 expected;
            (answers, at) = _answersOf(world, at);
            (expected, at) = take(at, DIGEST_BITS / 8);
            if (uint256(keccak256(answers)) >> (256 - DIGEST_BITS) != expected) {
                console.log("TWIN DIFFERS", path, chunk, book);
                console.logBytes(answers);
                revert("the engine has other integers");
            }
            ++books;
            release(free);
        }
        return at;
    }

    /// @dev Puts a chunk's time, prices, sources, assets and protocols in place.
    function _place(World memory world, uint256 at) private returns (uint256) {
        uint256 count;
        uint256 word;
        (word, at) = take(at, 5);
        vm.warp(word);
        (count, at) = take(at, 1);
        for (uint256 i = 1; i <= count; ++i) {
            (word, at) = take(at, 32);
            vm.store(address(risk), _slot(i, PRICES_AT), bytes32(word));
        }
        (, at) = _placeRecords(at, SOURCES_AT, SOURCE_RAMPS_AT);
        (count, at) = _placeRecords(at, ASSETS_AT, ASSET_RAMPS_AT);
        (world.assets, world.sources) = (new uint256[](count), new uint256[](count));
        world.lineSlots = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            (world.assets[i], world.sources[i]) = ledger.termWordsOf(uint16(i + 1));
            world.lineSlots[i] = _slot(i + 1, uint256(_slot(uint256(account), LINES_AT)));
        }
        return _placeProtocols(world, at);
    }

    /// @dev Writes records of one word each, from number 1, and their ramps.
    function _placeRecords(uint256 at, uint256 recordsAt, uint256 rampsAt) private returns (uint256 count, uint256) {
        uint256 word;
        uint256 ramped;
        (count, at) = take(at, 1);
        for (uint256 i = 1; i <= count; ++i) {
            (word, at) = take(at, 32);
            vm.store(address(ledger), _slot(i, recordsAt), bytes32(word));
            (ramped, at) = take(at, 1);
            if (ramped == 0) continue;
            (word, at) = take(at, 32);
            vm.store(address(ledger), _slot(i, rampsAt), bytes32(word));
        }
        return (count, at);
    }

    function _placeProtocols(World memory world, uint256 at) private returns (uint256) {
        uint256 count;
        (count, at) = take(at, 1);
        world.recorded = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256[4] memory fields;
            (fields[0], at) = take(at, 1);
            for (uint256 field = 1; field < 4; ++field) (fields[field], at) = take(at, 32);
            protocols[i].setAnswer(Answer(fields[0]));
            protocols[i].place(account, fields[1], fields[2]);
            bytes32 claim = _slot(uint160(address(protocols[i])), uint256(_slot(uint256(account), CLAIMS_AT)));
            // The second slot of a claim begins with its maintenance.
            vm.store(address(ledger), bytes32(uint256(claim) + 1), bytes32(fields[3]));
        }
        return at;
    }

    /// @dev What risk manager and ledger answer of the next book, one behind the other.
    function _answersOf(World memory world, uint256 at) private returns (bytes memory answers, uint256) {
        LineWords[] memory words;
        uint256 lanes;
        uint256 header;
        (words, lanes, header, at) = _readBook(world, at);
        lines += words.length;
        answers = _ask(address(risk), abi.encodeCall(IRiskManager.margin, (words)));
        // Without the two words that frame an array.
        bytes memory breakdown = _ask(address(risk), abi.encodeCall(IRiskManager.breakdown, (words)));
        assembly ("memory-safe") {
            let length := sub(mload(breakdown), 0x40)
            breakdown := add(breakdown, 0x40)
            mstore(breakdown, length)
        }
        answers = bytes.concat(answers, breakdown);
        if (words.length <= LANES_OF_AN_ACCOUNT) {
            vm.store(address(ledger), _slot(uint256(account), ENABLED_AT), bytes32(lanes));
            vm.store(address(ledger), _slot(uint256(account), HEADERS_AT), bytes32(header));
            ++weighedByLedger;
            answers = bytes.concat(answers, _ask(address(ledger), abi.encodeCall(ledger.marginOf, (account))));
        }
        return (answers, at);
    }

    /// @dev Reads a book and puts its lines where the ledger keeps them.
    function _readBook(
        World memory world,
        uint256 at
    ) private returns (LineWords[] memory words, uint256 lanes, uint256 header, uint256) {
        uint256 count;
        uint256 asked;
        (count, at) = take(at, 1);
        (asked, at) = take(at, 1);
        for (uint256 i = 0; i < asked; ++i) {
            uint256 place;
            (place, at) = take(at, 1);
            header |= (place + 1) << (32 * i);
        }
        words = new LineWords[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 word;
            (word, at) = take(at, 32);
            uint256 asset = word >> 248;
            LineWords memory one = words[i];
            (one.line, one.asset, one.source) = (word & LINE_FIELDS, world.assets[asset], world.sources[asset]);
            if (count > LANES_OF_AN_ACCOUNT) continue;
            lanes |= (asset + 1) << (16 * i);
            vm.store(address(ledger), world.lineSlots[asset], bytes32(one.line));
        }
        return (words, lanes, header, at);
    }

    function _ask(address target, bytes memory question) private view returns (bytes memory answer) {
        bool answered;
        (answered, answer) = target.staticcall(question);
        assertTrue(answered, "no answer");
    }

    function _slot(uint256 key, uint256 place) private pure returns (bytes32) {
        return keccak256(abi.encode(key, place));
    }
}
