// Every world of the protocol's models: with which switches it is searched, and how. Each must end with "errors: 0".

/** One search of one model. */
export interface Search {
  readonly model: 'edges' | 'name' | 'rewind' | 'rules' | 'surety';
  readonly what: string;
  readonly switches: string;
  /** Every state is kept (exact), 64-bit hashes are (compact), bits are (bitstate); liveness assumes weak fairness. */
  readonly search: 'bitstate' | 'compact' | 'exact' | 'liveness';
  /** Part of `npm run model` without --all. */
  readonly quick?: boolean;
  /** Spin's -w, the size of its table as a power of two. */
  readonly hash?: number;
  /** Spin's -m, how deep it may go. */
  readonly depth?: number;
}

const surety = { model: 'surety' } as const;
const edges = { model: 'edges' } as const;
const rewind = { model: 'rewind' } as const;
const name = { model: 'name' } as const;
const rules = { model: 'rules' } as const;

/** Worlds of rewinds and of coverage. */
const rewinds: readonly Search[] = [
  {
    ...rewind,
    what: 'coverage: half is lost, LOST, tokens come back',
    switches: 'COVER',
    search: 'exact',
    quick: true,
  },
  { ...rewind, what: "the ledger's replica is rewound", switches: 'AGAIN', search: 'exact', quick: true },
  {
    ...rewind,
    what: 'the same, rewound twice, 2 locks',
    switches: 'AGAIN REWINDS=2 N=2',
    search: 'exact',
    quick: true,
  },
  {
    ...rewind,
    what: 'the same, rewound twice, 3 locks',
    switches: 'AGAIN REWINDS=2 N=3',
    search: 'compact',
    hash: 28,
  },
  { ...rewind, what: 'rewound without a cause', switches: 'AGAIN WITHHOLD', search: 'exact', quick: true },
  {
    ...rewind,
    what: 'rewound twice without a cause',
    switches: 'AGAIN WITHHOLD REWINDS=2 N=2',
    search: 'exact',
    quick: true,
  },
  { ...rewind, what: 'everything is applied and settles, 2 locks', switches: 'AGAIN LIVE N=2', search: 'liveness' },
  {
    ...rewind,
    what: 'the same, rewound twice, 1 lock',
    switches: 'AGAIN LIVE REWINDS=2 N=1',
    search: 'liveness',
    quick: true,
  },
  { ...rewind, what: "the vault's replica is rewound", switches: 'BACK', search: 'exact', quick: true },
  { ...name, what: 'the name of a replica that is rewound', switches: '', search: 'exact', quick: true },
  {
    ...surety,
    what: 'vault quorum corrupt, then a rewind, 1 + 1',
    switches: 'BAD_V NL=1 NS=1 REWIND',
    search: 'exact',
    quick: true,
  },
  { ...surety, what: 'the same, 2 + 1', switches: 'BAD_V NL=2 NS=1 REWIND', search: 'compact', hash: 28 },
  {
    ...surety,
    what: 'ledger quorum corrupt, then a rewind, 1 + 1',
    switches: 'BAD_S NL=1 NS=1 NOBRIDGE FAST=9 REWIND',
    search: 'exact',
    quick: true,
  },
  {
    ...surety,
    what: 'the same, 1 + 2',
    switches: 'BAD_S NL=1 NS=2 NOBRIDGE FAST=9 REWIND',
    search: 'compact',
    hash: 28,
  },
  {
    ...surety,
    what: 'finality of the ledger breaks, then a rewind, 1 + 1',
    switches: 'DEEP_S NL=1 NS=1 NOBRIDGE FAST=9 REWIND',
    search: 'exact',
    quick: true,
  },
  {
    ...surety,
    what: 'the same, 1 + 2',
    switches: 'DEEP_S NL=1 NS=2 NOBRIDGE FAST=9 REWIND',
    search: 'compact',
    hash: 28,
  },
  {
    ...surety,
    what: 'finality of the vault breaks, then a rewind, 1 + 1, no bridge',
    switches: 'DEEP_V NL=1 NS=1 NOBRIDGE FAST=9 REWIND',
    search: 'exact',
    quick: true,
  },
  { ...surety, what: 'the same, bridge lying', switches: 'DEEP_V NL=1 NS=1 REWIND', search: 'compact', hash: 27 },
];

/** Worlds of limits and of quarantine, with time. */
const limits: readonly Search[] = [
  { ...rules, what: 'quarantine by refused entries, and a rewind', switches: 'FREEZE', search: 'exact', quick: true },
  { ...rules, what: 'a lane, charged when units leave, 3', switches: 'LANE P=3 T=4', search: 'exact', quick: true },
  { ...rules, what: 'a lane, charged when units leave, 4', switches: 'LANE', search: 'exact', hash: 26 },
  { ...rules, what: 'a lane with dates, 3', switches: 'LANE BOOKED P=3 T=4', search: 'exact', quick: true },
  { ...rules, what: 'a lane with dates, 4', switches: 'LANE BOOKED', search: 'exact' },
  { ...rules, what: 'credit above the bucket, with dates', switches: 'VEST', search: 'exact', quick: true },
  { ...rules, what: 'credit above the bucket, without dates', switches: 'VEST ROOM', search: 'exact', quick: true },
];

/** Worlds of the rules as they are: each must end with "errors: 0". */
export const worlds: readonly Search[] = [
  { ...surety, what: 'default, 2 + 2, bridge lying', switches: 'LEAN', search: 'exact', quick: true },
  { ...surety, what: 'default, 2 + 2, slots, bridge lying', switches: '', search: 'exact', hash: 26 },
  {
    ...surety,
    what: 'default, 3 + 3, no bridge',
    switches: 'LEAN NOBRIDGE FAST=9 NL=3 NS=3',
    search: 'exact',
    hash: 26,
  },
  { ...surety, what: 'default, 2 + 3, bridge lying', switches: 'LEAN NL=2 NS=3', search: 'exact' },
  {
    ...surety,
    what: 'default, 3 + 2, bridge lying',
    switches: 'LEAN NL=3 NS=2',
    search: 'compact',
    hash: 28,
    depth: 60_000_000,
  },
  {
    ...surety,
    what: 'default, 3 + 3, bridge lying',
    switches: 'LEAN NL=3 NS=3',
    search: 'bitstate',
    hash: 34,
    depth: 20_000_000,
  },
  { ...surety, what: 'failing transfers, 2 + 2', switches: 'LEAN CLAIM', search: 'exact', quick: true },
  {
    ...surety,
    what: 'coverage: half is lost and comes back, 2 + 1',
    switches: 'SHORT LEAN NOBRIDGE FAST=9 NL=2 NS=1',
    search: 'exact',
    quick: true,
  },
  {
    ...surety,
    what: 'coverage: half is lost and comes back, 2 + 2',
    switches: 'SHORT LEAN NOBRIDGE FAST=9',
    search: 'compact',
    hash: 26,
  },
  { ...surety, what: 'one head per count, 2 + 1', switches: 'ROWS NL=2 NS=1', search: 'exact' },
  { ...surety, what: 'rotation, old keys leak, 2 + 1', switches: 'EPOCH NL=2 NS=1', search: 'exact' },
  { ...surety, what: 'vault quorum corrupt, 1 + 1', switches: 'BAD_V NL=1 NS=1', search: 'exact', quick: true },
  { ...surety, what: 'vault quorum corrupt, 2 + 1', switches: 'BAD_V NL=2 NS=1', search: 'exact' },
  { ...surety, what: 'vault quorum corrupt, 1 + 2', switches: 'BAD_V NL=1 NS=2', search: 'exact', quick: true },
  {
    ...surety,
    what: 'vault quorum corrupt, quarantine ignored',
    switches: 'BAD_V NL=2 NS=1 NOQCHECK M_Q_APPLY M_Q_RELEASE M_Q_BORROW',
    search: 'exact',
  },
  { ...surety, what: 'ledger quorum corrupt, 1 + 2', switches: 'BAD_S NL=1 NS=2', search: 'exact' },
  {
    ...surety,
    what: 'ledger quorum corrupt, vault quarantine ignored',
    switches: 'BAD_S NL=1 NS=2 M_VAULT_NO_Q',
    search: 'exact',
  },
  {
    ...surety,
    what: 'ledger quorum corrupt, 2 + 2, no bridge there',
    switches: 'BAD_S LEAN NOBRIDGE FAST=9',
    search: 'compact',
  },
  { ...surety, what: 'finality of the ledger breaks, 1 + 2', switches: 'DEEP_S NL=1 NS=2', search: 'exact' },
  {
    ...surety,
    what: 'finality of the ledger breaks, 2 + 2, no bridge',
    switches: 'DEEP_S NOBRIDGE FAST=9',
    search: 'compact',
  },
  {
    ...surety,
    what: 'finality of the ledger breaks, signing goes on',
    switches: 'DEEP_S NOHALT NL=1 NS=2',
    search: 'compact',
  },
  {
    ...surety,
    what: 'finality of the vault breaks, 1 + 1',
    switches: 'DEEP_V NL=1 NS=1',
    search: 'exact',
    quick: true,
  },
  {
    ...surety,
    what: 'finality of the vault breaks, 1 + 2, no bridge',
    switches: 'DEEP_V NL=1 NS=2 NOBRIDGE FAST=9',
    search: 'compact',
  },
  {
    ...surety,
    what: 'finality of the vault breaks, 2 + 1, no bridge',
    switches: 'DEEP_V NL=2 NS=1 NOBRIDGE FAST=9',
    search: 'compact',
  },
  {
    ...surety,
    what: 'finality of the vault breaks, signing goes on',
    switches: 'DEEP_V NOHALT NL=2 NS=1 NOBRIDGE FAST=9',
    search: 'compact',
  },
  { ...surety, what: 'REFUND without index, honest quorums', switches: 'LEAN M_REFUND_NOIDX', search: 'exact' },
  { ...edges, what: 'evidence: two vaults, rotation, finality breaks', switches: 'EVID', search: 'exact' },
  {
    ...edges,
    what: 'the same, others answer nothing, lost keys retire',
    switches: 'EVID AGLIES RETIRE',
    search: 'exact',
  },
  { ...edges, what: 'others answer nothing, finality holds', switches: 'EVID AGLIES NODEEP', search: 'exact' },
  { ...edges, what: 'nobody asks, finality holds', switches: 'EVID NODEEP X=M_NO_ASK', search: 'exact', quick: true },
  { ...edges, what: 'cuts: lost frames, rotation', switches: 'CUTS', search: 'liveness', quick: true },
  { ...edges, what: 'witnesses: one bridge lies, m = 1', switches: 'WIT', search: 'liveness', quick: true },
  { ...edges, what: 'witnesses: one bridge lies, m = 2, 7-day rule', switches: 'WIT M=2 DAYS', search: 'liveness' },
  { ...edges, what: 'witnesses: quorum corrupt, m = 1', switches: 'WIT BADQ', search: 'exact', quick: true },
  { ...edges, what: 'witnesses: quorum and one bridge corrupt, m = 2', switches: 'WIT BADQ LIAR M=2', search: 'exact' },
  { ...edges, what: 'exit of a vault', switches: 'EXIT', search: 'exact', quick: true },
  {
    ...edges,
    what: 'exit, anchor by tip, claims only where equal',
    switches: 'EXIT EFFECT X=M_STRICT',
    search: 'exact',
  },
  { ...edges, what: 'halt: one traitor of four', switches: 'HALT', search: 'exact', quick: true },
  ...rewinds,
  ...limits,
];
