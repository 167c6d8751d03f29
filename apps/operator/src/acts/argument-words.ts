import type { ActArgument, ArgumentKind, Place } from './act-spec.js';

/** Words for a parameter that an ABI and its NatSpec lack: a format with a unit or a name in it, and words for one who types. */
export type ArgumentWords = Partial<ActArgument>;

/** Texts for the parameters of one act, by their names in the ABI. */
export type ParameterWords = Readonly<Record<string, ArgumentWords>>;

/** The format in which a type is typed, where nothing else is said. Other unsigned integers are numbers. */
export const KINDS: Readonly<Record<string, ArgumentKind>> = {
  address: 'address',
  'address[]': 'addresses',
  bool: 'yes-no',
  bytes: 'bytes',
  bytes32: 'word',
  bytes4: 'selector',
  'uint16[]': 'numbers',
  uint24: 'length',
  uint40: 'time',
};

/** Words for every parameter of a name, at whatever contract. */
export const EVERYWHERE: ParameterWords = {
  decimals: { help: 'decimals of the token' },
  entry: { option: 'packed', help: 'the 95 bytes of its entry' },
  headBefore: { help: 'head before the first of the entries' },
  initialBp: { help: 'weight for new risk, in basis points' },
  listed: { option: 'members', help: 'addresses of the new set, apart by commas' },
  maintenanceBp: { help: 'weight for maintenance, in basis points' },
  packed: { help: 'the 95 bytes of its entry' },
  protocol: { help: 'contract of the protocol' },
  until: { help: 'end: seconds since 1970, an ISO date, or +72h from the newest block' },
  witness: { option: 'slot', help: 'place of the witness, 0 to 3' },
};

/** Words for every parameter of a name at one contract. */
export const AT_PLACE: Readonly<Partial<Record<Place, ParameterWords>>> = {
  ledger: {
    account: { help: 'account at the ledger' },
    assetId: { option: 'asset', kind: 'ledger-asset', help: 'ledger-wide index of the asset, or <chain>:<symbol>' },
    at: { option: 'witness', help: 'the witness contract; the zero address removes it' },
    capThousandths: { option: 'cap', kind: 'decimal', help: 'most that is taken, in whole tokens', scale: 3 },
    count: { help: 'number of entries' },
    mayConflict: { help: 'yes if it waits for finality, so that another head is a conflict' },
    minMillionths: { option: 'minimum', kind: 'decimal', help: 'smallest lock in whole tokens', scale: 6 },
    slot: { help: 'place of the witness, 0 to 3' },
    source: { kind: 'source', help: 'index of the source, or the name of its chain' },
    vaultAsset: { help: 'index of the asset at its vault' },
  },
  vault: {
    asset: { kind: 'vault-asset', help: 'index of the asset at the vault, or its symbol there' },
    at: { option: 'witness' },
    cap: { kind: 'decimal', help: 'most that is taken, in whole tokens', scale: 3 },
    conflicts: { option: 'may-conflict', help: 'yes if it waits for finality, so that another head is a conflict' },
    flags: { option: 'stops', kind: 'stops', help: 'what it is about: lock, pay, or lock,pay' },
    limit: { kind: 'decimal', help: 'most that is paid in a day, in whole tokens', scale: 3 },
    min: { option: 'minimum', kind: 'decimal', help: 'smallest lock in whole tokens', scale: 6 },
  },
  auction: {
    account: { kind: 'account', help: 'account in liquidation: its name, or its owner’s address' },
  },
  timelock: {
    account: { help: 'who is to have it, or to lose it' },
    role: { option: 'for', kind: 'timelock-role', help: 'proposer, canceller or executor' },
  },
  role: { next: { help: 'the successor, who must accept' } },
};
