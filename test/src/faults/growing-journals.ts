import path from 'node:path';
import { collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  type AccountId,
  type Address,
  ZERO_WORD,
  address,
  blockHeight,
  bytes32,
  bytesToHex,
  chainId as brandChainId,
  edgeId,
  hexToBytes,
} from '@surety/domain';
import {
  type AnvilNode,
  type LocalNetwork,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  assetIndexOf,
  connectReader,
  connectWallet,
  mintAndApprove,
  startAnvil,
  vaultOf,
} from '@surety/devnet';
import type { JournalSpec } from '@surety/workflows';
import type { GrowingJournal } from './lying-reader.js';

const LOCK_GAS = 150_000n;
const UNITS = 5_000_000n;
const LOCKS_MAX = 100_000n;

/** A journal to grow, and the twin chain that is to be ended with it. */
export interface TwinnedJournal extends GrowingJournal {
  stop(): Promise<void>;
}

/**
 * Opens a vault's journal for growing by hand: blocks of its chain no longer come by themselves. The twin has the same
 * contracts and another history from here on, for providers that lie consistently.
 */
export async function openVaultJournal(network: LocalNetwork, chainId: number): Promise<TwinnedJournal> {
  const node = network.nodes.get(chainId);
  if (node === undefined) throw new Error(`chain ${chainId} is not part of this network`);
  await mintAndApprove(network, { chainId, by: 'bob', asset: 'USDC', units: UNITS * LOCKS_MAX });
  await node.startBlocks(0);
  const twin = await startTwin(network, node);
  const vault = vaultOf(network, chainId);
  const asset = assetIndexOf(network, { chainId, asset: 'USDC' });
  await growBy({ node: twin, vault, asset, account: accountOf('alice') }, 5);
  const reader = connectReader(node.url, chainId);
  const spec = specOf(network, chainId, (await reader.getCode({ address: vault })) ?? '0x');
  let turn = 0;
  return {
    name: `vault-${chainId}`,
    chainId,
    nodeUrl: node.url,
    twinUrl: twin.url,
    spec,
    grow: () => growBy({ node, vault, asset, account: accountOf('bob') }, turn++ % 3 === 0 ? 1 : 0),
    readPosition: async (blockNumber) => {
      const call = { address: vault, abi: collateralVaultAbi, functionName: 'journalHead', blockNumber } as const;
      const [, count, head] = await reader.readContract(call);
      return { count, head };
    },
    readBlockHash: async (blockNumber) => (await reader.getBlock({ blockNumber })).hash,
    stop: () => twin.stop(),
  };
}

function specOf(network: LocalNetwork, chainId: number, code: `0x${string}`): JournalSpec {
  const edge = {
    originChainId: brandChainId(chainId),
    journal: address(vaultOf(network, chainId)),
    destinationChainId: brandChainId(SETTLEMENT_CHAIN_ID),
    replica: address(network.plan.settlement.ledger),
  };
  return {
    edge,
    edgeId: edgeId(edge, keccak256),
    direction: 'to-ledger',
    contract: edge.journal,
    codeHash: bytes32(bytesToHex(keccak256(hexToBytes(code)))),
    fromBlock: blockHeight(1n),
  };
}

/** Starts a second node with the state of the first. */
async function startTwin(network: LocalNetwork, node: AnvilNode): Promise<AnvilNode> {
  const logFile = path.join(network.directory, 'logs', `twin-${node.chainId}.log`);
  const twin = await startAnvil({ chainId: node.chainId, logFile });
  await twin.call('anvil_loadState', [await node.call('anvil_dumpState')]);
  await twin.startBlocks(0);
  return twin;
}

async function growBy(
  at: { node: AnvilNode; vault: Address; asset: number; account: AccountId },
  locks: number,
): Promise<void> {
  const { node, vault, asset, account } = at;
  const wallet = connectWallet(node.url, node.chainId, 'bob');
  for (let lock = 0; lock < locks; lock++) {
    await wallet.writeContract({
      address: vault,
      abi: collateralVaultAbi,
      functionName: 'lock',
      args: [asset, UNITS, account, ZERO_WORD, 0n, 0],
      gas: LOCK_GAS,
    });
    await node.call('evm_mine');
  }
  await node.call('evm_mine');
}
