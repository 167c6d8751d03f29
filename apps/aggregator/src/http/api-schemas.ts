type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const decimal: Schema = { type: 'string', pattern: '^(0|[1-9][0-9]*)$', description: 'decimal integer' };
const signed: Schema = {
  type: 'string',
  pattern: '^-?(0|[1-9][0-9]*)$',
  description: 'decimal integer, may be negative',
};
const natural: Schema = { type: 'integer', minimum: 0 };
const flag: Schema = { type: 'boolean' };
const word: Schema = { type: 'string', pattern: '^0x[0-9a-f]{64}$' };
const address: Schema = { type: 'string', pattern: '^0x[0-9a-fA-F]{40}$' };
const bytes: Schema = { type: 'string', pattern: '^0x([0-9a-fA-F]{2})*$' };

/** A list. */
export function list(items: Schema): Schema {
  return { type: 'array', items };
}

/** A value, or null. */
export function nullable(schema: Schema): Schema {
  return { ...schema, nullable: true };
}

/** An object whose members are all there, but for the optional ones. */
export function record(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  return { type: 'object', required: Object.keys(properties).filter((name) => !optional.includes(name)), properties };
}

/** The smallest shapes, for what is described in a file of its own. */
export const SHAPES = { text, decimal, natural, word } as const;

function byGrade(schema: Schema): Schema {
  return record({ initial: schema, exit: schema, maintenance: schema });
}

const statement = record({
  edge: word,
  count: decimal,
  tip: decimal,
  head: word,
  blockNumber: decimal,
  blockHash: word,
  asOf: decimal,
  epoch: natural,
});
const location = record({ index: decimal, blockHeight: decimal, blockHash: word, txHash: word, logIndex: natural });
const outcome = record({ kind: { enum: ['stored', 'refused'] }, fresh: flag, code: text, detail: text }, [
  'fresh',
  'code',
  'detail',
]);
const block = record({ chainId: natural, height: decimal, hash: word });
const timedBlock = record({ chainId: natural, height: decimal, hash: word, timestamp: decimal });
const edge = record({
  edge: word,
  name: word,
  generation: natural,
  direction: { enum: ['to-ledger', 'to-vault'] },
  source: natural,
  originChainId: natural,
  destinationChainId: natural,
  entryCount: decimal,
  attestedCount: decimal,
  reachableCount: decimal,
  appliedCount: decimal,
  lastAsOf: decimal,
  condition: nullable(record({ state: text, until: decimal, reason: text, next: text })),
  attesters: list(record({ address, count: decimal, asOf: decimal, lagS: nullable({ type: 'number' }) })),
});
const chain = record({
  chainId: natural,
  name: text,
  role: { enum: ['collateral', 'settlement'] },
  condition: text,
  reason: nullable(text),
  heightFinal: nullable(decimal),
  heightLatest: nullable(decimal),
});
const millis = nullable({ type: 'integer' });
const times = record({ seenMs: millis, finalMs: millis, attestedMs: millis, appliedMs: millis });
const RELEASE_STAGES = [
  'requested',
  'final',
  'attested',
  'recorded',
  'payable',
  'paying',
  'paid',
  'claimable',
  'stopped',
  'refunded',
  'refused',
];
const underWay = {
  id: text,
  edge: word,
  index: decimal,
  stage: { enum: ['seen', 'applied', ...RELEASE_STAGES] },
  reason: nullable(text),
  amount: decimal,
  assetId: nullable(natural),
  times,
};
const named = { assetId: natural, source: natural, chainId: natural, symbol: text, amount: decimal };
const release = record({
  id: text,
  edge: word,
  index: decimal,
  seq: decimal,
  chainId: natural,
  source: natural,
  assetId: nullable(natural),
  symbol: text,
  amount: decimal,
  fee: decimal,
  borne: decimal,
  recipient: word,
  stage: { enum: RELEASE_STAGES },
  reason: nullable(text),
  next: nullable(text),
  readyAt: nullable(decimal),
});
const grade = record({
  assetsWad: decimal,
  requirementWad: decimal,
  freeWad: signed,
  utilisationPpm: nullable(decimal),
});
const entry = record({
  ...underWay,
  direction: { enum: ['to-ledger', 'to-vault'] },
  kind: text,
  asset: natural,
  account: word,
  party: word,
  fee: decimal,
  next: nullable(text),
  blocks: record({ origin: nullable(block), applied: nullable(block) }),
  attestedBy: natural,
  quorum: natural,
  payment: nullable(record({ seq: decimal, readyAt: nullable(decimal), settled: nullable(block) })),
});
const ppm = record({ base: natural, source: natural, freshness: natural, size: natural, vol: natural });
const problem = record(
  { type: text, title: text, status: natural, code: text, detail: text, instance: text, outcomes: list(outcome) },
  ['outcomes'],
);

/** The shapes of requests and answers, as OpenAPI shows them. */
export const API = {
  problem: {
    status: 'default' as const,
    description: 'A refusal; its code is stable',
    content: { 'application/problem+json': { schema: problem } },
  },
  edgeParam: { name: 'edge', description: 'first name of the edge: 0x and 64 hex digits' },
  accountParam: {
    name: 'account',
    description: 'owner (20 bytes) ‖ home (2) ‖ sub-account (10): 0x and 64 hex digits',
  },
  statementsBody: record({ statements: list(record({ statement, signer: address, signature: bytes })) }),
  entriesBody: record({
    from: decimal,
    packed: bytes,
    stage: { enum: ['seen', 'final'] },
    locations: list(location),
    poster: address,
    signature: bytes,
  }),
  outcomes: record({ outcomes: list(outcome) }),
  outcome,
  edges: record({ edges: list(edge) }),
  statements: record({
    statements: list(record({ statement, signers: list(address), signatures: bytes, complete: flag })),
  }),
  entriesPage: record({ edge: word, from: decimal, to: decimal, packed: bytes, locations: list(location) }),
  chains: record({ chains: list(chain) }),
  status: record({
    profile: text,
    ready: flag,
    chains: list(chain),
    edges: list(edge),
    selfCheck: record({ block: nullable(timedBlock), comparedAccounts: natural, differences: natural }),
    stateHash: nullable(record({ hash: word, chains: list(block) })),
    counts: { type: 'object', additionalProperties: natural },
  }),
  account: record({
    account: word,
    owner: address,
    home: natural,
    sub: decimal,
    lines: list(
      record({
        ...named,
        coverageWad: nullable(decimal),
        unsettled: flag,
        unseasoned: decimal,
        seasonEnd: decimal,
        enabled: flag,
      }),
    ),
    parked: list(
      record({
        source: natural,
        index: decimal,
        assetId: natural,
        symbol: text,
        amount: decimal,
        reason: text,
        readyAt: nullable(decimal),
        next: text,
      }),
    ),
    entries: list(record(underWay)),
    releases: list(release),
    protocols: list(address),
  }),
  margin: record({
    account: word,
    block: timedBlock,
    grades: byGrade(grade),
    status: natural,
    oldestAsOf: decimal,
    healthFactorWad: decimal,
    healthStep: nullable({ enum: ['1.5', '1.2', '1.05', '1'] }),
    liquidatable: flag,
    mayTakeRisk: flag,
    parameters: word,
    lines: list(
      record({
        ...named,
        coverageWad: nullable(decimal),
        unsettled: flag,
        amountInitial: decimal,
        price1e12: decimal,
        priceFrom: { enum: ['feed', 'underlying'] },
        factors: byGrade(ppm),
        valueWad: byGrade(decimal),
        status: natural,
      }),
    ),
    deltas: list(record({ underlying: natural, symbols: list(text), deltaWad: decimal, valueWad: decimal })),
  }),
  parked: record({
    parked: list(
      record({
        source: natural,
        index: decimal,
        account: word,
        vaultAsset: natural,
        amount: decimal,
        fee: decimal,
        reason: text,
      }),
    ),
  }),
  orphans: record({
    orphans: list(record({ source: natural, entryHash: word, entry: bytes, vaultAsset: natural, count: natural })),
  }),
  payments: record({
    payments: list(
      record({
        seq: decimal,
        entry: bytes,
        readyAt: decimal,
        state: { enum: ['recorded', 'payable', 'paying', 'claimable'] },
        lane: nullable({ enum: ['small', 'middle', 'large'] }),
      }),
    ),
    stopped: list(
      record({
        seq: decimal,
        entry: bytes,
        state: { enum: ['stopped', 'refunded'] },
        reason: nullable(text),
        refunded: nullable(decimal),
      }),
    ),
  }),
  releaseQuote: record({
    account: word,
    assetId: natural,
    symbol: text,
    chainId: natural,
    amount: decimal,
    recipient: word,
    fee: decimal,
    block: timedBlock,
    allowed: flag,
    code: nullable(text),
    detail: nullable(text),
    seasoned: decimal,
    feeSuggested: decimal,
    marginAfter: byGrade(grade),
    waitS: nullable(natural),
    payment: nullable(
      record({
        block: timedBlock,
        lane: nullable({ enum: ['small', 'middle', 'large'] }),
        readyAt: nullable(decimal),
        waits: flag,
        opensAt: nullable(decimal),
        largest: decimal,
      }),
    ),
    etaS: nullable(natural),
  }),
  solvency: record({
    assets: list(
      record({
        assetId: natural,
        source: natural,
        chainId: natural,
        symbol: text,
        lines: decimal,
        parked: decimal,
        released: decimal,
        refunded: decimal,
        owed: decimal,
        paid: decimal,
        coverageWad: decimal,
        reportedWad: decimal,
        impairedSince: nullable(decimal),
        lostSeq: nullable(decimal),
        orphaned: decimal,
        missing: decimal,
        found: decimal,
        heldWad: decimal,
        shortSince: nullable(decimal),
      }),
    ),
    blocks: list(block),
  }),
  entry: { oneOf: [entry, record({ entries: list(entry) })] },
  live: record({ status: { enum: ['ok'] } }),
  readiness: record({ ready: flag, reasons: list(record({ code: text, detail: text })) }),
};
