import { attesterSetAbi, collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { type PublicClient, parseEventLogs } from 'viem';
import type { ActTarget } from '../acts/find-target.js';
import { membersHash } from '../acts/rotation-signatures.js';
import { operatorError } from '../errors.js';
import type { ActStep, CheckStep, Migration, MigrationStep } from './migration.js';
import { actStep, differing } from './migration-steps.js';
import { type VerifierFacts, findUnfitMembers, readVerifier } from '../attesters/read-verifier.js';
import type { ServedSource } from './served-sources.js';
import type { Reach } from '../chains/open-config.js';
import { formatTime } from '../terminal/format.js';

/** Times of a recovery in seconds. @source AttesterSet.sol */
const RECOVERY_S = { delay: 14 * 86_400, interval: 60 * 86_400, agreement: 7 * 86_400 } as const;
/** A note lasts 72 h. Each daily run renews it, and may come a day late. @source VaultBase.QUARANTINE_S */
const NOTE_LEFT_S = 60n * 3_600n;
/** State of a source that the ledger froze for a recovery. @source LedgerStorage.SourceState */
const IN_RECOVERY = 5;
/** State of an end that is over: a vault takes a note of a recovery then, and does nothing. */
const CLOSED = 6;
/** States that take no entries, HALTED, RECOVERY and CLOSED. The ledger notes no recovery over a halt, or over an end. */
const FROZEN: readonly number[] = [4, IN_RECOVERY, CLOSED];

/** A set without old signatures for one verifier. */
export interface RecoveryRequest {
  readonly config: Reach;
  readonly verifier: VerifierFacts;
  readonly members: readonly Address[];
  /** Sources of the verifier: a vault and its successor may be in use beside each other. */
  readonly served: readonly ServedSource[];
  readonly floors: () => Promise<readonly string[]>;
}

/**
 * Plans a recovery: governor and guardian agree to one list, the verifier freezes its edges, and 14 days later anyone
 * may install the list.
 * @throws MIGRATION_REFUSED if another list is already proposed.
 */
export function planRecovery(request: RecoveryRequest): Migration {
  const { verifier, members, floors } = request;
  const { target, recovery } = verifier;
  const hash = membersHash(members);
  if (verifier.inRecovery && BigInt(recovery.membersHash) !== 0n && recovery.membersHash !== hash) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `a set with hash ${recovery.membersHash} is proposed at ${target.contract} on ${target.chain.name}; expected ${hash}: withdraw it, or name its members`,
    );
  }
  return {
    title: `the verifier ${target.contract} of ${target.chain.name} to ${members.length} members without old signatures`,
    steps: [
      checkMembers(request),
      agreementStep(request, 'governor'),
      agreementStep(request, 'guardian'),
      ...freezeSteps(request),
      {
        kind: 'wait',
        title: 'the proposal is 14 days old; it lapses 7 days later',
        target,
        until: async () => {
          const now = await readVerifier(target);
          return isInstalled(now, members) ? 0n : BigInt(now.recovery.proposedAt + RECOVERY_S.delay);
        },
      },
      actStep('attesters', 'recover', [members], {
        title: 'the set is installed; every older epoch ends',
        target,
        at: target.contract,
        isDone: async () => isInstalled(await readVerifier(target), members),
      }),
      ...keepFrozenSteps(request),
      {
        kind: 'wait',
        title: 'the new epoch is active, 30 h later',
        target,
        until: async () => BigInt((await readVerifier(target)).activeFrom),
      },
      ...resumeSteps(request),
      checkAfter(request),
      { kind: 'check', title: 'the floors of surety powers hold', target, problems: floors },
    ],
    afterwards: async () => [
      `attesters for chains.config.json: ${JSON.stringify({ epoch: (await readVerifier(target)).newest, members })}`,
      'bring the new set’s first statement to each vault at once; halts stay until the guardian clears them: surety attesters clear-halt',
    ],
  };
}

/** The set is the newest epoch, installed and not rotated in: its proposal is over. */
function isInstalled({ members, recovery }: VerifierFacts, wanted: readonly Address[]): boolean {
  return members.join() === wanted.join() && recovery.proposedAt !== 0 && BigInt(recovery.membersHash) === 0n;
}

function checkMembers({ verifier: { target }, members }: RecoveryRequest): CheckStep {
  return {
    kind: 'check',
    title: 'the members are fit, and no proposal of the last 60 days stands in the way',
    target,
    isPast: async () => {
      const now = await readVerifier(target);
      return isInstalled(now, members) || now.recovery.membersHash === membersHash(members);
    },
    problems: async () => {
      const { recovery } = await readVerifier(target);
      const { timestamp } = await target.reader.getBlock();
      const next = recovery.proposedAt + RECOVERY_S.interval;
      const isSoon = recovery.proposedAt !== 0 && timestamp < BigInt(next);
      return [
        ...(await findUnfitMembers(target, members)),
        ...(isSoon
          ? [
              `the last proposal was made ${formatTime(recovery.proposedAt)}; expected 60 days between two: wait until ${formatTime(next)}`,
            ]
          : []),
      ];
    },
  };
}

function agreementStep({ verifier: { target }, members }: RecoveryRequest, as: 'governor' | 'guardian'): ActStep {
  return actStep('attesters', 'proposeRecovery', [members], {
    title: `the ${as} agrees to the set; each agreement waits 7 days for the other`,
    target,
    at: target.contract,
    as,
    // An agreement to the same list replaces the one before. A theft of keys waits for no older logs.
    isRepeatable: true,
    isDone: async () => {
      const now = await readVerifier(target);
      if (isInstalled(now, members) || (now.inRecovery && now.recovery.membersHash === membersHash(members)))
        return true;
      const by = await target.reader.readContract({ address: target.contract, abi: attesterSetAbi, functionName: as });
      return hasAgreed(target, address(by.toLowerCase()), members);
    },
  });
}

/** Returns true if an event of the last 7 days shows the agreement; no view of the verifier does. */
async function hasAgreed(
  { reader, contract, chain }: ActTarget,
  by: Address,
  members: readonly Address[],
): Promise<boolean> {
  const newest = await reader.getBlock();
  const since = newest.timestamp - BigInt(RECOVERY_S.agreement);
  const range = BigInt(chain.limits.logRangeMax);
  const hash = membersHash(members);
  for (let to = newest.number; ; to -= range) {
    const from = to < range ? 0n : to - range + 1n;
    const raw = await reader.getLogs({ address: contract, fromBlock: from, toBlock: to });
    const logs = parseEventLogs({ abi: attesterSetAbi, logs: raw, eventName: ['RecoveryAgreed', 'RecoveryProposed'] });
    for (const { eventName, args, blockNumber } of logs.toReversed()) {
      // A proposal uses up earlier agreements.
      if (eventName === 'RecoveryProposed') return false;
      if (args.by.toLowerCase() !== by) continue;
      return args.members === hash && (await reader.getBlock({ blockNumber })).timestamp >= since;
    }
    if (from === 0n || (await reader.getBlock({ blockNumber: from })).timestamp < since) return false;
  }
}

/** A note at the ledger freezes a source; a note at a vault holds what it replayed. */
function isLedgers({ config, verifier }: RecoveryRequest): boolean {
  return verifier.target.chain.chainId === config.network.settlement?.chainId;
}

function freezeSteps(request: RecoveryRequest): MigrationStep[] {
  const { config, verifier, members, served } = request;
  const { target } = verifier;
  const ledger = address(config.network.settlement?.ledger ?? '');
  if (!isLedgers(request)) {
    const title = 'pays nothing unconfirmed; renewed by a run each day until the freeze ends';
    return served.map((one) => noteStep(request, one, { title, isDone: () => isNoted(request, one) }));
  }
  const isOver = async (): Promise<boolean> => isInstalled(await readVerifier(target), members);
  return served.map(({ chain, source }) =>
    actStep('ledger', 'noteHalt', [source], {
      title: `the ledger freezes source ${source} (${chain})`,
      target,
      at: ledger,
      isDone: async () => (await isOver()) || FROZEN.includes(await readState(target.reader, ledger, source)),
    }),
  );
}

function noteStep(
  { verifier: { target } }: RecoveryRequest,
  { source, vault }: ServedSource,
  { title, isDone }: Pick<ActStep, 'title' | 'isDone'>,
): ActStep {
  return actStep('vault', 'noteRecovery', [], {
    title: `the vault ${vault} (source ${source}) ${title}`,
    target,
    at: vault,
    isDone,
    next: () => whenToRenew(target, vault),
  });
}

/** The end of the vault's quarantine and of the freeze, and the time now, in seconds. */
async function readNote({ reader, contract }: ActTarget, at: Address) {
  const vault = { address: at, abi: collateralVaultAbi } as const;
  const [replica, until, recovery, { timestamp }] = await Promise.all([
    reader.readContract({ ...vault, functionName: 'replicaState' }),
    reader.readContract({ ...vault, functionName: 'quarantinedUntil' }),
    reader.readContract({ address: contract, abi: attesterSetAbi, functionName: 'recovery' }),
    reader.getBlock(),
  ]);
  return { isClosed: replica[5] === CLOSED, until: BigInt(until), frozenUntil: BigInt(recovery[2]), now: timestamp };
}

/** Returns true if the vault's quarantine lasts to the end of the freeze, or long enough for the next daily run. */
async function isNoted({ verifier: { target }, members }: RecoveryRequest, { vault }: ServedSource): Promise<boolean> {
  const { isClosed, until, frozenUntil, now } = await readNote(target, vault);
  if (isClosed) return true;
  if (now >= frozenUntil) return isInstalled(await readVerifier(target), members);
  return until >= frozenUntil || until >= now + NOTE_LEFT_S;
}

async function whenToRenew(target: ActTarget, vault: Address): Promise<string> {
  const { isClosed, until, frozenUntil, now } = await readNote(target, vault);
  if (isClosed || now >= frozenUntil) return '';
  const ends = `it lasts until ${formatTime(until)}, the freeze until ${formatTime(frozenUntil)}`;
  return until >= frozenUntil ? ends : `${ends}: run again within 24 h`;
}

/** The installation moves the end of the freeze: a note that lasted to the old end may be too short. */
function keepFrozenSteps(request: RecoveryRequest): MigrationStep[] {
  const { verifier, members, served } = request;
  if (isLedgers(request)) return [];
  const title = 'pays nothing unconfirmed until the new epoch is active';
  return served.map((one) =>
    noteStep(request, one, {
      title,
      isDone: async () => isInstalled(await readVerifier(verifier.target), members) && (await isNoted(request, one)),
    }),
  );
}

function resumeSteps(request: RecoveryRequest): MigrationStep[] {
  const { config, verifier, members, served } = request;
  const { target } = verifier;
  const ledger = address(config.network.settlement?.ledger ?? '');
  if (!isLedgers(request)) return [];
  return served.map(({ chain, source }) =>
    actStep('ledger', 'noteHalt', [source], {
      title: `the ledger resumes source ${source} (${chain})`,
      target,
      at: ledger,
      isDone: async () =>
        isInstalled(await readVerifier(target), members) &&
        (await readState(target.reader, ledger, source)) !== IN_RECOVERY,
    }),
  );
}

async function readState(reader: PublicClient, ledger: Address, source: number): Promise<number> {
  const contract = { address: ledger, abi: collateralLedgerAbi } as const;
  const [state] = await reader.readContract({ ...contract, functionName: 'stateOf', args: [source] });
  return state;
}

function checkAfter({ verifier, members }: RecoveryRequest): CheckStep {
  return {
    kind: 'check',
    title: 'the verifier takes statements of the new set',
    target: verifier.target,
    problems: async () => {
      const now = await readVerifier(verifier.target);
      return [
        ...differing('its members', now.members, members),
        ...differing('the active epoch', now.active, now.newest),
        ...differing('stopped', now.isStopped, false),
        ...differing('in recovery', now.inRecovery, false),
      ];
    },
  };
}
