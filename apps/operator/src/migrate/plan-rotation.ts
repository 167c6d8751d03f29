import { attesterSetAbi, recoverCanonical } from '@surety/contracts';
import { type Address, type Hex, bytes32, bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import { hashTypedData } from 'viem';
import { type RotationFile, rotationTypedData } from '../acts/rotation-signatures.js';
import { operatorError } from '../errors.js';
import type { ActStep, CheckStep, Migration, WaitStep } from './migration.js';
import { actStep, differing } from './migration-steps.js';
import { ROTATION_NOTICE_S, type NextSet, type PendingRotations, readPendingRotations } from './pending-rotations.js';
import { type VerifierFacts, findUnfitMembers, readVerifier } from '../attesters/read-verifier.js';
import { formatTime } from '../terminal/format.js';

/** Seconds in which an operation may be executed. @source SuretyTimelock.GRACE */
const GRACE_S = 14n * 86_400n;

/** The next set of every verifier, with what members of the present ones signed. */
export interface RotationRequest {
  readonly verifiers: readonly VerifierFacts[];
  readonly files: readonly RotationFile[];
  /** Lists the floors that the deployment breaks. */
  readonly floors: () => Promise<readonly string[]>;
}

/**
 * Plans a rotation of every verifier by its present set: k of its members have signed members and beginning, and its
 * governor submits them.
 * @throws MIGRATION_REFUSED if the files name different sets, or leave a verifier out.
 */
export function planRotation({ verifiers, files, floors }: RotationRequest): Migration {
  const next = agreeOn(files);
  const last = verifiers.at(-1) as VerifierFacts;
  return {
    title: `every verifier to ${next.members.length} members from ${formatTime(next.activeFrom)} on`,
    steps: [
      ...verifiers.map((verifier) => checkBefore(verifier, next, files)),
      ...verifiers.map((verifier) => rotateStep(verifier, next, files)),
      ...verifiers.map((verifier) => checkWritten(verifier, next)),
      waitStep(last, next),
      checkFloorsHold(last, floors),
    ],
    afterwards: async () => [
      `attesters for chains.config.json: ${JSON.stringify({ epoch: (await readVerifier(last.target)).newest, members: next.members })}`,
      'who leaves keeps its watcher running for 24 h more, then destroys its key',
    ],
  };
}

function agreeOn(files: readonly RotationFile[]): NextSet {
  const sets = files.flatMap(({ rotations }) => rotations);
  const [first] = sets;
  if (first === undefined)
    throw operatorError('MIGRATION_REFUSED', 'the files hold no rotation; expected k of surety attesters sign');
  const nameOf = ({ members, activeFrom }: NextSet): string => `${members.join(',')} from ${formatTime(activeFrom)}`;
  const other = sets.find((one) => nameOf(one) !== nameOf(first));
  if (other === undefined) return first;
  throw operatorError(
    'MIGRATION_REFUSED',
    `the files name ${nameOf(first)} and ${nameOf(other)}; expected one set in all of them`,
  );
}

async function isWritten(verifier: VerifierFacts, next: NextSet, files: readonly RotationFile[]): Promise<boolean> {
  const now = await readVerifier(verifier.target);
  return isSameMembers(now, next) && (BigInt(now.activeFrom) === next.activeFrom || isKept(now, files));
}

function isSameMembers({ members }: VerifierFacts, next: NextSet): boolean {
  return members.join() === next.members.join();
}

/**
 * Returns true if nothing is to be written at a verifier with these members: an earlier rotation reached it and not the others. Where k
 * members signed its next epoch, or somebody is suspended in this one, the rotation is meant for it, too.
 */
function isKept(now: VerifierFacts, files: readonly RotationFile[]): boolean {
  const signed = signaturesFor(now, files).filter(({ epoch }) => epoch === now.newest + 1);
  return signed.length < now.k && now.suspended.length === 0;
}

function checkBefore(verifier: VerifierFacts, next: NextSet, files: readonly RotationFile[]): CheckStep {
  const { target } = verifier;
  return {
    kind: 'check',
    title: 'k unsuspended members signed a set that the verifier can take in time',
    target,
    isPast: () => isWritten(verifier, next, files),
    problems: async () => {
      const now = await readVerifier(target);
      const signed = signaturesFor(now, files);
      const strangers = signed.filter(({ signer }) => !now.members.includes(signer) || now.suspended.includes(signer));
      const stale = signed.filter(({ epoch }) => epoch !== now.newest + 1);
      const pending = await readPendingRotations(target, next);
      return [
        ...(signed.length < now.k ? [`${signed.length} signatures; expected ${now.k} of epoch ${now.newest}`] : []),
        ...strangers.map(
          ({ signer }) =>
            `${signer} signed; expected unsuspended members of epoch ${now.newest} alone: leave its file out`,
        ),
        ...findTwice(signed),
        ...(await findMissigned(now, next, signed)),
        ...stale.map(({ signer, epoch }) => `${signer} signed epoch ${epoch}; expected ${now.newest + 1}: sign anew`),
        ...differing('stopped', now.isStopped, false),
        ...differing('in recovery', now.inRecovery, false),
        ...differing('the newest epoch', now.newest, now.active),
        ...(await findUnfitMembers(target, next.members)),
        ...describeOthers(now, pending),
        ...(await lateness(now, next, pending)),
      ];
    },
  };
}

/** The verifier takes signers in ascending order, so one that signed twice is refused with all others. */
function findTwice(signed: readonly Signed[]): string[] {
  const times = new Map<Address, number>();
  for (const { signer } of signed) times.set(signer, (times.get(signer) ?? 0) + 1);
  return [...times].flatMap(([signer, count]) =>
    count === 1 ? [] : [`${signer} signed ${count} times; expected one file of each member: leave the others out`],
  );
}

/**
 * Lists signatures that are not of the member that the file names. Each verifier has its own, and one that is bad for one
 * verifier only would let the others rotate alone.
 */
async function findMissigned(
  { target, newest }: VerifierFacts,
  { members, activeFrom }: NextSet,
  signed: readonly Signed[],
): Promise<string[]> {
  const epoch = newest + 1;
  const rotation = { chainId: target.chain.chainId, verifier: target.contract, epoch, members, activeFrom };
  const digest = bytes32(hashTypedData(rotationTypedData(rotation)));
  const found = await Promise.all(
    // Who signed another epoch is told so already.
    signed
      .filter((one) => one.epoch === epoch)
      .map(async ({ signer, signature }) => {
        const by = await recoverCanonical(digest, signature);
        return by === signer
          ? []
          : [
              `the signature of ${signer} is of ${by ?? 'nobody'}; expected its own of this verifier, epoch ${epoch}, these members and date: leave its file out, or have it signed anew`,
            ];
      }),
  );
  return found.flat();
}

/** Whoever executes another set first ends this one: a verifier keeps one successor at most. */
function describeOthers({ target }: VerifierFacts, { others }: PendingRotations): string[] {
  return others.map(
    ({ id, expiresAt }) =>
      `operation ${id} would write another set; expected none: surety timelock cancel ${id} --chain ${target.chain.name} as guardian, or wait until it is void ${formatTime(expiresAt)}`,
  );
}

/** An epoch that begins too early for the timelock's delay, or too late for its notice, would be refused at its execution. */
async function lateness(
  { target }: VerifierFacts,
  { activeFrom }: NextSet,
  { own, delayS }: PendingRotations,
): Promise<string[]> {
  const { timestamp } = await target.reader.getBlock();
  const ready = own?.readyAt ?? timestamp + delayS;
  const executed = ready < timestamp ? timestamp : ready;
  const earliest = executed + ROTATION_NOTICE_S.least;
  // The execution may wait until the operation is void.
  const latest = executed + GRACE_S + ROTATION_NOTICE_S.most;
  return activeFrom < earliest || activeFrom > latest
    ? [`it begins ${formatTime(activeFrom)}; expected ${formatTime(earliest)} to ${formatTime(latest)}: sign anew`]
    : [];
}

function rotateStep(verifier: VerifierFacts, next: NextSet, files: readonly RotationFile[]): ActStep {
  const signed = signaturesFor(verifier, files);
  const signatures: Hex = bytesToHex(concatBytes(...signed.map(({ signature }) => hexToBytes(signature, 65))));
  const step = actStep('attesters', 'rotate', [next.members, Number(next.activeFrom), signatures], {
    title: `epoch ${signed[0]?.epoch ?? verifier.newest + 1} is written, signed by ${signed.length} members`,
    target: verifier.target,
    at: verifier.target.contract,
    isDone: () => isWritten(verifier, next, files),
  });
  // The same set may wait with signatures of other members. Nobody looks for it once it is written: one provider's logs hold no other
  // verifier's rotation up.
  const callNow = async () =>
    (await step.isDone()) ? step.call : ((await readPendingRotations(verifier.target, next)).own?.call ?? step.call);
  return { ...step, callNow };
}

interface Signed {
  readonly signer: Address;
  readonly epoch: number;
  readonly signature: Hex;
}

/** Returns the files' signatures for one verifier, ascending by signer. */
function signaturesFor({ target }: VerifierFacts, files: readonly RotationFile[]): Signed[] {
  return files
    .flatMap(({ signer, rotations }) =>
      rotations
        .filter(({ chainId, verifier }) => chainId === target.chain.chainId && verifier === target.contract)
        .map(({ epoch, signature }) => ({ signer, epoch, signature })),
    )
    .toSorted((left, right) => (left.signer < right.signer ? -1 : 1));
}

function checkWritten(verifier: VerifierFacts, next: NextSet): CheckStep {
  return {
    kind: 'check',
    title: 'the verifier keeps the new set, and the old one for 24 h more',
    target: verifier.target,
    problems: async () => {
      const now = await readVerifier(verifier.target);
      const { members, activeFrom, suspended, newest, target } = now;
      // An earlier rotation, or a recovery, gave it these members at a date of its own.
      if (isSameMembers(now, next) && BigInt(activeFrom) !== next.activeFrom && suspended.length === 0) return [];
      const set = { address: target.contract, abi: attesterSetAbi } as const;
      const ends = await target.reader.readContract({ ...set, functionName: 'expires', args: [newest - 1] });
      return [
        ...differing('its members', members, next.members),
        ...differing('its beginning', activeFrom, next.activeFrom),
        ...differing('suspended members', suspended.join() || 'none', 'none'),
        ...differing('the end of the epoch before', ends, next.activeFrom + 86_400n),
      ];
    },
  };
}

function waitStep({ target }: VerifierFacts, { activeFrom }: NextSet): WaitStep {
  return { kind: 'wait', title: 'the new epoch is active', target, until: async () => activeFrom };
}

function checkFloorsHold({ target }: VerifierFacts, floors: RotationRequest['floors']): CheckStep {
  return { kind: 'check', title: 'the floors of surety powers hold', target, problems: floors };
}
