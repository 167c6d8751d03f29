import { developmentBulkLockerAbi, developmentBulkLockerCode } from '@surety/contracts';
import { type Address, type Hex, address } from '@surety/domain';
import type { DevnetWallet } from '../chains/connections.js';
import type { DevelopmentTokens } from '../chains/deploy-development.js';
import type { LocalNetwork } from '../network/start-network.js';
import { vaultOf } from './lock.js';
import { awaitReceipt, walletOf } from './send.js';

/** Many locks of one asset by many owners. */
export interface BulkLockRequest {
  readonly chainId: number;
  /** USDC unless given. */
  readonly asset?: keyof DevelopmentTokens;
  readonly count: number;
  /** Number of the owner whose turn is first; 0 unless given. */
  readonly firstOwner?: number;
  /** Owners take turns, so that most locks meet a line that is there. */
  readonly owners: number;
  /** Token units of each lock. */
  readonly units: bigint;
  /** Hears how many locks are mined. */
  readonly progress?: (mined: number) => void;
}

/** Locks in one transaction: about 45,000 gas each keep it below the cap of 16.7 million. */
const LOCKS_PER_TRANSACTION = 300;
/** Transactions under way at a time: what two blocks of 30 million gas hold. */
const TRANSACTIONS_UNDER_WAY = 4;
const FIRST_OWNER = 0xb01c000000000000000000000000000000000001n;

/** Returns the owner whose turn it is at a lock. */
export function bulkOwner(lock: number, owners: number): Address {
  return address(`0x${(FIRST_OWNER + BigInt(lock % owners)).toString(16)}`);
}

/** Locks a token many times, as fast as the chain's blocks allow. @throws STORY_BROKE if a transaction reverts. */
export async function lockInBulk(network: LocalNetwork, request: BulkLockRequest): Promise<void> {
  const { chainId, asset = 'USDC', count, firstOwner = 0, owners, units } = request;
  const wallet = walletOf(network, chainId, 'bob');
  const locker = await deployLocker(network, chainId, wallet);
  const token = network.tokens.get(chainId)?.[asset] as Address;
  const vault = vaultOf(network, chainId);
  for (let start = 0; start < count;) {
    const hashes: Hex[] = [];
    for (; hashes.length < TRANSACTIONS_UNDER_WAY && start < count; start += LOCKS_PER_TRANSACTION) {
      const size = Math.min(LOCKS_PER_TRANSACTION, count - start);
      const first = FIRST_OWNER + BigInt(firstOwner);
      const args = [vault, token, units, first, BigInt(start), BigInt(size), BigInt(owners)] as const;
      const call = { address: locker, abi: developmentBulkLockerAbi, functionName: 'lockMany', args } as const;
      hashes.push(await wallet.writeContract({ ...call, gas: 16_700_000n }));
    }
    for (const hash of hashes) await awaitReceipt(network, chainId, hash);
    request.progress?.(Math.min(start, count));
  }
}

async function deployLocker(network: LocalNetwork, chainId: number, wallet: DevnetWallet): Promise<Address> {
  const hash = await wallet.deployContract({
    abi: developmentBulkLockerAbi,
    bytecode: developmentBulkLockerCode.creation as Hex,
  });
  return address((await awaitReceipt(network, chainId, hash)).contractAddress ?? '0x');
}
