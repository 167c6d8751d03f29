import {
  type Condition,
  type Evidence,
  type Explanation,
  type Trouble,
  judgeConditions,
  spanText,
} from './explanation.js';

/** A chain as one process reads it. */
export interface ChainFacts {
  readonly name: string;
  readonly chainId: number;
  readonly condition: string;
  /** Words of its providers, if they could not be followed. */
  readonly reason: string | null;
  readonly heightFinal: bigint | null;
  /** Who reads the chain. */
  readonly asked: string;
}

/** Signatures of one attester on an edge. */
export interface ExplainedAttester {
  readonly address: string;
  readonly count: bigint;
  /** Seconds since its newest statement; null if it was never heard. */
  readonly lagS: number | null;
}

/** An edge as an aggregator knows it. */
export interface ExplainedEdge {
  readonly edge: string;
  readonly local: boolean;
  readonly entryCount: bigint;
  readonly attestedCount: bigint;
  readonly appliedCount: bigint;
  readonly quorum: number;
  readonly condition: { readonly state: string; readonly reason: string; readonly until: bigint } | null;
  readonly attesters: readonly ExplainedAttester[];
  readonly origin: ChainFacts;
  readonly destination: ChainFacts;
  /** Name of the vault's chain, by which edges are relayed. */
  readonly vaultChain: string;
  /** Seconds that the first attested entry has waited to be applied; null if none waits, or nobody watched. */
  readonly postWaitS: number | null;
}

/** Seconds after which a signature or a post that is still missing has somebody to blame: frames and blocks pass in less. */
export const PATIENCE_S = 30;

const EDGE_STATES: Readonly<Record<string, Trouble['code']>> = {
  CONTESTED: 'SOURCE_CONTESTED',
  QUARANTINED: 'SOURCE_QUARANTINED',
  HALTED: 'EDGE_HALTED',
  RECOVERY: 'EDGE_RECOVERY',
  CLOSED: 'EDGE_CLOSED',
};

const CHAIN_STATES: Readonly<Record<string, Trouble['code']>> = {
  halted: 'CHAIN_HALTED',
  syncing: 'CHAIN_SYNCING',
  unwatched: 'CHAIN_UNWATCHED',
  'no-quorum': 'CHAIN_NOT_FOLLOWED',
  failing: 'CHAIN_NOT_FOLLOWED',
};

/** Judges whether a chain is read. */
export function chainCondition(chain: ChainFacts): Condition {
  const { name, condition, reason, heightFinal, asked } = chain;
  const said = `${name} is ${condition}${reason === null ? '' : `: ${reason}`}`;
  const code = condition === 'live' ? undefined : (CHAIN_STATES[condition] ?? 'CHAIN_NOT_FOLLOWED');
  return {
    name: 'chain is followed',
    evidence: [{ asked, said, block: heightFinal }],
    trouble: code === undefined ? undefined : { code, seen: `${asked} says ${said}`, of: name },
  };
}

/** Judges what the reader of an edge holds against it. */
export function edgeCondition({ condition, edge, destination }: ExplainedEdge): Condition {
  const name = 'edge is live';
  if (condition === null) return { name, evidence: [{ asked: destination.name, said: 'its reader takes statements' }] };
  const { state, reason, until } = condition;
  const code = EDGE_STATES[state] ?? 'EDGE_CLOSED';
  const seen = `the edge is ${state}: ${reason}`;
  return {
    name,
    evidence: [{ asked: destination.name, said: seen }],
    trouble: { code, seen, of: edge, until: until === 0n ? null : until },
  };
}

/** Judges the signatures over a count: names each attester that is missing while there are too few. */
export function signatureCondition(
  edge: ExplainedEdge,
  at: { readonly count: bigint; readonly signers: number; readonly waitS: number | null },
): Condition {
  const missing = edge.attesters.filter(({ count }) => count < at.count);
  const evidence = edge.attesters.map(attesterEvidence);
  const name = 'attested';
  if (at.count <= edge.attestedCount) return { name, evidence };
  const named = missing.map(missingText).join('; ') || 'nobody is known as a member';
  const seen = `${at.signers} of the ${edge.quorum} signatures it needs are there; missing: ${named}`;
  const isLate = at.waitS !== null && at.waitS >= PATIENCE_S;
  const code = isLate ? 'SIGNATURES_MISSING' : 'SIGNATURES_COMING';
  return { name, evidence, trouble: { code, seen, of: missing[0]?.address ?? edge.edge } };
}

/** Judges whether what is attested was posted. */
export function postCondition(
  edge: ExplainedEdge,
  at: { readonly count: bigint; readonly waitS: number | null },
): Condition {
  const said = `${edge.appliedCount} of ${edge.attestedCount} attested entries are applied`;
  const evidence = [{ asked: edge.destination.name, said }];
  if (at.count <= edge.appliedCount) return { name: 'applied', evidence };
  const isLate = at.waitS !== null && at.waitS >= PATIENCE_S;
  const seen = isLate
    ? `it has ${edge.quorum} signatures, and no relayer has posted it for ${spanText(at.waitS)}`
    : 'it has enough signatures, and waits for a relayer to post it';
  const trouble: Trouble = { code: isLate ? 'NOT_POSTED' : 'POST_COMING', seen, of: edge.vaultChain };
  return { name: 'applied', evidence, trouble };
}

/** Explains a chain. */
export function explainChain(chain: ChainFacts): Explanation {
  const { name } = chain;
  const held = ['well', `well: ${chain.asked} follows ${name}`] as const;
  return judgeConditions({ subject: 'chain', id: name, held, failed: 'stopped' }, [chainCondition(chain)]);
}

/** Explains an edge: its chains, its state, its signatures and its posts. */
export function explainEdge(edge: ExplainedEdge): Explanation {
  const signed = { count: edge.entryCount, signers: signersOf(edge, edge.entryCount), waitS: null };
  const late = lateAttesters(edge);
  const conditions = [
    chainCondition(edge.origin),
    chainCondition(edge.destination),
    edgeCondition(edge),
    ...(edge.local
      ? []
      : [late.length > edge.attesters.length - edge.quorum ? outvoted(edge, late) : signatureCondition(edge, signed)]),
    ...(edge.local ? [] : [postCondition(edge, { count: edge.attestedCount, waitS: edge.postWaitS })]),
  ];
  const held = ['well', `well: ${edge.appliedCount} of ${edge.entryCount} entries are applied`] as const;
  return judgeConditions({ subject: 'edge', id: edge.edge, held, failed: 'waiting' }, conditions);
}

/** Explains an attester at one edge: heard, and not behind the others. */
export function explainAttester(attester: ExplainedAttester, edge: ExplainedEdge): Explanation {
  const { address, lagS, count } = attester;
  const evidence = [attesterEvidence(attester)];
  const heard: Condition = {
    name: 'was heard',
    evidence,
    trouble: lagS === null ? { code: 'ATTESTER_NEVER_HEARD', seen: missingText(attester), of: address } : undefined,
  };
  const isBehind = lateAttesters(edge).some((one) => one.address === address);
  const current: Condition = {
    name: 'is up to date',
    evidence: edge.attesters.map(attesterEvidence),
    trouble: isBehind ? { code: 'ATTESTER_BEHIND', seen: missingText(attester), of: address } : undefined,
  };
  const held = ['well', `well: ${address} has signed count ${count} on ${edge.origin.name}`] as const;
  return judgeConditions({ subject: 'attester', id: address, held, failed: 'impaired' }, [heard, current]);
}

/** The answer of a relayer's own readiness; null if nobody answered at its address. */
export interface RelayerFacts {
  readonly url: string;
  readonly reasons: readonly { readonly code: string; readonly detail: string }[] | null;
  /** Error in place of an answer. */
  readonly failure: string;
}

/** Explains a relayer from what it says of itself. */
export function explainRelayer({ url, reasons, failure }: RelayerFacts): Explanation {
  const answered: Condition = {
    name: 'answers',
    evidence: [{ asked: url, said: reasons === null ? failure : 'it answered' }],
    trouble: reasons === null ? { code: 'RELAYER_UNREACHABLE', seen: `${url} gave no answer: ${failure}` } : undefined,
  };
  const told = (reasons ?? []).map(({ code, detail }) => `${code}: ${detail}`);
  const wallet = reasons?.find(({ code }) => code === 'EMPTY_WALLET');
  const worst = wallet ?? reasons?.[0];
  const able: Condition = {
    name: 'can post',
    evidence: told.map((said) => ({ asked: url, said })),
    trouble:
      worst === undefined
        ? undefined
        : {
            code: wallet === undefined ? 'RELAYER_TROUBLED' : 'RELAYER_WALLET_EMPTY',
            seen: `${worst.code}: ${worst.detail}`,
          },
  };
  const held = ['well', `well: ${url} names no trouble`] as const;
  return judgeConditions({ subject: 'relayer', id: url, held, failed: 'impaired' }, [answered, able]);
}

/** Attesters that are both behind the newest entry and older than others by more than patience. */
function lateAttesters({ attesters, entryCount }: ExplainedEdge): readonly ExplainedAttester[] {
  const newest = Math.min(...attesters.flatMap(({ lagS }) => (lagS === null ? [] : [lagS])));
  return attesters.filter(({ count, lagS }) => {
    return count < entryCount && (lagS === null || lagS - newest >= PATIENCE_S);
  });
}

function outvoted(edge: ExplainedEdge, late: readonly ExplainedAttester[]): Condition {
  const able = edge.attesters.length - late.length;
  const seen = `${able} of ${edge.attesters.length} attesters are up to date, ${edge.quorum} are needed; missing: ${late.map(missingText).join('; ')}`;
  const of = late[0]?.address ?? edge.edge;
  return {
    name: 'attested',
    evidence: edge.attesters.map(attesterEvidence),
    trouble: { code: 'SIGNATURES_MISSING', seen, of },
  };
}

function signersOf({ attesters }: ExplainedEdge, index: bigint): number {
  return attesters.filter(({ count }) => count >= index).length;
}

function attesterEvidence({ address, count, lagS }: ExplainedAttester): Evidence {
  const said = lagS === null ? 'nothing was ever heard of it' : `signed count ${count}`;
  return { asked: `attester ${address}`, said, ageS: lagS };
}

function missingText({ address, count, lagS }: ExplainedAttester): string {
  if (lagS === null) return `${address} was never heard`;
  return `${address}, silent for ${spanText(lagS)} (last: count ${count})`;
}
