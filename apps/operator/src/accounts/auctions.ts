import type { HealthStepText } from '@surety/client';
import { type Address, type Bytes32, WAD, address, mulDivDown } from '@surety/domain';
import {
  AUCTION_ERRORS,
  type AuctionPlaces,
  createChainReads,
  joinReads,
  readAuctionAccount,
} from '@surety/transactions';
import { type AuctionAccount, type AuctionClaim, planAuction } from '@surety/workflows';
import { zeroAddress } from 'viem';
import { type ShownAuction, auctionCommandsOf } from './auction-commands.js';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { operatorError } from '../errors.js';
import { formatPpm, formatTable, formatTime, formatWad } from '../terminal/format.js';
import { type Reach, openConfig, placeOf, findSettlement } from '../chains/open-config.js';
import { openRpc } from '../chains/open-sender.js';
import { parseAccountArgument } from '../terminal/parse-account.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety auctions`. */
export interface AuctionsOptions extends OutputOptions {
  /** Step of the health ladder. */
  readonly below: string;
}

/** Steps of the health ladder. */
const STEPS: readonly HealthStepText[] = ['1.5', '1.2', '1.05', '1'];
/** Accounts in one page of the aggregator, and most that are shown: each takes a dozen reads. */
const PAGE = 256;
const SHOWN_MAX = 1_024;
/** Accounts that are read at once. */
const READ_AT_ONCE = 16;

/**
 * Lists the accounts below a step of the health ladder with their auctions, the least healthy first. The aggregator names the accounts;
 * everything else is read at the auction.
 * @throws BAD_USE for an unknown step, NO_AUCTION.
 */
export async function auctions(terminal: Terminal, options: AuctionsOptions): Promise<void> {
  const config = openConfig(terminal);
  const below = requireStep(options.below);
  const places = openPlaces(config);
  const client = connectAggregator(config.aggregatorUrls);
  // Between two pages the order may change: an account may be on both.
  const named = new Set<Bytes32>();
  for (let skip = 0; skip < SHOWN_MAX; skip += PAGE) {
    const page = await client.readLeastHealthy({ below, skip, limit: PAGE });
    for (const { account } of page) named.add(account);
    if (page.length < PAGE) break;
    terminal.tell(`${named.size} accounts below ${below} …`);
  }
  if (named.size >= SHOWN_MAX) terminal.tell(`the ${named.size} least healthy are shown; there may be more`);
  const accounts = [...named];
  const seen: ShownAuction[] = [];
  for (let from = 0; from < accounts.length; from += READ_AT_ONCE) {
    const part = accounts.slice(from, from + READ_AT_ONCE);
    seen.push(...(await Promise.all(part.map((account) => seeAuction(places, account)))));
    if (seen.length % PAGE === 0) terminal.tell(`${seen.length} of ${accounts.length} accounts read …`);
  }
  writeResult(terminal, options, { below, auctions: seen.map(jsonOf) }, () => listOf(seen, below));
}

/** Shows one account: its health, its auction, what a bid would take for each protocol, and who may act next. @throws BAD_USE, NO_AUCTION. */
export async function showAuction(terminal: Terminal, name: string, options: OutputOptions): Promise<void> {
  const seen = await seeAuction(openPlaces(openConfig(terminal)), parseAccountArgument(name));
  writeResult(terminal, options, jsonOf(seen), () => describe(seen));
}

function openPlaces(config: Reach): AuctionPlaces {
  const { settlement, chain } = findSettlement(config.network) ?? {};
  if (settlement?.auction === undefined || chain === undefined) {
    throw operatorError(
      'BAD_USE',
      'chains.config.json names no settlement.auction; expected the auction that the ledger names; this deployment sells no lines',
    );
  }
  const rpc = openRpc(placeOf(config, chain));
  const reads = createChainReads(rpc, AUCTION_ERRORS);
  return {
    reads,
    joined: joinReads(rpc, reads),
    auction: address(settlement.auction),
    ledger: address(settlement.ledger),
    lens: address(settlement.lens),
    caller: address(zeroAddress),
  };
}

function requireStep(text: string): HealthStepText {
  const found = STEPS.find((step) => step === text);
  if (found !== undefined) return found;
  throw operatorError('BAD_USE', `--below is "${text}"; expected a step of health: ${STEPS.join(', ')}`);
}

async function seeAuction(places: AuctionPlaces, name: Bytes32): Promise<ShownAuction> {
  const account = await readAuctionAccount(places, name);
  // What anyone may do: a bid needs an account of the bidder's own, so quotes are shown instead.
  const next = planAuction(account, { isStarter: true, burdenMinWad: 0n, bids: null }, 0n);
  return { account, next };
}

function jsonOf({ account, next }: ShownAuction): unknown {
  return { ...account, next };
}

function listOf(seen: readonly ShownAuction[], below: string): string[] {
  if (seen.length === 0) return [`no account is below ${below}`];
  return formatTable([
    ['account', 'health', 'requirement', 'auction', 'discount', 'next'],
    ...seen.map((one) => {
      const { account } = one;
      const open = openOffers(account)[0];
      return [
        account.account,
        healthOf(account),
        formatWad(account.requiredWad),
        account.record === null ? '-' : `since ${formatTime(account.record.startedAt)}`,
        open === undefined ? '-' : percent(open.ppm),
        nextOf(one),
      ];
    }),
  ]);
}

function describe(seen: ShownAuction): string[] {
  const { account } = seen;
  const { record, clockS } = account;
  return [
    `account ${account.account} at block ${account.height}, ${formatTime(account.timeS)}`,
    `health ${healthOf(account)}: maintenance assets ${formatWad(account.assetsWad)}, required ${formatWad(account.requiredWad)}`,
    record === null
      ? 'no auction runs'
      : `auction since ${formatTime(record.startedAt)}, started by ${record.starter}, last seen unhealthy ${formatTime(record.seenAt)}; ${clockS ?? 0n} s on the clock` +
        (record.isTaken ? '; a part was taken' : ''),
    ...account.claims.flatMap(claimLines),
    `next: ${nextOf(seen)}`,
    ...auctionCommandsOf(seen),
  ];
}

function claimLines({ protocol, offer }: AuctionClaim): string[] {
  if (offer.kind === 'closed') return [`protocol ${protocol}: nobody can bid (${offer.reason})`];
  const frozen = offer.holdsFrozen ? ', with lines of a frozen source' : '';
  return [
    `protocol ${protocol}: a bid takes ${percent(mulDivDown(offer.shareWad, 1_000_000n, WAD))} of the burden, ` +
      `assumes ${formatWad(offer.assumedWad)} and gets its lines ${discountText(offer.ppm)}${frozen}`,
  ];
}

function discountText(ppm: bigint): string {
  return ppm < 0n ? `${percent(-ppm)} above their price` : `${percent(ppm)} below their price`;
}

/** Writes parts per million as percent. */
function percent(ppm: bigint): string {
  return ppm < 0n ? `-${percent(-ppm)}` : `${formatPpm(100n * ppm)} %`;
}

function openOffers({ claims }: AuctionAccount): { protocol: Address; ppm: bigint }[] {
  return claims.flatMap(({ protocol, offer }) => (offer.kind === 'open' ? [{ protocol, ppm: offer.ppm }] : []));
}

function healthOf({ assetsWad, requiredWad }: AuctionAccount): string {
  return requiredWad === 0n ? 'nothing owed' : formatWad(mulDivDown(assetsWad, WAD, requiredWad));
}

/** Says in words what may happen next. */
function nextOf({ account, next }: ShownAuction): string {
  switch (next.kind) {
    case 'start':
      return 'anyone may start an auction';
    case 'close':
      return 'anyone may close the auction: it is over';
    case 'touch':
      return 'anyone may touch the auction, or its clock stops';
    case 'write-off':
      return `anyone may write off ${formatWad(next.lossWad)}`;
    case 'bid':
      return 'somebody may bid';
    case 'wait':
      return openOffers(account).length > 0 ? 'anyone with margin may bid' : `wait: ${next.reason}`;
  }
}
