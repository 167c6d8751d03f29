import { type Address, type Bytes32, WAD, address, mulDivDown } from '@surety/domain';
import { formatRequirement, formatTable, formatTime, formatUnits, formatWad } from '../terminal/format.js';
import { type MarketPlace, SHARE_DECIMALS, findMarket, openMarkets } from './find-market.js';
import { type MarketFacts, type MarketStake, readMarket, readStake } from './read-market.js';
import { openConfig } from '../chains/open-config.js';
import { parseAccountArgument } from '../terminal/parse-account.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety market show`. */
export interface MarketShowOptions extends OutputOptions {
  /** Owner address or account name. */
  readonly account?: string;
}

/** Lists every market of the configuration with what it counts now. @throws BAD_USE without a settlement part. */
export async function markets(terminal: Terminal, options: OutputOptions): Promise<void> {
  const seen: MarketFacts[] = [];
  for (const place of openMarkets(openConfig(terminal))) seen.push(await readMarket(place));
  writeResult(terminal, options, { markets: seen }, () => listOf(seen));
}

/** Shows one market with its terms, and what an account owes and its owner holds. @throws BAD_USE. */
export async function showMarket(terminal: Terminal, name: string, options: MarketShowOptions): Promise<void> {
  const place = findMarket(openConfig(terminal), name);
  const account = options.account === undefined ? undefined : parseAccountArgument(options.account, '--account');
  const facts = await readMarket(place);
  const position = account === undefined ? null : await readStake(place, { account, holder: ownerOf(account) });
  const { terms, tranche, listed } = place.configured;
  writeResult(terminal, options, { ...facts, trancheAddress: tranche, listed, terms, position }, () => [
    ...describe(place, facts),
    ...(position === null ? [] : describePosition(facts, position)),
  ]);
}

/** The first 20 bytes of an account's name are its owner. */
function ownerOf(account: Bytes32): Address {
  return address(account.slice(0, 42));
}

function listOf(seen: readonly MarketFacts[]): string[] {
  if (seen.length === 0) return ['chains.config.json names no market'];
  return formatTable([
    [
      'market',
      'asset',
      'supplied',
      'borrowed',
      'utilisation',
      'borrow rate',
      'supply rate',
      'tranche',
      'provisions',
      'written off',
    ],
    ...seen.map((facts) => [
      facts.name,
      facts.symbol,
      units(facts, facts.supplied),
      units(facts, facts.borrowed),
      percent(facts.utilisationWad),
      percent(facts.borrowRateWad),
      percent(facts.supplyRateWad),
      units(facts, facts.tranche),
      units(facts, facts.provisions),
      units(facts, facts.writtenOff),
    ]),
  ]);
}

function describe({ configured }: MarketPlace, facts: MarketFacts): string[] {
  const { terms } = configured;
  const amount = (value: bigint): string => `${units(facts, value)} ${facts.symbol}`;
  return [
    `market ${facts.name} ${facts.market} at block ${facts.height}, its tranche ${configured.tranche}`,
    `supplied ${amount(facts.supplied)}, of it cash ${amount(facts.cash)} and lent ${amount(facts.borrowed)}: ${percent(facts.utilisationWad)}`,
    `borrowers pay ${percent(facts.borrowRateWad)} a year, lenders earn ${percent(facts.supplyRateWad)}`,
    `the tranche bears losses up to ${amount(facts.tranche)}; foreseeable now ${amount(facts.provisions)}, written off and owed still ${amount(facts.writtenOff)}` +
      (facts.uncollected === 0n ? '' : `, paid of it and not collected yet ${amount(facts.uncollected)}`),
    `terms: initial ${basisPoints(terms.initialBp)} of the debt, maintenance ${basisPoints(terms.maintenanceBp)}, liquidation fee ${basisPoints(terms.feeBp)}, reserve ${basisPoints(terms.reserveBp)} of the interest`,
    `rate: ${percent(BigInt(terms.rate0))} at rest, ${percent(BigInt(terms.rate0) + BigInt(terms.rate1))} at ${basisPoints(terms.kinkBp)} lent, ${percent(BigInt(terms.rate0) + BigInt(terms.rate1) + BigInt(terms.rate2))} when all is lent`,
    `smallest debt ${amount(BigInt(terms.least))}, all together at most ${amount(BigInt(terms.debtCap))}; ${configured.listed ? 'listed for cross-margin accounts' : 'for isolated accounts only'}`,
  ];
}

function describePosition(facts: MarketFacts, position: MarketStake): string[] {
  const amount = (value: bigint): string => `${units(facts, value)} ${facts.symbol}`;
  const junior = (shares: bigint): string => formatUnits(shares, facts.decimals + 2 * SHARE_DECIMALS);
  const { exit, exitShare } = position;
  return [
    `account ${position.account}: ${position.isOptedIn ? 'opted in' : 'not opted in'}, owes ${amount(position.debt)}` +
      (position.writtenOff === 0n ? '' : ` and ${amount(position.writtenOff)} written off`) +
      (position.provision === 0n ? '' : `, of it foreseeably lost ${amount(position.provision)}`),
    `it needs initial ${formatRequirement(position.initialWad)}, maintenance ${formatRequirement(position.maintenanceWad)}`,
    ...(exitShare === null
      ? []
      : [
          `should a vault’s attesters be gone, ${basisPoints(exitShare.shareBp)} of its collateral there is for the lenders’ claimant ${exitShare.claimant}`,
        ]),
    `${position.holder} supplied ${amount(position.supplied)}, may withdraw ${amount(position.withdrawable)}`,
    `its ${junior(position.trancheShares)} tranche shares are worth ${formatUnits(position.covering, facts.decimals + SHARE_DECIMALS)} market shares`,
    ...(position.collectable === 0n
      ? []
      : [
          `${amount(position.collectable)} were paid of losses that it bore: surety market collect ${facts.name} --to ${position.holder}`,
        ]),
    ...(exit === null
      ? []
      : [
          `exit of ${junior(exit.shares)} tranche shares: from ${formatTime(exit.from)} until ${formatTime(exit.until)}, ${exit.open ? 'open' : 'closed'} now`,
        ]),
  ];
}

function units({ decimals }: MarketFacts, value: bigint): string {
  return formatUnits(value, decimals);
}

/** Writes a WAD share as percent with two decimals, rounded down. */
function percent(wad: bigint): string {
  return `${formatWad(100n * wad)} %`;
}

function basisPoints(bp: number): string {
  return percent(mulDivDown(BigInt(bp), WAD, 10_000n));
}
