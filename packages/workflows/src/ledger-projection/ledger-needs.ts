import { type Bytes32, type JournalPosition, type Keccak256, bytesToHex } from '@surety/domain';
import { type EntrySupply, batchesOf } from '../following/entry-supply.js';
import { generationOf, nameOf } from '../following/replica-fact.js';
import { type EntryLookup, NOTHING_UNWOUND, type UnwindLookup } from './collateral-changes.js';
import type { CollateralStore } from './collateral-rows.js';
import type { CollateralState } from './collateral-state.js';
import type { LedgerFact, OrphanFact } from './ledger-fact.js';
import type { FactTransaction, SettlementReader } from './settlement-reader.js';

/** Ports that load the rows of a transaction. */
export interface LedgerNeedsPorts {
  readonly state: CollateralState;
  readonly store: CollateralStore;
  readonly supply: EntrySupply;
  readonly reader: Pick<SettlementReader, 'readFinalBlock'>;
  readonly keccak256: Keccak256;
}

/** The stored state that applying a transaction needs. */
export interface LedgerNeeds {
  readonly entries: EntryLookup;
  readonly unwound: UnwindLookup;
}

/**
 * Loads all rows that a transaction touches into a state, and returns the entries that it replays and unwinds. Only its
 * last fact may open a replica.
 */
export async function loadLedgerNeeds(
  { facts, block }: FactTransaction,
  ports: LedgerNeedsPorts,
  signal: AbortSignal | undefined,
): Promise<LedgerNeeds> {
  const { state, store } = ports;
  const entries = await loadBatches(facts, ports, signal);
  const missing = state.keysOf(facts, entries).filter((key) => !state.has(key));
  if (missing.length > 0) state.hold(await store.loadLines(missing));
  for (const { source, index } of parkedBefore(facts)) {
    const credit = state.hasParked(source, index) ? undefined : await store.loadParked(source, index);
    if (credit !== undefined) state.holdParked(credit);
  }
  await holdRewound(facts, ports);
  return { entries, unwound: await loadUnwound({ facts, block }, ports, signal) };
}

async function loadBatches(
  facts: readonly LedgerFact[],
  { state, supply }: LedgerNeedsPorts,
  signal: AbortSignal | undefined,
): Promise<EntryLookup> {
  const stands = new Map<Bytes32, JournalPosition>(state.replicas.map((replica) => [nameOf(replica), replica]));
  const packed = new Map<string, Uint8Array>();
  for (const fact of facts) {
    if (fact.kind !== 'applied') continue;
    const { edge: name, from, to, head } = fact;
    const start = stands.get(name) ?? { count: 0n, head: name };
    const [batch] = batchesOf([fact], state.replicas);
    if (batch !== undefined) packed.set(`${name}:${from}`, await supply.load(batch, start, signal));
    stands.set(name, { count: to, head });
  }
  return (name, from) => packed.get(`${name}:${from}`) ?? new Uint8Array();
}

/** Loads the orphans that change, and the refunds that are undone. */
async function holdRewound(facts: readonly LedgerFact[], { state, store }: LedgerNeedsPorts): Promise<void> {
  const hashes = new Map<number, Bytes32[]>();
  const seqs = new Map<number, bigint[]>();
  for (const fact of facts) {
    const { source } = { source: 0, ...fact };
    if (fact.kind === 'refund-undone') seqs.set(source, [...(seqs.get(source) ?? []), fact.seq]);
    if (isOfOrphan(fact) && !state.hasOrphans(fact))
      hashes.set(source, [...(hashes.get(source) ?? []), fact.entryHash]);
  }
  for (const [source, wanted] of hashes)
    state.holdRewound({ orphans: await store.loadOrphans(source, wanted), refunds: [] });
  for (const [source, wanted] of seqs)
    state.holdRewound({ orphans: [], refunds: await store.loadRefunds(source, wanted) });
}

async function loadUnwound(
  { facts, block }: FactTransaction,
  { state, supply, reader, keccak256 }: LedgerNeedsPorts,
  signal: AbortSignal | undefined,
): Promise<UnwindLookup> {
  const isDated = facts.some(({ kind }) => kind === 'report-unwound');
  const atS = isDated ? (await reader.readFinalBlock(block.height, signal)).timestamp : NOTHING_UNWOUND.atS;
  const held = new Map<string, Uint8Array>();
  for (const fact of facts) {
    if (fact.kind !== 'orphaned' && fact.kind !== 'missing-again') continue;
    const { source, seq, entryHash } = fact;
    const replica = state.replicas.find((one) => one.source === source);
    if (replica === undefined) continue;
    const at = { edge: replica.edge, generation: generationOf(replica), index: seq };
    const packed = await supply.loadOne(at, (bytes) => bytesToHex(keccak256(bytes)) === entryHash);
    if (packed !== undefined) held.set(`${source}:${seq}`, packed);
  }
  return { atS, entryAt: (source, seq) => held.get(`${source}:${seq}`) };
}

function isOfOrphan(fact: LedgerFact): fact is OrphanFact | Extract<LedgerFact, { kind: 'taken-back' }> {
  return ['orphaned', 'came-again', 'found', 'missing-again', 'taken-back'].includes(fact.kind);
}

/** The key of a parked credit. */
interface ParkedPlace {
  readonly source: number;
  readonly index: bigint;
}

/**
 * Returns the credits of one transaction that were parked before it and are now unparked, released, deleted or
 * postponed.
 */
function parkedBefore(facts: readonly LedgerFact[]): readonly ParkedPlace[] {
  return facts.filter(
    (fact) =>
      fact.kind === 'unparked' ||
      fact.kind === 'parked-released' ||
      fact.kind === 'parked-voided' ||
      fact.kind === 'postponed',
  );
}
