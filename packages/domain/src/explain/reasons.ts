/** Who acts on a reason, what they do, and a command where one exists; `{}` stands for the trouble's argument. */
export interface ReasonAdvice {
  readonly who: string;
  readonly act: string;
  readonly run: string | null;
  /** Basis of an estimate; without it, only a date gives one. */
  readonly basis?: string;
  /** The limit that binds. */
  readonly limiter?: string;
  /** The outcome of this reason whatever the subject. */
  readonly ends?: 'parked' | 'stopped' | 'impaired';
}

const NOBODY = 'nobody';
const OPERATORS = 'operators of the deployment';
const READ_STATUS = 'surety status';
/** Says with the ledger's own words what still holds it; without --dry-run anyone credits it once nothing does. */
const TRY_UNPARK = 'surety ledger unpark {} --dry-run';
const UNPARKS = 'a relayer unparks it';

const advice = <const Codes extends Readonly<Record<string, ReasonAdvice>>>(codes: Codes): Codes => codes;

/** Every reason that an explanation can give, by its code. */
const TABLE = advice({
  CHAIN_NOT_FOLLOWED: { who: OPERATORS, act: 'mend the providers of the chain', run: 'surety doctor' },
  CHAIN_HALTED: {
    who: OPERATORS,
    act: 'compare the contradicted block with the chain',
    run: 'surety clear-halt --help',
  },
  CHAIN_SYNCING: { who: NOBODY, act: 'the chain is read from its last final block on', run: READ_STATUS },
  CHAIN_UNWATCHED: { who: OPERATORS, act: 'give the aggregator providers of the chain', run: 'surety doctor' },
  NOT_SEEN: {
    who: 'attesters',
    act: 'watchers report a block once their providers show it',
    run: READ_STATUS,
    basis: 'watchers look once a block',
  },
  NOT_FINAL: { who: NOBODY, act: 'the chain makes the block final', run: null, basis: 'finality of the chain' },
  SIGNATURES_COMING: {
    who: 'attesters',
    act: 'they sign at the next frame of the chain',
    run: null,
    basis: 'one frame of the chain',
  },
  SIGNATURES_MISSING: {
    who: 'operators of the attesters named',
    act: 'start these attesters, or mend their providers',
    run: 'surety explain {}',
  },
  AGGREGATOR_SILENT: {
    who: 'operators of an aggregator, or anyone who relays by hand',
    act: 'start it, or name another one in SURETY_AGGREGATOR_URLS; signatures are kept there',
    run: 'surety doctor',
  },
  LOCAL_NOT_CREDITED: { who: 'anyone', act: 'credit what was locked beside the ledger', run: 'surety credit' },
  LOCAL_NOT_DELIVERED: { who: 'anyone', act: 'deliver what was released beside the ledger', run: 'surety deliver' },
  POST_COMING: {
    who: 'a relayer',
    act: 'it posts entries and signatures',
    run: 'surety relay --chain {}',
    basis: 'relayers look once a block',
  },
  NOT_POSTED: { who: 'anyone', act: 'no relayer posts; post it yourself', run: 'surety relay --chain {}' },
  NOT_FOLDED: {
    who: NOBODY,
    act: 'the settlement chain makes the block final',
    run: null,
    basis: 'finality of the settlement chain',
  },
  SOURCE_CONTESTED: {
    who: OPERATORS,
    act: 'compare that witness with the chain',
    run: 'surety witnesses',
    limiter: 'fast limit, a quarter of usual',
    ends: 'impaired',
  },
  SOURCE_QUARANTINED: {
    who: OPERATORS,
    act: 'compare journal, statements and witnesses',
    run: 'surety witnesses',
    ends: 'stopped',
  },
  EDGE_HALTED: {
    who: 'the guardian',
    act: 'clear the halt after 24 hours, or install another set',
    run: READ_STATUS,
    ends: 'stopped',
  },
  EDGE_RECOVERY: {
    who: 'governor and guardian',
    act: 'complete or withdraw the recovery',
    run: READ_STATUS,
    ends: 'stopped',
  },
  EDGE_CLOSED: {
    who: 'anyone',
    act: 'unwind what is left past the point of the rewind',
    run: READ_STATUS,
    ends: 'stopped',
  },
  ABOVE_FAST_LIMIT: {
    who: 'witnesses',
    act: `they confirm its count, or its date comes; ${UNPARKS}`,
    run: 'surety witnesses',
    limiter: 'fast limit',
    ends: 'parked',
  },
  ABOVE_CAP: {
    who: 'the governor, or other holders who leave',
    act: `it fits under the cap and credit is not paused; ${UNPARKS}`,
    run: TRY_UNPARK,
    limiter: 'cap of the asset, or a pause of credit',
    ends: 'parked',
  },
  ABOVE_INFLOW: {
    who: NOBODY,
    act: `the limit of inflow refills; ${UNPARKS}`,
    run: TRY_UNPARK,
    limiter: 'limit of inflow',
    ends: 'parked',
  },
  ASSET_UNLISTED: {
    who: 'the governor',
    act: `list the asset; then ${UNPARKS}`,
    run: 'surety powers',
    limiter: 'listing',
    ends: 'parked',
  },
  SLOTS_FULL: {
    who: 'its owner',
    act: `empty another line of the account; then ${UNPARKS}`,
    run: 'surety account {}',
    limiter: 'lines of an account',
    ends: 'parked',
  },
  SEASON_PARKED: { who: NOBODY, act: `its date comes; ${UNPARKS}`, run: null, limiter: 'season', ends: 'parked' },
  FEE_PARKED: { who: NOBODY, act: `its date comes; ${UNPARKS}`, run: null, limiter: 'season of fees', ends: 'parked' },
  PRICE_STALE: {
    who: 'a feeder',
    act: 'bring a newer price to the feed',
    run: 'surety doctor',
    limiter: 'age of its price',
    ends: 'impaired',
  },
  PRICE_MISSING: {
    who: 'the governor',
    act: 'give the asset a feed that answers',
    run: 'surety doctor',
    limiter: 'price',
    ends: 'impaired',
  },
  PRICE_UNCERTAIN: {
    who: 'price sources',
    act: 'they agree within 2 % again',
    run: 'surety doctor',
    limiter: 'confidence of its price',
    ends: 'impaired',
  },
  PRICE_DIVERGED: {
    who: NOBODY,
    act: 'the new price stands for its window',
    run: 'surety doctor',
    basis: 'window of the slow price, at most an hour',
    limiter: 'band of its price',
    ends: 'impaired',
  },
  PRICE_FAILING: {
    who: 'operators of the feed',
    act: 'make the feed answer again',
    run: 'surety doctor',
    limiter: 'price',
    ends: 'impaired',
  },
  FEED_TOOK_OVER: {
    who: NOBODY,
    act: 'auctions sell at it again; it counts for margin meanwhile',
    run: 'surety auctions',
    limiter: '30 minutes that a feed must have stood',
    ends: 'impaired',
  },
  SOURCE_STALE: {
    who: 'attesters',
    act: 'they sign a newer block of its chain, and a relayer posts it',
    run: 'surety explain {}',
    limiter: 'freshness of its source',
    ends: 'impaired',
  },
  SOURCE_DARK: {
    who: 'attesters',
    act: 'they sign a newer block of its chain, and a relayer posts it',
    run: 'surety explain {}',
    limiter: 'freshness of its source',
    ends: 'impaired',
  },
  SOURCE_FROZEN: {
    who: OPERATORS,
    act: 'end the quarantine, halt, recovery or rewind of its source',
    run: 'surety explain {}',
    limiter: 'state of its source',
    ends: 'impaired',
  },
  RISK_UNANSWERED: {
    who: OPERATORS,
    act: 'look at the risk manager and the protocols of the account',
    run: 'surety doctor',
    limiter: 'risk manager or protocol',
    ends: 'impaired',
  },
  LINE_SEASONING: { who: NOBODY, act: 'its season ends', run: null, limiter: 'season', ends: 'impaired' },
  LINE_UNSETTLED: {
    who: 'anyone',
    act: 'carry out what a rewind left open of the asset',
    run: READ_STATUS,
    limiter: 'open loss or orphan',
    ends: 'impaired',
  },
  COVERAGE_SHORT: {
    who: OPERATORS,
    act: 'bring the missing tokens to the vault, or scale the asset',
    run: READ_STATUS,
    limiter: 'coverage of the asset',
    ends: 'impaired',
  },
  LINE_DISABLED: {
    who: 'its owner',
    act: 'enable the line as collateral on the ledger',
    run: 'surety account {}',
    ends: 'impaired',
  },
  ACCOUNT_EMPTY: {
    who: 'its owner',
    act: 'lock collateral for it, or check the address',
    run: 'surety lock --help',
    ends: 'impaired',
  },
  ACCOUNT_LIQUIDATABLE: {
    who: 'its owner',
    act: 'add collateral or repay before an auction takes it',
    run: 'surety auctions',
    limiter: 'maintenance margin',
    ends: 'impaired',
  },
  ACCOUNT_WITHOUT_ROOM: {
    who: 'its owner',
    act: 'add collateral or repay to take new risk',
    run: 'surety account {}',
    limiter: 'initial margin',
    ends: 'impaired',
  },
  RELEASE_NOT_DUE: {
    who: NOBODY,
    act: 'the vault’s delay for its size ends',
    run: null,
    basis: 'date that the vault recorded',
    limiter: 'delay of the vault',
  },
  RELEASE_NOT_PAID: { who: 'anyone', act: 'pay it at the vault', run: 'surety relay --chain {}' },
  RELEASE_PAYING: {
    who: NOBODY,
    act: 'the vault’s chain makes the block final',
    run: null,
    basis: 'finality of the vault’s chain',
  },
  RELEASE_CLAIMABLE: {
    who: 'its recipient, or anyone',
    act: 'claim it once the recipient can receive the token',
    run: 'surety claim {}',
  },
  RELEASE_STOPPED: {
    who: 'anyone',
    act: 'its refund is journaled at the vault and applied at the ledger',
    run: 'surety refund {}',
    ends: 'stopped',
  },
  RELEASE_REFUSED: {
    who: OPERATORS,
    act: 'compare the ledger’s journal with what was attested',
    run: READ_STATUS,
    ends: 'stopped',
  },
  ATTESTER_NEVER_HEARD: {
    who: 'its operator',
    act: 'start the watcher, and give it the address of this aggregator',
    run: 'surety doctor',
    ends: 'impaired',
  },
  ATTESTER_BEHIND: {
    who: 'its operator',
    act: 'start the watcher, or mend its providers',
    run: 'surety doctor',
    ends: 'impaired',
  },
  RELAYER_UNREACHABLE: {
    who: 'its operator',
    act: 'start the relayer; meanwhile anyone may relay',
    run: 'surety relay',
    ends: 'impaired',
  },
  RELAYER_WALLET_EMPTY: {
    who: 'its operator',
    act: 'send coin to the wallet named; meanwhile anyone may relay',
    run: 'surety relay',
    limiter: 'gas of the relayer',
    ends: 'impaired',
  },
  RELAYER_TROUBLED: {
    who: 'its operator',
    act: 'mend what it names; meanwhile anyone may relay',
    run: 'surety relay',
    ends: 'impaired',
  },
  AUCTION_NONE: {
    who: NOBODY,
    act: 'anyone may start one once the account is liquidatable',
    run: 'surety auctions',
    ends: 'impaired',
  },
  AUCTION_WAITS: { who: NOBODY, act: 'what the auction names ends; then anyone may bid', run: 'surety auctions' },
  AUCTION_OPEN: { who: 'a bidder', act: 'bid for the lines', run: 'surety auctions' },
  MARKET_UNLISTED: {
    who: 'the governor',
    act: 'list the market on the ledger',
    run: 'surety powers',
    limiter: 'listing',
    ends: 'impaired',
  },
  MARKET_LENT_OUT: {
    who: 'borrowers and lenders',
    act: 'repay, or supply more',
    run: 'surety doctor',
    limiter: 'cash of the market',
    ends: 'impaired',
  },
});

/** A reason that an explanation can give. */
export type ReasonCode = keyof typeof TABLE;

/** Every reason that an explanation can give, with who acts on it. */
export const REASONS: Readonly<Record<ReasonCode, ReasonAdvice>> = TABLE;
