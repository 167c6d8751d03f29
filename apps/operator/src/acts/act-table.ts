import type { ActArgument, ActSpec, ArgumentKind, Place } from './act-spec.js';

const arg = (option: string, kind: ArgumentKind, help: string, more: Partial<ActArgument> = {}): ActArgument => ({
  option,
  kind,
  help,
  ...more,
});
const act = (place: Place, call: string, takes: readonly ActArgument[], more: Partial<ActSpec> = {}): ActSpec => ({
  place,
  name: call.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  call,
  takes,
  ...more,
});

const PROTOCOL = arg('protocol', 'address', 'contract of the protocol');
const LEDGER_ACCOUNT = arg('account', 'word', 'account at the ledger');
const SOURCE = arg('source', 'source', 'index of the source, or the name of its chain');
const ASSET = arg('asset', 'ledger-asset', 'ledger-wide index of the asset, or <chain>:<symbol>');
const HELD = arg('asset', 'vault-asset', 'index of the asset at the vault, or its symbol there');
const EACH = arg('asset', 'vault-asset', 'index or symbol of the asset, 0 for all', { fallback: '0' });
const UNTIL = arg('until', 'time', 'end: seconds since 1970, an ISO date, or +72h from the newest block');
const INITIAL = arg('initial-bp', 'number', 'weight for new risk, in basis points');
const MAINTENANCE = arg('maintenance-bp', 'number', 'weight for maintenance, in basis points');
const WITNESS = arg('witness', 'address', 'the witness contract; the zero address removes it');
const SLOT = arg('slot', 'number', 'place of the witness, 0 to 3');
const CONFLICTS = arg('may-conflict', 'yes-no', 'yes if it waits for finality, so that another head is a conflict');
const MEMBERS = arg('members', 'addresses', 'addresses of the new set, apart by commas');
const STOPS = arg('stops', 'stops', 'what it is about: lock, pay, or lock,pay');
const MINIMUM = arg('minimum', 'decimal', 'smallest lock in whole tokens', { scale: 6 });
const CAP = arg('cap', 'decimal', 'most that is taken, in whole tokens', { scale: 3 });
const LIMIT = arg('limit', 'decimal', 'most that is paid in a day, in whole tokens', { scale: 3 });

const DECIMALS = arg('decimals', 'number', 'decimals of the token');
const POINT: readonly ActArgument[] = [
  arg('edge', 'word', 'name that the replica takes at the point'),
  arg('count', 'number', 'number of entries up to the point'),
  arg('tip', 'number', 'number of entries in the block'),
  arg('head', 'word', 'head of the journal at the point'),
  arg('block-number', 'number', 'height of the block that attesters signed'),
  arg('block-hash', 'word', 'its hash'),
  arg('as-of', 'number', 'its time in seconds'),
  arg('epoch', 'number', 'attester set whose members signed'),
  arg('signatures', 'bytes', '0x: their signatures of that statement, by ascending signer'),
];
const PACKED = arg('packed', 'bytes', 'the 95 bytes of its entry');
const LOSS = arg('seq', 'number', 'number of the loss in the journal');
const HEAD_BEFORE = arg('head-before', 'word', 'head before the first of the entries');
const UNWOUND = arg('entries', 'bytes', '0x: packed entries that end where the step before began');
const UNWIND = 'unwinds the last entries past the point; with the last of them statements carry the next name';
const MARKED = arg('entries', 'bytes', '0x: packed entries from that count on, up to a mark or the end');
const MARK_HEAD = arg('head', 'word', 'head at that count');
const MARK_AT = arg('count', 'number', 'number of entries');
const MARK = 'stores a head of the replica, shown to lie on it by the entries that follow';
const CONFIRM = 'compares the head that a witness tells at a count with the replica’s own: it confirms, or contradicts';
const SCHEDULED: readonly ActArgument[] = [
  arg('operation-predecessor', 'word', 'predecessor of the scheduled operation', { fallback: `0x${'0'.repeat(64)}` }),
  arg('operation-salt', 'word', 'salt of the scheduled operation', { fallback: `0x${'0'.repeat(64)}` }),
];
const HOLD = 'lets a quarantine last until a day after a rewind that is scheduled at the governor is ready';
const LET_GO = 'ends such a hold after the operation was cancelled or expired';
const TIMELOCK_ROLE = arg('for', 'timelock-role', 'proposer, canceller or executor');
const HOLDER = arg('account', 'address', 'who is to have it, or to lose it');

const LEDGER: readonly ActSpec[] = [
  act('ledger', 'pause', [
    arg('source', 'source', 'index or chain of the source; leave it out if an asset is named', { fallback: '0' }),
    arg('asset', 'ledger-asset', 'the asset; leave it out if a source is named', { fallback: '0' }),
    arg('stops', 'stops', 'what it is about: credit', { fallback: 'credit' }),
    UNTIL,
  ]),
  act('ledger', 'unpause', [
    arg('source', 'source', 'index or chain of the source; leave it out if an asset is named', { fallback: '0' }),
    arg('asset', 'ledger-asset', 'the asset; leave it out if a source is named', { fallback: '0' }),
  ]),
  act('ledger', 'quarantine', [SOURCE, UNTIL]),
  act('ledger', 'scheduleRiskManager', [arg('next', 'address', 'the risk manager that anyone may adopt from then on')]),
  act('ledger', 'adopt', [arg('most', 'number', 'assets to check in this transaction', { fallback: '500' })], {
    does: 'puts the named risk manager in force, once it has a price of every listed asset',
  }),
  act('ledger', 'setAuction', [arg('next', 'address', 'the auction that may seize from then on')]),
  act('ledger', 'listSource', [
    arg('source', 'number', 'its new index'),
    arg('origin', 'number', 'chain id of the vault'),
    arg('vault', 'address', 'the vault'),
    INITIAL,
    MAINTENANCE,
    arg('stale-after-min', 'number', 'age in minutes from which initial weight falls'),
    arg('dark-after-min', 'number', 'age in minutes at which initial weight is 0'),
    arg('floor-after-min', 'number', 'age in minutes from which maintenance weight falls'),
    arg('m', 'number', 'witnesses that must confirm'),
    arg('development', 'yes-no', 'yes for a source without witnesses, on a development ledger', { fallback: 'no' }),
  ]),
  act('ledger', 'listAsset', [
    SOURCE,
    arg('vault-asset', 'number', 'index of the asset at its vault'),
    arg('underlying', 'number', 'price slot that values it'),
    arg('own-price', 'number', 'price slot of its own feed, 0 for none', { fallback: '0' }),
    DECIMALS,
    INITIAL,
    MAINTENANCE,
    MINIMUM,
    CAP,
  ]),
  act('ledger', 'setCap', [ASSET, CAP]),
  act('ledger', 'setFast', [ASSET, arg('fast-bp', 'number', 'share of the cap usable unconfirmed, in basis points')]),
  act('ledger', 'setWitness', [SOURCE, SLOT, WITNESS, CONFLICTS]),
  act('ledger', 'setWeights', [ASSET, INITIAL, MAINTENANCE]),
  act('ledger', 'setSourceWeights', [SOURCE, INITIAL, MAINTENANCE]),
  act('ledger', 'listProtocol', [PROTOCOL]),
  act('ledger', 'closeProtocol', [PROTOCOL]),
  act('ledger', 'releaseFrom', [PROTOCOL]),
  act('ledger', 'refuse', [LEDGER_ACCOUNT, PROTOCOL], {
    does: 'shows that a protocol answers what an account owes it: the notice that was given to it is void',
  }),
  act('ledger', 'observe', [LEDGER_ACCOUNT, PROTOCOL], {
    does: 'stores what a protocol requires for maintenance now; counted while it fails',
  }),
  act('ledger', 'rewind', [SOURCE, ...POINT]),
  act('ledger', 'holdForRewind', [SOURCE, ...POINT, ...SCHEDULED], { does: HOLD }),
  act('ledger', 'letGo', [SOURCE], { does: LET_GO }),
  act('ledger', 'unwind', [SOURCE, HEAD_BEFORE, UNWOUND], { does: UNWIND }),
  act('ledger', 'takeBack', [SOURCE, PACKED], {
    does: 'takes an orphan back from the account that it credited, three days after the journal was heard to its tip again',
  }),
  act('ledger', 'mark', [SOURCE, MARK_AT, MARK_HEAD, MARKED], { does: MARK }),
  act('ledger', 'writeOff', [SOURCE, arg('vault-asset', 'number', 'index of the asset at its vault')], {
    does: 'tells the vault how many units are missing for good, or found again, once no orphan of the asset is left',
  }),
  act('ledger', 'unpark', [SOURCE, arg('index', 'number', 'number of the parked credit in the vault’s journal')], {
    does: 'brings a parked credit to its line, once what held it has passed',
  }),
  act('ledger', 'confirm', [SOURCE, SLOT, MARK_AT], { does: CONFIRM }),
  act('ledger', 'noteHalt', [SOURCE], { does: 'notes that a halt or a recovery of the source began or ended' }),
  act('ledger', 'cover', [ASSET], {
    does: 'puts the coverage that the vault reported in force: 7 days after the first report, margins count each unit × coverage',
  }),
];

const VAULT: readonly ActSpec[] = [
  act('vault', 'pause', [STOPS, EACH, UNTIL]),
  act('vault', 'unpause', [STOPS, EACH]),
  act('vault', 'quarantine', [UNTIL]),
  act('vault', 'stop', [
    arg('seq', 'number', 'number of the release in the journal'),
    PACKED,
    arg('reason', 'text', 'why, for everybody to read; at most 32 bytes'),
  ]),
  act('vault', 'listAsset', [arg('token', 'address', 'contract of the token'), DECIMALS, MINIMUM, CAP, LIMIT]),
  act('vault', 'pinCode', [
    arg('token', 'address', 'contract of a listed token'),
    arg('code-hash', 'word', 'keccak256 of the code that was looked at'),
  ]),
  act('vault', 'setLimits', [HELD, MINIMUM, CAP, LIMIT]),
  act('vault', 'setFastLimit', [
    HELD,
    arg('fast-bp', 'number', 'share of the limit that is paid before witnesses confirm it, in basis points'),
  ]),
  act('vault', 'setLockFee', [
    HELD,
    arg('fee-bp', 'number', 'smallest fee of a lock, in basis points of the smallest lock'),
  ]),
  act('vault', 'setWitness', [SLOT, WITNESS, CONFLICTS]),
  act('vault', 'setWitnessPolicy', [arg('m', 'number', 'witnesses that must confirm')]),
  act('vault', 'setSuccessor', [arg('next', 'address', 'the vault that takes its place, for ever')]),
  act('vault', 'rewind', POINT),
  act('vault', 'holdForRewind', [...POINT, ...SCHEDULED], { does: HOLD }),
  act('vault', 'letGo', [], { does: LET_GO }),
  act('vault', 'unwind', [HEAD_BEFORE, UNWOUND], { does: UNWIND }),
  act('vault', 'mark', [MARK_AT, MARK_HEAD, MARKED], { does: MARK }),
  act('vault', 'confirm', [SLOT, MARK_AT], { does: CONFIRM }),
  act('vault', 'noteAhead', [SLOT, MARK_AT], {
    does: 'puts on record that a witness shows entries which the vault has not replayed: after 30 days of two of them the exit may be announced',
  }),
  act('vault', 'report', [HELD], {
    does: 'puts on record which part of a token’s units the vault holds tokens for; once a day unless it fell or is whole again',
  }),
  act('vault', 'takeLoss', [LOSS, PACKED], {
    does: 'has the vault account for units that the ledger told are missing, or for fewer, a day after their entry was replayed and once it is confirmed',
  }),
  act('vault', 'noteCode', [HELD], {
    does: 'notes that a token has other code than the one that was pinned, which stops its locks, or the pinned one again',
  }),
  act('vault', 'noteRecovery', [], {
    does: 'quarantines the vault while its verifier is in recovery; again every 72 h',
  }),
];

const ATTESTERS: readonly ActSpec[] = [
  act('attesters', 'rotate', [
    MEMBERS,
    arg('active-from', 'time', 'beginning of the new epoch, 30 h to 14 days after the execution'),
    arg('signatures', 'signatures', 'files of surety attesters sign, apart by commas, or 0x…'),
  ]),
  act('attesters', 'clearHalt', [arg('edge', 'word', 'name of the edge')]),
  act('attesters', 'suspend', [arg('member', 'address', 'the attester')]),
  act('attesters', 'proposeRecovery', [MEMBERS]),
  act('attesters', 'withdrawRecovery', []),
  act('attesters', 'recover', [MEMBERS], {
    does: 'installs the agreed recovery set, 14 to 21 days after it was proposed',
  }),
];

const OTHERS: readonly ActSpec[] = [
  act('prices', 'listUnderlying', [
    arg('slot', 'number', 'price slot'),
    arg('feed', 'address', 'the feed adapter'),
    arg('max-age', 'length', 'age up to which its price counts for new risk'),
  ]),
  act('prices', 'poke', [arg('slots', 'numbers', 'price slots, apart by commas')], {
    does: 'takes the prices that the feeds of slots give now',
  }),
  act('timelock', 'updateDelay', [arg('delay', 'length', 'the new least delay, 48h or longer')]),
  act('timelock', 'addSlowKind', [
    arg('target', 'address', 'contract; the zero address for any'),
    arg('function', 'selector', 'the function: its 4 bytes, or its signature'),
  ]),
  act('timelock', 'grantRole', [TIMELOCK_ROLE, HOLDER]),
  act('timelock', 'revokeRole', [TIMELOCK_ROLE, HOLDER]),
  act('timelock', 'freezeProposer', [
    arg('proposer', 'address', 'who schedules nothing until then, but what k attesters signed'),
    arg('until', 'time', 'its end, 30 days ahead at most; a time that is past lifts it'),
  ]),
  act('role', 'propose', [arg('next', 'address', 'the successor, who must accept')]),
  act('role', 'appoint', [arg('next', 'address', 'the successor, who must accept')]),
  act('role', 'accept', []),
];

/** Every act that a person does through `surety`, each once. */
export const ACTS: readonly ActSpec[] = [...LEDGER, ...VAULT, ...ATTESTERS, ...OTHERS];

/** Functions that roles hold and that are no act of their own, each with the reason. */
export const NO_ACTS: Readonly<Record<string, string>> = {
  'CollateralLedger.seize': 'the auction contract calls it within a bid',
  'SuretyTimelock.schedule': '--schedule of the act that is meant',
  'SuretyTimelock.scheduleBatch': '--schedule of each act, --after the one before',
  'SuretyTimelock.cancel': '--cancel of the act that is meant, or surety timelock cancel',
  'SuretyTimelock.cancelBatch': 'surety timelock cancel with more than one id',
  'RoleHolder.act': 'every act of the role goes through it',
};
