// Every mutant of the protocol's models: one rule changed, or one assumption dropped, and the world in which it must fail.
import type { Search } from './model-worlds.js';

/** Name of a mutant (with none the world itself must fail), its world, how it is searched, and the changed rule. */
type MutantRow = readonly [mutant: string, world: string, search: 'exact' | 'liveness', what: string];

const surety = { model: 'surety' } as const;
const edges = { model: 'edges' } as const;
const rewind = { model: 'rewind' } as const;
const name = { model: 'name' } as const;
const rules = { model: 'rules' } as const;

const mutantsOfSurety: Readonly<Record<string, readonly [world: string, what: string]>> = {
  M_SIGN_LATEST_V: ['EFFECT', 'vault heads are signed at the latest block'],
  M_SIGN_LATEST_S: ['EFFECT', 'ledger heads are signed at the latest block'],
  M_EQUIV: ['ROWS EFFECT', 'latest block and no memory of what was signed'],
  M_NON_PREFIX: ['EFFECT', 'only the count is checked'],
  M_REPEAT: ['EFFECT', 'an overlapping batch is applied again'],
  M_KIND: ['EFFECT', 'kind and index come from the relayer'],
  M_VAULT_TWICE: ['EFFECT', 'a paid RELEASE can be paid again'],
  M_REFUND_AFTER_PAID: ['EFFECT', 'a paid payment can be stopped'],
  M_REFUND_NOT_QUEUED: ['EFFECT', 'a payment that was not replayed yet can be stopped'],
  M_REFUND_NOT_CONSUMED: ['EFFECT', 'a stopped payment stays in the queue'],
  M_STOP_CLAIMABLE: ['CLAIM EFFECT', 'a claimable payment can be stopped and stays claimable'],
  M_DEBIT_LATE: ['EFFECT', 'requestRelease does not debit'],
  M_LIQ_COPY: ['EFFECT', 'liquidation credits without debiting'],
  M_NO_GATE: ['EFFECT', 'requestRelease without margin check'],
  M_TRANSFER_NO_GATE: ['EFFECT', 'transfer without margin check'],
  M_Q_APPLY: ['EFFECT', 'entries are applied in quarantine'],
  M_Q_RELEASE: ['EFFECT', 'releases are requested in quarantine'],
  M_Q_BORROW: ['EFFECT', 'a quarantined source backs new debt'],
  M_OLD_EPOCH: ['EPOCH EFFECT', 'expiry of the old set is not checked'],
  M_FAST_PER_ENTRY: ['BAD_V', 'the fast limit is read per entry'],
  M_PARKED_COUNTS: ['BAD_V', 'parked value counts'],
  M_CONFIRM_BLIND: ['BAD_V', 'confirm does not compare heads'],
  M_UNPARK_PAST: ['BAD_V', 'a confirmation unparks entries past its count'],
  M_REFUND_UNLIMITED: ['BAD_V', 'refunds do not use the fast limit'],
  // With the vault's quorum corrupt a made-up refund takes no more than a made-up lock: the fast limit bounds both.
  M_REFUND_NOIDX: ['BAD_S', 'a refund is credited without matching a release, ledger quorum corrupt'],
  'M_REFUND_NOIDX ': ['DEEP_S', 'the same, after a finality break'],
  M_VAULT_NO_LIMIT: ['BAD_S', 'the vault pays large value without a second witness'],
};

const short = 'SHORT LEAN NOBRIDGE FAST=9';
const badVault = 'BAD_V NL=1 NS=1 REWIND';
const deepVault = 'DEEP_V NL=1 NS=1 NOBRIDGE FAST=9 REWIND';
const badLedger = 'BAD_S NL=1 NS=1 NOBRIDGE FAST=9 REWIND';
const deepLedger = 'DEEP_S NL=1 NS=1 NOBRIDGE FAST=9 REWIND';

/** Name of the mutant, its world and the changed rule. */
const mutantsOfCoverageAndRewind: readonly (readonly [mutant: string, world: string, what: string])[] = [
  ['M_PAY_FULL', short, 'a payment is made in full while tokens are missing'],
  ['M_LOCK_SHORT', short, 'locks go on while tokens are missing'],
  ['M_NO_MIRROR', short, 'margins ignore the coverage'],
  ['M_CUT_TOO', short, 'lines are cut as well as covered'],
  ['M_STICKY', short, 'coverage never rises at the ledger'],
  ['M_NO_MATCH', badVault, 'what comes again is credited again'],
  ['M_FORGET', badVault, 'orphans are not counted'],
  ['M_KEEP_PARKED', badVault, 'parked credit past the point stays'],
  ['M_PARKED_NO_RECORD', badVault, 'the record of a REFUND that was parked is not written again'],
  ['M_TAKEN_NO_RECORD', badVault, 'the record of a REFUND that is taken back is not written again'],
  ['M_OLD_NAME', badVault, 'statements under the former name are taken'],
  ['M_BLIND_POINT', badVault, "the point is not compared with the replica's own head"],
  ['M_REFUND_UNLIMITED', badVault, 'refunds do not use the fast limit'],
  ['M_NO_MATCH', deepVault, 'what comes again is credited again, after a finality break'],
  ['M_TAKEN_NO_RECORD', deepVault, 'the record of a REFUND that is taken back is not written again'],
  ['M_OLD_NAME', deepVault, 'statements under the former name are taken'],
  ['M_STOPPED_AGAIN', badLedger, 'a stopped release of the same number and content is queued again'],
  ['M_SETTLE_TWICE', badLedger, 'one paid orphan settles two releases'],
  ['M_VOID_PAID', badLedger, 'a payment past the point is void as if nothing had left'],
  ['M_OLD_NAME', badLedger, 'statements under the former name are taken'],
  ['M_REFUND_NOIDX', badLedger, 'a refund is credited without matching a release'],
  ['M_STOPPED_AGAIN', deepLedger, 'a stopped release of the same number and content is queued again'],
  ['M_SETTLE_TWICE', deepLedger, 'one paid orphan settles two releases'],
  ['M_OLD_NAME', deepLedger, 'statements under the former name are taken'],
];

const mutantsOfRewind: readonly MutantRow[] = [
  ['M_NO_MATCH', 'AGAIN', 'exact', 'what comes again is credited again'],
  ['M_MATCH_TWICE', 'AGAIN', 'exact', 'one orphan uses up two entries'],
  ['M_TAKE_EARLY', 'AGAIN', 'exact', 'taken back before the journal was applied again'],
  ['M_FORGET', 'AGAIN', 'exact', 'orphans are not counted'],
  ['M_KEEP_PARKED', 'AGAIN', 'exact', 'parked credit past the point stays'],
  ['M_OLD_NAME', 'AGAIN', 'exact', 'statements under the former name are taken'],
  ['M_BLIND_POINT', 'AGAIN', 'exact', "the point is not compared with the replica's own head"],
  ['M_LEAVES', 'AGAIN', 'exact', 'releases go on while the asset is unsettled'],
  ['M_NO_LOST', 'AGAIN', 'exact', 'what was spent is forgotten'],
  ['M_SHARE_HELD', 'AGAIN', 'exact', 'a loss is shared though its account still holds it'],
  ['M_SPENT_FORGOTTEN', 'AGAIN WITHHOLD', 'exact', 'what was spent is credited again when its entry comes late'],
  ['M_NOT_FOUND', 'AGAIN WITHHOLD', 'exact', 'what was told as lost stays lost'],
  ['M_NO_TAKE', 'AGAIN LIVE N=2', 'liveness', 'nothing is taken back'],
  ['M_APPLY_WAITS', 'AGAIN LIVE N=2', 'liveness', 'new entries wait until the asset is settled'],
  ['M_ONCE', 'AGAIN LIVE REWINDS=2 N=1', 'liveness', 'a replica is rewound once only'],
  ['M_OLD_NAME', 'BACK', 'exact', 'statements under the former name are taken'],
  ['M_NO_SETTLE', 'BACK', 'exact', 'a release that was paid past the point is queued again'],
  ['M_SETTLE_TWICE', 'BACK', 'exact', 'one paid orphan settles two releases'],
  ['M_VOID_PAID', 'BACK', 'exact', 'a payment past the point is void as if nothing had left'],
  ['M_KEEP_QUEUED', 'BACK', 'exact', 'what is queued past the point stays payable'],
  ['M_STOPPED_AGAIN', 'BACK', 'exact', 'a stopped release of the same number and content is queued again'],
  ['M_NO_REFUND_AGAIN', 'BACK', 'exact', 'a REFUND is journaled once only'],
  ['M_PAY_FULL', 'COVER', 'exact', 'a payment is made in full while tokens are missing'],
  ['M_LEDGER_TOO', 'COVER', 'exact', 'the ledger cuts releases as well'],
  ['M_LOCK_SHORT', 'COVER', 'exact', 'locks go on while tokens are missing'],
  ['M_ABOVE_ONE', 'COVER', 'exact', 'coverage above 1 after a gift'],
  ['M_STICKY', 'COVER', 'exact', 'coverage never rises at the ledger'],
  ['M_NO_MIRROR', 'COVER', 'exact', 'margins ignore the coverage'],
  ['M_PAY_UNREPORTED', 'COVER', 'exact', 'a payment is short before seven days on record'],
  ['M_LOST_TWICE', 'COVER', 'exact', 'LOST is taken over twice'],
  ['M_LOST_KEPT', 'COVER', 'exact', 'releases go on before LOST is answered'],
  ['', 'COVER SHARES', 'exact', 'tokens become units at the coverage of the moment'],
];

const mutantsOfName: readonly MutantRow[] = [
  ['M_SAME_NAME', '', 'exact', 'the name stays'],
  ['M_NAME_WITHOUT_GENERATION', '', 'exact', 'the name commits to the point alone'],
  ['W_SIGNS', '', 'exact', 'nothing is ever signed under the next name'],
];

const mutantsOfRules: readonly MutantRow[] = [
  ['M_EACH_BATCH', 'FREEZE', 'exact', 'each batch with a refused entry freezes again'],
  ['M_EXTENDS', 'FREEZE', 'exact', 'a batch is taken in quarantine and makes it longer'],
  ['M_LATCH_ENDS', 'FREEZE', 'exact', 'the latch ends with the quarantine'],
  ['M_REFUND_FREEZES', 'FREEZE', 'exact', 'a REFUND without a record is a refused entry'],
  ['M_NO_FREEZE', 'FREEZE', 'exact', 'a refused entry freezes nothing'],
  ['M_NO_HOLD', 'FREEZE', 'exact', 'a scheduled rewind holds nothing'],
  ['M_HOLD_STAYS', 'FREEZE', 'exact', 'a rewind that is cancelled or expired goes on holding'],
  ['M_HOLD_STARTS', 'FREEZE', 'exact', 'a scheduled rewind freezes an edge that is live'],
  ['M_NO_DECAY', 'LANE', 'exact', 'the level does not fall with time'],
  ['M_STOP_GIVES', 'LANE EFFECT', 'exact', 'a payment that never left is given back when it is stopped'],
  ['M_BACK_TWICE', 'LANE EFFECT', 'exact', 'a transfer that fails is given back twice'],
  ['M_BACK_PAID', 'LANE EFFECT', 'exact', 'a payment that left is given back when it is voided'],
  ['M_CLAIM_FREE', 'LANE EFFECT', 'exact', 'a claim of what failed takes no room'],
  ['M_RAISE_REFILLS', 'LANE EFFECT', 'exact', 'another limit empties the level'],
  ['M_NEW_RATE', 'LANE EFFECT', 'exact', 'time before another limit counts at the new rate'],
  ['W_LEAVES', 'LANE BOOKED', 'exact', 'dates at replay bound what leaves in any window'],
  ['W_WINDOW', 'LANE BOOKED', 'exact', 'dates at replay with give-back bound what becomes payable in any window'],
  ['M_BACK_PAST', 'LANE BOOKED', 'exact', 'given back although its date has passed'],
  ['M_BACK_TWICE', 'LANE BOOKED', 'exact', 'given back twice'],
  ['M_BACK_PAID', 'LANE BOOKED', 'exact', 'a payment that left is given back when it is voided'],
  ['M_PARKED', 'VEST', 'exact', 'what the bucket does not hold is parked'],
  ['M_LEAVES', 'VEST', 'exact', 'unvested units leave'],
  ['M_OPENS', 'VEST', 'exact', 'unvested units open debt'],
  ['M_MOVES', 'VEST', 'exact', 'unvested units move'],
  ['M_EARLIER', 'VEST', 'exact', 'a line keeps the earlier date'],
  ['M_NO_PLACE', 'VEST', 'exact', 'what is above the bucket takes no place in it'],
  ['M_DUST_JOINS', 'VEST', 'exact', "a stranger's dust puts off a line's date"],
  ['W_WINDOW', 'VEST', 'exact', 'what vests in any window is at most burst and rate'],
  ['M_PARKED', 'VEST ROOM', 'exact', 'what the bucket does not hold is parked'],
  ['M_LEAVES', 'VEST ROOM', 'exact', 'unvested units leave'],
  ['M_OPENS', 'VEST ROOM', 'exact', 'unvested units open debt'],
  ['M_MOVES', 'VEST ROOM', 'exact', 'unvested units move'],
  ['M_FREE_VEST', 'VEST ROOM', 'exact', 'units vest without room in the bucket'],
  ['M_NO_PLACE', 'VEST ROOM', 'exact', 'what vests takes no room in the bucket'],
];

const mutantsOfEdges: readonly MutantRow[] = [
  ['M_KEY_NO_EDGE', 'EVID', 'exact', 'evidence is keyed without the edge'],
  ['M_KEY_NO_COUNT', 'EVID', 'exact', 'evidence is keyed without the count'],
  ['M_KEY_STATEMENT', 'EVID', 'exact', 'evidence compares whole statements'],
  ['M_NO_ASK', 'EVID', 'exact', 'a lost history signs on without asking'],
  ['M_NO_ROWS', 'EVID', 'exact', 'no row is checked'],
  ['', 'EVID AGLIES', 'exact', 'a lost history asks others that know nothing'],
  ['M_FRAMES_ONLY', 'CUTS', 'liveness', 'frame heads only, no cuts'],
  ['M_FRAMES_ONLY', 'CUTS NOEPOCH', 'liveness', 'the same without a rotation'],
  ['M_NO_RESTATE', 'CUTS NOEPOCH', 'liveness', "a lost frame's cuts are never stated again"],
  ['M_NO_DAILY', 'CUTS NOEPOCH', 'liveness', 'they are restated at a new epoch only'],
  ['W_30_DAYS', 'CUTS', 'liveness', 'only cuts of the last 30 days are restated'],
  ['M_ONE_QUARANTINES', 'WIT', 'liveness', 'one conflict quarantines'],
  ['M_ONE_QUARANTINES', 'WIT EFFECT', 'liveness', 'the same, by what it does'],
  ['M_REVERT', 'WIT', 'liveness', 'apply reverts on a conflict'],
  ['M_STOPPED_COMPARED', 'WIT', 'liveness', 'apply compares with a witness that stopped counting'],
  ['M_CONF_FALLS', 'WIT', 'liveness', 'what a stopped witness confirmed is unconfirmed again'],
  ['', 'WIT M=2', 'liveness', 'no 7-day rule'],
  ['M_DAY_ANY', 'WIT M=2 DAYS', 'liveness', "a stopped witness's conflicts start the 7 days again"],
  ['M_EFF_M', 'WIT BADQ LIAR M=2', 'exact', 'fewer confirmations are needed once a witness is stopped'],
  ['', 'WIT BADQ LIAR', 'exact', 'quorum and m bridges corrupt'],
  ['M_NO_MARK', 'WIT BADQ', 'exact', 'no marking after the fact'],
  ['W_SHRINK', 'WIT', 'liveness', 'used and unconfirmed ≤ the limit now'],
  ['M_OLD_ANCHOR', 'EXIT EFFECT', 'exact', 'the anchor moves only with count = tip'],
  ['M_STRICT', 'EXIT', 'exact', 'the same, claims only if anchor and replica agree'],
  ['M_NO_CATCH_UP', 'EXIT', 'exact', 'at opening the rest is not replayed'],
  ['M_LATE_REPLAY', 'EXIT', 'exact', 'statements are accepted after opening'],
  ['M_LATE_REPLAY', 'EXIT EFFECT', 'exact', 'the same, by what it does'],
  ['M_EXIT_ALIVE', 'EXIT', 'exact', 'no notice: a living ledger exits'],
  ['M_PROOF_PASSED', 'EXIT', 'exact', 'it opens by a proof that the replica has passed'],
  ['M_PROOF_PASSED', 'EXIT EFFECT', 'exact', 'the same, by what it does'],
  ['M_NO_LOCK_BACK', 'EXIT', 'exact', 'locks that the anchored ledger had not applied stay'],
  ['M_EXIT_UNSETTLED', 'EXIT', 'exact', 'claims do not show what was unsettled'],
  ['M_EXIT_UNSETTLED', 'EXIT EFFECT', 'exact', 'the same, by what it does'],
  ['M_HALT_REPLAY', 'HALT', 'exact', 'a cleared Halt can be submitted again'],
  ['M_HALT_K', 'HALT T=2', 'exact', 'Halt needs k signatures'],
  ['', 'HALT T=2', 'exact', 'k − 1 traitors'],
];

const quickMutants = new Set([
  'M_REFUND_AFTER_PAID',
  'M_NO_GATE',
  'M_FAST_PER_ENTRY',
  'M_NO_ROWS',
  'M_FRAMES_ONLY',
  'M_OLD_ANCHOR',
  'M_EXIT_UNSETTLED',
  'M_HALT_K',
]);

const ofWorld = (
  model: Pick<Search, 'model'>,
  rows: readonly MutantRow[],
  isQuick: (mutant: string) => boolean,
): readonly Search[] =>
  rows.map(([mutant, world, search, what]) => ({
    ...model,
    what,
    switches: [world, ...(mutant === '' ? [] : [`X=${mutant}`])].filter((one) => one !== '').join(' '),
    search,
    quick: isQuick(mutant),
  }));

/** One rule changed in each, or one assumption dropped: each must fail. */
export const mutants: readonly Search[] = [
  ...Object.entries(mutantsOfSurety).map(([mutant, [world, what]]) => ({
    ...surety,
    what,
    switches: `${world} ${mutant.trim()}`,
    search: 'exact' as const,
    quick: quickMutants.has(mutant),
  })),
  ...mutantsOfCoverageAndRewind.map(([mutant, world, what]) => ({
    ...surety,
    what,
    switches: `${world} ${mutant}`,
    search: 'exact' as const,
    quick: false,
  })),
  ...ofWorld(edges, mutantsOfEdges, (mutant) => quickMutants.has(mutant)),
  // Each ends within seconds.
  ...ofWorld(rewind, mutantsOfRewind, () => true),
  ...ofWorld(name, mutantsOfName, () => true),
  ...ofWorld(rules, mutantsOfRules, () => true),
];
