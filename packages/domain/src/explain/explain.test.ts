import { describe, expect, it } from 'vitest';
import { type Explanation, dateText, spanText } from './explanation.js';
import {
  type LockFacts,
  type ReleaseFacts,
  explainLock,
  explainLockByChain,
  explainParked,
  explainRelease,
} from './explain-credit.js';
import { type LineFacts, type SalePriceFacts, explainAccount, explainLine, explainPrice } from './explain-holding.js';
import {
  type ChainFacts,
  type ExplainedEdge,
  explainAttester,
  explainChain,
  explainEdge,
  explainRelayer,
} from './explain-network.js';
import { explainAuction, explainMarket } from './explain-trade.js';
import { REASONS, type ReasonCode } from './reasons.js';

const NOW_S = 1_800_000_000n;
const chain = (change: Partial<ChainFacts> = {}): ChainFacts => {
  return {
    name: 'alpha',
    chainId: 901,
    condition: 'live',
    reason: null,
    heightFinal: 9n,
    asked: 'aggregator',
    ...change,
  };
};
const attester = (address: string, count: bigint, lagS: number | null = 2): ExplainedEdge['attesters'][number] => {
  return { address, count, lagS };
};
const edge = (change: Partial<ExplainedEdge> = {}): ExplainedEdge => ({
  edge: '0xed9e',
  local: false,
  entryCount: 7n,
  attestedCount: 7n,
  appliedCount: 7n,
  quorum: 3,
  condition: null,
  attesters: ['0xa1', '0xa2', '0xa3', '0xa4'].map((address) => attester(address, 7n)),
  origin: chain(),
  destination: chain({ name: 'hub', chainId: 900 }),
  vaultChain: 'alpha',
  postWaitS: null,
  ...change,
});
const line = (change: Partial<LineFacts> = {}): LineFacts => ({
  symbol: 'USDC',
  ageS: 60,
  ageMaxS: 3_600,
  conditions: [],
  block: 20n,
  account: '0xacc0',
  assetId: 4,
  chain: 'alpha',
  edge: '0xed9e',
  enabled: true,
  unsettled: false,
  isShort: false,
  seasonEnd: null,
  nowS: NOW_S,
  initialWad: 5n,
  initialText: '5.00',
  ...change,
});
const price = (change: Partial<SalePriceFacts> = {}): SalePriceFacts => {
  return {
    symbol: 'USDC',
    ageS: 60,
    ageMaxS: 3_600,
    conditions: [],
    block: 20n,
    sellsFrom: null,
    nowS: NOW_S,
    ...change,
  };
};
const lock = (change: Partial<LockFacts> = {}): LockFacts => ({
  id: '0xed9e:7',
  index: 7n,
  amountText: '1 USDC',
  edge: edge(),
  signers: 3,
  isFinal: true,
  origin: { height: 8n, hash: '0xb1' },
  finalForS: 3,
  attestedForS: 2,
  folded: { height: 20n, hash: '0xb2', count: 7n },
  parked: null,
  line: line(),
  gain: { wad: 2n, text: '2.00' },
  ...change,
});
const parked = (reason: string, readyAt: bigint | null = null): Explanation =>
  explainLock(
    lock({
      parked: { reason, readyAt, amountText: '1 USDC', account: '0xacc0', source: 1, index: 7n, nowS: NOW_S },
    }),
  );
const release = (stage: string, change: Partial<ReleaseFacts> = {}): Explanation =>
  explainRelease({
    id: '0xed9e:7',
    index: 7n,
    edge: edge({ appliedCount: 6n }),
    stage,
    reason: null,
    signers: 3,
    finalForS: 1,
    attestedForS: 1,
    readyAt: null,
    nowS: NOW_S,
    ...change,
  });
const account = (change: Partial<Parameters<typeof explainAccount>[0]> = {}): Explanation =>
  explainAccount({
    account: '0xacc0',
    lines: [line()],
    parked: [],
    chains: [],
    liquidatable: false,
    mayTakeRisk: true,
    freeText: '5.00',
    initialWad: 5n,
    block: 20n,
    ...change,
  });
const relayer = (code: string): Explanation =>
  explainRelayer({ url: 'http://relayer', failure: '', reasons: [{ code, detail: 'it says so' }] });
const held = (state: string): Explanation =>
  explainEdge(edge({ condition: { state, reason: 'witness 1 differs', until: 0n } }));
const unsigned = edge({
  attestedCount: 6n,
  appliedCount: 6n,
  attesters: [attester('0xa1', 7n), attester('0xa2', 7n), attester('0xa3', 6n, 149), attester('0xa4', 0n, null)],
});
const unposted = edge({ appliedCount: 6n });
const local = edge({ local: true, appliedCount: 6n, attesters: [], attestedCount: 0n });
const market = { market: 'usds', listed: true, cash: 1n, supplied: 2n, symbol: 'USDS', block: 20n };

const onChain = (
  change: Partial<Parameters<typeof explainLockByChain>[0]> = {},
): Parameters<typeof explainLockByChain>[0] => ({
  ...lock(),
  originName: 'alpha',
  settlementName: 'hub',
  applied: { newest: 6n, final: 6n, heightFinal: 20n },
  silence: 'AGGREGATOR_UNREACHABLE: connection refused',
  ...change,
});

/** One case for each reason, as the first condition that fails. */
const CASES: Readonly<Record<ReasonCode, () => Explanation>> = {
  CHAIN_NOT_FOLLOWED: () =>
    explainLock(
      lock({
        origin: null,
        isFinal: false,
        edge: edge({ origin: chain({ condition: 'no-quorum', reason: '4 of 4 took too long' }) }),
      }),
    ),
  CHAIN_HALTED: () => explainChain(chain({ condition: 'halted' })),
  CHAIN_SYNCING: () => explainChain(chain({ condition: 'syncing' })),
  CHAIN_UNWATCHED: () => explainChain(chain({ condition: 'unwatched' })),
  NOT_SEEN: () => explainLock(lock({ origin: null, isFinal: false })),
  NOT_FINAL: () => explainLock(lock({ isFinal: false })),
  SIGNATURES_COMING: () => explainLock(lock({ edge: unsigned, signers: 2 })),
  SIGNATURES_MISSING: () => explainLock(lock({ edge: unsigned, signers: 2, finalForS: 45 })),
  AGGREGATOR_SILENT: () => explainLockByChain(onChain()),
  LOCAL_NOT_CREDITED: () => explainLock(lock({ edge: local })),
  LOCAL_NOT_DELIVERED: () => release('final', { edge: local }),
  POST_COMING: () => explainLock(lock({ edge: unposted })),
  NOT_POSTED: () => explainLock(lock({ edge: unposted, attestedForS: 31 })),
  NOT_FOLDED: () => explainLock(lock({ folded: { height: 19n, hash: '0xb0', count: 6n } })),
  SOURCE_CONTESTED: () => held('CONTESTED'),
  SOURCE_QUARANTINED: () => held('QUARANTINED'),
  EDGE_HALTED: () => held('HALTED'),
  EDGE_RECOVERY: () => held('RECOVERY'),
  EDGE_CLOSED: () => held('CLOSED'),
  ABOVE_FAST_LIMIT: () => parked('UNCONFIRMED', NOW_S + 90n),
  ABOVE_CAP: () => parked('CAP'),
  ABOVE_INFLOW: () => parked('LIMIT'),
  ASSET_UNLISTED: () => parked('UNLISTED'),
  SLOTS_FULL: () => parked('SLOTS'),
  SEASON_PARKED: () => parked('SEASON', NOW_S + 60n),
  FEE_PARKED: () =>
    explainParked('parked:1:7', {
      reason: 'FEE',
      readyAt: NOW_S,
      amountText: '1 USDC',
      account: '0xacc0',
      source: 1,
      index: 7n,
      nowS: NOW_S,
    }),
  PRICE_STALE: () => explainPrice(price({ conditions: ['price-stale'], ageS: 3_660 })),
  FEED_TOOK_OVER: () => explainPrice(price({ sellsFrom: NOW_S + 90n })),
  PRICE_MISSING: () => explainLine(line({ conditions: ['price-missing'], ageS: null })),
  PRICE_UNCERTAIN: () => explainLine(line({ conditions: ['price-uncertain'] })),
  PRICE_DIVERGED: () => explainLine(line({ conditions: ['price-diverged'] })),
  PRICE_FAILING: () => explainLine(line({ conditions: ['price-failing'] })),
  SOURCE_STALE: () => explainLine(line({ conditions: ['source-stale'] })),
  SOURCE_DARK: () => explainLine(line({ conditions: ['source-dark'] })),
  SOURCE_FROZEN: () => explainLine(line({ conditions: ['source-frozen'] })),
  RISK_UNANSWERED: () => explainLine(line({ conditions: ['unanswered'] })),
  LINE_SEASONING: () => explainLine(line({ seasonEnd: NOW_S + 5n })),
  LINE_UNSETTLED: () => explainLine(line({ unsettled: true })),
  COVERAGE_SHORT: () => explainLine(line({ isShort: true })),
  LINE_DISABLED: () => explainLine(line({ enabled: false })),
  ACCOUNT_EMPTY: () => account({ lines: [] }),
  ACCOUNT_LIQUIDATABLE: () => account({ liquidatable: true }),
  ACCOUNT_WITHOUT_ROOM: () => account({ mayTakeRisk: false }),
  RELEASE_NOT_DUE: () => release('recorded', { readyAt: NOW_S + 60n }),
  RELEASE_NOT_PAID: () => release('payable'),
  RELEASE_PAYING: () => release('paying'),
  RELEASE_CLAIMABLE: () => release('claimable'),
  RELEASE_STOPPED: () => release('stopped'),
  RELEASE_REFUSED: () => release('refused'),
  ATTESTER_NEVER_HEARD: () => explainAttester(attester('0xa4', 0n, null), unsigned),
  ATTESTER_BEHIND: () => explainAttester(attester('0xa3', 6n, 149), unsigned),
  RELAYER_UNREACHABLE: () => explainRelayer({ url: 'http://relayer', reasons: null, failure: 'connection refused' }),
  RELAYER_WALLET_EMPTY: () => relayer('EMPTY_WALLET'),
  RELAYER_TROUBLED: () => relayer('FEEDS_STUCK'),
  AUCTION_NONE: () => explainAuction({ account: '0xacc0', auction: null }),
  AUCTION_WAITS: () => explainAuction({ account: '0xacc0', auction: { block: 1n, discountPpm: 0n, waits: ['STALE'] } }),
  AUCTION_OPEN: () => explainAuction({ account: '0xacc0', auction: { block: 1n, discountPpm: 0n, waits: [null] } }),
  MARKET_UNLISTED: () => explainMarket({ ...market, listed: false }),
  MARKET_LENT_OUT: () => explainMarket({ ...market, cash: 0n }),
};

describe('each reason', () => {
  it('has a case', () => expect(Object.keys(CASES).sort()).toEqual(Object.keys(REASONS).sort()));

  it.each(Object.entries(CASES))(
    '%s is the first condition that fails, with who acts and the evidence',
    (code, make) => {
      const { cause, next, stages, summary, outcome } = make();
      expect(cause?.code).toBe(code);
      expect(cause?.reason).not.toBe('');
      expect(next?.who).toMatch(/\w/);
      expect(next?.run ?? 'surety').toMatch(/^surety/);
      expect(next?.run ?? '').not.toContain('{}');
      expect(stages.filter(({ state }) => state === 'fails')).toHaveLength(1);
      expect(summary).toMatch(new RegExp(`^${outcome}: `));
      expect(
        JSON.stringify([summary, next, stages], (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)),
      ).not.toMatch(/unknown/i);
    },
  );
});

it('leads to surety deliver where the vault beside the ledger has not paid: nobody signs or relays there', () => {
  expect(release('payable', { edge: local }).next?.run).toBe('surety deliver');
  expect(release('payable').next?.run).toMatch(/^surety relay --chain /);
  const names = release('paid', { edge: local }).stages.map(({ name }) => name);
  expect(names).toEqual(['final', 'recorded', 'payable', 'paying', 'paid']);
  expect(release('stopped', { edge: local }).next?.act).not.toMatch(/attest/);
});

describe('an auction that waits', () => {
  it.each([
    ['stopped', 'every auction is stopped'],
    ['down', 'the chain was down'],
    ['unstarted', 'it has just ended'],
    ['healthy', 'the account has recovered'],
    ['nothing', 'no line can be sold'],
    ['PriceStopped', 'PriceStopped'],
  ])('says of "%s" what that means', (wait, means) => {
    const { summary } = explainAuction({ account: '0xacc0', auction: { block: 1n, discountPpm: 0n, waits: [wait] } });
    expect(summary).toContain(`nobody can bid now: ${means}`);
  });
});

describe('a lock', () => {
  it('ends counted, with the block and the margin gained', () => {
    const { outcome, summary, countedAt, countsWad, cause, stages } = explainLock(lock());
    expect([outcome, summary, countedAt, countsWad, cause]).toEqual([
      'counted',
      'counted: +2.00 initial margin for 1 USDC, at block 20',
      20n,
      2n,
      null,
    ]);
    expect(stages.slice(0, 6).map(({ name }) => name)).toEqual([
      'seen',
      'final',
      'attested',
      'chain is followed',
      'applied',
      'folded',
    ]);
  });

  it('is parked until a date, and counts 0', () => {
    const { summary, until, eta, countsWad, cause } = parked('UNCONFIRMED', NOW_S + 90n);
    expect(summary).toBe(
      'parked: counts 0 until 2027-01-15T08:01:30Z, expected in ~90 s: 1 USDC: it is above the fast limit, and no witness has confirmed it yet',
    );
    expect([until, eta?.seconds, countsWad, cause?.limiter]).toEqual([NOW_S + 90n, 90, 0n, 'fast limit']);
  });

  it('names the attesters that are silent, and leads to one of them', () => {
    const { summary, next, stages } = explainLock(lock({ edge: unsigned, signers: 2, finalForS: 45 }));
    expect(summary).toBe(
      'waiting: 2 of the 3 signatures it needs are there; missing: 0xa3, silent for 2 min (last: count 6); 0xa4 was never heard',
    );
    expect(next?.run).toBe('surety explain 0xa3');
    expect(stages.map(({ state }) => state).slice(0, 5)).toEqual(['holds', 'holds', 'holds', 'fails', 'ahead']);
  });

  it('says which command asks the ledger whether parked credit fits now', () => {
    expect(parked('CAP').next?.run).toBe('surety ledger unpark --source 1 --index 7 --dry-run');
  });

  it('says what to run when nobody posts', () => {
    expect(explainLock(lock({ edge: unposted, attestedForS: 31 })).next?.run).toBe('surety relay --chain alpha');
  });

  it('goes on at a source that is contested, and stops at one that is quarantined', () => {
    const at = (state: string): ExplainedEdge => ({ ...unposted, condition: { state, reason: 'so', until: 0n } });
    expect(explainLock(lock({ edge: at('CONTESTED') })).cause?.code).toBe('POST_COMING');
    expect(explainLock(lock({ edge: at('QUARANTINED') }))).toMatchObject({
      outcome: 'stopped',
      cause: { code: 'SOURCE_QUARANTINED' },
    });
  });
});

describe('a lock that the chains alone show', () => {
  it('counts, waits for finality, or says that signatures are with the aggregator that is silent', () => {
    const codes = [
      onChain({ isFinal: false }),
      onChain(),
      onChain({ applied: { newest: 7n, final: 6n, heightFinal: 20n } }),
      onChain({ applied: { newest: 7n, final: 7n, heightFinal: 20n } }),
    ].map((facts) => explainLockByChain(facts).cause?.code ?? null);
    expect(codes).toEqual(['NOT_FINAL', 'AGGREGATOR_SILENT', 'NOT_FOLDED', null]);
    expect(explainLockByChain(onChain()).summary).toContain('AGGREGATOR_UNREACHABLE: connection refused');
  });
});

describe('what is well', () => {
  it('has no cause and nothing to run', () => {
    const all = [
      explainChain(chain()),
      explainEdge(edge()),
      explainAttester(attester('0xa1', 7n), edge()),
      explainRelayer({ url: 'http://relayer', reasons: [], failure: '' }),
      explainPrice(price()),
      explainPrice(price({ sellsFrom: NOW_S })),
      explainLine(line()),
      account(),
      explainMarket(market),
      release('paid'),
      release('refunded'),
    ];
    expect(all.map(({ cause, next, outcome }) => [cause, next, outcome])).toEqual(
      ['well', 'well', 'well', 'well', 'well', 'well', 'counted', 'counted', 'well', 'done', 'done'].map((outcome) => [
        null,
        null,
        outcome,
      ]),
    );
  });

  it('is no edge of which too few attesters are up to date', () => {
    expect(explainEdge(unsigned).summary).toMatch(
      /^waiting: 2 of 4 attesters are up to date, 3 are needed; missing: 0xa3/,
    );
  });
});

it('names a stale price with its age and the age allowed', () => {
  expect(explainLine(line({ conditions: ['price-stale'], ageS: 7_300 })).cause?.reason).toBe(
    'USDC counts 0 at initial: its price is 2 h old, older than 60 min allowed; exit and maintenance keep the last price',
  );
});

it('says until when auctions wait for a feed that took over, and what could not be asked', () => {
  const waits = explainPrice(price({ sellsFrom: NOW_S + 90n }));
  expect([waits.until, waits.eta?.seconds, waits.cause?.reason]).toEqual([
    NOW_S + 90n,
    90,
    `another feed took over the price of USDC: auctions sell nothing at it before ${dateText(NOW_S + 90n)}`,
  ]);
  expect(explainPrice(price({ sellsFrom: undefined })).stages.at(-1)?.evidence[0]?.said).toBe(
    'it could not be asked when auctions sell at it',
  );
});

it('writes spans and dates for people', () => {
  expect([spanText(119), spanText(120), spanText(7_200), spanText(172_800)]).toEqual(['119 s', '2 min', '2 h', '2 d']);
  for (const seconds of [0, 68_169_599, 951_782_400, 951_868_799, 1_709_164_800, 1_800_000_090, 4_107_542_400])
    expect(dateText(BigInt(seconds))).toBe(new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z'));
});
