import type { Address } from '@surety/domain';
import { encodeFunctionData, zeroAddress } from 'viem';
import { type DevnetKey, bridgeKeys } from '../chains/accounts.js';
import { type DeployTarget, createContract } from '../chains/deploy-development.js';
import { type BridgeCode, callPart, layerZeroCode } from './bridge-code.js';

/** A verifier of LayerZero's on one chain: its contract there, and the keys of which two must sign. */
export interface DevnetDvn {
  readonly operator: string;
  readonly address: Address;
  /** Ascending by address. */
  readonly signers: readonly DevnetKey[];
}

/** LayerZero V2 on one local chain. */
export interface LayerZeroChain {
  readonly eid: number;
  readonly endpoint: Address;
  readonly sendLibrary: Address;
  readonly receiveLibrary: Address;
  readonly executor: Address;
  readonly dvns: readonly DevnetDvn[];
}

/** Organisations that run verifiers of the local network. */
const DVN_OPERATORS = ['dvn-one', 'dvn-two'] as const;
const SIGNERS = 3;
const QUORUM = 2;

/** LayerZero counts its first version's chains from 0 and V2's from 30,000; verifiers and price feeds know the first. */
const V2 = 30_000;

/** Endpoint, libraries, executor, price feed, fee libraries and two verifiers. */
const code = {
  endpoint: () => layerZeroCode('protocol', 'EndpointV2.sol'),
  sendLibrary: () => layerZeroCode('messagelib', 'uln/uln302/SendUln302.sol'),
  receiveLibrary: () => layerZeroCode('messagelib', 'uln/uln302/ReceiveUln302.sol'),
  priceFeed: () => layerZeroCode('messagelib', 'PriceFeed.sol'),
  treasury: () => layerZeroCode('messagelib', 'Treasury.sol'),
  executor: () => layerZeroCode('messagelib', 'Executor.sol'),
  executorFee: () => layerZeroCode('messagelib', 'ExecutorFeeLib.sol'),
  dvn: () => layerZeroCode('messagelib', 'uln/dvn/DVN.sol'),
  dvnFee: () => layerZeroCode('messagelib', 'uln/dvn/DVNFeeLib.sol'),
} satisfies Record<string, () => BridgeCode>;

/**
 * Deploys LayerZero's own contracts on a local chain, owned by the wallet, with paths to other chains and defaults as weak as real ones
 * can be.
 */
export async function deployLayerZero(
  target: DeployTarget,
  { eid, remotes }: { readonly eid: number; readonly remotes: readonly number[] },
): Promise<LayerZeroChain> {
  const owner = target.wallet.account.address;
  const endpoint = await createContract(target, code.endpoint(), [eid, owner]);
  const sendLibrary = await createContract(target, code.sendLibrary(), [endpoint, 1_000_000n, 10n ** 15n]);
  const receiveLibrary = await createContract(target, code.receiveLibrary(), [endpoint]);
  const priceFeed = await createContract(target, code.priceFeed());
  const treasury = await createContract(target, code.treasury());
  const act = actOn(target);
  await act(priceFeed, code.priceFeed(), 'initialize', [owner]);
  await act(priceFeed, code.priceFeed(), 'setPrice', [
    remotes.map((remote) => ({
      eid: remote % V2,
      price: { priceRatio: 10n ** 20n, gasPriceInUnit: 10n ** 9n, gasPerByte: 16 },
    })),
  ]);
  await act(sendLibrary, code.sendLibrary(), 'setTreasury', [treasury]);
  await act(endpoint, code.endpoint(), 'registerLibrary', [sendLibrary]);
  await act(endpoint, code.endpoint(), 'registerLibrary', [receiveLibrary]);
  const executor = await deployExecutor(target, { eid, remotes, endpoint, sendLibrary, priceFeed });
  const dvns: DevnetDvn[] = [];
  for (const operator of DVN_OPERATORS)
    dvns.push(await deployDvn(target, { operator, eid, remotes, sendLibrary, priceFeed }));
  await setDefaults(target, { endpoint, sendLibrary, receiveLibrary, executor, remotes, dvn: dvns[0] as DevnetDvn });
  return { eid, endpoint, sendLibrary, receiveLibrary, executor, dvns };
}

/**
 * Sets LayerZero's defaults for applications that set nothing: one verifier, one confirmation. Without them a path does not
 * exist.
 */
async function setDefaults(
  target: DeployTarget,
  at: Pick<LayerZeroChain, 'endpoint' | 'sendLibrary' | 'receiveLibrary' | 'executor'> & {
    readonly remotes: readonly number[];
    readonly dvn: DevnetDvn;
  },
): Promise<void> {
  const act = actOn(target);
  const { endpoint, sendLibrary, receiveLibrary, executor, remotes, dvn } = at;
  const config = {
    confirmations: 1n,
    requiredDVNCount: 1,
    optionalDVNCount: 0,
    optionalDVNThreshold: 0,
    requiredDVNs: [dvn.address],
    optionalDVNs: [],
  };
  const verifiers = remotes.map((eid) => ({ eid, config }));
  const executors = remotes.map((eid) => ({ eid, config: { maxMessageSize: 10_000, executor } }));
  await act(sendLibrary, code.sendLibrary(), 'setDefaultExecutorConfigs', [executors]);
  await act(sendLibrary, code.sendLibrary(), 'setDefaultUlnConfigs', [verifiers]);
  await act(receiveLibrary, code.receiveLibrary(), 'setDefaultUlnConfigs', [verifiers]);
  for (const remote of remotes) {
    await act(endpoint, code.endpoint(), 'setDefaultSendLibrary', [remote, sendLibrary]);
    await act(endpoint, code.endpoint(), 'setDefaultReceiveLibrary', [remote, receiveLibrary, 0n]);
  }
}

interface Parts {
  readonly eid: number;
  readonly remotes: readonly number[];
  readonly sendLibrary: Address;
  readonly priceFeed: Address;
}

async function deployExecutor(
  target: DeployTarget,
  { eid, remotes, endpoint, sendLibrary, priceFeed }: Parts & { readonly endpoint: Address },
): Promise<Address> {
  const act = actOn(target);
  const owner = target.wallet.account.address;
  const executor = await createContract(target, code.executor());
  const fees = await createContract(target, code.executorFee(), [eid, 10n ** 18n]);
  await act(executor, code.executor(), 'initialize', [endpoint, zeroAddress, [sendLibrary], priceFeed, owner, [owner]]);
  await act(executor, code.executor(), 'setWorkerFeeLib', [fees]);
  await act(executor, code.executor(), 'setDstConfig', [
    remotes.map((dstEid) => ({
      dstEid,
      lzReceiveBaseGas: 5000n,
      lzComposeBaseGas: 0n,
      multiplierBps: 10_000,
      floorMarginUSD: 0n,
      nativeCap: 10n ** 18n,
    })),
  ]);
  return executor;
}

async function deployDvn(
  target: DeployTarget,
  { operator, eid, remotes, sendLibrary, priceFeed }: Parts & { readonly operator: (typeof DVN_OPERATORS)[number] },
): Promise<DevnetDvn> {
  const act = actOn(target);
  const owner = target.wallet.account.address;
  const signers = bridgeKeys(operator, SIGNERS);
  const addresses = signers.map((signer) => signer.address);
  const dvn = await createContract(target, code.dvn(), [
    eid,
    eid % V2,
    [sendLibrary],
    priceFeed,
    addresses,
    BigInt(QUORUM),
    [owner],
  ]);
  const fees = await createContract(target, code.dvnFee(), [eid, 10n ** 18n]);
  await act(dvn, code.dvn(), 'setWorkerFeeLib', [fees]);
  await act(dvn, code.dvn(), 'setDstConfig', [
    remotes.map((dstEid) => ({ dstEid, gas: 100_000n, multiplierBps: 10_000, floorMarginUSD: 0n })),
  ]);
  return { operator, address: dvn, signers };
}

function actOn(
  target: DeployTarget,
): (to: Address, of: BridgeCode, functionName: string, args: readonly unknown[]) => Promise<void> {
  return (to, { name, abi }, functionName, args) =>
    callPart(target, to, {
      name: `${name}.${functionName}`,
      data: encodeFunctionData({ abi, functionName, args: [...args] }),
    });
}
