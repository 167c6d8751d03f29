import {
  type LiveAccount,
  type LiveBook,
  OptedInAccounts,
  type OwnMarkets,
  type ProtocolInBook,
  readFinalNumber,
  readLiveBook,
} from '@surety/chain';
import type { Bytes32 } from '@surety/domain';
import { operatorError } from '../errors.js';
import { formatReadable, formatTime, formatWad } from '../terminal/format.js';
import { type Reach, openConfig } from '../chains/open-config.js';
import { parseAccountArgument } from '../terminal/parse-account.js';
import { type ComparedChain, comparedChains, readMarkets } from './compared-chains.js';
import type { Terminal } from '../terminal/terminal.js';

/** Which accounts of the ledger are weighed, and with what figures. */
export interface LiveBookOptions {
  /** Owner address or account name. */
  readonly account?: string;
  /** Every account that opted in to a protocol. */
  readonly all?: boolean;
  /** File of the reader's own markets. */
  readonly markets?: string;
}

/** Parts of the way after which progress is told. */
const TOLD_TIMES = 10;

/**
 * Reads a live account, or all that opted in to a protocol, as a book, and tells what each protocol adds to it.
 * @throws BAD_USE, NO_PROVIDER, NOT_JSON, MARKET_MISSING; UNAVAILABLE if no provider gives the opt-ins.
 */
export async function openLiveBook(terminal: Terminal, options: LiveBookOptions): Promise<LiveBook> {
  const reach = openConfig(terminal);
  const places = comparedChains(reach);
  const [place] = places;
  const markets = ownMarkets(terminal, options);
  const { accounts, blockNumber } = await accountsOf(options, places, terminal);
  const live = await readLiveBook(
    {
      accounts,
      ...(blockNumber === undefined ? {} : { blockNumber }),
      markets,
      lenders: place.settlement.markets ?? [],
      sources: sourceNames(reach),
      onRead: progressOf(terminal, accounts.length),
    },
    place,
  );
  const { block } = live;
  terminal.tell(
    `${accounts.length === 1 ? accounts[0] : `${accounts.length} accounts`} at block ${block.height} of ${formatTime(block.timestamp)}`,
  );
  for (const line of live.accounts.flatMap(remarksOf)) terminal.tell(line);
  return live;
}

function ownMarkets({ environment }: Terminal, { markets }: LiveBookOptions): OwnMarkets {
  const file = markets ?? environment['SURETY_REPORT_MARKETS_FILE'];
  return file === undefined || file === '' ? {} : readMarkets(file);
}

async function accountsOf(
  { account, all }: LiveBookOptions,
  places: readonly [ComparedChain, ...ComparedChain[]],
  { clock }: Pick<Terminal, 'clock'>,
): Promise<{ readonly accounts: readonly Bytes32[]; readonly blockNumber?: bigint }> {
  if (account !== undefined) {
    if (all === true) throw operatorError('BAD_USE', '--account and --all exclude each other; name one of them');
    return { accounts: [parseAccountArgument(account, '--account')] };
  }
  const [place] = places;
  const blockNumber = await readFinalNumber(place);
  // Up to the final block of one provider, which others may not have reached.
  const opted = new OptedInAccounts({
    places: [place],
    fromBlock: BigInt(place.settlement.fromBlock),
    logSpanMax: BigInt(place.chain.limits.logRangeMax),
    clock,
  });
  return { accounts: await opted.upTo('any', blockNumber), blockNumber };
}

function sourceNames({ network }: Reach): ReadonlyMap<number, string> {
  return new Map(network.chains.flatMap(({ vault, name }) => (vault === undefined ? [] : [[vault.source, name]])));
}

function progressOf(terminal: Terminal, accounts: number): () => void {
  let read = 0;
  return () => {
    read += 1;
    const tenths = (count: number): number => Math.floor((count * TOLD_TIMES) / accounts);
    if (accounts > TOLD_TIMES && tenths(read) > tenths(read - 1)) terminal.tell(`${read} of ${accounts} accounts read`);
  };
}

function remarksOf({ account, protocols }: LiveAccount): readonly string[] {
  return protocols.map((one) => `${account} at ${one.protocol}: ${remarkOf(one)}`);
}

function remarkOf(one: ProtocolInBook): string {
  switch (one.shows) {
    case 'positions':
      return `${one.positions.length} positions, cash ${formatWad(one.cashWad)}`;
    case 'debt':
      return `owes ${formatReadable(one.units, one.lender.decimals)} tokens to market ${one.lender.name}`;
    case 'requirement': {
      const figure = `its maintenance requirement of ${formatWad(one.maintenanceWad)} counts as a debt that no price moves`;
      return one.answered ? `shows no positions; ${figure}` : `does not answer; ${figure}, as the ledger last knew it`;
    }
  }
}
