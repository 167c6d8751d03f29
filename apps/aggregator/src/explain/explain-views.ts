import type { EntryView } from '@surety/api';
import {
  type Bytes32,
  EXPLAIN_SUBJECTS,
  type ExplainedEdge,
  type Explanation,
  accountId,
  address,
  explainAccount,
  explainAttester,
  explainAuction,
  explainChain,
  explainEdge,
  explainLine,
  explainLock,
  explainMarket,
  explainParked,
  explainPrice,
  explainRelease,
  explainUnseen,
  parseUint,
  parseWord,
} from '@surety/domain';
import type { Store } from '@surety/store';
import { Inject, Injectable } from '@nestjs/common';
import { AuctionViews } from '../auctions/auction-views.js';
import { EntryViews } from '../entries/entry-views.js';
import { MarketViews } from '../markets/market-views.js';
import { Problem } from '../problem.js';
import { TOKENS } from '../tokens.js';
import { ENTRIES_EXPLAINED_MAX } from '../limits.js';
import { ExplainFacts, type ReadAccounts } from './explain-facts.js';
import { explainLeftOut } from './explain-left-out.js';

/** A hash has digits here; the sub-accounts that anybody uses do not. */
const ACCOUNT = /^0x[0-9a-f]{40}[0-9a-f]{4}0{12}/;
const WORD = /^0x[0-9a-f]{64}$/;

/** Finds what a name stands for, and explains it. */
@Injectable()
export class ExplainViews {
  constructor(
    @Inject(ExplainFacts) private readonly facts: ExplainFacts,
    @Inject(EntryViews) private readonly entries: EntryViews,
    @Inject(AuctionViews) private readonly auctions: AuctionViews,
    @Inject(MarketViews) private readonly markets: MarketViews,
    @Inject(TOKENS.store) private readonly store: Store,
  ) {}

  /** Explains a name; a transaction may hold several entries. @throws Problem 404 for one that is nothing here. */
  async explain(wanted: string): Promise<Explanation[]> {
    const [kind = '', ...rest] = wanted.split(':');
    if ((EXPLAIN_SUBJECTS as readonly string[]).includes(kind) && rest.length > 0)
      return this.#ofKind(kind, rest, wanted);
    const id = /^0x/i.test(wanted) ? wanted.toLowerCase() : wanted;
    const [edge, index] = id.split(':');
    if (index !== undefined) return this.#entry(parseWord(edge, 'id'), parseUint(index, 64, 'id'));
    if (WORD.test(id)) return this.#word(id as Bytes32);
    if (/^0x[0-9a-f]{40}$/.test(id)) return this.#address(id);
    const [symbol = '', chain] = id.split('@');
    if (chain !== undefined) return [await this.#price(symbol, chain)];
    const place = this.facts.chains().find(({ name, chainId }) => name === id || String(chainId) === id);
    return [place === undefined ? await this.#market(id, wanted) : explainChain(place)];
  }

  async #ofKind(kind: string, [first = '', second = '']: readonly string[], wanted: string): Promise<Explanation[]> {
    switch (kind) {
      case 'auction': {
        const account = accountOf(first);
        return [explainAuction({ account, auction: await this.#auction(account) })];
      }
      case 'line': {
        const lines = await this.facts.lines(accountOf(first));
        const line = lines.find(({ assetId }) => String(assetId) === second);
        if (line !== undefined) return [explainLine(line)];
        const held = lines.map(({ assetId }) => assetId).join(', ') || 'none';
        throw absent(wanted, `expected line:<account>:<assetId> of a line that it has: ${held}`);
      }
      case 'parked': {
        const [source, index] = [Number(parseUint(first, 16, 'id')), parseUint(second, 96, 'id')];
        const credit = await this.store.collateral.loadParked(source, index);
        if (credit === undefined) throw absent(wanted, `nothing is parked under number ${index} of source ${source}`);
        return [explainParked(wanted, await this.facts.parked(credit))];
      }
      case 'account':
        return [explainAccount(await this.facts.account(accountOf(first)))];
      case 'market':
        return [await this.#market(first, wanted)];
      case 'relayer':
        throw absent(wanted, 'an aggregator calls no relayer; ask it by its address: surety explain http://…');
      default:
        return this.explain([first, second].filter((part) => part !== '').join(':'));
    }
  }

  async #word(id: Bytes32): Promise<Explanation[]> {
    const edges = await this.facts.edgesOf(({ edge, name }) => edge === id || name === id);
    if (edges.length > 0) return edges.map(explainEdge);
    const entries = await this.entries.entriesOfTx(id);
    if (entries.length > 0) return this.#transaction(id, entries);
    if (ACCOUNT.test(id)) return [explainAccount(await this.facts.account(id))];
    return [explainUnseen(id, this.facts.chains())];
  }

  /** Explains the first entries of a transaction one after another, each account once: anybody may put a hundred into one. */
  async #transaction(id: Bytes32, entries: readonly EntryView[]): Promise<Explanation[]> {
    const edges = await this.facts.edgesOf(() => true);
    const read: ReadAccounts = new Map();
    const explanations: Explanation[] = [];
    for (const entry of entries.slice(0, ENTRIES_EXPLAINED_MAX)) {
      const known = edges.find(({ edge }) => edge === entry.edge);
      explanations.push(await this.#judge(entry, { known, read }));
    }
    return [...explanations, ...explainLeftOut(id, entries.slice(ENTRIES_EXPLAINED_MAX))];
  }

  async #entry(edge: Bytes32, index: bigint): Promise<Explanation[]> {
    const [known] = await this.facts.edgesOf((one) => one.edge === edge);
    if (known === undefined) throw absent(edge, 'no edge of this deployment has that name; see /v1/edges');
    const entry = await this.entries.entry(edge, index).catch((cause: unknown) => {
      if (cause instanceof Problem && cause.code === 'UNKNOWN_ENTRY') return undefined;
      throw cause;
    });
    return [
      entry === undefined ? explainUnseen(`${edge}:${index}`, [known.origin]) : await this.#judge(entry, { known }),
    ];
  }

  async #judge(
    entry: EntryView,
    { known, read }: { readonly known: ExplainedEdge | undefined; readonly read?: ReadAccounts },
  ): Promise<Explanation> {
    if (known === undefined) throw absent(entry.edge, 'its edge is none of this deployment');
    if (entry.direction === 'to-vault') return explainRelease(this.facts.release(entry, known));
    return explainLock(await this.facts.lock(entry, known, read));
  }

  async #address(id: string): Promise<Explanation[]> {
    const edges = await this.facts.edgesOf(() => true);
    const signing = edges.flatMap((edge) => {
      const attester = edge.attesters.find((one) => one.address === id);
      return attester === undefined ? [] : [explainAttester(attester, edge)];
    });
    if (signing.length > 0) return signing;
    return [explainAccount(await this.facts.account(accountOf(id)))];
  }

  async #price(symbol: string, chain: string): Promise<Explanation> {
    const price = await this.facts.price(symbol, chain);
    if (price === undefined) throw absent(`${symbol}@${chain}`, 'the ledger lists no such asset; see /v1/solvency');
    return explainPrice(price);
  }

  async #market(name: string, wanted: string): Promise<Explanation> {
    const market = await this.markets.market(name).catch((cause: unknown) => {
      if (!(cause instanceof Problem) || cause.code !== 'UNKNOWN_MARKET') throw cause;
      const chains = this.facts.chains().map((chain) => chain.name);
      throw absent(
        wanted,
        `expected a hash, an entry, an account, an attester, an edge, an asset such as USDC@alpha, a market, or a chain of ${chains.join(', ')}`,
      );
    });
    return explainMarket(market);
  }

  async #auction(account: Bytes32): Promise<Parameters<typeof explainAuction>[0]['auction']> {
    const found = await this.auctions.auction(account).catch((cause: unknown) => {
      if (cause instanceof Problem && cause.code === 'NO_AUCTION') return null;
      throw cause;
    });
    return found === null ? null : { ...found, waits: found.offers.map(({ wait }) => wait) };
  }
}

function accountOf(text: string): Bytes32 {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return accountId({ owner: address(text), home: 0, sub: 0n });
  return parseWord(text.toLowerCase(), 'account');
}

function absent(wanted: string, expected: string): Problem {
  return new Problem({
    status: 404,
    code: 'NOTHING_TO_EXPLAIN',
    detail: `${wanted} is nothing that this aggregator knows: ${expected}`,
  });
}
