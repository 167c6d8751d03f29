import { collateralLedgerAbi, collateralVaultAbi, journalMarkSlot } from '@surety/contracts';
import { type Bytes32, type Hex, ZERO_WORD, bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import type { ActTarget } from '../acts/find-target.js';
import type { GenerationFile } from '../acts/generation-signatures.js';
import { operatorError } from '../errors.js';
import type { ActStep, CheckStep, Migration, MigrationStep } from './migration.js';
import { actStep, differing } from './migration-steps.js';
import { type EdgeEnd, type EdgeEnds, entriesBetween, headAt } from './read-edge-ends.js';
import type { VerifierFacts } from './read-verifier.js';

/** Entries that one step undoes or appends again. @source ILedgerGenerations.continueEdge */
const STEP_ENTRIES = 64n;

/** One edge with the point that members signed. */
export interface GenerationRequest {
  readonly ends: EdgeEnds;
  readonly files: readonly GenerationFile[];
  /** The contract that reads the edge, and the one that writes it. */
  readonly replica: ActTarget;
  readonly journal: ActTarget;
  /** The verifier on each of their chains. */
  readonly verifiers: readonly VerifierFacts[];
}

/** What an end shows of its way to the next generation. */
interface Crossing {
  readonly next: Hex;
  readonly point: bigint;
  readonly count: bigint;
  readonly done: boolean;
}

interface Point {
  readonly edge: Bytes32;
  readonly count: bigint;
  readonly head: Bytes32;
}

/**
 * Plans the way of one edge to its next generation: its replica is closed at the point, its journal opened after it, and both are
 * gone through in steps. Each end is looked at anew in each run.
 * @throws MIGRATION_REFUSED if the files name different points, or entries past the point are known to nobody.
 */
export function planGeneration(request: GenerationRequest): Migration {
  const { ends, replica } = request;
  const point = agreeOn(request.files, ends);
  const { edge } = ends;
  return {
    title: `edge ${point.edge} (${edge.origin.name} → ${edge.destination.name}) to generation ${edge.journal.edge.generation + 1} after entry ${point.count}`,
    steps: [
      checkBefore(request, point),
      ...markSteps(request, point),
      closeStep(request, point),
      openStep(request, point),
      ...undoSteps(request, point),
      ...appendSteps(request, point),
      checkAfter(request, point),
    ],
    afterwards: async () => {
      const { next } = await crossingAt(replica, point.edge);
      const { name, vault } = edge.direction === 'to-ledger' ? edge.origin : edge.destination;
      const { toLedger = [], toVault = [] } = vault?.closedHeads ?? {};
      const closedHeads = {
        toLedger: edge.direction === 'to-ledger' ? [...toLedger, point.head] : toLedger,
        toVault: edge.direction === 'to-vault' ? [...toVault, point.head] : toVault,
      };
      const generation = Math.max(closedHeads.toLedger.length, closedHeads.toVault.length);
      return [
        `the edge is ${next} now`,
        `for the vault of ${name} in chains.config.json: ${JSON.stringify({ generation, closedHeads })}`,
        'then restart watchers, aggregators and relayers, and report each asset at the vault: surety vault report',
      ];
    },
  };
}

function agreeOn(files: readonly GenerationFile[], { edge }: EdgeEnds): Point {
  const signed = files.flatMap(({ generations }) => generations);
  const [first] = signed;
  if (first === undefined)
    throw operatorError('MIGRATION_REFUSED', 'the files hold no point; expected k of surety attesters sign-generation');
  const nameOf = (one: Point): string => `${one.edge} at ${one.count} (${one.head})`;
  const other = signed.find((one) => nameOf(one) !== nameOf(first));
  if (other !== undefined) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `the files name ${nameOf(first)} and ${nameOf(other)}; expected one point in all of them`,
    );
  }
  const { edgeId } = edge.journal;
  if (first.edge === edgeId) return first;
  throw operatorError(
    'MIGRATION_REFUSED',
    `the files are about edge ${first.edge}; expected ${edgeId}: another direction, or sign anew`,
  );
}

/** Both contracts give it alike, of any edge that they are an end of. */
async function crossingAt({ contract, reader }: ActTarget, edge: Bytes32): Promise<Crossing> {
  const [next, point, count, , done] = await reader.readContract({
    address: contract,
    abi: collateralVaultAbi,
    functionName: 'crossingOf',
    args: [edge],
  });
  return { next, point, count, done };
}

async function isNamed(target: ActTarget, { edge }: Point): Promise<boolean> {
  return (await crossingAt(target, edge)).next !== ZERO_WORD;
}

function checkBefore(request: GenerationRequest, point: Point): CheckStep {
  const { ends, replica, journal, verifiers } = request;
  return {
    kind: 'check',
    title: 'k members of both verifiers signed a point that both ends hold',
    target: replica,
    isPast: async () => (await isNamed(replica, point)) && (await isNamed(journal, point)),
    problems: async () => [
      ...differing(`the journal's head at ${point.count}`, headAt(ends.journal, point.edge, point.count), point.head),
      ...differing(`the replica's head at ${point.count}`, headAt(ends.replica, point.edge, point.count), point.head),
      ...verifiers.flatMap((verifier) => unfit(verifier, request.files)),
    ],
  };
}

function unfit({ target, active, members, suspended, k }: VerifierFacts, files: readonly GenerationFile[]): string[] {
  const signed = signaturesFor(target, files);
  const where = `at ${target.contract} on ${target.chain.name}`;
  const strangers = signed.filter(({ signer }) => !members.includes(signer) || suspended.includes(signer));
  const stale = signed.filter(({ epoch }) => epoch !== active);
  return [
    ...(signed.length < k ? [`${signed.length} signatures ${where}; expected ${k}`] : []),
    ...strangers.map(({ signer }) => `${signer} is no unsuspended member ${where}: leave its file out`),
    ...stale.map(
      ({ signer, epoch }) => `${signer} signed under epoch ${epoch} ${where}; expected ${active}: sign anew`,
    ),
  ];
}

function signaturesFor({ chain, contract }: ActTarget, files: readonly GenerationFile[]) {
  return files
    .flatMap(({ signer, generations }) =>
      generations
        .filter(({ chainId, verifier }) => chainId === chain.chainId && verifier === contract)
        .map(({ epoch, signature }) => ({ signer, epoch, signature })),
    )
    .toSorted((left, right) => (left.signer < right.signer ? -1 : 1));
}

/** What `closeEdge` and `openGeneration` begin with; a ledger has many edges and asks for the source first. */
function signedArguments({ files, verifiers }: GenerationRequest, target: ActTarget, point: Point): readonly unknown[] {
  const verifier = verifiers.find((one) => one.target.chain.chainId === target.chain.chainId);
  const signed = verifier === undefined ? [] : signaturesFor(verifier.target, files);
  const signatures = bytesToHex(concatBytes(...signed.map(({ signature }) => hexToBytes(signature, 65))));
  return [point.count, point.head, signed[0]?.epoch ?? 0, signatures];
}

/** Which contract a target is, and what its calls begin with. */
function sideOf({ ends }: GenerationRequest, side: 'replica' | 'journal') {
  const isLedger = (ends.edge.direction === 'to-ledger') === (side === 'replica');
  return { place: isLedger ? ('ledger' as const) : ('vault' as const), source: isLedger ? [ends.edge.source] : [] };
}

/** Both ends hold the point, however they grow while the acts wait. */
function markSteps(request: GenerationRequest, point: Point): ActStep[] {
  const { ends, replica, journal } = request;
  const { count, head, edge } = point;
  const steps: ActStep[] = [];
  const stands = ends.replica.position.count;
  if (count !== 0n && count < stands) {
    const { place, source } = sideOf(request, 'replica');
    const entries = entriesBetween(requireEntries(ends.replica, 'replica'), count, stands);
    steps.push(
      actStep(place, 'mark', [...source, count, head, entries], {
        title: `the replica holds the head at ${count}`,
        target: replica,
        at: replica.contract,
        isDone: async () => (await isNamed(replica, point)) || (await isMarked(request, point)),
      }),
    );
  }
  return [...steps, markJournal(request, edge, count, () => isNamed(journal, point))];
}

async function isMarked(request: GenerationRequest, { count, head }: Point): Promise<boolean> {
  const { contract: address, reader } = request.replica;
  const { place, source } = sideOf(request, 'replica');
  const marked =
    place === 'ledger'
      ? await reader.readContract({
          address,
          abi: collateralLedgerAbi,
          functionName: 'markOf',
          args: [source[0] ?? 0, count],
        })
      : await reader.readContract({ address, abi: collateralVaultAbi, functionName: 'markOf', args: [count] });
  return marked === head;
}

function markJournal(request: GenerationRequest, edge: Bytes32, at: bigint, isPast: () => Promise<boolean>): ActStep {
  const { ends, journal } = request;
  const { place, source } = sideOf(request, 'journal');
  const head = headAt(ends.journal, edge, at) ?? ZERO_WORD;
  const entries = entriesBetween(ends.journal, at, ends.journal.position.count);
  return actStep(place, 'markJournal', [...source, at, head, entries], {
    title: `the journal holds the head at ${at}`,
    target: journal,
    at: journal.contract,
    isDone: async () => {
      const slot = journalMarkSlot(edge, at);
      const stored = await journal.reader.getStorageAt({ address: journal.contract, slot });
      return stored === head || (await isPast());
    },
  });
}

function closeStep(request: GenerationRequest, point: Point): ActStep {
  const { replica } = request;
  const { place, source } = sideOf(request, 'replica');
  return actStep(place, 'closeEdge', [...source, ...signedArguments(request, replica, point)], {
    title: `the replica is closed at ${point.count}`,
    target: replica,
    at: replica.contract,
    isDone: () => isNamed(replica, point),
  });
}

function openStep(request: GenerationRequest, point: Point): ActStep {
  const { journal } = request;
  const { place, source } = sideOf(request, 'journal');
  // Without entries: what waits in a timelock stays right though the journal grows.
  return actStep(place, 'openGeneration', [...source, ...signedArguments(request, journal, point), '0x'], {
    title: `the journal goes on as the next generation after ${point.count}`,
    target: journal,
    at: journal.contract,
    isDone: () => isNamed(journal, point),
  });
}

/** The replica goes back from its end to the point; a last call without entries finishes assets that are left. */
function undoSteps(request: GenerationRequest, point: Point): ActStep[] {
  const { ends, replica } = request;
  const { place, source } = sideOf(request, 'replica');
  const steps: ActStep[] = [];
  const undo = (from: bigint, to: bigint, isDone: (crossing: Crossing) => boolean): ActStep => {
    const entries = from === to ? '0x' : entriesBetween(requireEntries(ends.replica, 'replica'), from, to);
    return actStep(place, 'continueEdge', [...source, headAt(ends.replica, point.edge, from) ?? point.head, entries], {
      title: from === to ? 'the next generation of the replica opens' : `entries ${from + 1n} to ${to} are undone`,
      target: replica,
      at: replica.contract,
      afterAll: true,
      isDone: async () => {
        const crossing = await crossingAt(replica, point.edge);
        return crossing.next !== ZERO_WORD && (crossing.done || isDone(crossing));
      },
    });
  };
  for (let to = ends.replica.position.count; to > point.count;) {
    const from = to - STEP_ENTRIES > point.count ? to - STEP_ENTRIES : point.count;
    steps.push(undo(from, to, ({ count }) => count <= from));
    to = from;
  }
  return [...steps, undo(point.count, point.count, ({ done }) => done)];
}

/** The journal's entries past the point are appended again, up to its end. */
function appendSteps(request: GenerationRequest, point: Point): ActStep[] {
  const { ends, journal } = request;
  const { place, source } = sideOf(request, 'journal');
  const end = ends.journal.position.count;
  const steps: ActStep[] = [];
  const hasCome = (to: bigint) => async (): Promise<boolean> => {
    const { next, count, done } = await crossingAt(journal, point.edge);
    return next !== ZERO_WORD && (done || count >= to);
  };
  for (let from = point.count; from < end;) {
    const to = from + STEP_ENTRIES < end ? from + STEP_ENTRIES : end;
    if (to < end) steps.push(markJournal(request, point.edge, to, hasCome(to)));
    steps.push(
      actStep(place, 'continueGeneration', [...source, entriesBetween(ends.journal, from, to)], {
        title: `entries ${from + 1n} to ${to} are appended again`,
        target: journal,
        at: journal.contract,
        afterAll: true,
        isDone: hasCome(to),
      }),
    );
    from = to;
  }
  return steps;
}

function checkAfter({ replica, journal }: GenerationRequest, { edge }: Point): MigrationStep {
  return {
    kind: 'check',
    title: 'both ends name the same next edge, and both are there',
    target: replica,
    problems: async () => {
      const [read, written] = await Promise.all([crossingAt(replica, edge), crossingAt(journal, edge)]);
      return [
        ...differing("the replica's next edge", read.next, written.next),
        ...differing('the replica has come to its end', read.done, true),
        ...differing('the journal has come to its end', written.done, true),
      ];
    },
  };
}

function requireEntries(end: EdgeEnd, name: string): EdgeEnd {
  if (end.packed !== undefined) return end;
  throw operatorError(
    'MIGRATION_REFUSED',
    `the ${name} holds ${end.position.count} entries that no batch handed in directly shows; expected their bytes: undo them by hand, as runbook 15 says`,
  );
}
