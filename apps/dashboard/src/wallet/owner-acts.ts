import {
  type AddedEntry,
  type AggregatorClient,
  type AssetView,
  type DeployedContract,
  type LockOrder,
  type LockQuoteView,
  type OptOutcome,
  type ReleaseQuoteView,
  approveCall,
  findLocked,
  findOptOutcome,
  findReleased,
  lockCall,
  lockCoinCall,
  optingCall,
  releaseCall,
} from '@surety/client';
import { collateralVaultAbi, lockGatewayAbi } from '@surety/contracts';
import { type Address, type Bytes32, lockRefusalOf } from '@surety/domain';
import { type Log, erc20Abi } from 'viem';
import { getBalance, readContract } from 'viem/actions';
import { showWholeAmount } from '../format.js';
import { type ReadPlace, assetNameOf, chainOf, checkAtLedger, checkAtVault } from './check-asset.js';
import { type NamedChain, type OpenWallet, type SigningStep, WalletProblem } from './open-wallet.js';
import { requireKey } from './require-key.js';

/** Transactions to sign for an act that was checked and not sent. */
export interface CheckedSteps {
  readonly chain: NamedChain;
  readonly steps: readonly SigningStep[];
}

/** An act that was checked and not sent: what it would do, and what is to be signed for it. */
export interface CheckedAct<Quote> extends CheckedSteps {
  readonly quote: Quote;
  /** Amount that is credited or paid out, without the fee, as the chains themselves write it. */
  readonly arrives: string;
  /** Writes units of its token as the chains themselves do. */
  readonly text: ReadPlace['text'];
  /** Reads the entry from the receipt of the last step. */
  readonly entryOf: (logs: readonly Log[]) => AddedEntry | undefined;
}

/** Ports of an owner's acts. */
export interface ActWorld {
  readonly client: AggregatorClient;
  readonly wallet: OpenWallet;
  readonly account: Bytes32;
}

/** A wanted act; amounts in token units. */
export interface WantedAct {
  readonly asset: AssetView;
  readonly amount: bigint;
}

/** A wanted lock, of the token or of the chain's coin that it wraps. */
export interface WantedLocking extends WantedAct {
  readonly withCoin: boolean;
}

/** A wanted payout of a release, with the part of it that goes to whoever delivers it. */
export interface WantedPayout extends WantedAct {
  readonly fee: bigint;
}

/**
 * Checks a lock at aggregator, wallet and vault, and plans its signatures. Sends nothing.
 * @throws WalletProblem with what is in the way
 */
export async function checkLock(
  world: ActWorld,
  { asset, amount, withCoin }: WantedLocking,
  contracts: readonly DeployedContract[],
): Promise<CheckedAct<LockQuoteView>> {
  const { client, wallet, account } = world;
  const chain = chainOf(asset);
  await wallet.useChain(chain);
  // The account that is credited is that address's beside the ledger.
  await requireKey(wallet, chain);
  const place = await checkAtVault(wallet, asset);
  const { vault, text } = place;
  const at = { address: vault, abi: collateralVaultAbi } as const;
  const [[verdict, minimum, room], fee] = await Promise.all([
    readContract(wallet.chain, { ...at, functionName: 'quoteLock', args: [asset.vaultAsset, amount, account] }),
    // What is named here goes to whoever carries the entry: the wallet's own node says it, and not the aggregator.
    readContract(wallet.chain, { ...at, functionName: 'lockFeeOf', args: [asset.vaultAsset] }),
  ]);
  const order = { vault, vaultAsset: asset.vaultAsset, amount, account, fee };
  const plan = { wallet, order, place };
  const gateway = gatewayOf(asset, contracts);
  const steps = withCoin ? await payInCoin({ ...plan, gateway, asset }) : await payInTokens(plan);
  const refusal = lockRefusalOf(verdict);
  if (refusal !== 'NONE')
    throw new WalletProblem(
      `the vault would refuse it: ${refusal}; it takes ${text(minimum)} to ${text(room)} now; nothing was sent`,
    );
  // Behind the vault's own word: an aggregator that refuses to weigh it would hide the reason.
  const quote = await client.quoteLock({ account, assetId: asset.assetId, amount, ...(fee === 0n ? {} : { fee }) });
  if (steps[0] !== undefined) await wallet.simulate(steps[0].call);
  return { quote, chain, steps, arrives: text(amount - fee), text, entryOf: (logs) => findLocked(logs, vault) };
}

/** Returns the gateway that wraps a chain's coin; undefined where the aggregator's configuration names none. */
export function gatewayOf({ chainId }: AssetView, contracts: readonly DeployedContract[]): Address | undefined {
  return contracts.find((one) => one.name === 'gateway' && one.chainId === chainId)?.address;
}

interface LockPlan {
  readonly wallet: OpenWallet;
  readonly order: LockOrder;
  readonly place: ReadPlace;
}

/** Plans an approval where it is needed, of the amount and no more, after taking one back that is left, and the lock. @throws WalletProblem for too few tokens */
async function payInTokens({ wallet, order, place }: LockPlan): Promise<readonly SigningStep[]> {
  const { vault, amount } = order;
  const { token, text } = place;
  const erc20 = { address: token, abi: erc20Abi } as const;
  const [held, allowance] = await Promise.all([
    readContract(wallet.chain, { ...erc20, functionName: 'balanceOf', args: [wallet.address] }),
    readContract(wallet.chain, { ...erc20, functionName: 'allowance', args: [wallet.address, vault] }),
  ]);
  if (held < amount)
    throw new WalletProblem(`the wallet holds ${text(held)}; expected at least ${text(amount)}; nothing was sent`);
  const lock = { title: `Lock ${text(amount)}, token ${token}${payingText(order.fee, text)}`, call: lockCall(order) };
  if (allowance >= amount) return [lock];
  const title = `Let vault ${vault} take ${text(amount)}, and no more`;
  const approval = { title, call: approveCall({ token, spender: vault, amount }) };
  if (allowance === 0n) return [approval, lock];
  // Some tokens take no approval over one that is left.
  const back = {
    title: `Take back an approval of ${text(allowance)}`,
    call: approveCall({ token, spender: vault, amount: 0n }),
  };
  return [back, approval, lock];
}

/** Plans a lock of the chain's coin through its gateway. @throws WalletProblem for another token, or too little coin */
async function payInCoin(
  plan: LockPlan & { readonly gateway: Address | undefined; readonly asset: AssetView },
): Promise<readonly SigningStep[]> {
  const { wallet, order, place, gateway, asset } = plan;
  const { token, text } = place;
  const name = assetNameOf(asset);
  if (gateway === undefined)
    throw new WalletProblem(`the aggregator names no gateway for ${name}; lock the token itself`);
  const wraps = { address: gateway, abi: lockGatewayAbi, functionName: 'wrappedNative' } as const;
  const [wrapped, held] = await Promise.all([
    readContract(wallet.chain, wraps),
    getBalance(wallet.chain, { address: wallet.address }),
  ]);
  if (wrapped.toLowerCase() !== token.toLowerCase())
    throw new WalletProblem(`${name} is not its chain’s coin; lock the token itself; nothing was sent`);
  if (held < order.amount)
    throw new WalletProblem(
      `the wallet holds ${showWholeAmount(held, asset.decimals)} of the coin; expected more than ${text(order.amount)}, since gas comes from it too; nothing was sent`,
    );
  // A gateway hands the tokens to whatever vault it is told.
  const title = `Lock ${text(order.amount)}, wrapped from the coin, at vault ${order.vault}${payingText(order.fee, text)}`;
  return [{ title, call: lockCoinCall(order, gateway) }];
}

function payingText(fee: bigint, text: (units: bigint) => string): string {
  return fee === 0n ? '' : `, ${text(fee)} of it for the relayer`;
}

/**
 * Checks a release to the wallet's own address at aggregator, wallet and ledger, and plans its signature. Sends nothing.
 * @throws WalletProblem with what is in the way, and how much may leave
 */
export async function checkRelease(
  world: ActWorld,
  { asset, amount, fee }: WantedPayout,
  contracts: readonly DeployedContract[],
): Promise<CheckedAct<ReleaseQuoteView>> {
  const { client, wallet, account } = world;
  const home = ledgerOf(contracts);
  const quote = await client.quoteRelease({ account, assetId: asset.assetId, amount, fee });
  const said = (units: bigint): string => `${showWholeAmount(units, asset.decimals)} ${asset.symbol}`;
  if (!quote.allowed)
    throw new WalletProblem(
      `the ledger would refuse it: ${quote.code}: ${quote.detail}; ${said(quote.maxAmount)} may leave now; nothing was sent`,
    );
  if (quote.payment?.lane === null)
    throw new WalletProblem(
      `the vault would stop and refund it: it pays at most ${said(quote.payment.largest)} at a time; release less at a time; nothing was sent`,
    );
  // What is signed is a number of units of a number: whether it means what was typed is read on both chains, and not taken on trust.
  const away = chainOf(asset);
  await wallet.useChain(away);
  const { token, vault, text } = await checkAtVault(wallet, asset);
  const chain = { chainId: home.chainId, name: home.chain };
  await wallet.useChain(chain);
  // The vault pays that address on its own chain.
  await requireKey(wallet, chain);
  await checkAtLedger(wallet, home.address, asset);
  const release = { account, assetId: asset.assetId, amount, recipient: wallet.address, fee };
  const call = releaseCall({ ...release, ledger: home.address });
  await wallet.simulate(call);
  const which = `asset ${asset.assetId}, token ${token} of vault ${vault} on ${away.name} (${away.chainId})`;
  const title = `Release ${text(amount)} to ${wallet.address}${payingText(fee, text)}: ${which}`;
  const steps = [{ title, call }];
  const entryOf = (logs: readonly Log[]): AddedEntry | undefined => findReleased(logs, home.address);
  return { quote, chain, steps, arrives: text(amount - fee), text, entryOf };
}

/**
 * Checks that a protocol may be let in, or left, and plans its signature. Sends nothing.
 * @throws WalletProblem with the ledger's own reason
 */
export async function checkOpting(
  { wallet, account }: ActWorld,
  { protocol, name, joins }: { readonly protocol: Address; readonly name: string; readonly joins: boolean },
  contracts: readonly DeployedContract[],
): Promise<CheckedSteps> {
  const home = ledgerOf(contracts);
  const chain = { chainId: home.chainId, name: home.chain };
  await wallet.useChain(chain);
  const call = optingCall(joins ? 'optIn' : 'optOut', { ledger: home.address, account, protocol });
  await wallet.simulate(call);
  return { chain, steps: [{ title: `${joins ? 'Let in' : 'Leave'} ${name} at ${protocol}`, call }] };
}

/** Has the one step of an opt-in or opt-out signed, and returns what became of it. @throws WalletProblem */
export async function carryOutOpting(
  wallet: OpenWallet,
  checked: CheckedSteps,
  tell: (line: string) => void,
): Promise<OptOutcome> {
  const logs = await signSteps(wallet, checked, tell);
  return findOptOutcome(logs, checked.steps[0]?.call.to as Address);
}

/** @throws WalletProblem where the aggregator's configuration names none */
function ledgerOf(contracts: readonly DeployedContract[]): DeployedContract {
  const home = contracts.find(({ name }) => name === 'ledger');
  if (home === undefined) throw new WalletProblem('the aggregator names no ledger; use the command line, surety');
  return home;
}

/** Has each step of an act signed, one after another, and returns the entry that it made. @throws WalletProblem */
export async function carryOutAct(
  wallet: OpenWallet,
  act: CheckedAct<unknown>,
  tell: (line: string) => void,
): Promise<AddedEntry> {
  const entry = act.entryOf(await signSteps(wallet, act, tell));
  if (entry === undefined)
    throw new WalletProblem('the transaction tells of no entry; ask for help with the hash that the wallet shows');
  return entry;
}

/**
 * Has each step signed, one after another, and returns what the last receipt tells of.
 * @throws WalletProblem, which names the steps that were mined before it.
 */
export async function signSteps(
  wallet: OpenWallet,
  { steps, chain }: CheckedSteps,
  tell: (line: string) => void,
): Promise<readonly Log[]> {
  let logs: readonly Log[] = [];
  const mined: string[] = [];
  for (const step of steps) {
    const { title, call } = step;
    try {
      await wallet.useChain(chain);
      // A contract that its first transaction deploys had no code when the act was checked.
      if (mined.length > 0) await requireKey(wallet, chain);
      tell(`${title}: sign it in ${wallet.name}`);
      await wallet.simulate(call);
      logs = await wallet.send(step, chain, (line) => tell(`${title}: ${line}`));
    } catch (cause) {
      if (mined.length === 0 || !(cause instanceof WalletProblem)) throw cause;
      const said = cause.message.replace(/nothing was sent$/, 'nothing else was sent');
      throw new WalletProblem(`${said}; mined before it: ${mined.join('; ')}`);
    }
    mined.push(title);
  }
  return logs;
}
