// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {IWormholeCore} from "../../solidity/witnesses/IWormholeCore.sol";

/// @notice A message as its emitter published it; what the guardians sign.
struct Observation {
    uint32 timestamp;
    uint32 nonce;
    uint16 emitterChain;
    bytes32 emitter;
    uint64 sequence;
    uint8 consistencyLevel;
    bytes payload;
}

/// @notice The parts of Wormhole's own contracts that tests call.
interface IWormholeParts is IWormholeCore {
    event LogMessagePublished(
        address indexed sender,
        uint64 sequence,
        uint32 nonce,
        bytes payload,
        uint8 consistencyLevel
    );

    function setup(
        address implementation,
        address[] memory initialGuardians,
        uint16 chainId,
        uint16 governanceChainId,
        bytes32 governanceContract,
        uint256 evmChainId
    ) external;
    function submitNewGuardianSet(bytes memory vaa) external;
    function submitSetMessageFee(bytes memory vaa) external;
}

/// @notice Wormhole's core contract on one chain, from the bytecode of its package, and guardians whose keys are here.
contract WormholeStack is CommonBase {
    string private constant FACTORIES = "node_modules/@certusone/wormhole-sdk/lib/cjs/ethers-contracts/factories/";
    uint16 private constant GOVERNANCE_CHAIN = 1;
    bytes32 private constant GOVERNANCE_CONTRACT = bytes32(uint256(4));
    bytes32 private constant CORE_MODULE = bytes32(uint256(0x436f7265));

    uint16 public immutable chain;
    IWormholeParts public immutable core;
    uint32 public set;
    uint64 private governed;
    mapping(uint32 set => uint256[] keys) private keysOf;

    constructor(uint16 chain_, uint256 guardians) {
        chain = chain_;
        address setup = _deploy("Setup__factory.js", "");
        address implementation = _deploy("Implementation__factory.js", "");
        bytes memory call_ = abi.encodeCall(
            IWormholeParts.setup,
            (implementation, _makeGuardians(0, guardians), chain_, GOVERNANCE_CHAIN, GOVERNANCE_CONTRACT, block.chainid)
        );
        core = IWormholeParts(_deploy("Wormhole__factory.js", abi.encode(setup, call_)));
    }

    /// @notice A VAA under the set that signs now, by as few of its guardians as suffice, the first ones.
    function sign(Observation memory seen) external view returns (bytes memory) {
        return signBy(seen, set, _firstOf(quorumOf(set)));
    }

    function signBy(
        Observation memory seen,
        uint32 bySet,
        uint256[] memory indices
    ) public view returns (bytes memory) {
        uint256[] memory keys = new uint256[](indices.length);
        for (uint256 i = 0; i < indices.length; ++i) keys[i] = keysOf[bySet][indices[i]];
        return signWith(seen, bySet, indices, keys);
    }

    /// @notice A VAA that names guardians of a set and is signed with whatever keys are given.
    function signWith(
        Observation memory seen,
        uint32 bySet,
        uint256[] memory indices,
        uint256[] memory keys
    ) public pure returns (bytes memory vaa) {
        bytes memory body = encode(seen);
        bytes32 digest = keccak256(abi.encode(keccak256(body)));
        vaa = abi.encodePacked(uint8(1), bySet, uint8(indices.length));
        for (uint256 i = 0; i < indices.length; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            vaa = abi.encodePacked(vaa, uint8(indices[i]), r, s, v - 27);
        }
        return bytes.concat(vaa, body);
    }

    function encode(Observation memory seen) public pure returns (bytes memory) {
        return
            abi.encodePacked(
                seen.timestamp,
                seen.nonce,
                seen.emitterChain,
                seen.emitter,
                seen.sequence,
                seen.consistencyLevel,
                seen.payload
            );
    }

    function quorumOf(uint32 ofSet) public view returns (uint256) {
        return (keysOf[ofSet].length * 2) / 3 + 1;
    }

    function guardiansOf(uint32 ofSet) external view returns (uint256) {
        return keysOf[ofSet].length;
    }

    /// @notice Guardians 0 … count − 1.
    function firstOf(uint256 count) external pure returns (uint256[] memory) {
        return _firstOf(count);
    }

    /// @notice The guardians replace themselves; the core lets the old set sign for another day.
    function rotate(uint256 guardians) external {
        uint32 next = set + 1;
        address[] memory keys = _makeGuardians(next, guardians);
        bytes memory payload = abi.encodePacked(CORE_MODULE, uint8(2), uint16(0), next, uint8(guardians));
        for (uint256 i = 0; i < guardians; ++i) payload = abi.encodePacked(payload, keys[i]);
        core.submitNewGuardianSet(_govern(payload));
        set = next;
    }

    function setMessageFee(uint256 fee) external {
        core.submitSetMessageFee(_govern(abi.encodePacked(CORE_MODULE, uint8(3), chain, fee)));
    }

    function _govern(bytes memory payload) private returns (bytes memory) {
        Observation memory seen = Observation(0, 0, GOVERNANCE_CHAIN, GOVERNANCE_CONTRACT, ++governed, 1, payload);
        return signBy(seen, set, _firstOf(quorumOf(set)));
    }

    function _makeGuardians(uint32 forSet, uint256 count) private returns (address[] memory addresses) {
        addresses = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = uint256(keccak256(abi.encode("guardian", forSet, i)));
            keysOf[forSet].push(key);
            addresses[i] = vm.addr(key);
        }
    }

    function _firstOf(uint256 count) private pure returns (uint256[] memory indices) {
        indices = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) indices[i] = i;
    }

    /// @dev The package has its bytecode in JavaScript: one string named _bytecode.
    function _deploy(string memory file, bytes memory arguments) private returns (address at) {
        string[] memory parts = vm.split(vm.readFile(string.concat(FACTORIES, file)), '_bytecode = "');
        bytes memory code = bytes.concat(vm.parseBytes(vm.split(parts[1], '"')[0]), arguments);
        assembly ("memory-safe") {
            at := create(0, add(code, 0x20), mload(code))
        }
        require(at != address(0), "the core contract was not built");
    }
}
