import { type BlockHash, type Bytes32, ZERO_WORD, blockHash, blockHeight } from '@surety/domain';
import { type EntryWords, append, packWords, wordsOf } from './journal-model.js';
import { entryHashOf } from './ledger-credits.js';
import {
  type LedgerCall,
  LedgerDraft,
  type LedgerState,
  type SourceModel,
  assetIdOf,
  coverageIn,
  isListed,
  openOf,
  orphanOf,
} from './ledger-state.js';
import type { CallPlace } from './modelled-chain.js';
import { type ReplicaModel, type VerifierModel, beginRewind, isAccepting, opened, retreat } from './replica-model.js';

const [LOCK, REFUND, SHORTFALL, LOST] = [1, 2, 3, 18];

/** Seconds of the source's clock, three days in earnest. */
const TAKE_BACK_AFTER_S = 60;
/** Seconds of the source's clock, seven days in earnest. */
const COVER_AFTER_S = 60;

/** Block hashes of entries are known only once their block is made. */
const NO_HASH: BlockHash = blockHash(`0x${'0'.repeat(64)}`);

type Call<Kind extends LedgerCall['kind']> = Extract<LedgerCall, { readonly kind: Kind }>;
type Rewinding = Call<'rewind'> | Call<'unwind'> | Call<'take-back'> | Call<'write-off'> | Call<'cover'>;

/** Runs what rewinds a replica and settles what that left, written after LedgerRewind.sol; gives an error's name if it is refused. */
export function rewindLedger(
  state: LedgerState,
  call: Rewinding,
  at: { readonly source: SourceModel; readonly place: CallPlace; readonly verifier: VerifierModel },
): LedgerDraft | string {
  const draft = new LedgerDraft(state);
  const refusal =
    call.kind === 'rewind'
      ? begin(draft, call, at)
      : call.kind === 'unwind'
        ? unwind(draft, call, at)
        : call.kind === 'take-back'
          ? takeBack(draft, call, at)
          : call.kind === 'write-off'
            ? writeOff(draft, call, at.place)
            : cover(draft, call, at);
  return refusal ?? draft;
}

function begin(
  draft: LedgerDraft,
  call: Call<'rewind'>,
  at: { readonly source: SourceModel; readonly place: CallPlace; readonly verifier: VerifierModel },
): string | undefined {
  const held = draft.replicas.get(call.source);
  if (held === undefined) return 'SourceUnknown';
  const next = beginRewind(held, call, at.source.inboundEdge, at);
  if (typeof next === 'string') return next;
  draft.replicas.set(call.source, next);
  const { edge: name, count, head } = call.point;
  draft.facts.push({ kind: 'rewinding', source: call.source, edge: held.name, next: name, count, head });
  return undefined;
}

function unwind(
  draft: LedgerDraft,
  call: Call<'unwind'>,
  { place, verifier }: { readonly place: CallPlace; readonly verifier: VerifierModel },
): string | undefined {
  const { source } = call;
  const held = draft.replicas.get(source);
  if (held === undefined) return 'SourceUnknown';
  const step = retreat(held, call);
  if (typeof step === 'string') return step;
  for (let at = step.entries.length; at > 0; at--)
    unwindOne(draft, { source, seq: BigInt(step.before + at), place, verifier }, step.entries[at - 1] as Uint8Array);
  draft.facts.push({ kind: 'unwound', source, count: BigInt(step.before) });
  const open = opened(step.replica, verifier);
  draft.replicas.set(source, open ?? step.replica);
  if (open === undefined) return undefined;
  const { name: edge, generation } = open;
  draft.facts.push({ kind: 'edge-opened', source, edge, previous: held.name, generation });
  return undefined;
}

/** Where an entry is unwound. */
interface UnwindPlace {
  readonly source: number;
  readonly seq: bigint;
  readonly place: CallPlace;
  readonly verifier: VerifierModel;
}

function unwindOne(draft: LedgerDraft, at: UnwindPlace, packed: Uint8Array): void {
  const key = `${at.source}:${at.seq}`;
  if (draft.ineffective.delete(key)) return;
  const words = wordsOf(packed);
  if (words.kind === LOCK || words.kind === REFUND) unwindCredit(draft, at, packed);
  else if (words.kind === SHORTFALL) unwindReport(draft, at, words.asset);
}

function unwindCredit(draft: LedgerDraft, at: UnwindPlace, packed: Uint8Array): void {
  const { source, seq, verifier } = at;
  const words = wordsOf(packed);
  const { asset, amount, account, fee } = words;
  if (amount === 0n) return;
  const entryHash = entryHashOf(packed);
  const parked = draft.parked.get(`${source}:${seq}`);
  const told = { source, seq, entryHash, vaultAsset: asset };
  if (parked === undefined || verifier.plant === 'keep-parked') {
    if (verifier.plant === 'unwind-lowers-lines') lower(draft, `${account}:${assetIdOf(source, asset)}`, amount - fee);
    draft.orphan(source, entryHash, ({ count }) => ({ count: count + 1 }));
    draft.open(source, asset, ({ orphaned }) => ({ orphaned: orphaned + amount }));
    draft.facts.push({ kind: 'orphaned', ...told, units: amount });
    return;
  }
  draft.parked.delete(`${source}:${seq}`);
  draft.facts.push({ kind: 'parked-voided', source, index: seq, account: parked.account, amount: parked.amount });
  if (words.kind === REFUND) writeRecord(draft, source, words);
  const units = amount - parked.amount;
  if (units === 0n && parked.fee === fee) return;
  miss(draft, source, { entryHash, asset, units });
  draft.facts.push({ kind: 'missing-again', ...told, units });
}

/** The vault is not known any more, and what is in force stays; a LOST that the report answered is open again. */
function unwindReport(draft: LedgerDraft, { source, seq, place }: UnwindPlace, vaultAsset: number): void {
  const kept = coverageIn(draft, source, vaultAsset);
  const answered = draft.answers.get(`${source}:${seq}`) ?? 0n;
  draft.answers.delete(`${source}:${seq}`);
  if (answered > 0n && answered >= kept.lostSeq) {
    draft.cover(source, vaultAsset, { lostSeq: answered });
    draft.facts.push({ kind: 'loss-reopened', source, vaultAsset, lostSeq: answered });
  }
  const since = kept.since === 0 ? place.timestampS : kept.since;
  draft.cover(source, vaultAsset, { since, reported: kept.inForce, saidSeq: 0n });
  draft.facts.push({ kind: 'report-unwound', source, vaultAsset });
}

function takeBack(
  draft: LedgerDraft,
  { source, packed }: Call<'take-back'>,
  { place, verifier: { plant } }: { readonly place: CallPlace; readonly verifier: VerifierModel },
): string | undefined {
  const replica = draft.replicas.get(source);
  const entryHash = entryHashOf(packed);
  if (replica === undefined || !isAccepting(replica, place)) return 'SourceClosed';
  if (orphanOf(draft, source, entryHash).count === 0) return 'OrphanUnknown';
  if (!isHeard(replica) && plant !== 'take-back-early') return 'TakeBackTooEarly';
  const words = wordsOf(packed);
  const { asset, amount, account, fee } = words;
  const wanted = amount - fee;
  const taken = isListed(asset) ? lower(draft, `${account}:${assetIdOf(source, asset)}`, wanted) : 0n;
  draft.orphan(source, entryHash, ({ count }) => ({ count: count - 1 }));
  draft.open(source, asset, ({ orphaned }) => ({ orphaned: orphaned - amount }));
  const missing = amount - taken;
  if (missing > 0n && plant !== 'missing-forgotten') miss(draft, source, { entryHash, asset, units: missing });
  if (words.kind === REFUND) writeRecord(draft, source, words);
  draft.facts.push({ kind: 'taken-back', source, entryHash, account, vaultAsset: asset, taken, missing });
  return undefined;
}

/** What was unwound has had time to come again: three days of the source's clock since its journal was heard to the tip. */
function isHeard({ heardAt, asOf }: ReplicaModel): boolean {
  return heardAt !== 0 && asOf >= heardAt + TAKE_BACK_AFTER_S;
}

/** What a parked credit leaves missing when it is unwound comes again as orphans do; what was found waits for nothing. */
function writeOff(draft: LedgerDraft, call: Call<'write-off'>, place: CallPlace): string | undefined {
  const { source, vaultAsset } = call;
  const { orphaned, missing, found: unheard } = openOf(draft, source, vaultAsset);
  const journal = draft.outbound.get(source);
  const replica = draft.replicas.get(source);
  if (journal === undefined || replica === undefined || !isAccepting(replica, place)) return 'SourceClosed';
  if (orphaned > 0n) return 'OrphansLeft';
  if (coverageIn(draft, source, vaultAsset).lostSeq > 0n) return 'AssetUnsettled';
  const found = missing === 0n;
  const units = found ? unheard : missing;
  if (units === 0n) return 'NothingMissing';
  if (!found && !isHeard(replica)) return 'TakeBackTooEarly';
  draft.open(source, vaultAsset, () => (found ? { found: 0n } : { missing: 0n }));
  const party = `0x${(found ? '1' : '0').padStart(64, '0')}` as Bytes32;
  const words = { kind: LOST, asset: vaultAsset, amount: units, account: ZERO_WORD, party, fee: 0n };
  const at = { height: place.height, txHash: place.txHash, logIndex: 0 };
  const longer = append(journal, packWords(words), at);
  const lostSeq = BigInt(longer.lines.length);
  draft.outbound.set(source, longer);
  draft.cover(source, vaultAsset, { lostSeq });
  const { edge } = longer;
  const location = { index: lostSeq, ...at, blockHeight: blockHeight(at.height), blockHash: NO_HASH };
  const entry = { entryKind: LOST, vaultAsset, amount: units, account: ZERO_WORD, party, location };
  draft.facts.push({ kind: 'journaled', edge, ...entry });
  draft.facts.push({ kind: 'written-off', source, vaultAsset, units, found, lostSeq });
  return undefined;
}

function cover(
  draft: LedgerDraft,
  { source, vaultAsset }: Call<'cover'>,
  { place, verifier: { plant } }: { readonly place: CallPlace; readonly verifier: VerifierModel },
): string | undefined {
  const replica = draft.replicas.get(source);
  const { since, saidSeq, reported } = coverageIn(draft, source, vaultAsset);
  if (replica === undefined || !isAccepting(replica, place)) return 'SourceClosed';
  if (since === 0 || saidSeq === 0n) return 'NothingToCover';
  if (replica.asOf < since + COVER_AFTER_S && plant !== 'cover-early') return 'CoverTooEarly';
  draft.cover(source, vaultAsset, { inForce: reported, since: 0 });
  draft.facts.push({ kind: 'covered', source, vaultAsset, coverageWad: reported });
  return undefined;
}

/** Notes that an entry is not, with so many units, where it was credited. */
function miss(
  draft: LedgerDraft,
  source: number,
  { entryHash, asset, units }: { entryHash: Bytes32; asset: number; units: bigint },
): void {
  draft.orphan(source, entryHash, ({ taken, spent }) => ({ taken: taken + 1, spent: spent + units }));
  draft.open(source, asset, ({ missing }) => ({ missing: missing + units }));
}

/** The release that a refund ended stands again. */
function writeRecord(draft: LedgerDraft, source: number, { party, asset, amount, account }: EntryWords): void {
  const seq = BigInt(party);
  if (draft.released.has(`${source}:${seq}`)) return;
  draft.released.set(`${source}:${seq}`, { asset, amount, account });
  draft.facts.push({ kind: 'refund-undone', source, seq });
}

/** Takes units off a line as far as they are there; gives how many. */
function lower(draft: LedgerDraft, key: string, units: bigint): bigint {
  const line = draft.lines.get(key);
  if (line === undefined) return 0n;
  const taken = units < line.amount ? units : line.amount;
  draft.lines.set(key, { ...line, amount: line.amount - taken });
  return taken;
}
