import { collateralVaultAbi } from '@surety/contracts';
import { type AccountId, ZERO_WORD } from '@surety/domain';
import {
  type AccountName,
  type LocalNetwork,
  assetIndexOf,
  connectWallet,
  freshAccounts,
  mintAndApprove,
  vaultOf,
} from '@surety/devnet';

/** Locks that come in all the while, on one chain. */
export interface LockLoad {
  /** Locks that were mined so far. */
  readonly mined: number;
  /** Ends it once what was sent is mined. @throws what sending or mining threw. */
  stop(): Promise<void>;
}

const UNITS = 5_000_000n;
const OWNERS = 12;
const ROUNDS_MAX = 20_000n;
const LOCK_GAS = 150_000n;

/** Locks some USDC for owners in turn, a few in every block, until it is stopped. */
export async function startLockLoad(
  network: LocalNetwork,
  request: { readonly chainId: number; readonly by: AccountName; readonly perBlock: number },
): Promise<LockLoad> {
  const { chainId, by, perBlock } = request;
  await mintAndApprove(network, { chainId, by, asset: 'USDC', units: UNITS * BigInt(perBlock) * ROUNDS_MAX });
  const wallet = connectWallet(network.nodes.get(chainId)?.url ?? '', chainId, by);
  const reader = network.readers.get(chainId);
  const asset = assetIndexOf(network, { chainId, asset: 'USDC' });
  const owners = freshAccounts(OWNERS);
  let stopped = false;
  let mined = 0;
  const lockOnce = (account: AccountId, nonce: number) =>
    wallet.writeContract({
      address: vaultOf(network, chainId),
      abi: collateralVaultAbi,
      functionName: 'lock',
      args: [asset, UNITS, account, ZERO_WORD, 0n, 0],
      nonce,
      gas: LOCK_GAS,
    });
  const run = async (): Promise<void> => {
    let nonce = (await reader?.getTransactionCount({ address: wallet.account.address })) ?? 0;
    for (let turn = 0; !stopped; turn++) {
      let last: `0x${string}` = '0x';
      for (let at = 0; at < perBlock; at++) {
        const account = owners[(turn * perBlock + at) % OWNERS];
        if (account !== undefined) last = await lockOnce(account, nonce++);
      }
      const receipt = await reader?.waitForTransactionReceipt({ hash: last });
      if (receipt?.status !== 'success') throw new Error(`lock ${last} on chain ${chainId} reverted`);
      mined += perBlock;
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    get mined() {
      return mined;
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
