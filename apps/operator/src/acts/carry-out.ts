import { type TimelockOperation, readOperations, suretyTimelockAbi } from '@surety/contracts';
import { type Address, AppError, type Bytes32, address } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { operatorError } from '../errors.js';
import type { Reach } from '../chains/open-config.js';
import { openKey, openSpendingKey } from '../chains/open-sender.js';
import { readHand } from '../powers/read-hand.js';
import type { Terminal } from '../terminal/terminal.js';
import { type ActOptions, type ActResult, actByHand } from '../chains/act-by-hand.js';
import { describeWholeCall } from './describe-call.js';
import { type Route, type Timelock, tellCallOf, wrapCall } from './find-route.js';
import type { ActTarget } from './find-target.js';
import { type Call, simulateCall } from '../chains/simulate-call.js';
import { type PlannedSchedule, executeCall, planSchedule } from './timelock-operations.js';
import { formatTime } from '../terminal/format.js';

/** A pause of every asset of a full vault takes 12 million. @source VaultAdmin.ASSETS_MAX */
const GAS_CEILING = 14_000_000n;

export interface Errand {
  readonly terminal: Terminal;
  readonly options: ActOptions;
  readonly config: Reach;
  readonly target: Omit<ActTarget, 'contract' | 'nowS'>;
  /** Changes that the act makes, in lines before the question. */
  readonly changes?: readonly string[];
}

/** Sends an act in its signer's name. The key at hand must be the signer's. @throws ACT_REFUSED, DECLINED. */
export async function sendDirectly(errand: Errand, route: Route, call: Call): Promise<ActResult> {
  if (route.kind === 'contract') {
    throw operatorError(
      'ACT_REFUSED',
      `the ${route.role} is ${route.at}, a contract that this build does not know; let it call ${call.to} with data ${call.data}`,
    );
  }
  if (route.kind === 'timelock') {
    throw operatorError(
      'BAD_USE',
      `the ${route.role} is the timelock ${route.at}; add --schedule, then --execute once it is ready (or --cancel), or --dry-run`,
    );
  }
  const signers = route.signer === undefined ? undefined : [route.signer];
  return sendAs(errand, {
    signers,
    role: route.role,
    purpose: 'act',
    call: wrapCall(route, call),
    text: describeWholeCall(call),
  });
}

/** Schedules an act at its timelock. @throws ACT_REFUSED if it is scheduled already or the key is no proposer. */
export async function scheduleAct(
  errand: Errand,
  { hand }: { readonly hand: Timelock },
  planned: { readonly call: Call; readonly predecessor?: Bytes32; readonly salt?: Bytes32; readonly delayS?: bigint },
): Promise<{ readonly planned: PlannedSchedule; readonly result: ActResult }> {
  const schedule = await planSchedule(errand.target.reader, hand.at, planned);
  const result = await sendAs(errand, {
    signers: hand.proposers,
    role: 'proposer',
    purpose: 'schedule',
    call: schedule.call,
    text: `the scheduling of ${describeWholeCall(planned.call)}`,
  });
  return { planned: schedule, result };
}

/** Executes a ready operation; anyone may unless the timelock names executors. @throws ACT_REFUSED with its date. */
export async function executeOperation(
  errand: Errand,
  hand: Timelock,
  operation: TimelockOperation,
): Promise<ActResult> {
  if (operation.state !== 'ready') {
    throw operatorError(
      'ACT_REFUSED',
      `${operation.id} is ready from ${formatTime(operation.readyAt)} on; nothing was sent; execute it before ${formatTime(operation.expiresAt)}`,
    );
  }
  const anyone = hand.executors.some((one) => BigInt(one) === 0n);
  return sendAs(errand, {
    signers: anyone ? undefined : hand.executors,
    role: 'executor',
    purpose: 'execute',
    call: executeCall(hand.at, operation),
    text: `the execution of ${describeOperation(operation)}`,
  });
}

/**
 * Cancels an operation in a canceller's name, normally the guardian's. Several are cancelled in one call, which skips
 * those that can no longer be cancelled.
 * @throws ACT_REFUSED if the key is not a canceller's.
 */
export async function cancelOperations(
  errand: Errand,
  hand: Timelock,
  operations: readonly [TimelockOperation, ...TimelockOperation[]],
): Promise<ActResult> {
  const [{ id }, ...more] = operations;
  const data =
    more.length === 0
      ? encodeFunctionData({ abi: suretyTimelockAbi, functionName: 'cancel', args: [id] })
      : encodeFunctionData({
          abi: suretyTimelockAbi,
          functionName: 'cancelBatch',
          args: [operations.map((one) => one.id)],
        });
  const call = { to: hand.at, data };
  const routes = await Promise.all(
    hand.cancellers.map(async (at): Promise<Extract<Route, { signer?: Address }>> => {
      const behind = await readHand(errand.target.reader, at);
      return behind.kind === 'role-holder'
        ? { kind: 'role-holder', role: 'canceller', at, signer: behind.holder }
        : { kind: 'key', role: 'canceller', signer: at };
    }),
  );
  const isDry = errand.options.dryRun === true;
  const key = isDry ? keyAtHand(errand) : address(keyOf(errand).address.toLowerCase());
  const own = routes.find(({ signer }) => signer === key);
  const route = own ?? (isDry ? await findTaken(errand, routes, call) : routes[0]);
  // Each canceller has a call of its own, so a dry run is that one's.
  const callOf = (one: Route | undefined): Call => (one === undefined ? call : wrapCall(one, call));
  return sendAs(errand, {
    signers: (isDry && route !== undefined ? [route] : routes).map(({ signer }) => signer as Address),
    role: 'canceller',
    purpose: 'cancel',
    call: callOf(route),
    callOf: (one) => callOf(routes.find(({ signer }) => signer === one)),
    text: `the cancellation of ${operations.map(describeOperation).join('; ')}`,
  });
}

/** Finds the one pending operation that does exactly this call. @throws ACT_REFUSED if there is none or more than one. */
export async function findScheduled(
  { target }: Pick<Errand, 'target'>,
  timelock: Address,
  call: Call,
): Promise<TimelockOperation> {
  const pending = await readOperations(target.reader, timelock, target.chain);
  const same = pending.filter(({ content }) => {
    const [only, ...more] = content?.calls ?? [];
    return more.length === 0 && only?.to === call.to && only.data === call.data && only.value === 0n;
  });
  const [found, ...more] = same;
  if (found !== undefined && more.length === 0) return found;
  const seen =
    found === undefined ? 'no operation' : `${same.length} operations (${same.map(({ id }) => id).join(', ')})`;
  throw operatorError(
    'ACT_REFUSED',
    `${seen} of ${timelock} on ${target.chain.name} would do ${describeWholeCall(call)}; expected one; surety timelock list shows what waits, and takes an id`,
  );
}

/** Writes the calls of an operation for people; of many also their number, last, where it stands before the eyes of whoever is asked. */
export function describeOperation({ id, content }: TimelockOperation): string {
  if (content === undefined) return `${id} (no log tells its calls)`;
  const { calls } = content;
  const told = calls.map(describeWholeCall).join('; ');
  return calls.length > 1 ? `${told} (${calls.length} calls)` : told;
}

function keyOf({ terminal }: Errand): ReturnType<typeof openKey> {
  return openSpendingKey(terminal.environment);
}

/** The key of a dry run, which needs none: nothing if there is none, or it cannot be opened. */
function keyAtHand(errand: Errand): Address | undefined {
  try {
    return address(keyOf(errand).address.toLowerCase());
  } catch (failure) {
    if (failure instanceof AppError) return undefined;
    throw failure;
  }
}

/** Returns the first route by which a call would be taken now, or the first of all. */
async function findTaken<One extends Extract<Route, { signer?: Address }>>(
  { target }: Errand,
  routes: readonly One[],
  call: Call,
): Promise<One | undefined> {
  for (const route of routes) {
    if ((await simulateCall(target, wrapCall(route, call), route.signer)) === undefined) return route;
  }
  return routes[0];
}

/**
 * Simulates a call in the names of those who may sign it: of the key at hand if it is one of them, else of each until it is taken.
 * Gives why nobody's would be; one of several signers may be frozen.
 */
export async function simulateForSigners(
  errand: Errand,
  call: Call,
  signers: readonly Address[] | undefined,
): Promise<string | undefined> {
  const { target } = errand;
  const [first, ...more] = signers ?? [];
  if (first === undefined || more.length === 0) return simulateCall(target, call, first);
  const key = keyAtHand(errand);
  if (key !== undefined && signers?.includes(key)) return simulateCall(target, call, key);
  const refusals: string[] = [];
  for (const signer of [first, ...more]) {
    const refusal = await simulateCall(target, call, signer);
    if (refusal === undefined) {
      for (const one of refusals) errand.terminal.tell(`another signer would be refused: ${one}`);
      return undefined;
    }
    refusals.push(`${signer}: ${refusal}`);
  }
  return refusals.join('; ');
}

interface Sending {
  /** Any key if missing. */
  readonly signers: readonly Address[] | undefined;
  readonly role: string;
  readonly purpose: string;
  readonly call: Call;
  /** The call of one signer, where each has its own. */
  readonly callOf?: (signer: Address) => Call;
  readonly text: string;
}

async function sendAs(errand: Errand, sending: Sending): Promise<ActResult> {
  const { terminal, options, target } = errand;
  const { signers, role, purpose, call, text } = sending;
  const { chain } = target;
  const result = { chainId: chain.chainId, to: call.to, calldata: call.data };
  if (options.dryRun === true) {
    const refusal = await simulateForSigners(errand, call, signers);
    if (refusal === undefined) return { ...result, txHash: null };
    throw operatorError('ACT_REFUSED', `${text} would be refused by ${call.to} on ${chain.name}: ${refusal}`);
  }
  const account = keyOf(errand);
  const seen = address(account.address.toLowerCase());
  if (signers !== undefined && !signers.includes(seen)) {
    const told = await tellContractCalls(target, signers, sending.callOf ?? (() => call));
    throw operatorError(
      'ACT_REFUSED',
      [
        `the key is ${seen}; expected the ${role} on ${chain.name}, ${signers.join(' or ') || 'nobody'}; nothing was sent`,
        ...told,
      ].join('; '),
    );
  }
  return actByHand({ terminal, options, account }, target, {
    code: 'ACT_REFUSED',
    question: [...(errand.changes ?? []), `Send ${text} on ${chain.name} (${chain.chainId})?`].join('\n'),
    call: { purpose, to: call.to, calldata: call.data, gasCeiling: GAS_CEILING },
  });
}

/** Tells the call of each signer that is a contract, such as one of several keys: no key at hand is theirs. */
export async function tellContractCalls(
  { reader }: Pick<ActTarget, 'reader'>,
  signers: readonly Address[],
  callOf: (signer: Address) => Call,
): Promise<readonly string[]> {
  const told = await Promise.all(
    signers.map(async (signer) => {
      const isKey = ((await reader.getCode({ address: signer })) ?? '0x') === '0x';
      return isKey ? [] : [tellCallOf(signer, callOf(signer))];
    }),
  );
  return told.flat();
}
