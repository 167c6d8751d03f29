import {
  type Bytes32,
  ENTRY_BYTES,
  ENTRY_KINDS,
  type EdgeDirection,
  type EntryKind,
  type Keccak256,
  asciiToBytes,
  bytes32,
  bytesToHex,
} from '@surety/domain';
import type { LogFilter } from '@surety/rpc';
import type { ChainLog, JournalSpec } from '@surety/workflows';
import { chainError } from '../errors.js';

/** The data words of a log that become part of an entry. The topics carry index and account. */
type EntryField = 'kind' | 'asset' | 'amount' | 'party' | 'fee';

/** The log that announces an entry of one kind, or of the kinds that its first word names. */
interface EntryLog {
  readonly kind: EntryKind | 'kind in its word';
  readonly event: string;
  /** Data words in order: their field and width in bytes. Undefined is not part of the entry. */
  readonly words: readonly (readonly [field: EntryField | undefined, bytes: number])[];
}

/**
 * An entry that is neither LOCK nor RELEASE; such entries have no fee. The replica checks which kinds a journal may hold; here a
 * proven head says that the entry belongs to the journal.
 */
// @source IVault.sol and ILedger.sol, event Journaled
const JOURNALED: EntryLog = {
  kind: 'kind in its word',
  event: 'Journaled(bytes32,uint64,uint8,uint16,uint128,bytes32,bytes32)',
  words: [
    ['kind', 1],
    ['asset', 2],
    ['amount', 16],
    ['party', 32],
  ],
};

/** The logs that announce entries of a journal, by direction. Each entry has exactly one of them. */
const ENTRY_LOGS: Readonly<Record<EdgeDirection, readonly EntryLog[]>> = {
  'to-ledger': [
    {
      // @source IVault.sol, event Locked
      kind: 'LOCK',
      event: 'Locked(bytes32,uint64,uint16,bytes32,uint128,bytes32,uint96)',
      words: [
        ['asset', 2],
        ['amount', 16],
        ['party', 32],
        ['fee', 12],
      ],
    },
    JOURNALED,
  ],
  'to-vault': [
    {
      // @source ILedger.sol, event Released; the first word is the ledger's own number of the asset.
      kind: 'RELEASE',
      event: 'Released(bytes32,uint64,bytes32,uint16,uint16,uint128,bytes32,uint96)',
      words: [
        [undefined, 2],
        ['asset', 2],
        ['amount', 16],
        ['party', 32],
        ['fee', 12],
      ],
    },
    JOURNALED,
  ],
};

/** An entry decoded from its log. */
export interface DecodedEntry {
  /** Index in the journal, from 1. */
  readonly index: bigint;
  /** 95 bytes. */
  readonly packed: Uint8Array;
}

/** Rebuilds the entries of one direction's journals from their logs. */
export class EntryDecoder {
  readonly #logs: ReadonlyMap<Bytes32, EntryLog>;

  constructor(direction: EdgeDirection, keccak256: Keccak256) {
    const topicOf = (event: string): Bytes32 => bytes32(bytesToHex(keccak256(asciiToBytes(event))));
    this.#logs = new Map(ENTRY_LOGS[direction].map((log) => [topicOf(log.event), log]));
  }

  /** Topic 0 of each log that announces an entry. */
  get topics(): readonly Bytes32[] {
    return [...this.#logs.keys()];
  }

  /** Rebuilds one entry. @throws BAD_LOGS if the log is of another event, has another layout, or a field is wider than its type. */
  decode(log: ChainLog): DecodedEntry {
    const { data, topics } = log;
    const [event, , index = '0x', account = '0x'] = topics;
    const known = event === undefined ? undefined : this.#logs.get(event);
    if (known === undefined) {
      throw chainError(
        'BAD_LOGS',
        `a log at block ${log.blockHeight} tells of no entry; expected ${this.topics.join()}`,
      );
    }
    const { kind, words } = known;
    if (topics.length !== TOPICS || data.length !== 2 + 64 * words.length) {
      throw chainError(
        'BAD_LOGS',
        `the log of an entry (${kind}) at block ${log.blockHeight} has another layout; expected ${TOPICS} topics and ${words.length} words`,
      );
    }
    const named = kind === 'kind in its word' ? '' : ENTRY_KINDS[kind].toString(16).padStart(2, '0');
    const fields: Record<EntryField, string> = {
      kind: named,
      asset: '',
      amount: '',
      party: '',
      fee: NO_FEE,
    };
    for (const [at, [field, bytes]] of words.entries()) {
      const value = narrow(data, at, bytes);
      if (field !== undefined) fields[field] = value;
    }
    const packed = new Uint8Array(ENTRY_BYTES);
    const { asset, amount, party, fee } = fields;
    packed.set(Buffer.from(fields.kind + asset + amount + account.slice(2) + party + fee, 'hex'));
    return { index: BigInt(`0x${narrow(index, 0, 8)}`), packed };
  }
}

/** Returns the log filter for the entries of one journal in a range of blocks, from its contract alone. */
export function entryFilter(
  journal: JournalSpec,
  decoder: EntryDecoder,
  blocks: { readonly afterBlock: bigint; readonly toBlock: bigint },
): LogFilter {
  const from = blocks.afterBlock + 1n;
  return {
    address: journal.contract,
    topics: [decoder.topics, journal.edgeId],
    fromBlock: from > journal.fromBlock ? from : journal.fromBlock,
    toBlock: blocks.toBlock,
  };
}

/** The event, the edge, the index and the account. */
const TOPICS = 4;
const NO_FEE = '00'.repeat(12);
const ZEROS = '0'.repeat(64);

/** Returns the low bytes of a word and checks that the rest is 0. */
function narrow(hex: string, word: number, bytes: number): string {
  const end = 2 + 64 * (word + 1);
  const cut = end - 2 * bytes;
  if (hex.slice(end - 64, cut) !== ZEROS.slice(0, 64 - 2 * bytes)) {
    throw chainError('BAD_LOGS', `an entry's log holds a number wider than ${bytes} bytes`);
  }
  return hex.slice(cut, end);
}
