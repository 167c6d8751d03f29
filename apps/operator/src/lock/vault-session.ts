import {
  type AddedEntry,
  type OwnerCall,
  approveCall,
  findLocked,
  lockCall,
  lockCoinCall,
  logsOf,
} from '@surety/client';
import type { KeySource, ProviderEndpoint } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi, lockGatewayAbi, revertIn } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  type LockRefusal,
  type TxHash,
  address,
  lockRefusalOf,
} from '@surety/domain';
import { type ChainReads, type ReceiptLog, createChainReads } from '@surety/transactions';
import type { Clock, TransactionCall, TransactionSender } from '@surety/workflows';
import { type PublicClient, erc20Abi, parseEventLogs } from 'viem';
import type { LockCost, WalletFacts } from './check-lock.js';
import { operatorError } from '../errors.js';
import type { LocalPlace } from '../local/local-place.js';
import { openLocalDesk } from '../local/open-local-desk.js';
import { land, openKey, openReader, openRpc, openSender } from '../chains/open-sender.js';
import type { LockPlan } from './plan-lock.js';
import { readLanded } from '../chains/read-landed.js';
import type { Waiting } from '../chains/tell-what-is-sent.js';

/** Most that a lock or approval may use; a plain lock takes about 62,000. */
const GAS_CEILING = 500_000n;
const VAULT_ERRORS = collateralVaultAbi.filter((item) => item.type === 'error');
/** Gas of a lock that cannot be simulated yet: before its approval, or through the desk of source 0. Rather more than it takes. */
const LOCK_GAS = 250_000n;

/** A vault's verdict on a lock before it is sent; amounts in token units. */
export interface LockQuote {
  readonly refusal: LockRefusal;
  readonly minimum: bigint;
  readonly room: bigint;
  /** The smallest fee that it takes. */
  readonly fee: bigint;
}

/** A lock as the chain took it. */
export interface LockedEntry extends AddedEntry {
  readonly txHash: TxHash;
  /** At source 0, what the same transaction did with the credit. */
  readonly credit?: 'applied' | 'parked';
}

/** The account of a lock, and the part of it that pays the relayer. */
export interface LockTerms {
  readonly account: Bytes32;
  readonly fee: bigint;
}

/** One vault, used with one key. */
export interface VaultSession {
  readonly address: Address;
  /** Reads the sender's funds and what is at the vault's address. */
  readFacts(): Promise<WalletFacts>;
  quote(account: Bytes32): Promise<LockQuote>;
  /** Simulates the lock, or its approval where one is missing. @throws LOCK_REFUSED with the contract's own reason; nothing is sent. */
  estimate(order: LockTerms): Promise<LockCost>;
  /** Approves if needed, then locks. @throws LOCK_REFUSED with the contract's own reason; ENTRY_UNREAD once it landed. */
  lock(order: LockTerms, tell: (line: string) => void): Promise<LockedEntry>;
}

export interface SessionOptions {
  readonly plan: LockPlan;
  readonly key: KeySource;
  readonly endpoints: readonly ProviderEndpoint[];
  readonly clock: Clock;
  readonly waiting: Waiting;
  /** The desk of source 0, which locks and credits at once; undefined for every other vault. */
  readonly local?: LocalPlace | undefined;
}

/** Opens the key and connects to the plan's chain. @throws NO_PROVIDER, KEY_UNREADABLE. */
export function openVaultSession({ plan, key, endpoints, clock, waiting, local }: SessionOptions): VaultSession {
  const client = openReader({ chain: plan.chain, endpoints, clock });
  const account = openKey(key);
  const place = { chain: plan.chain, endpoints, clock };
  const errors = [...VAULT_ERRORS, ...lockGatewayAbi.filter((item) => item.type === 'error')];
  const sender = openSender(place, { account, errors, waiting });
  const reads = createChainReads(openRpc(place), errors);
  const vault = plan.vault.address as Hex;
  const locked = (logs: readonly ReceiptLog[]) => findLocked(logs, address(vault));
  const spender = local?.desk ?? address(plan.vault.address);
  return {
    address: address(account.address),
    readFacts: () => readFacts({ client, reads, plan, owner: sender.address }),
    estimate: (order) =>
      estimate({ client, reads, plan, spender, from: sender.address, isDesk: local !== undefined }, order),
    async quote(owner) {
      const at = { address: vault, abi: collateralVaultAbi } as const;
      const { index } = plan.asset;
      const [[refusal, minimum, room], fee] = await Promise.all([
        client.readContract({ ...at, functionName: 'quoteLock', args: [index, plan.amount, owner] }),
        client.readContract({ ...at, functionName: 'lockFeeOf', args: [index] }),
      ]);
      return { refusal: lockRefusalOf(refusal), minimum, room, fee };
    },
    async lock(order, tell) {
      if (plan.gateway === undefined) await approve({ client, sender, plan, spender }, tell);
      tell(`locking on ${plan.chain.name} …`);
      if (local !== undefined && plan.gateway === undefined) {
        const desk = openLocalDesk(local, { account, waiting });
        const lock = { token: plan.asset.token as Hex, amount: plan.amount, account: order.account };
        const txHash = await desk.lockAndCredit(lock);
        return readLanded(place, { hash: txHash, purpose: 'lock' }, (logs) => {
          const entry = locked(logs);
          return entry === undefined
            ? undefined
            : { ...entry, txHash, credit: creditOf(logs, local.settlement.ledger) };
        });
      }
      const hash = await land(sender, lockOf(plan, order), 'LOCK_REFUSED');
      return { ...(await readLanded(place, { hash, purpose: 'lock' }, locked)), txHash: hash };
    },
  };
}

async function approve(
  {
    client,
    sender,
    plan,
    spender,
  }: {
    readonly client: PublicClient;
    readonly sender: TransactionSender;
    readonly plan: LockPlan;
    readonly spender: Address;
  },
  tell: (line: string) => void,
): Promise<void> {
  const calls = await missingApprovals(client, plan, sender.address, spender);
  if (calls.length === 0) return;
  tell(`approving ${plan.asset.symbol} for ${spender} …`);
  for (const call of calls) await land(sender, call, 'LOCK_REFUSED');
}

/** Returns what a lock has to send before it: an approval, and what takes back one that is left, over which some tokens take no other. */
async function missingApprovals(
  client: PublicClient,
  plan: LockPlan,
  owner: Hex,
  spender: Address,
): Promise<readonly TransactionCall[]> {
  const token = address(plan.asset.token);
  const args = [owner, spender] as const;
  const allowed = await client.readContract({ address: token, abi: erc20Abi, functionName: 'allowance', args });
  if (allowed >= plan.amount) return [];
  const amounts = allowed === 0n ? [plan.amount] : [0n, plan.amount];
  return amounts.map((amount) => transactionOf('approve', approveCall({ token, spender, amount })));
}

function transactionOf(purpose: TransactionCall['purpose'], { to, data, value }: OwnerCall): TransactionCall {
  return { purpose, to, calldata: data, ...(value === 0n ? {} : { value }), gasCeiling: GAS_CEILING };
}

interface Wallet {
  readonly client: PublicClient;
  readonly reads: ChainReads;
  readonly plan: LockPlan;
}

async function readFacts({ client, reads, plan, owner }: Wallet & { readonly owner: Address }): Promise<WalletFacts> {
  const vault = address(plan.vault.address);
  const [codeHash, coin] = await Promise.all([reads.readCodeHash(vault), reads.readBalance(owner)]);
  const nothing = { codeHash, coin, wrapped: undefined, held: 0n };
  // Without the vault's code none of the calls below has an answer.
  if (codeHash !== plan.vault.codeHash.toLowerCase())
    return { ...nothing, listed: { token: address(plan.asset.token), decimals: plan.asset.decimals } };
  const token = { address: plan.asset.token as Hex, abi: erc20Abi } as const;
  const gateway = plan.vault.gateway;
  const [listed, held, wrapped] = await Promise.all([
    client.readContract({ address: vault, abi: collateralVaultAbi, functionName: 'assetOf', args: [plan.asset.index] }),
    client.readContract({ ...token, functionName: 'balanceOf', args: [owner] }),
    gateway === undefined
      ? undefined
      : client.readContract({ address: gateway as Hex, abi: lockGatewayAbi, functionName: 'wrappedNative' }),
  ]);
  return {
    codeHash,
    coin,
    held,
    listed: { token: address(listed.token), decimals: listed.decimals },
    wrapped: wrapped === undefined ? undefined : address(wrapped),
  };
}

async function estimate(
  {
    client,
    reads,
    plan,
    spender,
    from,
    isDesk,
  }: Wallet & { readonly spender: Address; readonly from: Address; readonly isDesk: boolean },
  order: LockTerms,
): Promise<LockCost> {
  const isNative = plan.gateway !== undefined;
  const [approval] = isNative ? [] : await missingApprovals(client, plan, from, spender);
  const isUnapproved = approval !== undefined;
  const market = await reads.readMarket();
  const simulated = approval ?? (isDesk && !isNative ? undefined : lockOf(plan, order));
  const answer = simulated === undefined ? undefined : await reads.estimate({ from, ...simulated });
  if (answer?.kind === 'reverted') {
    const reason = revertIn(answer.revert, plan.asset);
    throw operatorError('LOCK_REFUSED', `the lock would be refused: ${reason}; nothing was sent`);
  }
  const rest = isUnapproved || simulated === undefined ? LOCK_GAS : 0n;
  const gas = (answer?.gas ?? 0n) + rest;
  return { gas, feeWei: gas * (market.baseFeePerGas + market.tipPerGas), approval: isUnapproved };
}

function lockOf({ vault, asset, amount, gateway }: LockPlan, { account, fee }: LockTerms): TransactionCall {
  const order = { vault: address(vault.address), vaultAsset: asset.index, amount, account, fee };
  return transactionOf('lock', gateway === undefined ? lockCall(order) : lockCoinCall(order, gateway));
}

/** Says whether the transaction of a lock at source 0 credited it, or a limit of the asset parked it. */
function creditOf(logs: readonly ReceiptLog[], ledger: string): 'applied' | 'parked' {
  const told = logsOf(logs, address(ledger));
  const [applied] = parseEventLogs({ abi: collateralLedgerAbi, eventName: 'Applied', logs: told });
  const last = applied?.args.to;
  const parked = parseEventLogs({ abi: collateralLedgerAbi, eventName: 'Parked', logs: told });
  // The lock is the last entry of the batch.
  return parked.some(({ args }) => args.index === last && args.source === 0) ? 'parked' : 'applied';
}
