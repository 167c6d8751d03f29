import { type ActSpec, type Place, argumentsOf } from './act-spec.js';
import type { ParameterWords } from './argument-words.js';

/** An act: its parameters follow from the ABI, with words of its own for some of them. */
const act = (
  place: Place,
  call: string,
  own: ParameterWords = {},
  more: Pick<ActSpec, 'does' | 'keeps'> = {},
): ActSpec => ({
  place,
  name: call.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  call,
  takes: argumentsOf({ place, call }, own),
  ...more,
});

const EACH: ParameterWords = { asset: { help: 'index or symbol of the asset, 0 for all', fallback: '0' } };
const EITHER: ParameterWords = {
  source: { help: 'index or chain of the source; leave it out if an asset is named', fallback: '0' },
  assetId: { help: 'the asset; leave it out if a source is named', fallback: '0' },
};
const POINT: ParameterWords = {
  edge: { help: 'name that the replica takes at the point' },
  count: { help: 'number of entries up to the point' },
  tip: { help: 'number of entries in the block' },
  head: { help: 'head of the journal at the point' },
  blockNumber: { help: 'height of the block that attesters signed' },
  blockHash: { help: 'its hash' },
  asOf: { help: 'its time in seconds' },
  epoch: { help: 'attester set whose members signed' },
  sigs: { option: 'signatures', help: '0x: their signatures of that statement, by ascending signer' },
};
const BID: ParameterWords = {
  to: { kind: 'account', help: 'account that takes lines and burden: yours, or one with a standing offer' },
  shareMaxWad: {
    option: 'share-max',
    kind: 'decimal',
    scale: 18,
    help: 'most of the burden to take, 1 is all',
    fallback: '1',
  },
  shareMinWad: { option: 'share-min', kind: 'decimal', scale: 18, help: 'a smaller share is refused', fallback: '0' },
  leastPpm: {
    option: 'discount-min',
    kind: 'signed-number',
    help: 'a smaller discount on the value of the lines is refused, parts per million; below 0 you pay more than the price',
  },
  pays: { help: 'yes to pay at once, from your allowance at the protocol; no to owe the burden', fallback: 'no' },
  data: { help: '0x: data for a callback to a contract that bids', fallback: '0x' },
};
const KEPT = { isKept: true } as const;
const NO_WORD = `0x${'0'.repeat(64)}`;
const SCHEDULED: ParameterWords = {
  predecessor: {
    option: 'operation-predecessor',
    help: 'predecessor of the scheduled operation',
    fallback: NO_WORD,
  },
  salt: { option: 'operation-salt', help: 'salt of the scheduled operation', fallback: NO_WORD },
};

const LEDGER: readonly ActSpec[] = [
  act('ledger', 'pause', {
    ...EITHER,
    flags: { option: 'stops', kind: 'stops', help: 'what it is about: credit', fallback: 'credit' },
  }),
  act('ledger', 'unpause', EITHER),
  act('ledger', 'quarantine'),
  act('ledger', 'scheduleRiskManager', { next: { help: 'the risk manager that anyone may adopt from then on' } }),
  act('ledger', 'adopt', { most: { fallback: '500' } }),
  act('ledger', 'setAuction', { next: { help: 'the auction that may seize from then on' } }),
  act('ledger', 'listSource', {
    source: { kind: 'number', help: 'its new index' },
    originChainId: { option: 'origin', help: 'chain id of the vault' },
    vault: { help: 'the vault' },
    staleAfterMin: { help: 'age in minutes from which initial weight falls' },
    darkAfterMin: { help: 'age in minutes at which initial weight is 0' },
    floorAfterMin: { help: 'age in minutes from which maintenance weight falls' },
    m: { help: 'witnesses that must confirm' },
    development: { help: 'yes for a source without witnesses, on a development ledger', fallback: 'no' },
  }),
  act('ledger', 'listAsset', {
    underlying: { help: 'price slot that values it' },
    ownPrice: { help: 'price slot of its own feed, 0 for none', fallback: '0' },
  }),
  act('ledger', 'setCap'),
  act('ledger', 'setFast', { fastBp: { help: 'share of the cap usable unconfirmed, in basis points' } }),
  act('ledger', 'setWitness'),
  act('ledger', 'setWeights', { initialBp: KEPT, maintenanceBp: KEPT }, { keeps: 'assetOf' }),
  act('ledger', 'setSourceWeights'),
  act('ledger', 'listProtocol'),
  act('ledger', 'closeProtocol'),
  act('ledger', 'releaseFrom'),
  act('ledger', 'refuse'),
  act('ledger', 'observe'),
  act('ledger', 'rewind', POINT),
  act('ledger', 'holdForRewind', { ...POINT, ...SCHEDULED }),
  act('ledger', 'letGo'),
  act('ledger', 'unwind'),
  act(
    'ledger',
    'takeBack',
    {},
    {
      does: 'takes an orphan back from the account that it credited, three days after the journal was heard to its tip again',
    },
  ),
  act('ledger', 'mark', {
    head: { help: 'head at that count' },
    entries: { help: '0x: packed entries from that count on, up to a mark or the end' },
  }),
  act('ledger', 'writeOff'),
  act('ledger', 'unpark', { index: { help: 'number of the parked credit in the vault’s journal' } }),
  act('ledger', 'confirm'),
  act('ledger', 'noteHalt'),
  act(
    'ledger',
    'cover',
    {},
    {
      does: 'puts the coverage that the vault reported in force: 7 days after the first report, margins count each unit × coverage',
    },
  ),
];

const VAULT: readonly ActSpec[] = [
  act('vault', 'pause', EACH),
  act('vault', 'unpause', EACH),
  act('vault', 'quarantine'),
  act('vault', 'stop', {
    seq: { help: 'number of the release in the journal' },
    reason: { kind: 'text', help: 'why, for everybody to read; at most 32 bytes' },
  }),
  act('vault', 'listAsset'),
  act('vault', 'pinCode', { codeHash: { help: 'keccak256 of the code that was looked at' } }),
  act('vault', 'setLimits', { min: KEPT, cap: KEPT, limit: KEPT }, { keeps: 'assetOf' }),
  act('vault', 'setFastLimit'),
  act('vault', 'setLockFee'),
  act('vault', 'setWitness'),
  act('vault', 'setWitnessPolicy'),
  act('vault', 'setSuccessor', { next: { help: 'the vault that takes its place, for ever' } }),
  act('vault', 'rewind', POINT),
  act('vault', 'holdForRewind', { ...POINT, ...SCHEDULED }),
  act('vault', 'letGo'),
  act('vault', 'unwind'),
  act('vault', 'mark'),
  act('vault', 'confirm'),
  act(
    'vault',
    'noteAhead',
    {},
    {
      does: 'puts on record that a witness shows entries which the vault has not replayed: after 30 days of two of them the exit may be announced',
    },
  ),
  act(
    'vault',
    'report',
    {},
    {
      does: 'puts on record which part of a token’s units the vault holds tokens for; once a day unless it fell or is whole again',
    },
  ),
  act(
    'vault',
    'takeLoss',
    { seq: { help: 'number of the loss in the journal' } },
    {
      does: 'has the vault account for units that the ledger told are missing, or for fewer, a day after their entry was replayed and once it is confirmed',
    },
  ),
  act(
    'vault',
    'noteCode',
    {},
    {
      does: 'notes that a token has other code than the one that was pinned, which stops its locks, or the pinned one again',
    },
  ),
  act(
    'vault',
    'noteRecovery',
    {},
    {
      does: 'quarantines the vault while its verifier is in recovery; again each day, before its 72 h end',
    },
  ),
];

const ATTESTERS: readonly ActSpec[] = [
  act('attesters', 'rotate', {
    from: { option: 'active-from', help: 'beginning of the new epoch, 30 h to 14 days after the execution' },
    sigs: {
      option: 'signatures',
      kind: 'signatures',
      help: 'files of surety attesters sign, apart by commas, or 0x…',
    },
  }),
  act('attesters', 'clearHalt'),
  act('attesters', 'suspend'),
  act('attesters', 'proposeRecovery'),
  act('attesters', 'withdrawRecovery'),
  act('attesters', 'recover'),
];

const OTHERS: readonly ActSpec[] = [
  act('prices', 'listUnderlying', {
    slot: { help: 'price slot' },
    feed: { help: 'the feed adapter' },
    maxAgeS: { option: 'max-age', help: 'age up to which its price counts for new risk' },
  }),
  act('prices', 'poke', { slots: { help: 'price slots, apart by commas' } }),
  act('auction', 'start'),
  act('auction', 'touch'),
  act('auction', 'bid', BID),
  act('auction', 'close'),
  act('auction', 'writeOff'),
  act('auction', 'stop'),
  act('auction', 'stopSlot', { slot: { help: 'price slot' } }),
  act('timelock', 'updateDelay', {
    newDelay: { option: 'delay', kind: 'length', help: 'the new least delay, 48h or longer' },
  }),
  act('timelock', 'addSlowKind', {
    target: { help: 'contract; the zero address for any' },
    selector: { option: 'function', help: 'the function: its 4 bytes, or its signature' },
  }),
  act('timelock', 'grantRole'),
  act('timelock', 'revokeRole'),
  act('timelock', 'freezeProposer', {
    proposer: { help: 'who schedules nothing until then, but what k attesters signed' },
    until: { help: 'its end, 30 days ahead at most; a time that is past lifts it' },
  }),
  act('role', 'propose'),
  act('role', 'appoint'),
  act('role', 'accept'),
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
