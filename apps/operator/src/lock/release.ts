import type { ExplanationView, ReleaseQuoteView } from '@surety/client';
import { loadSpendingKey } from '@surety/config';
import { type Address, AppError, type Bytes32, accountId, bytes32 } from '@surety/domain';
import { pad } from 'viem';
import { type ReleaseCall, ledgerRefusal, whatKeeps } from './ask-release.js';
import { checkRecipient } from './check-recipient.js';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { operatorError } from '../errors.js';
import { type FollowedEntry, type OwnEntry, followEntry } from '../explain/follow-entry.js';
import { type InitialMargin, findLeavingPart } from './find-largest-release.js';
import { formatReadable } from '../terminal/format.js';
import { type KeptLine, type LedgerSession, openLedgerSession } from './ledger-session.js';
import { openLocalPlace } from '../local/local-place.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { type Reach, openConfig, placeOf } from '../chains/open-config.js';
import { type ReleasePlan, type ReleaseRequest, planRelease } from './plan-release.js';
import { previewRelease } from './preview-release.js';
import { requireEnd } from '../explain/require-end.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety release`. */
export interface ReleaseOptions extends OutputOptions, ReleaseRequest {
  /** Checks everything, shows what would happen, and ends. */
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
}

/** Stages of a release that scripts know, by the reason at which following ends. */
const LAST_STAGES: Readonly<Partial<Record<string, string>>> = {
  RELEASE_CLAIMABLE: 'claimable',
  RELEASE_STOPPED: 'stopped',
  RELEASE_REFUSED: 'refused',
};

function stageOf({ outcome, cause, summary, stages }: ExplanationView): string {
  // A release that is done ends in `paid` or `refunded`.
  return outcome === 'done' ? (stages.at(-1)?.name ?? summary) : (LAST_STAGES[cause?.code ?? ''] ?? summary);
}

/**
 * Checks recipient, line, margin and gas, asks, debits the line on the ledger, and with `--wait` follows the payment until it is final. `all` is
 * what may leave now; what keeps the rest is told. No check sends anything; with `--dry-run` it ends before the question.
 * @throws with `--wait`, after the result, NOT_PAID or STILL_UNDER_WAY unless the payment is final.
 */
export async function release(terminal: Terminal, options: ReleaseOptions): Promise<void> {
  const config = openConfig(terminal);
  const plan = planRelease(config.network, options);
  const key = loadSpendingKey(terminal.environment);
  const endpoints = config.endpoints.get(plan.settlementChain.chainId) ?? [];
  const local = plan.vault.source === 0 ? openLocalPlace(config) : undefined;
  const session = openLedgerSession({ plan, key, endpoints, clock: terminal.clock, waiting: terminal, local });
  const account = plan.account ?? accountId({ owner: session.address, home: 0, sub: 0n });
  const recipient = plan.recipient ?? session.address;
  if (plan.recipient !== undefined) await requirePayable(terminal, config, { ...plan, recipient });
  terminal.tell(`asking the providers of ${plan.settlementChain.name} …`);
  const line = await session.readLine(account);
  if (line.seasoned === 0n || (plan.amount ?? 0n) > line.seasoned) {
    const expected = plan.amount === undefined ? 'more than 0' : `at least ${textOf(plan, plan.amount)}`;
    throw operatorError(
      'RELEASE_REFUSED',
      `${account} holds ${textOf(plan, line.amount)} on ${plan.chain.name}, of which ${textOf(plan, line.seasoned)} may ` +
        `leave now; expected ${expected}; nothing was sent`,
    );
  }
  const amount = await requireLeaving({ terminal, session, plan, line, account, recipient });
  const asked = { account, assetId: plan.asset.assetId, amount, recipient, fee: plan.fee };
  const cost = await session.readCost(asked);
  if (cost.coin < cost.feeWei) {
    throw operatorError(
      'GAS_SHORT',
      `the wallet has ${formatReadable(cost.coin, 18)} of the coin of ${plan.settlementChain.name} for gas; expected about ${formatReadable(cost.feeWei, 18)}; nothing was sent: send it some coin`,
    );
  }
  const readPreview = async (): Promise<string[]> =>
    previewRelease({ plan, amount, recipient, cost, quote: await readQuote(config.aggregatorUrls, asked) });
  if (options.dryRun === true) {
    const { gas, feeWei } = cost;
    const shown = { account, recipient, chainId: plan.chain.chainId, amount, fee: plan.fee, gas, feeWei, txHash: null };
    const lines = await readPreview();
    writeResult(terminal, options, shown, () => [...lines, 'checked and simulated only; it would be taken']);
    return;
  }
  if (options.yes !== true) {
    for (const told of await readPreview()) terminal.tell(told);
    const question = `Release ${textOf(plan, amount)} of account ${account} to ${recipient} on ${plan.chain.name} (${plan.chain.chainId})?`;
    if (!(await terminal.confirm(question)))
      throw operatorError('DECLINED', 'nothing was sent; add --yes to release without a question');
  }
  const requested = await session.requestRelease({ account, amount, recipient }, (told) => terminal.tell(told));
  terminal.tell(`requested in ${requested.txHash}; entry ${requested.id}`);
  const followed =
    requested.payment === undefined && options.wait === true
      ? await followRelease(terminal, config, { ...requested, account })
      : undefined;
  const explanation = followed?.explanation ?? null;
  const stage = requested.payment ?? (explanation === null ? (followed?.line ?? 'sent') : stageOf(explanation));
  writeResult(
    terminal,
    options,
    { ...requested, account, recipient, chainId: plan.chain.chainId, stage, explanation },
    () => [
      `${textOf(plan, amount)} released to ${recipient} on ${plan.chain.name}: ${stage}`,
      requested.payment === 'paid'
        ? 'debited and paid in one transaction'
        : plan.vault.source === 0
          ? 'surety deliver pays it once it is due'
          : `follow it with: surety explain ${requested.id}`,
    ],
  );
  const { id } = explanation ?? requested;
  if (options.wait === true) requireEnd({ id, wanted: 'paid', followed, atDesk: requested.payment });
}

function followRelease(terminal: Terminal, config: Reach, own: Omit<OwnEntry, 'subject'>): Promise<FollowedEntry> {
  return followEntry(terminal, connectAggregator(config.aggregatorUrls), { ...own, subject: 'release' });
}

/** Asks the vault's own chain. @throws RELEASE_REFUSED for a vault that would credit nobody. */
async function requirePayable(
  terminal: Terminal,
  config: Reach,
  plan: ReleasePlan & { readonly recipient: Address },
): Promise<void> {
  const openReader = () => openAgreedReader(placeOf(config, plan.chain));
  const look = { openReader, tell: (line: string) => terminal.tell(line) };
  await checkRecipient(look, { ...plan, network: config.network }, plan.recipient);
}

interface Leaving {
  readonly terminal: Terminal;
  readonly session: LedgerSession;
  readonly plan: ReleasePlan;
  readonly line: KeptLine;
  readonly account: Bytes32;
  readonly recipient: Address;
}

/**
 * Returns the amount to release: the wanted one, or for `all` the largest that the margin lets go.
 * @throws RELEASE_REFUSED with what may leave and what keeps the rest.
 */
async function requireLeaving({ terminal, session, plan, line, account, recipient }: Leaving): Promise<bigint> {
  const ask = async (amount: bigint): Promise<InitialMargin | undefined> => {
    const wanted = { account, assetId: plan.asset.assetId, amount, recipient, fee: plan.fee };
    const verdict = await session.ask(wanted);
    if (verdict.kind === 'taken') return undefined;
    if (verdict.short !== undefined) return verdict.short;
    throw ledgerRefusal(verdict.detail);
  };
  if (plan.amount !== undefined && (await ask(plan.amount)) === undefined) return plan.amount;
  const { seasoned, minimum } = line;
  const now = await session.readMargin(account);
  const largest = await findLeavingPart({ seasoned, minimum, now, ask });
  if (largest.short === undefined) return largest.amount;
  const keeps = whatKeeps(largest.short, await session.readRequiring(account));
  const told = `${textOf(plan, largest.amount)} may leave now; ${keeps}`;
  if (plan.amount === undefined && largest.amount > 0n) {
    terminal.tell(told);
    return largest.amount;
  }
  throw operatorError('RELEASE_REFUSED', `${told}; nothing was sent`);
}

/** Reads the aggregator's quote for a preview; undefined where none answers. */
async function readQuote(urls: readonly string[], asked: ReleaseCall): Promise<ReleaseQuoteView | undefined> {
  const recipient = bytes32(pad(asked.recipient));
  try {
    return await connectAggregator(urls).quoteRelease({ ...asked, recipient });
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function textOf(plan: ReleasePlan, units: bigint): string {
  return `${formatReadable(units, plan.asset.decimals)} ${plan.asset.symbol}`;
}
