import { ENTRY_BYTES, type Keccak256, foldHeads } from '@surety/domain';
import type { IntakeStore } from '../intake/intake-store.js';
import type { Intake } from '../intake/intake.js';
import type { KnownEdge } from '../intake/known-edge.js';
import { findAnchor } from './find-anchor.js';
import type { EntriesWanted, JournalEntrySource } from './journal-entry-source.js';
import { type KeepLookingOptions, keepLooking } from './keep-looking.js';

/** Above every journal's end. */
const NO_END = 2n ** 64n - 1n;

/** Ports of {@link LocalJournal}. */
export interface LocalJournalPorts extends Pick<KeepLookingOptions, 'clock' | 'observer'> {
  /** The edge from the vault beside the ledger. */
  readonly known: KnownEdge;
  /** Reads its journal alone: a walk along it is never dropped. */
  readonly entries: JournalEntrySource;
  readonly intake: Intake;
  readonly intakeStore: Pick<IntakeStore, 'loadEntries'>;
  readonly keccak256: Keccak256;
}

/**
 * Follows the journal of the vault beside the ledger at final blocks. Watchers hand in what they attest, and nobody attests
 * this one: its entries come from its chain, proven, so that an owner sees a lock that nobody credited yet.
 */
export class LocalJournal {
  readonly #ports: LocalJournalPorts;
  #anchor: EntriesWanted['anchor'];
  #isOpen = false;

  constructor(ports: LocalJournalPorts) {
    this.#ports = ports;
  }

  /** Takes in entries up to the newest final block. A failing read is reported by the source, and repeated. */
  async advance(signal?: AbortSignal): Promise<void> {
    const { known, entries, intake, intakeStore, keccak256, clock, observer } = this.#ports;
    const { edgeId } = known;
    const position = intake.book(edgeId)?.position;
    if (position === undefined) return;
    // What an earlier process stored is old, and so is what this one reads first.
    const isLive = this.#isOpen;
    if (!isLive) this.#anchor = await findAnchor(intakeStore, edgeId, position.count);
    this.#isOpen = true;
    const run = await entries.readEntriesAfter({ known, position, to: NO_END, anchor: this.#anchor }, signal);
    const first = run?.locations[0];
    if (run === undefined || first === undefined) return;
    const rest = run.packed.subarray(Number(position.count - (first.index - 1n)) * ENTRY_BYTES);
    const heads = foldHeads(position, rest, keccak256);
    const head = heads.at(-1);
    if (head === undefined) return;
    const count = position.count + BigInt(heads.length);
    const atMs = isLive ? clock.nowMs() : undefined;
    await intake.adoptJournal(edgeId, { entries: run, position: { count, head }, atMs });
    observer.observe({ name: 'local-journal-read', level: 'debug', fields: { edge: edgeId, count } });
  }
}

/** Keeps the entries of the vault beside the ledger at its newest final block until the signal aborts. */
export async function keepLocalJournal(
  options: KeepLookingOptions & { readonly journal: LocalJournal },
  signal: AbortSignal,
): Promise<void> {
  await keepLooking({ ...options, lookOnce: () => options.journal.advance(signal) }, signal);
}
