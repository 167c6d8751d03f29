import type { SignedPoint } from '@surety/attestation';
import { collateralLedgerAbi, collateralVaultAbi, keccak256, readOperations } from '@surety/contracts';
import {
  type Bytes32,
  type Hex,
  type JournalHead,
  ENTRY_BYTES,
  ZERO_WORD,
  bytesToHex,
  concatBytes,
  edgeName,
  hexToBytes,
} from '@surety/domain';
import { SOURCE_STATES } from '@surety/margin';
import { findRoute } from '../acts/find-route.js';
import type { ActTarget } from '../acts/find-target.js';
import { findPending } from '../acts/timelock-operations.js';
import { operatorError } from '../errors.js';
import type { RelayedEdge } from '../relay/relayed-edges.js';
import type { UnknownEntries } from '../attesters/fold-applied.js';
import type { ActStep, CheckStep, Migration } from './migration.js';
import { actStep, differing } from './migration-steps.js';
import { settlingSteps } from './plan-settling.js';
import { type EdgeContracts, headAt } from '../attesters/read-edge-ends.js';
import type { VerifierFacts } from '../attesters/read-verifier.js';

/** Entries that one step unwinds. */
const STEP_ENTRIES = 64n;
/** A held quarantine ends so many seconds after its rewind is ready. @source RewindLib.READY_S */
const READY_S = 86_400n;
/** Rewinds of one replica that are looked for: each takes a week. */
const GENERATIONS_MAX = 1_000;

/** One edge with the point that members signed. */
export interface RewindRequest {
  readonly ends: EdgeContracts;
  readonly points: readonly SignedPoint[];
  /** The contract that reads the edge. */
  readonly replica: ActTarget;
  /** The verifier on its chain. */
  readonly verifier: VerifierFacts;
}

/** The progress of a rewind. */
interface Progress {
  /** It was begun, and the replica may stand at the point already. */
  readonly isBegun: boolean;
  readonly isOpened: boolean;
  readonly count: bigint;
}

/** The statement that a rewind is begun with, and who signed it. */
interface Agreed {
  readonly statement: JournalHead;
  readonly points: readonly SignedPoint[];
}

/**
 * Returns the statement that most members signed, the newest of several: a watcher signs its point at each heartbeat. All must name one point.
 * @throws MIGRATION_REFUSED.
 */
export function agreeOn(points: readonly SignedPoint[]): Agreed {
  const [first] = points;
  if (first === undefined)
    throw operatorError('MIGRATION_REFUSED', 'no file was named; expected k of surety attesters sign-rewind');
  const nameOf = ({ statement, domain }: SignedPoint): string =>
    `${statement.edge} at ${statement.count} (${statement.head}), for ${domain.verifyingContract} on chain ${domain.chainId}`;
  const other = points.find((one) => nameOf(one) !== nameOf(first));
  if (other !== undefined) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `the files name ${nameOf(first)} and ${nameOf(other)}; expected one point in all of them: sign with the same --count`,
    );
  }
  const groups = new Map<string, SignedPoint[]>();
  for (const point of points) {
    const { tip, blockNumber, blockHash, asOf, epoch } = point.statement;
    const bytes = [tip, blockNumber, blockHash, asOf, epoch].join();
    groups.set(bytes, [...(groups.get(bytes) ?? []), point]);
  }
  return [...groups.values()].map(agreedOf).reduce((best, one) => (isBetter(one, best) ? one : best));
}

function agreedOf(group: readonly SignedPoint[]): Agreed {
  const points = [...new Map(group.map((point) => [point.signer, point])).values()];
  return { statement: (points[0] as SignedPoint).statement, points };
}

function isBetter(one: Agreed, other: Agreed): boolean {
  if (one.points.length !== other.points.length) return one.points.length > other.points.length;
  return one.statement.blockNumber > other.statement.blockNumber;
}

/** Finds the edge that a statement names, whatever its generation. @throws BAD_USE. */
export function edgeOf(edges: readonly RelayedEdge[], { edge: name, head }: JournalHead): RelayedEdge {
  const names = ({ journal }: RelayedEdge): boolean =>
    Array.from({ length: GENERATIONS_MAX }, (_, at) => at + 1).some(
      (generation) => edgeName(journal.edge, { generation, previousHead: head }, keccak256) === name,
    );
  const found = edges.find(names);
  if (found !== undefined) return found;
  throw operatorError('BAD_USE', `the files name ${name}; expected the next name of an edge of this deployment`);
}

/**
 * Plans the rewind of a replica to a point, all on its own chain, and the settlement of what it leaves open. Reads the
 * chain again in each run.
 * @throws MIGRATION_REFUSED if the files name different points, or if entries past the point are unavailable.
 */
export async function planRewind(asked: RewindRequest): Promise<Migration> {
  const { ends, replica } = asked;
  const { statement: point, points } = agreeOn(asked.points);
  const request = { ...asked, points };
  const { edge } = ends;
  const isOpened = ends.replica.name === point.edge;
  const isLedger = edge.direction === 'to-ledger';
  return {
    title: `the replica of edge ${edge.journal.edgeId} (${edge.origin.name} → ${edge.destination.name}) back to entry ${point.count}`,
    steps: [
      checkBefore(request, point),
      ...(isOpened
        ? []
        : [
            ...markSteps(request, point),
            rewindStep(request, point),
            holdStep(request, point),
            ...unwindSteps(request, point),
          ]),
      checkAfter(request, point),
      ...(isOpened && isLedger ? knownSteps(request) : []),
      ...(isOpened && isLedger
        ? await settlingSteps({
            source: edge.source,
            ledger: replica,
            agreed: ends.agreed,
            assets: edge.origin.vault?.assets.map(({ index }) => index) ?? [],
            unwound: ends.replica.unwound,
          })
        : []),
    ],
    afterwards: async () =>
      isLedger
        ? [
            `statements carry ${point.edge} now; nothing is to be configured`,
            ...(isOpened
              ? []
              : [
                  'run it again once the journal was applied to its tip: it takes back what does not come again, three days later',
                ]),
            'where units were missing: surety vault take-loss once the vault has replayed the loss, then surety ledger cover',
          ]
        : [
            `statements carry ${point.edge} now; nothing is to be configured`,
            'report each asset of which the vault holds less than it accounts for: surety vault report',
          ],
  };
}

/** Returns the replica's contract, and the first arguments of its calls. */
function placeOf({ edge }: EdgeContracts) {
  const isLedger = edge.direction === 'to-ledger';
  return { place: isLedger ? ('ledger' as const) : ('vault' as const), source: isLedger ? [edge.source] : [] };
}

async function progressOf({ ends, replica }: RewindRequest, { edge: name }: JournalHead): Promise<Progress> {
  const { contract: address, reader } = replica;
  const { edge } = ends;
  if (edge.direction === 'to-ledger') {
    const [[, next, , count], [, present]] = await Promise.all([
      reader.readContract({ address, abi: collateralLedgerAbi, functionName: 'rewindOf', args: [edge.source] }),
      reader.readContract({ address, abi: collateralLedgerAbi, functionName: 'sourceOf', args: [edge.source] }),
    ]);
    return { isBegun: next === name || present === name, isOpened: present === name, count };
  }
  const [[, next, , count], present] = await Promise.all([
    reader.readContract({ address, abi: collateralVaultAbi, functionName: 'rewindOf' }),
    reader.readContract({ address, abi: collateralVaultAbi, functionName: 'inboundEdge' }),
  ]);
  return { isBegun: next === name || present === name, isOpened: present === name, count };
}

function checkBefore(request: RewindRequest, point: JournalHead): CheckStep {
  const { ends, replica, verifier } = request;
  const { edge, journal } = ends;
  return {
    kind: 'check',
    title: 'k members of its verifier signed a point that both ends hold, under the next name',
    target: replica,
    isPast: async () => (await progressOf(request, point)).isBegun,
    problems: async () => {
      const { generation, packed } = ends.replica;
      const next = edgeName(edge.journal.edge, { generation: generation + 1, previousHead: point.head }, keccak256);
      const { edgeId } = edge.journal;
      return [
        ...differing('the name that was signed', point.edge, next),
        ...differing(
          `the journal's head at ${point.count}`,
          headAt(journal.entries.packed, edgeId, point.count),
          point.head,
        ),
        ...differing(`the replica's head at ${point.count}`, headAt(packed, edgeId, point.count), point.head),
        ...unfit(verifier, request.points),
      ];
    },
  };
}

function unfit({ target, active, members, suspended, k }: VerifierFacts, points: readonly SignedPoint[]): string[] {
  const where = `at ${target.contract} on ${target.chain.name}`;
  const elsewhere = points.filter(({ domain }) => domain.verifyingContract !== target.contract);
  const strangers = points.filter(({ signer }) => !members.includes(signer) || suspended.includes(signer));
  const signers = new Set(points.map(({ signer }) => signer));
  return [
    ...(signers.size < k
      ? [`${signers.size} signatures of one block ${where}; expected ${k}: sign with the same --block`]
      : []),
    ...elsewhere.map(
      ({ signer, domain }) => `${signer} signed for ${domain.verifyingContract}; expected ${target.contract}`,
    ),
    ...strangers.map(({ signer }) => `${signer} is no unsuspended member ${where}: leave its file out`),
    ...points
      .filter(({ statement }) => statement.epoch !== active)
      .map(
        ({ signer, statement }) =>
          `${signer} signed under epoch ${statement.epoch} ${where}; expected ${active}: sign anew`,
      ),
  ];
}

/** The replica holds the point, however it grows while the act waits. */
function markSteps(request: RewindRequest, point: JournalHead): ActStep[] {
  const { ends, replica } = request;
  const { count, head } = point;
  const stands = ends.replica.position.count;
  if (count === 0n || count >= stands) return [];
  const { place, source } = placeOf(ends);
  const { contract: address, reader } = replica;
  return [
    actStep(place, 'mark', [...source, count, head, entriesBetween(ends, count, stands)], {
      title: `the replica holds the head at ${count}`,
      target: replica,
      at: address,
      isDone: async () => {
        if ((await progressOf(request, point)).isBegun) return true;
        const marked =
          place === 'ledger'
            ? await reader.readContract({
                address,
                abi: collateralLedgerAbi,
                functionName: 'markOf',
                args: [ends.edge.source, count],
              })
            : await reader.readContract({ address, abi: collateralVaultAbi, functionName: 'markOf', args: [count] });
        return marked === head;
      },
    }),
  ];
}

function rewindStep(request: RewindRequest, point: JournalHead): ActStep {
  const { replica } = request;
  const { place, source } = placeOf(request.ends);
  return actStep(place, 'rewind', [...source, point, signaturesOf(request)], {
    title: `the replica goes back to ${point.count}`,
    target: replica,
    at: replica.contract,
    isDone: async () => (await progressOf(request, point)).isBegun,
  });
}

/** Joins the signatures in the order of their signers' addresses, as the verifier wants them. */
function signaturesOf({ points }: RewindRequest): Hex {
  const signed = new Map(points.map(({ signer, signature }) => [signer, signature]));
  const ascending = [...signed].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return bytesToHex(concatBytes(...ascending.map(([, signature]) => hexToBytes(signature, 65))));
}

/** A quarantine is over in 72 hours and a scheduled rewind ready in seven days: anyone puts the quarantine's end off until then. */
function holdStep(request: RewindRequest, point: JournalHead): ActStep {
  const { ends, replica } = request;
  const { place, source } = placeOf(ends);
  const rewind = rewindStep(request, point);
  const scheduled = async () => {
    const route = await findRoute(rewind.spec, replica, undefined);
    if (route.kind !== 'timelock') return undefined;
    return findPending(await readOperations(replica.reader, route.at, replica.chain), rewind.call);
  };
  const holdCall = (predecessor: Bytes32, salt: Bytes32): ActStep =>
    actStep(place, 'holdForRewind', [...source, point, signaturesOf(request), predecessor, salt], {
      title: 'a quarantine lasts until the rewind may be executed',
      target: replica,
      at: replica.contract,
      beside: true,
      isDone: async () => {
        const [{ isBegun }, until] = await Promise.all([progressOf(request, point), quarantinedUntil(request)]);
        if (isBegun || until === 0n) return true;
        const operation = await scheduled();
        return operation !== undefined && until >= operation.readyAt + READY_S;
      },
    });
  return {
    ...holdCall(ZERO_WORD, ZERO_WORD),
    callNow: async () => {
      const content = (await scheduled())?.content;
      return content === undefined ? undefined : holdCall(content.predecessor, content.salt).call;
    },
  };
}

/** Returns the time in seconds at which the edge's quarantine ends, 0 if it is not quarantined. */
async function quarantinedUntil({ ends, replica }: RewindRequest): Promise<bigint> {
  const { contract: address, reader } = replica;
  if (ends.edge.direction === 'to-ledger') {
    const args = [ends.edge.source] as const;
    const [state, until] = await reader.readContract({
      address,
      abi: collateralLedgerAbi,
      functionName: 'stateOf',
      args,
    });
    return state === SOURCE_STATES.QUARANTINED ? BigInt(until) : 0n;
  }
  const contract = { address, abi: collateralVaultAbi } as const;
  const [[, , , , , state], until] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'replicaState' }),
    reader.readContract({ ...contract, functionName: 'quarantinedUntil' }),
  ]);
  return state === SOURCE_STATES.QUARANTINED ? BigInt(until) : 0n;
}

/** Orphans among unknown entries could not be taken back. */
function knownSteps({ ends, replica }: RewindRequest): CheckStep[] {
  const { unwoundUnknown } = ends.replica;
  if (unwoundUnknown.length === 0) return [];
  return [
    {
      kind: 'check',
      title: 'what was unwound is known',
      target: replica,
      problems: async () => [`${describeUnknown(unwoundUnknown)}; expected their bytes: name a file with --entries`],
    },
  ];
}

/** The replica goes back from its end to the point. One that is already there is opened by a call without entries. */
function unwindSteps(request: RewindRequest, point: JournalHead): ActStep[] {
  const { ends, replica } = request;
  const { place, source } = placeOf(ends);
  const { edgeId } = ends.edge.journal;
  const step = (from: bigint, to: bigint): ActStep => {
    const headBefore: Bytes32 = headAt(ends.replica.packed, edgeId, from) ?? point.head;
    return actStep(place, 'unwind', [...source, headBefore, entriesBetween(ends, from, to)], {
      title: from === to ? 'the replica opens under its next name' : `entries ${from + 1n} to ${to} are unwound`,
      target: replica,
      at: replica.contract,
      afterAll: true,
      isDone: async () => {
        const { isBegun, isOpened, count } = await progressOf(request, point);
        return isOpened || (isBegun && from !== point.count && count <= from);
      },
    });
  };
  const end = ends.replica.position.count;
  if (end <= point.count) return [step(point.count, point.count)];
  const steps: ActStep[] = [];
  for (let to = end; to > point.count; to -= STEP_ENTRIES) {
    steps.push(step(to - STEP_ENTRIES > point.count ? to - STEP_ENTRIES : point.count, to));
  }
  return steps;
}

function checkAfter(request: RewindRequest, point: JournalHead): CheckStep {
  return {
    kind: 'check',
    title: 'statements carry the next name',
    target: request.replica,
    problems: async () =>
      differing('the replica has come to the point', (await progressOf(request, point)).isOpened, true),
  };
}

function entriesBetween({ replica }: EdgeContracts, from: bigint, to: bigint): Hex {
  if (from === to) return '0x';
  if (replica.packed !== undefined && replica.packed.length >= Number(to) * ENTRY_BYTES)
    return bytesToHex(replica.packed.subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES));
  throw operatorError(
    'MIGRATION_REFUSED',
    `${describeUnknown(replica.unknown) || `nobody shows the ${replica.position.count} entries of the replica`}; expected their bytes: name a file with --entries, as runbook 15 says`,
  );
}

function describeUnknown(unknown: readonly UnknownEntries[]): string {
  return unknown
    .map(
      ({ from, to, head, transaction }) =>
        `entries ${from + 1n} to ${to} of the replica, up to head ${head}, are not in the calldata of ${transaction}`,
    )
    .join('; ');
}
