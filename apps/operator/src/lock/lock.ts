import { loadSpendingKey, vaultEdges } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { type Address, AppError, type Bytes32, accountId, edgeId } from '@surety/domain';
import { requireFunds, requireGas, requireVault } from './check-lock.js';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { operatorError } from '../errors.js';
import { followEntry } from '../explain/follow-entry.js';
import { nextLines, sentenceOf } from '../explain/format-explanation.js';
import { formatUnits } from '../terminal/format.js';
import { openLocalPlace } from '../local/local-place.js';
import { type Reach, openConfig } from '../chains/open-config.js';
import { type LockPlan, type LockRequest, planLock, smallestFeeOf } from './plan-lock.js';
import { type LockPreview, type LockPreviewFacts, previewLock } from './preview-lock.js';
import { requireEnd } from '../explain/require-end.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';
import { type LockedEntry, type VaultSession, openVaultSession } from './vault-session.js';

/** Options of `surety lock`. */
export interface LockOptions extends OutputOptions, LockRequest {
  /** Checks everything, shows what would happen, and ends. */
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
}

/**
 * Checks vault, wallet, limits and gas, shows what the lock gives and costs, asks for confirmation, approves if needed, and locks. No
 * check sends anything. With `--dry-run` it ends before the question. With `--wait`, follows the entry until it counts or is parked. At
 * source 0 the desk credits the lock in its transaction; the chain's coin goes through the gateway, and waits for a credit.
 * @throws with `--wait`, after the result, NOT_COUNTED or STILL_UNDER_WAY unless the lock counts.
 */
export async function lock(terminal: Terminal, options: LockOptions): Promise<void> {
  const config = openConfig(terminal);
  const plan = planLock(config.network, options);
  const key = loadSpendingKey(terminal.environment);
  const session = openVaultSession({
    plan,
    key,
    endpoints: config.endpoints.get(plan.chain.chainId) ?? [],
    clock: terminal.clock,
    waiting: terminal,
    local: isLocal(plan) ? openLocalPlace(config) : undefined,
  });
  const account = plan.account ?? accountId({ owner: session.address, home: 0, sub: 0n });
  terminal.tell(`asking the providers of ${plan.chain.name} …`);
  const facts = await session.readFacts();
  requireVault(plan, facts);
  const fee = await requireRoom(session, plan, account);
  requireFunds(plan, facts);
  const cost = await session.estimate({ account, fee });
  requireGas(plan, facts, cost);
  if (options.dryRun === true) {
    const preview = await readPreview(terminal, config, { plan, fee, cost });
    const { gainWad, seconds, delays, lines } = preview;
    const shown = { account, chainId: plan.chain.chainId, amount: plan.amount, fee, ...cost, gainWad, seconds, delays };
    writeResult(terminal, options, { ...shown, txHash: null }, () => [...lines, DRY]);
    return;
  }
  if (options.yes !== true) {
    for (const line of (await readPreview(terminal, config, { plan, fee, cost })).lines) terminal.tell(line);
    if (!(await terminal.confirm(questionOf(plan, { sender: session.address, account, fee }))))
      throw operatorError('DECLINED', 'nothing was sent; add --yes to lock without a question');
  }
  const entry = await session.lock({ account, fee }, (line) => terminal.tell(line));
  terminal.tell(`locked in ${entry.txHash}; entry ${entry.id}`);
  const followed =
    entry.credit === undefined && options.wait === true
      ? await followEntry(terminal, connectAggregator(config.aggregatorUrls), { ...entry, subject: 'lock', account })
      : undefined;
  const explanation = followed?.explanation ?? null;
  // Scripts know a lock that counts as `applied`.
  const outcome = explanation?.outcome === 'counted' ? 'applied' : explanation?.outcome;
  const stage = entry.credit ?? outcome ?? followed?.line ?? 'sent';
  writeResult(terminal, options, { ...entry, account, chainId: plan.chain.chainId, fee, stage, explanation }, () => [
    `${amountText(plan)} locked on ${plan.chain.name} for ${account}${payingText(plan, fee)}: ${followed?.line ?? stage}`,
    ...(explanation === null ? [nextLine(plan, entry, account)] : nextLines(explanation)),
  ]);
  const { id } = explanation ?? entry;
  if (options.wait === true) requireEnd({ id, wanted: 'counted', followed, atDesk: entry.credit });
}

function isLocal({ vault }: LockPlan): boolean {
  return vault.source === 0;
}

function nextLine(plan: LockPlan, { credit, id }: LockedEntry, account: Bytes32): string {
  if (credit === 'applied')
    return 'credited in the same transaction; it counts for initial margin from the next second';
  if (credit === 'parked') return `a limit of the asset parked the credit: surety account ${account}`;
  return isLocal(plan) ? 'nobody credited it yet: surety credit' : `follow it with: surety explain ${id}`;
}

/**
 * Returns the fee to lock with: the one asked for, or the smallest that the vault takes. That is one provider's word, and what it names would
 * go to whoever carries the entry: none above the configured one is paid unasked. @throws LOCK_REFUSED.
 */
async function requireRoom(session: VaultSession, plan: LockPlan, account: Bytes32): Promise<bigint> {
  const { refusal, minimum, room, fee: smallest } = await session.quote(account);
  const { decimals, symbol } = plan.asset;
  const configured = smallestFeeOf(plan.asset);
  if (plan.fee === undefined && smallest > configured) {
    const text = formatUnits(smallest, decimals);
    throw operatorError(
      'LOCK_REFUSED',
      `a provider says that the vault takes no fee below ${text} ${symbol}; expected ${formatUnits(configured, decimals)} as chains.config.json has it; nothing was sent; if the governor has raised it, mend the configuration or name it: --fee ${text}`,
    );
  }
  const fee = plan.fee ?? smallest;
  if (refusal === 'NONE' && fee >= smallest) return fee;
  if (refusal === 'NONE') {
    throw operatorError(
      'LOCK_REFUSED',
      `the vault would refuse a fee of ${formatUnits(fee, decimals)}; expected at least ${formatUnits(smallest, decimals)} ${symbol}, which --fee may name or leave out`,
    );
  }
  throw operatorError(
    'LOCK_REFUSED',
    `the vault would refuse ${amountText(plan)}: ${refusal}; it takes ${formatUnits(minimum, decimals)} to ${formatUnits(room, decimals)} ${symbol} now`,
  );
}

const DRY = 'checked and simulated only; it would be taken';

/** Previews a lock with what an aggregator knows; without one it says why, the margin stays unknown, and the lock possible. */
async function readPreview(
  terminal: Terminal,
  { network, aggregatorUrls }: Reach,
  of: Pick<LockPreviewFacts, 'plan' | 'fee' | 'cost'>,
): Promise<LockPreview> {
  const { chain, vault, asset } = of.plan;
  const client = connectAggregator(aggregatorUrls);
  const orSilence = async <Value>(asked: Promise<Value>): Promise<Value | undefined> => {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      terminal.tell(`${error.code}: ${sentenceOf(error.message)}`);
      return undefined;
    }
  };
  const edge =
    network.settlement === undefined || vault.source === 0
      ? undefined
      : vaultEdges(network.settlement, { chainId: chain.chainId, vault }).of('to-ledger');
  const [listed, explained] = await Promise.all([
    orSilence(client.readAssets()),
    edge === undefined ? undefined : orSilence(client.explain(edgeId(edge, keccak256))),
  ]);
  const view = listed?.assets.find(({ assetId }) => assetId === asset.assetId);
  return previewLock({ ...of, asset: view, edge: explained?.[0] });
}

function questionOf(
  plan: LockPlan,
  { sender, account, fee }: { readonly sender: Address; readonly account: Bytes32; readonly fee: bigint },
): string {
  return `Lock ${amountText(plan)} of ${sender} on ${plan.chain.name} (${plan.chain.chainId}) for account ${account}${payingText(plan, fee)}?`;
}

function payingText({ asset: { decimals, symbol } }: LockPlan, fee: bigint): string {
  return fee === 0n ? '' : `, ${formatUnits(fee, decimals)} ${symbol} of it for the relayer`;
}

function amountText(plan: LockPlan): string {
  return `${formatUnits(plan.amount, plan.asset.decimals)} ${plan.asset.symbol}`;
}
