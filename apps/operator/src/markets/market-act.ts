import { type Address, AppError, address } from '@surety/domain';
import { encodeFunctionData, erc20Abi } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type ActOptions, type ActResult, actByHand, outcomeText } from '../chains/act-by-hand.js';
import { innerError, operatorError } from '../errors.js';
import type { MarketWords, NeededApproval, PlannedMarketAct } from './act-words.js';
import { MARKET_ERRORS, type MarketPlace, findMarket } from './find-market.js';
import type { MarketAct } from './market-acts.js';
import { openConfig } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';

/** The ledger asks up to four protocols of the account, and refuses to ask one with less than 4,000,000 left. */
const GAS_CEILING = 14_000_000n;

/** Interest accrues once a second: an act that is simulated in the second of another finds it done, and its own block does not. */
const ACCRUAL_GAS = 100_000n;

/** Options of every act at a market. */
export interface MarketActOptions extends ActOptions, MarketWords {}

/** Transactions that were sent: the approval, if one was needed, and the act. */
interface MarketOutcome extends ActResult {
  readonly approval: string | null;
}

/**
 * Makes an act at a market: checks it, asks, approves if needed, simulates and sends.
 * @throws BAD_USE; MARKET_REFUSED with the contract's own reason, and nothing sent but an approval; DECLINED.
 */
export async function marketAct(
  terminal: Terminal,
  act: MarketAct,
  { name, options }: { readonly name: string; readonly options: MarketActOptions },
): Promise<void> {
  const market = findMarket(openConfig(terminal), name);
  const account = openSpendingKey(terminal.environment);
  const person = address(account.address.toLowerCase());
  terminal.tell(`asking the providers of ${market.place.chain.name} …`);
  const planned = await act.plan(market, person, options);
  const approval = await missingApproval(market, person, planned);
  const outcome = await carryOut({ terminal, options, account, market }, planned, approval);
  const notes = outcome.txHash === null ? [] : ((await planned.after?.(outcome.txHash)) ?? []);
  const { configured } = market;
  const shown = {
    act: `market ${act.name}`,
    market: configured.name,
    contract: configured.address,
    person,
    ...outcome,
    ...(planned.after === undefined ? {} : { notes }),
  };
  writeResult(terminal, options, shown, () => [
    ...(approval !== undefined && outcome.txHash === null ? [`an approval of ${approval.text} comes first`] : []),
    `${planned.text} on ${market.place.chain.name}: ${approval !== undefined && outcome.txHash === null ? 'not simulated before the approval' : outcomeText(outcome)}`,
    ...notes,
    `see it with: surety market show ${configured.name} --account ${person}`,
  ]);
}

interface MarketErrand {
  readonly terminal: Terminal;
  readonly options: MarketActOptions;
  readonly account: PrivateKeyAccount;
  readonly market: MarketPlace;
}

async function carryOut(
  { terminal, options, account, market }: MarketErrand,
  planned: PlannedMarketAct,
  approval: MissingApproval | undefined,
): Promise<MarketOutcome> {
  const { chain } = market.place;
  const send = (
    call: { to: Address; calldata: `0x${string}`; purpose: string },
    asked: ActOptions,
    requireStill?: () => Promise<void>,
  ): Promise<ActResult> =>
    actByHand({ terminal, options: asked, account, errors: MARKET_ERRORS }, market.place, {
      code: 'MARKET_REFUSED',
      token: market.configured,
      question: `Send the ${planned.text} on ${chain.name} (${chain.chainId})?`,
      call: { ...call, gasCeiling: GAS_CEILING, spareGas: ACCRUAL_GAS },
      requireStill,
    });
  const call = { to: planned.to, calldata: planned.data, purpose: planned.text };
  if (approval === undefined) return { ...(await send(call, options, planned.requireStill)), approval: null };
  // Without the approval nobody can simulate the act itself.
  if (options.dryRun === true) {
    return { chainId: chain.chainId, to: planned.to, calldata: planned.data, txHash: null, approval: null };
  }
  const question = `Approve ${approval.text}, then send the ${planned.text} on ${chain.name} (${chain.chainId})?`;
  if (options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was sent; add --yes to send it without a question');
  }
  const sure = { ...options, yes: true };
  terminal.tell(`approving ${approval.text} …`);
  const approve = (units: bigint): Promise<ActResult> => {
    const args = [approval.spender, units] as const;
    const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args });
    return send({ to: approval.token, calldata: data, purpose: 'approval' }, sure);
  };
  // Over an approval that is left, some tokens take no other.
  if (approval.left > 0n) await approve(0n);
  const approved = await approve(approval.units);
  const sent = await send(call, sure, planned.requireStill).catch((cause: unknown) => {
    throw approvalLeft(cause, approved);
  });
  return { ...sent, approval: approved.txHash };
}

/** Names the approval that is left where its act was not sent, for whatever reason. */
function approvalLeft(failure: unknown, { txHash }: ActResult): unknown {
  const cause = innerError(failure);
  if (!(cause instanceof AppError)) return failure;
  const { code, retryable, context } = cause;
  const said = cause.message.replace(/; nothing was sent$/, '; nothing else was sent');
  const until = code === 'OUTCOME_UNKNOWN' ? ' unless the act lands' : '';
  const message = `${said}; the approval was sent in ${txHash} and is left${until}`;
  return new AppError({ code, message, retryable, context, cause });
}

/** An approval that is to be given, and the units that are left of an earlier one. */
type MissingApproval = NeededApproval & { readonly left: bigint };

/** Returns the approval that an act needs and that is not there yet. */
async function missingApproval(
  { reader }: MarketPlace,
  person: Address,
  { approval }: PlannedMarketAct,
): Promise<MissingApproval | undefined> {
  if (approval === undefined) return undefined;
  const args = [person, approval.spender] as const;
  const allowed = await reader.readContract({
    address: approval.token,
    abi: erc20Abi,
    functionName: 'allowance',
    args,
  });
  return allowed >= approval.units ? undefined : { ...approval, left: allowed };
}
