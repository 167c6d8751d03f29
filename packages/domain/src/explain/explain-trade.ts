import { type Condition, type Explanation, judgeConditions } from './explanation.js';

/** The auction of an account; null where none runs. */
export interface AuctionFacts {
  readonly account: string;
  readonly auction: {
    readonly block: bigint;
    readonly discountPpm: bigint;
    /** For each protocol, why nobody can bid now; null if somebody can. */
    readonly waits: readonly (string | null)[];
  } | null;
}

/** A market that lends. */
export interface ExplainedMarket {
  readonly market: string;
  readonly listed: boolean;
  readonly cash: bigint;
  readonly supplied: bigint;
  readonly symbol: string;
  readonly block: bigint;
}

/** Reasons that hold bids up, by the auction's own word for them. @source ILiquidationAuction.Quote */
const WAITS: Readonly<Record<string, string>> = {
  stopped: 'every auction is stopped, for six hours at most',
  down: 'the chain was down, and auctions go on 30 minutes after its restart',
  unstarted: 'it has just ended',
  healthy: 'the account has recovered, and anyone may close its auction',
  nothing:
    'no line can be sold: each is worth nothing, or waits for a price that counts, the end of a stop, or 30 minutes for a feed that took over; or nothing of them falls to this protocol, whose loss is booked after six hours',
};

/** Explains an auction: it runs, and somebody can bid. */
export function explainAuction({ account, auction }: AuctionFacts): Explanation {
  const asked = 'auction';
  const runs: Condition = {
    name: 'runs',
    evidence: [
      {
        asked,
        said: auction === null ? 'none runs' : `runs at ${auction.discountPpm} ppm`,
        block: auction?.block ?? null,
      },
    ],
    trouble: auction === null ? { code: 'AUCTION_NONE', seen: `no auction of ${account} runs` } : undefined,
  };
  const waits = auction?.waits ?? [];
  const wait = waits.every((one) => one !== null) ? waits[0] : undefined;
  const why = wait == null ? '' : (WAITS[wait] ?? wait);
  const evidence = waits.map((one) => ({ asked, said: one ?? 'anyone may bid' }));
  const open: Condition = {
    name: 'takes bids',
    evidence,
    trouble: wait == null ? undefined : { code: 'AUCTION_WAITS', seen: `nobody can bid now: ${why}` },
  };
  const bid: Condition = {
    name: 'is bid for',
    evidence: [],
    trouble: { code: 'AUCTION_OPEN', seen: 'anyone may bid, and nobody has taken all of it yet' },
  };
  const held = ['done', 'done: nothing is left to sell'] as const;
  return judgeConditions({ subject: 'auction', id: account, held, failed: 'waiting' }, [runs, open, bid]);
}

/** Explains a market: listed, and with cash to lend. */
export function explainMarket({ market, listed, cash, supplied, symbol, block }: ExplainedMarket): Explanation {
  const asked = `market ${market}`;
  const isOut = supplied > 0n && cash === 0n;
  const conditions: Condition[] = [
    {
      name: 'listed',
      evidence: [{ asked, said: listed ? 'accounts may opt in' : 'no account may opt in', block }],
      trouble: listed ? undefined : { code: 'MARKET_UNLISTED', seen: `the ledger does not list market ${market}` },
    },
    {
      name: 'has cash',
      evidence: [{ asked, said: `${cash} units of ${symbol} are there`, block }],
      trouble: isOut
        ? { code: 'MARKET_LENT_OUT', seen: `everything that lenders supplied to ${market} is lent` }
        : undefined,
    },
  ];
  const held =
    supplied === 0n
      ? (['well', `well: market ${market} is open, and nobody supplies it yet: there is nothing to borrow`] as const)
      : (['well', `well: market ${market} lends and pays`] as const);
  return judgeConditions({ subject: 'market', id: market, held, failed: 'impaired' }, conditions);
}
