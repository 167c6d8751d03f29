import { readFileSync } from 'node:fs';
import { type KeySource, type ProviderEndpoint } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, type TxHash, address, bytes32, tokenUnits } from '@surety/domain';
import { createRpc, createTransactionSender, openDevelopmentKey, openKeystore } from '@surety/transactions';
import type { Clock, TransactionCall, TransactionSender } from '@surety/workflows';
import {
  type PrivateKeyAccount,
  type PublicClient,
  createPublicClient,
  encodeFunctionData,
  erc20Abi,
  http,
  parseEventLogs,
} from 'viem';
import { operatorError } from './errors.js';
import type { LockPlan } from './plan-lock.js';

/** Reasons for which a vault refuses a lock, in the contract's order. @source ICollateralVault.LockRefusal */
const REFUSALS = [
  'NONE',
  'ASSET_UNKNOWN',
  'LOCK_PAUSED',
  'OWNER_MISSING',
  'HOME_NOT_SUPPORTED',
  'ASSET_SHORT',
  'BELOW_MINIMUM',
  'CAP_EXCEEDED',
  'ACCOUNTED_TOO_LARGE',
] as const;

/** Most that a lock or approval may use; a plain lock takes about 62,000. */
const GAS_CEILING = 500_000n;
/** 200 gwei: above that a person should look before money is spent on a lock. */
const FEE_MAX_WEI = 200_000_000_000n;
const PRIORITY_FEE_MAX_WEI = 5_000_000_000n;
const PRIORITY_FEE_MIN_WEI = 1_000_000n;
const TIMEOUT_MS = 20_000;
const NO_MEMO = `0x${'0'.repeat(64)}` as const;

/** What a vault says of a lock before it is sent; amounts in token units. */
export interface LockQuote {
  readonly refusal: (typeof REFUSALS)[number];
  readonly minimum: bigint;
  readonly room: bigint;
}

/** A lock as the chain took it. */
export interface LockedEntry {
  /** `<edge>:<index>`: the name under which the aggregator knows it. */
  readonly id: string;
  readonly edge: Bytes32;
  readonly index: bigint;
  readonly txHash: TxHash;
  /** What arrived, in token units. */
  readonly amount: bigint;
}

/** One vault as the holder of one key uses it. */
export interface VaultSession {
  readonly address: Address;
  quote(account: Bytes32): Promise<LockQuote>;
  /** Approves if needed, then locks. @throws LOCK_REFUSED with the contract's own reason. */
  lock(account: Bytes32, tell: (line: string) => void): Promise<LockedEntry>;
}

/** What a session is opened with. */
export interface SessionOptions {
  readonly plan: LockPlan;
  readonly key: KeySource;
  readonly endpoints: readonly ProviderEndpoint[];
  readonly clock: Clock;
}

/** Opens the key and connects to the plan's chain. @throws NO_PROVIDER, KEY_UNREADABLE. */
export function openVaultSession({ plan, key, endpoints, clock }: SessionOptions): VaultSession {
  const [first] = endpoints;
  if (first === undefined) {
    const names = plan.chain.providers.map((provider) => provider.urlEnv).join(', ');
    throw operatorError('NO_PROVIDER', `no provider of ${plan.chain.name} has a URL; set one of ${names}`);
  }
  const account = openKey(key);
  const client = createPublicClient({ transport: http(first.url.reveal(), { timeout: TIMEOUT_MS }) });
  const sender = openSender(plan, account, endpoints, clock);
  const vault = plan.vault.address as Hex;
  return {
    address: address(account.address),
    async quote(owner) {
      const [refusal, minimum, room] = await client.readContract({
        address: vault,
        abi: collateralVaultAbi,
        functionName: 'quoteLock',
        args: [plan.asset.index, plan.amount, owner],
      });
      return { refusal: REFUSALS[refusal] ?? 'ASSET_UNKNOWN', minimum, room };
    },
    async lock(owner, tell) {
      if (!plan.native) await approve(client, sender, plan, tell);
      tell(`locking on ${plan.chain.name} …`);
      const hash = await land(sender, lockCall(plan, owner));
      return readEntry(client, vault, hash);
    },
  };
}

function openKey(key: KeySource): PrivateKeyAccount {
  return key.kind === 'environment'
    ? openDevelopmentKey(key.key.reveal())
    : openKeystore(readFileSync(key.file, 'utf8'), key.password.reveal());
}

function openSender(
  plan: LockPlan,
  account: PrivateKeyAccount,
  endpoints: readonly ProviderEndpoint[],
  clock: Clock,
): TransactionSender {
  return createTransactionSender({
    rpc: createRpc({
      chainId: plan.chain.chainId,
      endpoints: endpoints.map(({ name, url }) => ({ name, url: url.reveal() })),
      timeoutMs: TIMEOUT_MS,
    }),
    account,
    policy: {
      maxFeePerGasCap: FEE_MAX_WEI,
      maxPriorityFeePerGasCap: PRIORITY_FEE_MAX_WEI,
      minPriorityFeePerGas: PRIORITY_FEE_MIN_WEI,
      pollIntervalMs: Math.max(100, Math.min(2_000, plan.chain.blockTimeMs >> 1)),
      replaceAfterMs: 10 * plan.chain.blockTimeMs,
      confirmations: 1,
      takeoverAfterMs: 30 * plan.chain.blockTimeMs,
    },
    clock,
    observer: { observe: () => {} },
    errors: collateralVaultAbi.filter((item) => item.type === 'error'),
  });
}

async function approve(
  client: PublicClient,
  sender: TransactionSender,
  plan: LockPlan,
  tell: (line: string) => void,
): Promise<void> {
  const token = plan.asset.token as Hex;
  const spender = plan.vault.address as Hex;
  const args = [sender.address, spender] as const;
  const allowance = await client.readContract({ address: token, abi: erc20Abi, functionName: 'allowance', args });
  if (allowance >= plan.amount) return;
  tell(`approving ${plan.asset.symbol} for the vault …`);
  await land(sender, {
    purpose: 'approve',
    to: address(token),
    calldata: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [spender, plan.amount] }),
    gasCeiling: GAS_CEILING,
  });
}

function lockCall(plan: LockPlan, owner: Bytes32): TransactionCall {
  const to = address(plan.vault.address);
  if (plan.native) {
    const args = [owner, NO_MEMO, plan.fee, 0] as const;
    const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'lockNative', args });
    return { purpose: 'lock', to, calldata, value: plan.amount, gasCeiling: GAS_CEILING };
  }
  const args = [plan.asset.index, plan.amount, owner, NO_MEMO, plan.fee, 0] as const;
  return {
    purpose: 'lock',
    to,
    calldata: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'lock', args }),
    gasCeiling: GAS_CEILING,
  };
}

async function land(sender: TransactionSender, call: TransactionCall): Promise<TxHash> {
  const outcome = await sender.land(call);
  if (outcome.kind === 'landed') return outcome.txHash;
  const why =
    outcome.kind === 'overtaken'
      ? outcome.detail
      : `${outcome.name}${outcome.kind === 'refused' ? `: ${outcome.detail}` : ''}`;
  throw operatorError('LOCK_REFUSED', `the ${call.purpose} was ${outcome.kind}: ${why}; nothing is under way`);
}

async function readEntry(client: PublicClient, vault: Hex, hash: TxHash): Promise<LockedEntry> {
  const receipt = await client.getTransactionReceipt({ hash });
  const logs = receipt.logs.filter((log) => log.address.toLowerCase() === vault.toLowerCase());
  const [locked] = parseEventLogs({ abi: collateralVaultAbi, eventName: 'Locked', logs });
  if (locked === undefined) {
    throw operatorError(
      'LOCK_REFUSED',
      `transaction ${hash} holds no Locked event of ${vault}; ask for help with this hash`,
    );
  }
  const { edge, index, amount } = locked.args;
  return { id: `${edge}:${index}`, edge: bytes32(edge), index, txHash: hash, amount: tokenUnits(amount) };
}
