import {
  type Condition,
  type Evidence,
  type Explanation,
  type Trouble,
  dateText,
  judgeConditions,
  spanText,
} from './explanation.js';

/** The price of a line, as the risk manager has it. */
export interface PriceFacts {
  readonly symbol: string;
  /** Seconds since its observation; null if there never was one, or it was not read. */
  readonly ageS: number | null;
  /** Age in seconds up to which it counts for initial. */
  readonly ageMaxS: number | null;
  /** Names of what is wrong with the margin of its line. */
  readonly conditions: readonly string[];
  readonly block: bigint;
}

/** A price with what auctions make of it. */
export interface SalePriceFacts extends PriceFacts {
  /** Block time in seconds before which auctions sell nothing at it; null without one, undefined if nobody could say. */
  readonly sellsFrom: bigint | null | undefined;
  readonly nowS: bigint;
}

/** A line of an account in its margin. */
export interface LineFacts extends PriceFacts {
  readonly account: string;
  readonly assetId: number;
  readonly chain: string;
  /** First name of the edge that brings its source's locks. */
  readonly edge: string;
  readonly enabled: boolean;
  readonly unsettled: boolean;
  readonly isShort: boolean;
  readonly seasonEnd: bigint | null;
  readonly nowS: bigint;
  readonly initialWad: bigint;
  readonly initialText: string;
}

/** An account with its lines and its margin. */
export interface AccountFacts {
  readonly account: string;
  readonly lines: readonly LineFacts[];
  readonly parked: readonly Condition[];
  /** Chains that cannot be followed, so that locks of the account may be hidden there. */
  readonly chains: readonly Condition[];
  readonly liquidatable: boolean;
  readonly mayTakeRisk: boolean;
  readonly freeText: string;
  readonly initialWad: bigint;
  readonly block: bigint;
}

const PRICE_CODES: Readonly<Record<string, readonly [Trouble['code'], string]>> = {
  'price-missing': ['PRICE_MISSING', 'it never had a price: nothing at all'],
  'price-failing': ['PRICE_FAILING', 'its price feed fails: nothing for initial until it answers'],
  'price-stale': ['PRICE_STALE', 'its price is older than the listing allows: nothing for initial'],
  'price-uncertain': ['PRICE_UNCERTAIN', 'its price is uncertain by more than 2 %: nothing for initial'],
  'price-diverged': [
    'PRICE_DIVERGED',
    'its price jumped by more than 25 %: nothing for initial until it has stood, within the hour',
  ],
};

const SOURCE_CODES: Readonly<Record<string, readonly [Trouble['code'], string]>> = {
  unanswered: ['RISK_UNANSWERED', 'the risk manager did not answer: no figure means anything'],
  'source-frozen': ['SOURCE_FROZEN', 'its source is quarantined, halted, in recovery or closed: nothing for initial'],
  'source-dark': ['SOURCE_DARK', 'its chain has gone dark: nothing for initial'],
  'source-stale': ['SOURCE_STALE', 'its chain was not attested in time: less for initial from minute to minute'],
};

/** Returns the sentence about one condition of a margin, or undefined for a name that is not known. */
export function conditionText(condition: string): string | undefined {
  return (PRICE_CODES[condition] ?? SOURCE_CODES[condition])?.[1];
}

/** Judges a price: fresh, certain and answered. */
export function priceConditions(price: PriceFacts): Condition[] {
  const { symbol, ageS, ageMaxS, conditions, block } = price;
  const allowed = ageMaxS === null ? '' : `, ${spanText(ageMaxS)} allowed`;
  const said = ageS === null ? 'no observation was accepted' : `its price is ${spanText(ageS)} old${allowed}`;
  const evidence: Evidence[] = [{ asked: 'risk manager', said, block, ageS }];
  return Object.entries(PRICE_CODES).map(([name, [code, text]]) => {
    const isWrong = conditions.includes(name);
    const aged = code === 'PRICE_STALE' && ageS !== null && ageMaxS !== null;
    const seen = aged
      ? `${symbol} counts 0 at initial: its price is ${spanText(ageS)} old, older than ${spanText(ageMaxS)} allowed; exit and maintenance keep the last price`
      : `${symbol}: ${text}`;
    return { name: `no ${name.replace('-', ' is ')}`, evidence, trouble: isWrong ? { code, seen } : undefined };
  });
}

/** Judges what a line counts for the initial grade. */
export function lineConditions(line: LineFacts): Condition[] {
  const { symbol, chain, conditions, account, edge } = line;
  const block = { asked: 'ledger', block: line.block };
  const source = Object.entries(SOURCE_CODES).map(([name, [code, text]]): Condition => {
    const seen = `${symbol} of ${chain}: ${text}`;
    return {
      name: `no ${name.replace('-', ' is ')}`,
      evidence: [{ ...block, said: `conditions: ${conditions.join(', ') || 'none'}` }],
      trouble: conditions.includes(name) ? { code, seen, of: edge } : undefined,
    };
  });
  const own = (name: string, isWrong: boolean, trouble: Trouble): Condition => {
    return {
      name,
      evidence: [{ ...block, said: isWrong ? trouble.seen : 'yes' }],
      trouble: isWrong ? trouble : undefined,
    };
  };
  const { seasonEnd, nowS } = line;
  const leftS = seasonEnd === null || seasonEnd <= nowS ? 0 : Number(seasonEnd - nowS);
  const named = `${symbol} of ${chain}`;
  return [
    own('enabled', !line.enabled, {
      code: 'LINE_DISABLED',
      seen: `${named} is not enabled as collateral`,
      of: account,
    }),
    ...priceConditions(line),
    ...source,
    own('settled', line.unsettled, {
      code: 'LINE_UNSETTLED',
      seen: `a rewind left something open of ${named}: nothing for initial`,
    }),
    own('covered', line.isShort, {
      code: 'COVERAGE_SHORT',
      seen: `the vault holds too little ${named}: each unit counts in part`,
    }),
    own('seasoned', leftS > 0, {
      code: 'LINE_SEASONING',
      seen: `fresh credit of ${named} counts for maintenance alone for ${spanText(leftS)}`,
      etaS: leftS,
      until: seasonEnd,
    }),
  ];
}

/** Explains a line of an account. */
export function explainLine(line: LineFacts): Explanation {
  const { account, assetId, initialText, initialWad, symbol, chain, block } = line;
  const held = ['counted', `counted: ${symbol} of ${chain}, ${initialText} initial margin, at block ${block}`] as const;
  const id = `line:${account}:${assetId}`;
  const ends = { subject: 'line', id, held, failed: 'impaired', countedAt: block, countsWad: initialWad } as const;
  return judgeConditions(ends, lineConditions(line));
}

/** Explains a price. */
export function explainPrice(price: SalePriceFacts): Explanation {
  const { symbol, ageS } = price;
  const held = ['well', `well: the price of ${symbol} is ${spanText(ageS ?? 0)} old`] as const;
  const conditions = [...priceConditions(price), saleCondition(price)];
  return judgeConditions({ subject: 'price', id: symbol, held, failed: 'impaired' }, conditions);
}

/** Judges whether auctions sell at a price: they wait while a feed is new to it. */
function saleCondition({ symbol, sellsFrom, nowS, block }: SalePriceFacts): Condition {
  const waits = sellsFrom != null && sellsFrom > nowS;
  const read = sellsFrom === undefined ? 'it could not be asked when auctions sell at it' : 'auctions sell at it';
  const said = waits ? `auctions sell nothing at it before ${dateText(sellsFrom)}` : read;
  const name = 'auctions sell at it';
  const evidence: Evidence[] = [{ asked: 'risk manager', said, block }];
  if (!waits) return { name, evidence };
  const seen = `another feed took over the price of ${symbol}: auctions sell nothing at it before ${dateText(sellsFrom)}`;
  const etaS = Number(sellsFrom - nowS);
  return { name, evidence, trouble: { code: 'FEED_TOOK_OVER', seen, etaS, until: sellsFrom } };
}

/** Explains an account: what is wrong with its lines, what is parked, and whether it may take risk. */
export function explainAccount(facts: AccountFacts): Explanation {
  const { account, lines, initialWad, block, freeText } = facts;
  const whole = (name: string, isWrong: boolean, trouble: Trouble): Condition => {
    const said = isWrong ? trouble.seen : `free initial margin ${freeText}`;
    return { name, evidence: [{ asked: 'ledger', said, block }], trouble: isWrong ? trouble : undefined };
  };
  const empty = { code: 'ACCOUNT_EMPTY', seen: `account ${account} has no line on the ledger`, of: account } as const;
  const due = {
    code: 'ACCOUNT_LIQUIDATABLE',
    seen: 'it owes more than its maintenance assets: it may be liquidated',
  } as const;
  const full = {
    code: 'ACCOUNT_WITHOUT_ROOM',
    seen: `its free initial margin is ${freeText}: it may take no new risk`,
    of: account,
  } as const;
  const conditions = [
    ...facts.chains,
    ...facts.parked,
    whole('holds collateral', lines.length === 0, empty),
    ...lines.flatMap(lineConditions),
    whole('is not liquidatable', facts.liquidatable, due),
    whole('may take risk', !facts.mayTakeRisk, full),
  ];
  const held = [
    'counted',
    `counted: ${lines.length} lines, free initial margin ${freeText}, at block ${block}`,
  ] as const;
  const ends = {
    subject: 'account',
    id: account,
    held,
    failed: 'impaired',
    countedAt: block,
    countsWad: initialWad,
  } as const;
  return judgeConditions(ends, conditions);
}
