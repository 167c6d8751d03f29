import { type Bytes32, blockHash, blockHeight } from '@surety/domain';
import type { LedgerFact } from '@surety/workflows';
import { append, packWords } from './journal-model.js';
import { Credits } from './ledger-credits.js';
import { rewindLedger } from './ledger-rewind.js';
import {
  type LedgerCall,
  LedgerDraft,
  type LedgerState,
  type ReleaseCall,
  type SourceModel,
  assetIdOf,
  isUnsettled,
  marginOf,
} from './ledger-state.js';
import type { CallPlace, Contract, Executed } from './modelled-chain.js';
import { type VerifierModel, emptyReplica, quarantined, refreshReplica, replayBatch } from './replica-model.js';

const RELEASE = 16;

type Outcome = Executed<LedgerState, LedgerFact>;

/** Builds the ledger, written after the contract and sharing nothing with the fold. */
export function ledgerModel(
  sources: readonly SourceModel[],
  verifier: VerifierModel,
): Contract<LedgerState, LedgerCall, LedgerFact> {
  const genesis: LedgerState = {
    replicas: new Map(sources.map(({ source, inbound }) => [source, emptyReplica(inbound)])),
    lines: new Map(),
    parked: new Map(),
    outbound: new Map(sources.map(({ source, outbound }) => [source, { edge: outbound, lines: [] }])),
    released: new Map(),
    ineffective: new Set(),
    orphans: new Map(),
    unsettled: new Map(),
    coverages: new Map(),
    answers: new Map(),
    debts: new Map(),
  };
  return {
    genesis,
    execute(state, call, place) {
      if (call.kind === 'apply') return applyEntries(state, call, place, verifier);
      if (call.kind === 'refresh') return refresh(state, call, place, verifier);
      if (call.kind === 'release') return requestRelease(state, call, place, verifier);
      if (call.kind === 'borrow') return borrow(state, call);
      const source = sources.find((one) => one.source === call.source);
      if (source === undefined) return reverted(state, 'SourceUnknown');
      const draft = rewindLedger(state, call, { source, place, verifier });
      return typeof draft === 'string' ? reverted(state, draft) : { state: draft.state, facts: draft.facts };
    },
  };
}

/** Gives what the ledger said when it was set up. */
export function listingFacts(sources: readonly SourceModel[]): LedgerFact[] {
  return sources.flatMap(({ source, chainId, vault, inbound, outbound }): LedgerFact[] => [
    { kind: 'source-listed', source, edge: inbound, outboundEdge: outbound, originChainId: chainId, vault },
    ...[1, 2].map((vaultAsset): LedgerFact => ({
      kind: 'asset-listed',
      assetId: assetIdOf(source, vaultAsset),
      source,
      vaultAsset,
      underlying: vaultAsset,
      ownPrice: 0,
      decimals: 6,
    })),
  ]);
}

function applyEntries(
  state: LedgerState,
  call: Extract<LedgerCall, { kind: 'apply' }>,
  place: CallPlace,
  verifier: VerifierModel,
): Outcome {
  const { source } = call;
  const replica = state.replicas.get(source);
  if (replica === undefined) return reverted(state, 'SourceUnknown');
  const outcome = replayBatch(replica, call, place, verifier);
  if (outcome.kind === 'refused') return reverted(state, outcome.name);
  const { replica: next, entries } = outcome;
  const draft = new LedgerDraft(state);
  const { generation } = replica;
  const credits = new Credits(draft, { source, generation, timestampS: place.timestampS, plant: verifier.plant });
  const first = next.count - entries.length + 1;
  entries.forEach((packed, at) => credits.take(packed, BigInt(first + at)));
  credits.settleFees(call.feeTo);
  draft.replicas.set(source, credits.hasRefused ? quarantined(next, place, verifier) : next);
  draft.facts.push({
    kind: 'applied',
    edge: replica.name,
    from: BigInt(replica.count),
    to: BigInt(next.count),
    head: next.head,
    feeTo: call.feeTo,
    txHash: place.txHash,
  });
  return { state: draft.state, facts: draft.facts };
}

function refresh(
  state: LedgerState,
  call: Extract<LedgerCall, { kind: 'refresh' }>,
  place: CallPlace,
  verifier: VerifierModel,
): Outcome {
  const found = [...state.replicas].find(([, { name }]) => name === call.statement.edge);
  if (found === undefined) return reverted(state, 'EdgeUnknown');
  const [source, replica] = found;
  const next = refreshReplica(replica, call, place, verifier);
  if (typeof next === 'string') return reverted(state, next);
  return { state: { ...state, replicas: new Map(state.replicas).set(source, next) }, facts: [] };
}

/** Nothing leaves while a rewind runs or has left something open, nor what supports a debt. */
function requestRelease(state: LedgerState, call: ReleaseCall, place: CallPlace, { plant }: VerifierModel): Outcome {
  const { account, assetId, amount, recipient, fee } = call;
  const vaultAsset = assetId % 10;
  const source = (assetId - vaultAsset) / 10;
  const key = `${account}:${assetId}`;
  const line = state.lines.get(key);
  const journal = state.outbound.get(source);
  if (journal === undefined || line === undefined || line.amount < amount || fee > amount)
    return reverted(state, 'LineEmpty');
  const mayLeave = plant === 'release-while-unsettled';
  if (state.replicas.get(source)?.way !== undefined && !mayLeave) return reverted(state, 'SourceClosed');
  if (place.timestampS < (state.replicas.get(source)?.heldUntilS ?? 0)) return reverted(state, 'SourceQuarantined');
  if (isUnsettled(state, source, vaultAsset) && !mayLeave) return reverted(state, 'AssetUnsettled');
  const debt = state.debts.get(account) ?? 0n;
  if (debt > 0n && marginOf(state, account).initial < debt + amount) return reverted(state, 'MarginTooLow');
  const party = `0x${'0'.repeat(24)}${recipient.slice(2)}` as Bytes32;
  const packed = packWords({ kind: RELEASE, asset: vaultAsset, amount, account, party, fee });
  const at = { height: place.height, txHash: place.txHash, logIndex: 0 };
  const longer = plant === 'debit-without-journal' ? journal : append(journal, packed, at);
  const outbound = new Map(state.outbound).set(source, longer);
  const lines = new Map(state.lines).set(key, {
    ...line,
    amount: plant === 'release-without-debit' ? line.amount : line.amount - amount,
  });
  const index = BigInt(longer.lines.length);
  const block = { blockHeight: blockHeight(place.height), blockHash: blockHash(`0x${'0'.repeat(64)}`) };
  const location = { index, ...block, txHash: place.txHash, logIndex: 0 };
  const fact = { account, assetId, vaultAsset, amount, recipient: party, fee, location };
  const released = new Map(state.released).set(`${source}:${index}`, { asset: vaultAsset, amount, account });
  return { state: { ...state, lines, outbound, released }, facts: [{ kind: 'released', edge: journal.edge, ...fact }] };
}

/** New debt is at most half of what counts for it. */
function borrow(state: LedgerState, { account, amount }: Extract<LedgerCall, { kind: 'borrow' }>): Outcome {
  const debt = (state.debts.get(account) ?? 0n) + amount;
  if (marginOf(state, account).initial < 2n * debt) return reverted(state, 'MarginTooLow');
  return { state: { ...state, debts: new Map(state.debts).set(account, debt) }, facts: [] };
}

function reverted(state: LedgerState, name: string): Outcome {
  return { state, facts: [], revert: { name, args: [] } };
}
