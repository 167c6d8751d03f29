import { CREATE2_FACTORY, type TimelockOperation, readOperations } from '@surety/contracts';
import { type Address, type Bytes32, ZERO_WORD, bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import { actByHand } from '../chains/act-by-hand.js';
import { isSlowAct } from '../acts/act-spec.js';
import { type Errand, executeOperation, simulateForSigners, scheduleAct, sendDirectly } from '../acts/carry-out.js';
import { type Route, callerOf, findRoute, wrapCall } from '../acts/find-route.js';
import { simulateCall } from '../chains/simulate-call.js';
import { executeCall, findFollowers, findPending, planSchedule } from '../acts/timelock-operations.js';
import { operatorError } from '../errors.js';
import { openKey } from '../chains/open-sender.js';
import type {
  ActStep,
  CheckStep,
  CreateStep,
  DirectStep,
  Migration,
  MigrationStep,
  StepReport,
  WaitStep,
} from './migration.js';
import { formatTime } from '../terminal/format.js';

/** A contract of full size takes 6 million, one that builds a second one twice as much. */
const CREATE_GAS_CEILING = 16_000_000n;

export interface MigrationRun extends Omit<Errand, 'target'> {
  /** Signs what it may; missing for a dry run. */
  readonly account: ReturnType<typeof openKey> | undefined;
  /** Called with each step's state. */
  readonly tell: (report: StepReport) => void;
}

/** Facts that a run collects from step to step. */
interface Progress {
  /** Steps before are not all done: nothing is executed. */
  isHeld: boolean;
  /** A step before is neither done nor scheduled: nothing is scheduled. */
  isOpen: boolean;
  /** Last pending operation by chain: the next one goes after it. Timelocks of two chains may share an address. */
  readonly last: Map<number, Bytes32>;
  /** Operations of this run, which the provider of the logs may not show yet. */
  readonly scheduled: Set<Bytes32>;
}

type Outcome = Pick<StepReport, 'state' | 'who' | 'note' | 'call'>;

/**
 * Goes through a migration's steps in order, once: skips what is done, sends what the key may send, schedules what waits in
 * a timelock behind what it follows, and leaves the rest to its role.
 * @throws MIGRATION_REFUSED where a check fails; ACT_REFUSED with the contract's own reason; DECLINED.
 */
export async function runMigration(migration: Migration, run: MigrationRun): Promise<readonly StepReport[]> {
  const progress: Progress = { isHeld: false, isOpen: false, last: new Map(), scheduled: new Set() };
  const reports: StepReport[] = [];
  for (const [at, step] of migration.steps.entries()) {
    const outcome = await takeStep(step, run, progress);
    const report = { number: at + 1, chain: step.target.chain.name, title: step.title, kind: step.kind, ...outcome };
    reports.push(report);
    run.tell(report);
    if (report.state === 'refused') {
      throw operatorError(
        'MIGRATION_REFUSED',
        `step ${report.number}, ${step.title} (${report.chain}): ${report.note}`,
      );
    }
    if (report.state === 'done' || report.state === 'sent') continue;
    progress.isHeld = true;
    progress.isOpen ||= report.state !== 'scheduled' && !(report.state === 'waiting' && step.kind === 'act');
  }
  return reports;
}

function takeStep(step: MigrationStep, run: MigrationRun, progress: Progress): Promise<Outcome> {
  switch (step.kind) {
    case 'create':
      return takeCreation(step, run, progress);
    case 'direct':
      return takeDirect(step, run, progress);
    case 'act':
      return takeAct(step, run, progress);
    case 'check':
      return takeCheck(step, progress);
    case 'wait':
      return takeWait(step, progress);
  }
}

async function takeCreation(step: CreateStep, run: MigrationRun, { isHeld }: Progress): Promise<Outcome> {
  const { terminal, options, account } = run;
  const { chain, reader } = step.target;
  const who = 'anyone who pays';
  const code = (await reader.getCode({ address: step.address })) ?? '0x';
  if (code !== '0x') return { state: 'done', who, note: step.address };
  const data = bytesToHex(concatBytes(hexToBytes(step.salt, 32), hexToBytes(step.initCode)));
  const call = { to: CREATE2_FACTORY, data };
  if (isHeld) return { state: 'later', who, note: step.address };
  if (account === undefined)
    return { state: 'open', who, note: `${step.address}, ${(step.initCode.length - 2) >> 1} bytes` };
  const question = `Create ${step.title} at ${step.address} on ${chain.name} (${chain.chainId})?`;
  const sent = await actByHand({ terminal, options, account }, step.target, {
    code: 'ACT_REFUSED',
    question,
    call: { purpose: 'create', to: call.to, calldata: call.data, gasCeiling: CREATE_GAS_CEILING },
  });
  return { state: 'sent', who, note: `${step.address} in ${sent.txHash ?? ''}` };
}

async function takeDirect(step: DirectStep, run: MigrationRun, { isHeld }: Progress): Promise<Outcome> {
  const { target, call, by } = step;
  const who = `${by} itself`;
  if (await step.isDone()) return { state: 'done', who, note: 'its effect is there' };
  if (isHeld) return { state: 'later', who, note: `calls ${call.to}` };
  if (run.account === undefined) return { state: 'open', who, note: 'nothing is in front of it', call };
  const key = run.account.address.toLowerCase();
  if (key !== by) return { state: 'left', who, note: `the key is ${key}`, call };
  const { txHash } = await sendDirectly({ ...run, target }, { kind: 'key', role: 'governor', signer: by }, call);
  return { state: 'sent', who, note: `in ${txHash ?? ''}` };
}

async function takeCheck(step: CheckStep, { isHeld }: Progress): Promise<Outcome> {
  const who = 'nobody: it is read';
  if (step.isPast !== undefined && (await step.isPast())) return { state: 'done', who, note: 'it is over' };
  if (isHeld) return { state: 'later', who, note: 'checked once the steps before it are done' };
  const problems = await step.problems();
  if (problems.length === 0) return { state: 'done', who, note: 'it holds' };
  return { state: 'refused', who, note: problems.join('; ') };
}

async function takeWait(step: WaitStep, { isHeld }: Progress): Promise<Outcome> {
  const who = 'nobody: it is time';
  if (isHeld) return { state: 'later', who, note: 'counted once the steps before it are done' };
  const until = await step.until();
  const { timestamp } = await step.target.reader.getBlock();
  return timestamp >= until
    ? { state: 'done', who, note: 'it is over' }
    : { state: 'waiting', who, note: `until ${formatTime(until)}` };
}

async function takeAct(given: ActStep, run: MigrationRun, progress: Progress): Promise<Outcome> {
  const { spec, target } = given;
  const call = given.callNow === undefined ? given.call : await given.callNow();
  if (call === undefined) return takeUnknownCall(given);
  const step = { ...given, call };
  // Nothing answers at a contract that is not created yet: who may act there is read once it is.
  if (((await target.reader.getCode({ address: call.to })) ?? '0x') === '0x') {
    return { state: 'later', who: 'its role, once the contract is there', note: `calls ${call.to}` };
  }
  const route = await findRoute(spec, { ...target, contract: call.to, nowS: 0n }, step.as);
  const who = describeRoute(route, step);
  if (await step.isDone()) return { state: 'done', who, note: await withNext('its effect is there', step) };
  if (route.kind === 'timelock') return { who, ...(await takeOperation(step, route, run, progress)) };
  const wrapped = wrapCall(route, call);
  if (progress.isHeld && step.beside !== true) return { state: 'later', who, note: `calls ${call.to}` };
  await requireTaken(step, route);
  if (run.account === undefined) return { state: 'open', who, note: 'simulated: it would be taken', call: wrapped };
  const key = run.account.address.toLowerCase();
  const isOurs = route.kind !== 'contract' && (route.signer === undefined || route.signer === key);
  if (!isOurs) return { state: 'left', who, note: `the key is ${key}`, call: wrapped };
  const { txHash } = await sendDirectly({ ...run, target }, route, call);
  return { state: 'sent', who, note: await withNext(`in ${txHash ?? ''}`, step) };
}

async function withNext(note: string, { next }: ActStep): Promise<string> {
  const more = next === undefined ? '' : await next();
  return more === '' ? note : `${note}; ${more}`;
}

async function takeUnknownCall(step: ActStep): Promise<Outcome> {
  const who = 'its role, once the steps before it are scheduled';
  return (await step.isDone())
    ? { state: 'done', who, note: 'its effect is there' }
    : { state: 'later', who, note: 'nothing to call yet' };
}

async function takeOperation(
  step: ActStep,
  route: Extract<Route, { kind: 'timelock' }>,
  run: MigrationRun,
  progress: Progress,
): Promise<Omit<Outcome, 'who'>> {
  const { target, call } = step;
  const errand = { ...run, target };
  const pending = await readOperations(target.reader, route.at, target.chain);
  const found = findPending(pending, call);
  if (found !== undefined) {
    progress.last.set(target.chain.chainId, found.id);
    if (found.state === 'waiting') return { state: 'waiting', note: `${found.id}, ready ${formatTime(found.readyAt)}` };
    if (progress.isHeld) return { state: 'waiting', note: `${found.id} is ready; a step before it is not done` };
    await requireExecutable(errand, route, { operation: found, pending });
    if (run.account === undefined)
      return { state: 'open', note: `${found.id} is ready, until ${formatTime(found.expiresAt)}` };
    const { txHash } = await executeOperation(errand, route.hand, found);
    return { state: 'sent', note: `executed in ${txHash ?? ''}` };
  }
  if (progress.isOpen || (progress.isHeld && step.afterAll === true))
    return { state: 'later', note: `calls ${call.to}` };
  const older = pending.filter(({ id }) => !progress.scheduled.has(id));
  if (step.isRepeatable !== true) requireTold(step, route.at, older);
  if (!progress.isHeld) await requireTaken(step, route);
  const predecessor = progress.last.get(target.chain.chainId) ?? ZERO_WORD;
  const planned = await planSchedule(target.reader, route.at, { call, predecessor });
  const isProposer =
    run.account !== undefined && route.hand.proposers.some((one) => one === run.account?.address.toLowerCase());
  if (!isProposer) {
    progress.last.set(target.chain.chainId, planned.id);
    const note = `to be scheduled as ${planned.id}, for ${Number(planned.delayS) / 3600} h`;
    return { state: run.account === undefined ? 'open' : 'left', note, call: planned.call };
  }
  await scheduleAct(errand, route, { call, predecessor, salt: planned.salt });
  progress.scheduled.add(planned.id);
  progress.last.set(target.chain.chainId, planned.id);
  const readyAt = (await target.reader.getBlock()).timestamp + planned.delayS;
  return { state: 'scheduled', note: `${planned.id}, ready ${formatTime(readyAt)}` };
}

/** Where the execution of a ready operation would be refused, it stands in the way until it is void: the refusal says what ends that. */
async function requireExecutable(
  errand: Errand,
  { hand }: Extract<Route, { kind: 'timelock' }>,
  { operation, pending }: { readonly operation: TimelockOperation; readonly pending: readonly TimelockOperation[] },
): Promise<void> {
  const anyone = hand.executors.some((one) => BigInt(one) === 0n);
  const refusal = await simulateForSigners(
    errand,
    executeCall(hand.at, operation),
    anyone ? undefined : hand.executors,
  );
  if (refusal === undefined) return;
  const { name } = errand.target.chain;
  throw operatorError(
    'ACT_REFUSED',
    `the execution of ${operation.id} would be refused by ${hand.at} on ${name}: ${refusal}; nothing was sent for it; ${nextStep(name, refusal, { operation, pending })}`,
  );
}

function nextStep(
  chain: string,
  refusal: string,
  { operation, pending }: { readonly operation: TimelockOperation; readonly pending: readonly TimelockOperation[] },
): string {
  if (refusal.includes('ReplacedMeanwhile')) {
    return `surety timelock cancel ${operation.id} --chain ${chain} as guardian, then run again: it is scheduled anew`;
  }
  if (refusal.includes('TimelockUnexecutedPredecessor')) {
    const line = [operation, ...findFollowers(pending, operation.id)].map(({ id }) => id).join(' ');
    return `surety timelock execute ${operation.content?.predecessor} --chain ${chain}, or, if that is refused, surety timelock cancel ${line} --chain ${chain} as guardian, then run again: what was cancelled is scheduled anew`;
  }
  return `it may be executed until ${formatTime(operation.expiresAt)}`;
}

/** A step that waits already would be scheduled a second time, since an id tells no calls. */
function requireTold({ spec }: ActStep, timelock: Address, pending: readonly TimelockOperation[]): void {
  const untold = pending.find(({ content }) => content === undefined);
  if (untold === undefined) return;
  throw operatorError(
    'ACT_REFUSED',
    `no log tells the calls of ${untold.id} at ${timelock}, which may be ${spec.place} ${spec.name}; nothing was sent for it; name a provider that keeps logs of 44 days`,
  );
}

/** Nothing is sent for a step whose next call would fail now. */
async function requireTaken({ spec, target, call }: ActStep, route: Route): Promise<void> {
  const refusal = await simulateCall(target, call, callerOf(route));
  if (refusal === undefined) return;
  throw operatorError(
    'ACT_REFUSED',
    `${spec.place} ${spec.name} would be refused by ${call.to} on ${target.chain.name}: ${refusal}; nothing was sent for it`,
  );
}

function describeRoute(route: Route, { spec }: ActStep): string {
  switch (route.kind) {
    case 'key':
      return route.signer === undefined ? 'anyone' : `${route.role} ${route.signer}`;
    case 'role-holder':
      return `${route.role} ${route.signer}, through ${route.at}`;
    case 'timelock': {
      const delayS = isSlowAct(spec) ? Math.max(7 * 86_400, route.hand.delayS) : route.hand.delayS;
      return `${route.role} ${route.hand.proposers.join(' or ')}, through the timelock ${route.at}, ${delayS / 3600} h`;
    }
    case 'contract':
      return `${route.role} ${route.at}, a contract that this build does not know`;
  }
}
