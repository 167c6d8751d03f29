// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {ExecutorConfig, Origin, UlnConfig} from "../../solidity/witnesses/ILayerZeroEndpoint.sol";

/// @notice A packet as the endpoint of its origin emitted it.
struct Packet {
    bytes header;
    bytes32 payloadHash;
    Origin origin;
    address receiver;
    bytes32 guid;
    bytes message;
}

/// @notice What a DVN's admin hands to it.
struct DvnInstruction {
    uint32 vid;
    address target;
    bytes callData;
    uint256 expiration;
    bytes signatures;
}

/// @notice What an executor's admin hands to it.
struct Execution {
    address receiver;
    Origin origin;
    bytes32 guid;
    bytes message;
    bytes extraData;
    uint256 gasLimit;
}

struct UlnDefault {
    uint32 eid;
    UlnConfig config;
}

struct ExecutorDefault {
    uint32 eid;
    ExecutorConfig config;
}

struct Price {
    uint128 priceRatio;
    uint64 gasPriceInUnit;
    uint32 gasPerByte;
}

struct EidPrice {
    uint32 eid;
    Price price;
}

struct ExecutorPath {
    uint32 dstEid;
    uint64 lzReceiveBaseGas;
    uint64 lzComposeBaseGas;
    uint16 multiplierBps;
    uint128 floorMarginUsd;
    uint128 nativeCap;
}

struct DvnPath {
    uint32 dstEid;
    uint64 gas;
    uint16 multiplierBps;
    uint128 floorMarginUsd;
}

/// @notice The parts of LayerZero's own contracts that tests call.
interface ILayerZeroParts {
    event PacketSent(bytes encodedPayload, bytes options, address sendLibrary);

    error LZ_ULN_Verifying();
    error LZ_PathNotInitializable();
    error LZ_PayloadHashNotFound(bytes32 expected, bytes32 actual);
    error LZ_InvalidNonce(uint64 nonce);
    error LZ_Unauthorized();
    error LZ_InvalidReceiveLibrary();
    error LZ_InsufficientFee(uint256 required, uint256 supplied, uint256 requiredLzToken, uint256 suppliedLzToken);

    function registerLibrary(address library_) external;
    function setDefaultSendLibrary(uint32 eid, address library_) external;
    function setDefaultReceiveLibrary(uint32 eid, address library_, uint256 gracePeriod) external;
    function setDefaultUlnConfigs(UlnDefault[] calldata configs) external;
    function setDefaultExecutorConfigs(ExecutorDefault[] calldata configs) external;
    function setTreasury(address treasury) external;
    function setWorkerFeeLib(address library_) external;
    function setPrice(EidPrice[] calldata prices) external;
    function setDstConfig(ExecutorPath[] calldata paths) external;
    function setDstConfig(DvnPath[] calldata paths) external;
    function initialize(address priceUpdater) external;
    function initialize(
        address endpoint,
        address receiveUln301,
        address[] calldata libraries,
        address priceFeed,
        address roleAdmin,
        address[] calldata admins
    ) external;

    function hashCallData(
        uint32 vid,
        address target,
        bytes calldata callData,
        uint256 expiration
    ) external view returns (bytes32);
    function execute(DvnInstruction[] calldata instructions) external;
    function execute302(Execution calldata execution) external payable;

    function verify(bytes calldata header, bytes32 payloadHash, uint64 confirmations) external;
    function commitVerification(bytes calldata header, bytes32 payloadHash) external;
    function lzReceive(
        Origin calldata origin,
        address receiver,
        bytes32 guid,
        bytes calldata message,
        bytes calldata extraData
    ) external payable;
    function delegates(address application) external view returns (address);
    function getUlnConfig(address application, uint32 eid) external view returns (UlnConfig memory);
    function getReceiveLibrary(
        address application,
        uint32 eid
    ) external view returns (address library_, bool isDefault);
    function getSendLibrary(address application, uint32 eid) external view returns (address library_);
    function validatePacket(bytes calldata packet) external;
    function skip(address application, uint32 eid, bytes32 sender, uint64 nonce) external;
    function fees(address worker) external view returns (uint256);
}

/// @notice All of LayerZero V2 on one chain, from the bytecode of its packages: endpoint, both libraries, executor, price feed,
///         fee libraries, treasury, and two DVNs of three signers each, of whom two must sign. This contract owns and runs it.
contract LayerZeroStack is CommonBase {
    string private constant MESSAGELIB = "node_modules/@layerzerolabs/lz-evm-messagelib-v2/artifacts/contracts/";
    string private constant PROTOCOL = "node_modules/@layerzerolabs/lz-evm-protocol-v2/artifacts/contracts/";

    uint32 public immutable eid;
    uint32 public immutable remoteEid;
    ILayerZeroParts public endpoint;
    ILayerZeroParts public sendLibrary;
    ILayerZeroParts public receiveLibrary;
    ILayerZeroParts public executor;
    ILayerZeroParts private priceFeed;
    /// @dev Ascending, as LayerZero wants them.
    address[2] private dvns;
    mapping(address dvn => uint256[3] keys) private keysOf;

    constructor(uint32 eid_, uint32 remoteEid_) {
        (eid, remoteEid) = (eid_, remoteEid_);
        _deployCore();
        _deployExecutor();
        (address a, address b) = (_deployDvn(1), _deployDvn(2));
        dvns = a < b ? [a, b] : [b, a];
        _setDefaults();
    }

    function dvnsOf() external view returns (address[] memory all) {
        all = new address[](2);
        (all[0], all[1]) = (dvns[0], dvns[1]);
    }

    /// @notice Both DVNs sign a packet, it is committed, and the executor delivers it with the gas that was paid for.
    function carry(Packet memory packet, uint64 confirmations, uint256 gas) external {
        commit(packet, confirmations);
        deliver(packet, gas);
    }

    function commit(Packet memory packet, uint64 confirmations) public {
        attest(0, packet, confirmations);
        attest(1, packet, confirmations);
        receiveLibrary.commitVerification(packet.header, packet.payloadHash);
    }

    /// @notice The executor tells of a failure in an event and never reverts.
    function deliver(Packet memory packet, uint256 gas) public {
        executor.execute302(Execution(packet.receiver, packet.origin, packet.guid, packet.message, "", gas));
    }

    /// @notice One DVN's signers say that a packet was seen that many blocks ago.
    function attest(uint256 which, Packet memory packet, uint64 confirmations) public {
        uint256[3] memory keys = keysOf[dvns[which]];
        attestBy(which, packet, confirmations, keys[0], keys[1]);
    }

    function attestBy(
        uint256 which,
        Packet memory packet,
        uint64 confirmations,
        uint256 firstKey,
        uint256 secondKey
    ) public {
        DvnInstruction[] memory instructions = new DvnInstruction[](1);
        instructions[0] = DvnInstruction({
            vid: eid % 30_000,
            target: address(receiveLibrary),
            callData: abi.encodeCall(ILayerZeroParts.verify, (packet.header, packet.payloadHash, confirmations)),
            expiration: vm.getBlockTimestamp() + 1 hours,
            signatures: ""
        });
        ILayerZeroParts dvn = ILayerZeroParts(dvns[which]);
        bytes32 hash = dvn.hashCallData(
            instructions[0].vid,
            instructions[0].target,
            instructions[0].callData,
            instructions[0].expiration
        );
        hash = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", hash));
        instructions[0].signatures = bytes.concat(_sign(firstKey, hash), _sign(secondKey, hash));
        dvn.execute(instructions);
    }

    /// @notice The owner of LayerZero's contracts makes one account the only verifier of every path, and lets the endpoint take
    ///         whatever a library that checks nothing says.
    function turnDefaultsAgainst(address attacker) external returns (ILayerZeroParts blind) {
        blind = ILayerZeroParts(
            vm.deployCode(
                string.concat(PROTOCOL, "messagelib/SimpleMessageLib.sol/SimpleMessageLib.json"),
                abi.encode(endpoint, attacker)
            )
        );
        endpoint.registerLibrary(address(blind));
        endpoint.setDefaultReceiveLibrary(remoteEid, address(blind), 0);
        endpoint.setDefaultSendLibrary(remoteEid, address(blind));
        UlnDefault[] memory defaults = new UlnDefault[](1);
        address[] memory one = new address[](1);
        one[0] = attacker;
        defaults[0] = UlnDefault(remoteEid, UlnConfig(1, 1, 0, 0, one, new address[](0)));
        receiveLibrary.setDefaultUlnConfigs(defaults);
        sendLibrary.setDefaultUlnConfigs(defaults);
    }

    /// @notice What executor and both DVNs ask for, in basis points of what it costs them; 10,000 from the start.
    function setWorkerMargins(uint16 executorBp, uint16 dvnBp) external {
        ExecutorPath[] memory paths = new ExecutorPath[](1);
        paths[0] = ExecutorPath(remoteEid, 5_000, 0, executorBp, 0, 1 ether);
        executor.setDstConfig(paths);
        DvnPath[] memory ways = new DvnPath[](1);
        ways[0] = DvnPath(remoteEid, 100_000, dvnBp, 0);
        for (uint256 i = 0; i < dvns.length; ++i) ILayerZeroParts(dvns[i]).setDstConfig(ways);
    }

    /// @notice What a unit of gas costs on the other chain now, in wei.
    function setGasPrice(uint64 wei_) external {
        EidPrice[] memory prices = new EidPrice[](1);
        prices[0] = EidPrice(remoteEid % 30_000, Price(1e20, wei_, 16));
        priceFeed.setPrice(prices);
    }

    function _deployCore() private {
        endpoint = _protocol("EndpointV2.sol/EndpointV2.json", abi.encode(eid, address(this)));
        sendLibrary = _part("uln/uln302/SendUln302.sol/SendUln302.json", abi.encode(endpoint, 1_000_000, 1e15));
        receiveLibrary = _part("uln/uln302/ReceiveUln302.sol/ReceiveUln302.json", abi.encode(endpoint));
        priceFeed = _part("PriceFeed.sol/PriceFeed.json", "");
        priceFeed.initialize(address(this));
        sendLibrary.setTreasury(address(_part("Treasury.sol/Treasury.json", "")));
        endpoint.registerLibrary(address(sendLibrary));
        endpoint.registerLibrary(address(receiveLibrary));
        EidPrice[] memory prices = new EidPrice[](1);
        prices[0] = EidPrice(remoteEid % 30_000, Price(1e20, 1 gwei, 16));
        priceFeed.setPrice(prices);
    }

    function _deployExecutor() private {
        executor = _part("Executor.sol/Executor.json", "");
        executor.initialize(
            address(endpoint),
            address(0),
            _list(address(sendLibrary)),
            address(priceFeed),
            address(this),
            _list(address(this))
        );
        executor.setWorkerFeeLib(
            address(_part("ExecutorFeeLib.sol/ExecutorFeeLib.json", abi.encode(eid, uint256(1 ether))))
        );
        ExecutorPath[] memory paths = new ExecutorPath[](1);
        paths[0] = ExecutorPath(remoteEid, 5_000, 0, 10_000, 0, 1 ether);
        executor.setDstConfig(paths);
    }

    function _deployDvn(uint256 which) private returns (address) {
        (uint256[3] memory keys, address[] memory signers) = _signersOf(which);
        bytes memory arguments = abi.encode(
            eid,
            eid % 30_000,
            _list(address(sendLibrary)),
            priceFeed,
            signers,
            uint64(2),
            _list(address(this))
        );
        ILayerZeroParts dvn = _part("uln/dvn/DVN.sol/DVN.json", arguments);
        keysOf[address(dvn)] = keys;
        dvn.setWorkerFeeLib(address(_part("uln/dvn/DVNFeeLib.sol/DVNFeeLib.json", abi.encode(eid, uint256(1 ether)))));
        DvnPath[] memory paths = new DvnPath[](1);
        paths[0] = DvnPath(remoteEid, 100_000, 10_000, 0);
        dvn.setDstConfig(paths);
        return address(dvn);
    }

    /// @dev Ascending by address, as the DVN wants their signatures.
    function _signersOf(uint256 which) private view returns (uint256[3] memory keys, address[] memory signers) {
        signers = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            keys[i] = uint256(keccak256(abi.encode("dvn", eid, which, i)));
            signers[i] = vm.addr(keys[i]);
            for (uint256 j = i; j > 0 && signers[j - 1] > signers[j]; --j) {
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
                (signers[j], signers[j - 1]) = (signers[j - 1], signers[j]);
            }
        }
    }

    /// @dev What LayerZero's owner sets for applications that set nothing: the first DVN alone, one confirmation.
    function _setDefaults() private {
        ExecutorDefault[] memory executors = new ExecutorDefault[](1);
        executors[0] = ExecutorDefault(remoteEid, ExecutorConfig(10_000, address(executor)));
        sendLibrary.setDefaultExecutorConfigs(executors);
        UlnDefault[] memory defaults = new UlnDefault[](1);
        defaults[0] = UlnDefault(remoteEid, UlnConfig(1, 1, 0, 0, _list(dvns[0]), new address[](0)));
        sendLibrary.setDefaultUlnConfigs(defaults);
        receiveLibrary.setDefaultUlnConfigs(defaults);
        endpoint.setDefaultSendLibrary(remoteEid, address(sendLibrary));
        endpoint.setDefaultReceiveLibrary(remoteEid, address(receiveLibrary), 0);
    }

    function _part(string memory name, bytes memory arguments) private returns (ILayerZeroParts) {
        return ILayerZeroParts(vm.deployCode(string.concat(MESSAGELIB, name), arguments));
    }

    function _protocol(string memory name, bytes memory arguments) private returns (ILayerZeroParts) {
        return ILayerZeroParts(vm.deployCode(string.concat(PROTOCOL, name), arguments));
    }

    function _sign(uint256 key, bytes32 hash) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, hash);
        return abi.encodePacked(r, s, v);
    }

    function _list(address one) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = one;
    }
}
