import { collateralLedgerAbi, collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  type Bytes32,
  ENTRY_BYTES,
  ENTRY_KINDS,
  type EntryKind,
  appendHead,
  bytes32,
  packEntry,
  tokenUnits,
} from '@surety/domain';
import type { ChainLog } from '@surety/workflows';
import { type AbiEvent, decodeEventLog, toEventSelector } from 'viem';

/** The values that an entry's log gives, whatever its event. */
interface EntryArguments {
  readonly edge: Bytes32;
  readonly index: bigint;
  readonly kind?: number;
  readonly asset?: number;
  readonly vaultAsset?: number;
  readonly amount: bigint;
  readonly account: Bytes32;
  readonly party?: Bytes32;
  readonly recipient?: Bytes32;
  readonly fee?: bigint;
}

/** Events that say that an entry was appended, and the kind of it where the event does not name one. */
const ENTRY_EVENTS: Readonly<Record<string, EntryKind | undefined>> = {
  Locked: 'LOCK',
  Released: 'RELEASE',
  Journaled: undefined,
};

/** The declarations of those events by their topic. */
const declared = new Map(
  [...collateralVaultAbi, ...collateralLedgerAbi].flatMap((item): [string, AbiEvent][] =>
    item.type === 'event' && Object.hasOwn(ENTRY_EVENTS, item.name) ? [[toEventSelector(item), item]] : [],
  ),
);

/** One journal, rebuilt from its contract's logs: its entries, and the head after each. */
export class JournalBook {
  readonly edge: Bytes32;
  readonly heads: Bytes32[];
  #packed = new Uint8Array(1 << 16);

  constructor(edge: Bytes32) {
    this.edge = edge;
    this.heads = [edge];
  }

  get count(): bigint {
    return BigInt(this.heads.length - 1);
  }

  /** Returns the packed entries `from` + 1 … `to`. */
  entries(from: bigint, to: bigint): Uint8Array {
    return this.#packed.slice(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES);
  }

  /** Takes in the entries of this journal that logs tell of, in order. */
  take(logs: readonly ChainLog[]): void {
    for (const log of logs) {
      const found = decode(log);
      if (found === undefined || found.given.edge !== this.edge) continue;
      const { kind, given } = found;
      if (given.index !== this.count + 1n)
        throw new Error(`entry ${given.index} of ${this.edge} follows entry ${this.count}`);
      const packed = packEntry({
        kind,
        asset: given.asset ?? given.vaultAsset ?? 0,
        amount: tokenUnits(given.amount),
        account: bytes32(given.account),
        party: bytes32(given.party ?? given.recipient ?? ''),
        fee: tokenUnits(given.fee ?? 0n),
      });
      this.#keep(packed);
      this.heads.push(appendHead(this.heads.at(-1) ?? this.edge, packed, keccak256));
    }
  }

  #keep(packed: Uint8Array): void {
    const at = Number(this.count) * ENTRY_BYTES;
    if (at + ENTRY_BYTES > this.#packed.length) {
      const larger = new Uint8Array(2 * this.#packed.length);
      larger.set(this.#packed);
      this.#packed = larger;
    }
    this.#packed.set(packed, at);
  }
}

function decode({ topics, data }: ChainLog): { readonly kind: EntryKind; readonly given: EntryArguments } | undefined {
  const [topic, ...rest] = topics;
  const item = topic === undefined ? undefined : declared.get(topic);
  if (topic === undefined || item === undefined) return undefined;
  const { args } = decodeEventLog({ abi: [item], topics: [topic, ...rest], data });
  const given = args as unknown as EntryArguments;
  const kind = ENTRY_EVENTS[item.name] ?? kindOf(given.kind);
  return { kind, given: { ...given, edge: bytes32(given.edge) } };
}

function kindOf(value: number | undefined): EntryKind {
  const found = Object.entries(ENTRY_KINDS).find(([, number]) => number === value);
  if (found === undefined) throw new Error(`an entry of kind ${value} was journaled; no such kind is known`);
  return found[0] as EntryKind;
}
