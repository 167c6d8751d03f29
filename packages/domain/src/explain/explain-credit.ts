import {
  type Condition,
  type Evidence,
  type Explanation,
  type Trouble,
  dateText,
  judgeConditions,
  spanText,
} from './explanation.js';
import {
  type ChainFacts,
  type ExplainedEdge,
  PATIENCE_S,
  chainCondition,
  edgeCondition,
  postCondition,
  signatureCondition,
} from './explain-network.js';
import { type LineFacts, lineConditions } from './explain-holding.js';

/** Credit that the ledger parked. */
export interface ParkedFacts {
  readonly reason: string;
  /** Seconds from which it may be unparked, where the ledger names a date. */
  readonly readyAt: bigint | null;
  readonly amountText: string;
  readonly account: string;
  /** Its vault at the ledger, and its number in the vault's journal. */
  readonly source: number;
  readonly index: bigint;
  readonly nowS: bigint;
}

/** A lock, as far as anybody has seen it. */
export interface LockFacts {
  /** `<edge>:<index>`. */
  readonly id: string;
  readonly index: bigint;
  readonly amountText: string;
  readonly edge: ExplainedEdge;
  readonly signers: number;
  readonly isFinal: boolean;
  /** Block and hash of the lock on its chain; null if it was not seen. */
  readonly origin: { readonly height: bigint; readonly hash: string } | null;
  /** Seconds since it was seen final, and since it was attested; null if nobody watched. */
  readonly finalForS: number | null;
  readonly attestedForS: number | null;
  /** Last final block of the settlement chain that the aggregator has folded, and entries of the edge in it. */
  readonly folded: { readonly height: bigint; readonly hash: string; readonly count: bigint } | null;
  readonly parked: ParkedFacts | null;
  /** The line that it was credited to; null until then. */
  readonly line: LineFacts | null;
  /** Its part of what the line counts for initial; null without a line. */
  readonly gain: { readonly wad: bigint; readonly text: string } | null;
}

/** The reason of each kind of parked credit, by the ledger's name of it. */
export const PARKED_CODES: Readonly<Record<string, Trouble['code']>> = {
  UNCONFIRMED: 'ABOVE_FAST_LIMIT',
  CAP: 'ABOVE_CAP',
  LIMIT: 'ABOVE_INFLOW',
  UNLISTED: 'ASSET_UNLISTED',
  SLOTS: 'SLOTS_FULL',
  SEASON: 'SEASON_PARKED',
  FEE: 'FEE_PARKED',
};

const PARKED_TEXTS: Readonly<Record<string, string>> = {
  UNCONFIRMED: 'it is above the fast limit, and no witness has confirmed it yet',
  CAP: 'it does not fit under the cap of its asset, or credit is paused',
  LIMIT: 'it is above what may come in at this time',
  UNLISTED: 'the ledger lists no such asset',
  SLOTS: 'its account has no room for another line',
  SEASON: 'it is fresh, and its season has not ended',
  FEE: 'it is the fee of a batch, whose season has not ended',
};

/** Judges whether credit is free. */
export function parkedCondition(parked: ParkedFacts | null): Condition {
  if (parked === null)
    return { name: 'not parked', evidence: [{ asked: 'ledger', said: 'no credit of it is parked' }] };
  const { reason, readyAt, amountText, account, source, index, nowS } = parked;
  const of = reason === 'SLOTS' ? account : `--source ${source} --index ${index}`;
  const seen = `${amountText}: ${PARKED_TEXTS[reason] ?? `the ledger says ${reason}`}`;
  const etaS = readyAt === null ? null : Number(readyAt > nowS ? readyAt - nowS : 0n);
  return {
    name: 'not parked',
    evidence: [{ asked: 'ledger', said: readyAt === null ? reason : `${reason} until ${dateText(readyAt)}` }],
    trouble: { code: PARKED_CODES[reason] ?? 'ABOVE_CAP', seen, of, etaS, until: readyAt },
  };
}

/** Explains parked credit by itself. */
export function explainParked(id: string, parked: ParkedFacts): Explanation {
  const held = ['counted', 'counted: nothing of it is parked'] as const;
  return judgeConditions({ subject: 'parked', id, held, failed: 'parked' }, [parkedCondition(parked)]);
}

/** Explains a lock from its transaction to the margin: it ends counted or parked. */
export function explainLock(lock: LockFacts): Explanation {
  const { id, index, edge, line, folded, amountText, gain } = lock;
  const countsWad = gain?.wad ?? null;
  const block = folded?.height ?? null;
  const value = gain === null ? amountText : `+${gain.text} initial margin for ${amountText}`;
  const held = ['counted', `counted: ${value}, at block ${block ?? 'of the ledger'}`] as const;
  const stopped = index > edge.appliedCount && edge.condition?.state !== 'CONTESTED' ? [edgeCondition(edge)] : [];
  const conditions = [
    seenCondition(lock),
    ...(lock.origin === null || !lock.isFinal ? [chainCondition(edge.origin)] : []),
    finalCondition(lock),
    ...stopped,
    ...carried(lock),
    foldedCondition(lock),
    parkedCondition(lock.parked),
    ...(line === null ? [] : lineConditions(line)),
  ];
  return judgeConditions({ subject: 'lock', id, held, failed: 'waiting', countedAt: block, countsWad }, conditions);
}

function seenCondition({ origin, edge, id }: LockFacts): Condition {
  const { name } = edge.origin;
  const evidence: Evidence[] =
    origin === null ? [] : [{ asked: name, said: 'its block holds the lock', block: origin.height, hash: origin.hash }];
  // A chain that cannot be followed hides its newest blocks: that is the cause, and it is judged next.
  if (origin !== null || edge.origin.condition !== 'live') return { name: 'seen', evidence };
  const seen = `${edge.origin.asked} follows ${name} and was handed no entry ${id} yet`;
  return { name: 'seen', evidence, trouble: { code: 'NOT_SEEN', seen, of: id } };
}

function finalCondition({ isFinal, origin, edge }: LockFacts): Condition {
  const evidence = [
    {
      asked: edge.origin.asked,
      said: isFinal ? 'its block is final' : 'its block is not final',
      block: origin?.height ?? null,
    },
  ];
  if (isFinal) return { name: 'final', evidence };
  return {
    name: 'final',
    evidence,
    trouble: { code: 'NOT_FINAL', seen: `its block is not final on ${edge.origin.name} yet` },
  };
}

function carried(lock: LockFacts): Condition[] {
  const { edge, index, signers, finalForS, attestedForS } = lock;
  if (!edge.local) {
    return [
      signatureCondition(edge, { count: index, signers, waitS: finalForS }),
      chainCondition(edge.destination),
      postCondition(edge, { count: index, waitS: attestedForS }),
    ];
  }
  const evidence = [{ asked: edge.destination.name, said: `${edge.appliedCount} entries are credited` }];
  if (index <= edge.appliedCount) return [{ name: 'applied', evidence }];
  const seen = 'it was locked beside the ledger and not credited yet; nobody signs there';
  return [{ name: 'applied', evidence, trouble: { code: 'LOCAL_NOT_CREDITED', seen } }];
}

function foldedCondition({ folded, index, edge }: LockFacts): Condition {
  const { name, asked } = edge.destination;
  const count = folded?.count ?? 0n;
  const said =
    folded === null
      ? 'no final block is folded yet'
      : `${count} entries of the edge are in final block ${folded.height}`;
  const evidence = [{ asked, said, block: folded?.height ?? null, hash: folded?.hash ?? null }];
  if (count >= index) return { name: 'folded', evidence };
  const seen = `the ledger has applied it in a block that is not final on ${name} yet; it counts in the margin from there on`;
  return { name: 'folded', evidence, trouble: { code: 'NOT_FOLDED', seen } };
}

/** Explains a transaction or an entry of which nobody has reported anything: a chain that is not followed may hide it. */
export function explainUnseen(id: string, chains: readonly ChainFacts[]): Explanation {
  const names = chains.map(({ name }) => name).join(', ');
  const asked = chains[0]?.asked ?? 'aggregator';
  const seen = `${asked} follows ${names || 'no chain'} and was handed no entry of ${id} yet`;
  const handed: Condition = { name: 'seen', evidence: [], trouble: { code: 'NOT_SEEN', seen, of: id } };
  const held = ['waiting', `waiting: ${seen}`] as const;
  return judgeConditions({ subject: 'lock', id, held, failed: 'waiting' }, [...chains.map(chainCondition), handed]);
}

/** A lock as the chains alone show it, where no aggregator answers. */
export interface ChainLockFacts extends Pick<
  LockFacts,
  'id' | 'index' | 'amountText' | 'origin' | 'isFinal' | 'parked'
> {
  readonly originName: string;
  readonly settlementName: string;
  /** Entries of the edge that the ledger has applied: at its newest block, and at its final one. */
  readonly applied: { readonly newest: bigint; readonly final: bigint; readonly heightFinal: bigint };
  /** Error in place of the aggregator’s answer. */
  readonly silence: string;
}

/** Explains a lock from the chains alone: signatures are not on any chain, and an aggregator keeps them. */
export function explainLockByChain(lock: ChainLockFacts): Explanation {
  const { id, index, amountText, origin, isFinal, applied, originName, settlementName, silence } = lock;
  const asked = `providers of ${originName}`;
  const ledger = `providers of ${settlementName}`;
  const shown = isFinal ? 'its block is final' : 'its block is not final';
  const notFinal: Trouble = { code: 'NOT_FINAL', seen: `its block is not final on ${originName} yet` };
  const seen = `its block is final and the ledger has not applied it; its signatures could not be read: ${silence}`;
  const notFolded: Trouble = {
    code: 'NOT_FOLDED',
    seen: `the ledger has applied it in a block that is not final on ${settlementName} yet`,
  };
  const isApplied = index <= applied.newest;
  const conditions: Condition[] = [
    {
      name: 'final',
      evidence: [{ asked, said: shown, block: origin?.height ?? null, hash: origin?.hash ?? null }],
      trouble: isFinal || isApplied ? undefined : notFinal,
    },
    {
      name: 'applied',
      evidence: [{ asked: ledger, said: `${applied.newest} entries of the edge are applied` }],
      trouble: isApplied ? undefined : { code: 'AGGREGATOR_SILENT', seen },
    },
    {
      name: 'folded',
      evidence: [{ asked: ledger, said: `${applied.final} of them are final`, block: applied.heightFinal }],
      trouble: index <= applied.final ? undefined : notFolded,
    },
    parkedCondition(lock.parked),
  ];
  const held = ['counted', `counted: ${amountText}, at block ${applied.heightFinal}`] as const;
  return judgeConditions({ subject: 'lock', id, held, failed: 'waiting', countedAt: applied.heightFinal }, conditions);
}

/** A release on its way to its payment. */
export interface ReleaseFacts {
  readonly id: string;
  readonly index: bigint;
  readonly edge: ExplainedEdge;
  readonly stage: string;
  readonly reason: string | null;
  readonly signers: number;
  readonly finalForS: number | null;
  readonly attestedForS: number | null;
  readonly readyAt: bigint | null;
  readonly nowS: bigint;
}

const ORDER = ['requested', 'final', 'attested', 'recorded', 'payable', 'paying', 'paid'];
/** Beside the ledger nobody signs. */
const LOCAL_ORDER = ORDER.filter((stage) => stage !== 'attested');

/** Explains a release from its request to its payment. */
export function explainRelease(release: ReleaseFacts): Explanation {
  const { id, edge, stage, reason } = release;
  const ends =
    stage === 'refunded' ? 'done: its amount came back to the account' : 'done: its vault paid it in a final block';
  const held = ['done', ends] as const;
  const unusual = unusualTrouble(release);
  const order = edge.local ? LOCAL_ORDER : ORDER;
  const at = order.indexOf(stage);
  const said = `${stage}${reason === null ? '' : `: ${reason}`}`;
  const evidence = [{ asked: edge.destination.asked, said }];
  const usual =
    at < 0
      ? []
      : order.slice(1).map((name, step): Condition => {
          const trouble = step === at ? releaseTrouble(release) : undefined;
          return { name, evidence: step === at ? evidence : [], trouble };
        });
  const conditions = at < 0 ? [{ name: stage, evidence, trouble: unusual }] : usual;
  return judgeConditions({ subject: 'release', id, held, failed: 'waiting' }, conditions);
}

function unusualTrouble({ stage, reason, id }: ReleaseFacts): Trouble | undefined {
  const codes: Readonly<Record<string, Trouble['code']>> = {
    claimable: 'RELEASE_CLAIMABLE',
    stopped: 'RELEASE_STOPPED',
    refused: 'RELEASE_REFUSED',
  };
  const code = codes[stage];
  return code === undefined ? undefined : { code, seen: reason ?? stage, of: id };
}

function releaseTrouble(release: ReleaseFacts): Trouble | undefined {
  const { stage, edge, index, signers, readyAt, nowS, reason } = release;
  const seen = reason ?? stage;
  switch (stage) {
    case 'requested':
      return { code: 'NOT_FINAL', seen };
    case 'final':
      if (edge.local) return { code: 'LOCAL_NOT_DELIVERED', seen };
      return signatureCondition(edge, { count: index, signers, waitS: release.finalForS }).trouble;
    case 'attested':
      return postCondition(edge, { count: index, waitS: release.attestedForS }).trouble;
    case 'recorded': {
      const etaS = readyAt === null ? null : Number(readyAt > nowS ? readyAt - nowS : 0n);
      const when =
        readyAt === null ? seen : `the vault pays it from ${dateText(readyAt)} on, in ${spanText(etaS ?? 0)}`;
      return { code: 'RELEASE_NOT_DUE', seen: when, etaS, until: readyAt };
    }
    case 'payable':
      if (edge.local) return { code: 'LOCAL_NOT_DELIVERED', seen: 'it is due, and nobody has paid it yet' };
      return {
        code: 'RELEASE_NOT_PAID',
        seen: `it is due, and nobody has paid it yet (usually within ${PATIENCE_S} s)`,
        of: edge.vaultChain,
      };
    case 'paying':
      return { code: 'RELEASE_PAYING', seen };
    default:
      return undefined;
  }
}
