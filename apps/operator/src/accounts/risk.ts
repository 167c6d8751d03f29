import type { HoldingsView, PriceFallView, RiskView } from '@surety/client';
import { mulDivDown } from '@surety/domain';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { formatPpm, formatReadable, formatTable, formatTime, formatWad } from '../terminal/format.js';
import { openConfig } from '../chains/open-config.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Accounts that are named for an asset. */
const NAMED = 1;

/**
 * Shows what would become of the whole ledger if prices fell: who comes below which step of health, what is short, what nobody could pay.
 * Then who holds most of each asset.
 */
export async function showRisk(terminal: Terminal, options: OutputOptions): Promise<void> {
  const client = connectAggregator(openConfig(terminal).aggregatorUrls);
  const risk = await client.readRisk();
  writeResult(terminal, options, risk, () => describeRisk(risk));
}

function describeRisk({ block, debtors, unlisted, requiredWad, falls, holdings }: RiskView): readonly string[] {
  const steps = falls[0]?.below.map(({ step }) => `below ${step}`) ?? [];
  return [
    `${debtors} accounts with debt, ${formatWad(requiredWad)} required of them; block ${block.height} of ${formatTime(block.timestamp)}`,
    ...(unlisted === 0
      ? []
      : [
          `${unlisted} isolated accounts with debt at contracts that neither configuration nor ledger lists are left out.`,
        ]),
    ...formatTable([['if prices fall', '', ...steps, 'shortfall', 'bad debt'], ...falls.map(rowOfFall)]),
    'What protocols require stays as it is. Shortfall ends with what comes in; bad debt is left if all is sold at these prices.',
    ...formatTable([
      ['asset', 'chain', 'held', 'accounts', 'the largest holds', 'who'],
      ...holdings.map(rowOfHoldings),
    ]),
  ];
}

function rowOfFall({ symbol, underlying, fallBps, below, shortfallWad, badDebtWad }: PriceFallView): string[] {
  const what = fallBps === 0 ? 'as they are' : underlying === null ? 'all' : (symbol ?? `slot ${underlying}`);
  return [
    what,
    fallBps === 0 ? '' : `-${formatPpm(fallBps * 100)}`,
    ...below.map(({ accounts }) => String(accounts)),
    formatWad(shortfallWad),
    formatWad(badDebtWad),
  ];
}

function rowOfHoldings({ symbol, chainId, decimals, amount, accounts, largest }: HoldingsView): string[] {
  const [first] = largest;
  const share = first === undefined || amount === 0n ? '-' : formatPpm(mulDivDown(first.amount, 1_000_000n, amount));
  const who = largest.slice(0, NAMED).map(({ account }) => account);
  return [symbol, String(chainId), formatReadable(amount, decimals), String(accounts), share, who.join(' ')];
}
