import type { ExplanationView } from '@surety/client';
import { loadSpendingKey } from '@surety/config';
import { accountId } from '@surety/domain';
import { connectAggregator } from '../connect-aggregator.js';
import { operatorError } from '../errors.js';
import { followEntry } from '../follow-entry.js';
import { formatUnits } from '../format.js';
import { openLedgerSession } from '../ledger-session.js';
import { openLocalPlace } from '../local/local-place.js';
import { openConfig } from '../open-config.js';
import { type ReleasePlan, type ReleaseRequest, planRelease } from '../plan-release.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';

/** Options of `surety release`. */
export interface ReleaseOptions extends OutputOptions, ReleaseRequest {
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

/** Checks the line, asks, debits it on the ledger, and with `--wait` follows the payment until it is final. */
export async function release(terminal: Terminal, options: ReleaseOptions): Promise<void> {
  const config = openConfig(terminal);
  const plan = planRelease(config.network, options);
  const key = loadSpendingKey(terminal.environment);
  const endpoints = config.endpoints.get(plan.settlementChain.chainId) ?? [];
  const local = plan.vault.source === 0 ? openLocalPlace(config) : undefined;
  const session = openLedgerSession({ plan, key, endpoints, clock: terminal.clock, local });
  const account = plan.account ?? accountId({ owner: session.address, home: 0, sub: 0n });
  const recipient = plan.recipient ?? session.address;
  const line = await session.readLine(account);
  const amount = plan.amount ?? line.seasoned;
  if (amount === 0n || amount > line.seasoned) {
    throw operatorError(
      'RELEASE_REFUSED',
      `${account} holds ${textOf(plan, line.amount)} on ${plan.chain.name}, of which ${textOf(plan, line.seasoned)} may ` +
        `leave now; expected ${plan.amount === undefined ? 'more than 0' : `at least ${textOf(plan, amount)}`}`,
    );
  }
  const question = `Release ${textOf(plan, amount)} of account ${account} to ${recipient} on ${plan.chain.name} (${plan.chain.chainId})?`;
  if (options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was sent; add --yes to release without a question');
  }
  const requested = await session.requestRelease({ account, amount, recipient }, (told) => terminal.tell(told));
  terminal.tell(`requested in ${requested.txHash}; entry ${requested.id}`);
  const followed =
    requested.payment === undefined && options.wait === true
      ? await followEntry(terminal, connectAggregator(config.aggregatorUrls), requested.id)
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
}

function textOf(plan: ReleasePlan, units: bigint): string {
  return `${formatUnits(units, plan.asset.decimals)} ${plan.asset.symbol}`;
}
