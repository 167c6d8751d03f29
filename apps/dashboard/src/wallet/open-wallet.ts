import { type OwnerCall } from '@surety/client';
import { collateralLedgerAbi, collateralVaultAbi, describeRevert, liquidationAuctionAbi } from '@surety/contracts';
import { type Address, type Hex, address, mulDivUp } from '@surety/domain';
import {
  type Abi,
  type Client,
  type Log,
  type TransactionReceipt,
  BaseError,
  ChainMismatchError,
  InsufficientFundsError,
  SwitchChainError,
  UserRejectedRequestError,
  createClient,
  custom,
  defineChain,
  defineTransactionRequest,
  numberToHex,
} from 'viem';
import {
  type ReplacementReason,
  type WaitForTransactionReceiptParameters,
  estimateGas,
  getChainId,
  requestAddresses,
  sendTransaction,
  switchChain,
  waitForTransactionReceipt,
} from 'viem/actions';
import type { PageWorld } from '../page-world.js';
import type { FoundWallet } from './find-wallets.js';
import { type Ask, stayOnChain } from './stay-on-chain.js';

/** Milliseconds between two questions for a receipt. */
const RECEIPT_EVERY_MS = 1_500;
const ERRORS: Abi = [...collateralVaultAbi, ...collateralLedgerAbi, ...liquidationAuctionAbi].filter(
  ({ type }) => type === 'error',
);

/** A sentence for whoever looks at the page: why an act cannot go on. */
export class WalletProblem extends Error {}

/** Where nobody can say whether a call was sent, or what became of it. */
export class UnknownOutcome extends WalletProblem {}

/** A chain as its users name it. */
export interface NamedChain {
  readonly chainId: number;
  readonly name: string;
}

/** One signature of an act. */
export interface SigningStep {
  readonly title: string;
  readonly call: OwnerCall;
}

/** An account of a wallet that let this page ask it. */
export interface OpenWallet {
  readonly name: string;
  readonly address: Address;
  /** Reads of the chain that the wallet is on. */
  readonly chain: Client;
  /** Lets the wallet change to a chain. @throws WalletProblem if it does not know the chain, or the user declines. */
  useChain(chain: NamedChain): Promise<void>;
  /** Has the chain simulate a call, and gives what it returns. @throws WalletProblem with the contract's own reason. */
  simulate(call: OwnerCall): Promise<Hex>;
  /**
   * Asks for a signature on one chain alone and waits for the receipt there, also while the wallet is on another one; `tell` hears how
   * far it is, with the hash once there is one. `stay` is called last before the wallet is asked, and may throw a WalletProblem.
   * @throws WalletProblem if the user declines, the wallet has left the chain, the transaction reverts, another takes its place, or
   * nobody can say what became of it.
   */
  send(
    step: SigningStep,
    on: NamedChain,
    tell: (line: string, hash?: Hex) => void,
    stay?: () => void,
  ): Promise<readonly Log[]>;
}

/** Asks a wallet for its account. @throws WalletProblem if the user declines. */
export async function openWallet(
  { name, provider }: FoundWallet,
  { every }: Pick<PageWorld, 'every'>,
): Promise<OpenWallet> {
  const chain = clientOf(provider);
  const [first] = await inWords(() => requestAddresses(chain));
  if (first === undefined) throw new WalletProblem(`${name} gave no account; unlock it and connect again`);
  const account = address(first);
  return {
    name,
    address: account,
    chain,
    async useChain({ chainId, name: chainName }) {
      if ((await inWords(() => getChainId(chain))) === chainId) return;
      await inWords(() => switchChain(chain, { id: chainId }), `${chainName} (${chainId})`);
      const now = await inWords(() => getChainId(chain));
      if (now !== chainId)
        throw new WalletProblem(`${name} is on chain ${now}; expected ${chainName} (${chainId}): change it there`);
    },
    async simulate(call) {
      const asked = { from: account, to: call.to, data: call.data, value: `0x${call.value.toString(16)}` as const };
      try {
        return await provider.request({ method: 'eth_call', params: [asked, 'latest'] });
      } catch (cause) {
        const { payload, message } = revertOf(cause);
        throw new WalletProblem(
          `it would be refused: ${describeRevert(payload, message, ERRORS).detail}; nothing was sent`,
        );
      }
    },
    async send({ call }, on, tell, stay) {
      const gas = await gasOf(chain, { account, ...call });
      stay?.();
      const where = `${on.name} (${on.chainId})`;
      // Named in the request, so that a wallet whose user changes its chain meanwhile signs for no other one.
      const sending = { account, ...call, ...gas };
      const hash = await askToSend(provider, (asked) => sendTransaction(signerOn(on, asked), sending), where);
      const moved = (now: number): void =>
        tell(
          now === on.chainId
            ? `sent in ${hash}, waiting for its block`
            : `sent in ${hash}; ${name} is on chain ${now}: change it back to ${where} to see the result`,
          hash,
        );
      moved(on.chainId);
      const receipt = await receiptOf(clientOf(stayOnChain(provider, { chainId: on.chainId, every, moved })), hash);
      if (receipt.status === 'success') return receipt.logs;
      const reverted = receipt.transactionHash;
      throw new WalletProblem(`transaction ${reverted} was mined and reverted; nothing but its gas is gone`);
    },
  };
}

/** Returns a client of a wallet, which answers once: a question that is asked again asks its user again. */
function clientOf(provider: Parameters<typeof custom>[0]): Client {
  return createClient({
    ccipRead: false,
    transport: custom(provider, { retryCount: 0 }),
    pollingInterval: RECEIPT_EVERY_MS,
  });
}

/** Returns a client that asks a wallet to sign on one chain alone. Coin and nodes are the wallet's: only the id counts. */
function signerOn({ chainId: id, name }: NamedChain, provider: Parameters<typeof custom>[0]) {
  const nativeCurrency = { name: 'coin', symbol: 'coin', decimals: 18 };
  // By itself viem compares the chain before it asks, and does not name it in the request.
  const transactionRequest = defineTransactionRequest({ format: () => ({ chainId: numberToHex(id) }) });
  const formatters = { transactionRequest };
  const chain = defineChain({ id, name, nativeCurrency, rpcUrls: { default: { http: [] } }, formatters });
  // After some refusals viem would ask once more by this method, and show what the wallet says to that.
  const methods = { exclude: ['wallet_sendTransaction'] };
  return createClient({ chain, ccipRead: false, transport: custom(provider, { methods, retryCount: 0 }) });
}

/**
 * Returns half more gas than the chain estimates: prices and what protocols answer may change until the block. Nothing if there is
 * no estimate, so that the wallet makes its own.
 */
async function gasOf(chain: Client, call: OwnerCall & { readonly account: Address }): Promise<{ gas?: bigint }> {
  try {
    return { gas: mulDivUp(await estimateGas(chain, call), 3n, 2n) };
  } catch {
    return {};
  }
}

/**
 * Waits for a receipt as long as it takes, also that of the same call at another price.
 * @throws WalletProblem where another transaction took its place, or nobody can say what became of it
 */
async function receiptOf(chain: Client, hash: Hex): Promise<TransactionReceipt> {
  // By itself viem answers with the receipt of whatever took the place.
  let taken: { readonly reason: ReplacementReason; readonly transaction: { readonly hash: Hex } } | undefined;
  const receipt = await waitFor(chain, hash, (by) => (taken = by));
  if (taken === undefined || taken.reason === 'repriced') return receipt;
  throw new WalletProblem(
    `transaction ${hash} was cancelled or replaced in the wallet: ${taken.transaction.hash} took its place; nothing of it was done`,
  );
}

/** @throws UnknownOutcome where nobody can say what became of the transaction */
async function waitFor(
  chain: Client,
  hash: Hex,
  onReplaced: NonNullable<WaitForTransactionReceiptParameters['onReplaced']>,
): Promise<TransactionReceipt> {
  try {
    return await waitForTransactionReceipt(chain, { hash, timeout: 0, onReplaced });
  } catch (cause) {
    throw new UnknownOutcome(
      `transaction ${hash} was sent, and what became of it is not known (${reasonOf(cause)}): look at it in the wallet before you check again`,
    );
  }
}

/** Says on one line why something failed. */
function reasonOf(cause: unknown): string {
  return (cause instanceof BaseError ? cause.shortMessage : String(cause)).replaceAll(/\s+/g, ' ');
}

/**
 * Has a wallet send.
 * @throws WalletProblem for a refusal, and where it was not asked at all; UnknownOutcome for a wallet that fails: it may have sent before
 */
function askToSend(
  provider: FoundWallet['provider'],
  send: (asked: { readonly request: Ask }) => Promise<Hex>,
  chainName: string,
): Promise<Hex> {
  let isAsked = false;
  const request: Ask = (asked) => {
    isAsked ||= asked.method === 'eth_sendTransaction';
    return (provider as { readonly request: Ask }).request(asked);
  };
  return inWords(async () => {
    try {
      return await send({ request });
    } catch (cause) {
      if (cause instanceof BaseError && isRefusal(cause)) throw cause;
      // viem looks at the arguments, and asks for the wallet's chain, before.
      if (!isAsked) throw new WalletProblem(`the wallet could not be asked (${reasonOf(cause)}); nothing was sent`);
      if (!(cause instanceof BaseError)) throw cause;
      throw new UnknownOutcome(
        `the wallet failed (${reasonOf(cause)}); it may have been sent: look in the wallet before you check again`,
      );
    }
  }, chainName);
}

/** Runs one question to a wallet, its refusal in a sentence. */
async function inWords<Answer>(ask: () => Promise<Answer>, chainName = 'this chain'): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof BaseError)) throw cause;
    if (cause.walk(isDeclined) !== null) throw new WalletProblem('declined in the wallet; nothing was sent');
    if (cause.walk((inner) => inner instanceof SwitchChainError || codeOf(inner) === UNKNOWN_CHAIN) !== null)
      throw new WalletProblem(`the wallet does not know ${chainName}: add it there, then check again`);
    if (cause.walk((inner) => inner instanceof ChainMismatchError) !== null)
      throw new WalletProblem(`the wallet has left ${chainName}: change it back, then check again; nothing was sent`);
    throw new WalletProblem(`the wallet refused: ${cause.shortMessage}`);
  }
}

/** @source EIP-3326 */
const UNKNOWN_CHAIN = 4902;

/** The user declined. @source EIP-1193 */
const DECLINED = 4001;

/** Not authorized or not supported; an unknown chain; no such method, bad parameters. @source EIP-1193, EIP-1474 */
const REFUSALS: ReadonlySet<unknown> = new Set([4100, 4200, UNKNOWN_CHAIN, -32_601, -32_602, -32_004]);

/** Whether a wallet that says this has sent nothing. */
function isRefusal(cause: BaseError): boolean {
  // What a wallet's error comes from may be of a question that it asked its node after it had sent.
  const own = cause.walk((inner) => codeOf(inner) !== undefined);
  return REFUSALS.has(codeOf(own)) || cause.walk(isUnsent) !== null;
}

function isUnsent(inner: unknown): boolean {
  return inner instanceof InsufficientFundsError || inner instanceof ChainMismatchError || isDeclined(inner);
}

/** Whether the user declined: some wallets say so inside an error of another code. */
function isDeclined(inner: unknown): boolean {
  if (inner instanceof UserRejectedRequestError || codeOf(inner) === DECLINED) return true;
  const data = typeof inner === 'object' && inner !== null && 'data' in inner ? inner.data : undefined;
  if (typeof data !== 'object' || data === null || !('originalError' in data)) return false;
  return codeOf(data.originalError) === DECLINED;
}

function codeOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}

/** Finds the data of a revert, which wallets wrap differently. */
function revertOf(cause: unknown): { readonly payload: string | null; readonly message: string } {
  const message = cause instanceof Error || hasMessage(cause) ? cause.message : 'the call reverts';
  for (let at: unknown = cause, depth = 0; typeof at === 'object' && at !== null && depth < 4; depth++) {
    if (!('data' in at)) break;
    if (typeof at.data === 'string') return { payload: at.data, message };
    at = at.data;
  }
  return { payload: null, message };
}

function hasMessage(cause: unknown): cause is { readonly message: string } {
  return typeof cause === 'object' && cause !== null && 'message' in cause && typeof cause.message === 'string';
}
