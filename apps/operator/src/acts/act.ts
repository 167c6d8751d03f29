import { readOperations } from '@surety/contracts';
import { type Address, type Hex, address, bytes32 } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { operatorError } from '../errors.js';
import { type ActOptions, outcomeText } from '../chains/act-by-hand.js';
import {
  type ActSpec,
  PLACES,
  camelCase,
  flatParameters,
  functionOf,
  isSlowAct,
  meaningOf,
  nestArguments,
} from './act-spec.js';
import {
  type Errand,
  cancelOperations,
  executeOperation,
  findScheduled,
  scheduleAct,
  sendDirectly,
  tellContractCalls,
} from './carry-out.js';
import { describeCall, describeWholeCall } from './describe-call.js';
import { type Route, callerOf, findRoute, tellSentCall, wrapCall } from './find-route.js';
import { type ActTarget, type TargetOptions, findTarget } from './find-target.js';
import { type ArgumentPlace, parseArgument, parseLength } from './parse-argument.js';
import {
  type Changes,
  type PresentValues,
  changesOf,
  describeChanges,
  readPresentValues,
  valuesWhenRun,
} from './present-values.js';
import { type Call, simulateCall } from '../chains/simulate-call.js';
import { planSchedule } from './timelock-operations.js';
import { openConfig } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import { formatTime } from '../terminal/format.js';

/** Options of every named act. Its arguments are further options, under their own names. */
export interface NamedActOptions extends ActOptions, TargetOptions {
  /** One of several roles that may do it. */
  readonly as?: string;
  readonly schedule?: boolean;
  readonly execute?: boolean;
  readonly cancel?: boolean;
  /** Operation that must be done before; the act need not be possible yet then. */
  readonly after?: string;
  readonly salt?: string;
  /** A longer delay than the timelock asks for. */
  readonly waitFor?: string;
}

/** The planned call of a named act, and its signer. */
export interface PlannedNamedAct extends Changes {
  readonly spec: ActSpec;
  readonly target: ActTarget;
  readonly call: Call;
  readonly route: Route;
  /** Reason for which the contract would refuse it now, if it would. */
  readonly refusal: string | undefined;
  /** The chain of each source that is given, in words. */
  readonly sources: readonly string[];
}

/**
 * Makes an act of a role: simulates it in the role's name, asks for confirmation, and sends it through the contract
 * that holds the role. At a timelock it is scheduled, executed or cancelled. A dry run is shown, and fails where it would be refused.
 * @throws BAD_USE for arguments and modes that do not fit; ACT_REFUSED with the contract's own reason; DECLINED.
 */
export async function namedAct(terminal: Terminal, spec: ActSpec, options: NamedActOptions): Promise<void> {
  const config = openConfig(terminal);
  const modes = [options.schedule, options.execute, options.cancel].filter((mode) => mode === true);
  if (modes.length > 1) throw operatorError('BAD_USE', 'one of --schedule, --execute and --cancel at a time');
  const target = await findTarget(config, spec.place, options);
  const planned = await planAct(terminal, spec, { target, place: { ...target, network: config.network } }, options);
  const { call, route } = planned;
  const changes = beforeQuestion(planned);
  if (options.dryRun !== true && options.yes === true) for (const change of changes) terminal.tell(change);
  const errand = { terminal, options, config, target, changes };
  if (modes.length === 0) return actAtOnce(errand, planned);
  if (route.kind !== 'timelock') {
    throw operatorError(
      'BAD_USE',
      `the ${route.role} is ${callerOf(route) ?? 'anyone'}, no timelock; leave --schedule, --execute and --cancel out`,
    );
  }
  if (options.schedule === true) return scheduleNamed(errand, { ...planned, route }, options);
  const operation = await findScheduled(errand, route.at, call);
  const result =
    options.execute === true
      ? await executeOperation(errand, route.hand, operation)
      : await cancelOperations(errand, route.hand, [operation]);
  const what = options.execute === true ? 'execution' : 'cancellation';
  writeResult(terminal, options, { ...describe(planned), operation: operation.id, ...result }, () => [
    `${what} of ${describeWholeCall(call)} (${operation.id}): ${outcomeText(result)}`,
  ]);
}

async function planAct(
  terminal: Terminal,
  spec: ActSpec,
  { target, place }: { readonly target: ActTarget; readonly place: ArgumentPlace },
  options: NamedActOptions,
): Promise<PlannedNamedAct> {
  const present = await readPresentValues(spec, target, options, place);
  const callWith = (values: PresentValues | undefined): Call => ({
    to: target.contract,
    data: encodeAct(spec, options, place, values),
  });
  const route = await findRoute(spec, target, options.as);
  // What is executed or cancelled was encoded when it was scheduled.
  const isNew = options.execute !== true && options.cancel !== true;
  const found =
    present === undefined || route.kind !== 'timelock' || !isNew
      ? { values: present }
      : valuesWhenRun(
          spec,
          { call: callWith(present), present },
          {
            timelock: route.at,
            operations: await readOperations(target.reader, route.at, target.chain),
            after: options.after === undefined ? undefined : bytes32(options.after.toLowerCase()),
          },
        );
  const call = callWith(found.values);
  const refusal = await simulateCall(target, call, callerOf(route) ?? personOf(terminal));
  const changes = changesOf(spec, call.data, found.values);
  const sources = nameSources(spec, options, place);
  return { spec, target, call, route, refusal, changes, sources, ...('setBy' in found ? { setBy: found.setBy } : {}) };
}

/** Names the chain of each source that is given: its index is not the chain's id, which --chain takes. */
function nameSources({ takes }: ActSpec, options: object, place: ArgumentPlace): string[] {
  return takes.flatMap((given) => {
    const text = (options as Readonly<Record<string, unknown>>)[camelCase(given.option)];
    if (given.kind !== 'source' || typeof text !== 'string') return [];
    const source = Number(parseArgument(given, text, '', place));
    const chain = place.network.chains.find(({ vault }) => vault?.source === source);
    return [
      `source ${source} is ${chain === undefined ? 'of no configured chain' : `${chain.name} (${chain.chainId})`}`,
    ];
  });
}

function beforeQuestion(planned: PlannedNamedAct): string[] {
  return [...planned.sources, ...describeChanges(planned)];
}

/** Returns who makes an act that anyone may make: the holder of the key at hand, if there is one. */
function personOf({ environment }: Terminal): Address | undefined {
  const hasKey = ['SURETY_KEYSTORE_FILE', 'SURETY_KEY'].some((name) => (environment[name] ?? '') !== '');
  return hasKey ? address(openSpendingKey(environment).address.toLowerCase()) : undefined;
}

type AtTimelock = Extract<Route, { kind: 'timelock' }>;

async function actAtOnce(errand: Errand, planned: PlannedNamedAct): Promise<void> {
  const { terminal, options, target } = errand;
  const { route, call, refusal } = planned;
  if (options.dryRun === true) {
    const schedule = route.kind === 'timelock' ? await previewSchedule(planned.target, route, call) : undefined;
    const dates = schedule === undefined ? {} : { schedule: schedule.dates, send: schedule.send };
    writeResult(terminal, options, { ...describe(planned), ...dates, txHash: null }, () => [
      ...describeLines(planned),
      ...(schedule?.lines ?? []),
    ]);
    if (refusal === undefined) return;
    throw operatorError(
      'ACT_REFUSED',
      `${describeCall(call.data)} would be refused by ${call.to} on ${target.chain.name}: ${refusal}; a dry run sends nothing`,
    );
  }
  if (refusal !== undefined && route.kind !== 'timelock') {
    throw operatorError(
      'ACT_REFUSED',
      `${describeCall(call.data)} would be refused by ${call.to} on ${target.chain.name}: ${refusal}; nothing was sent`,
    );
  }
  const result = await sendDirectly(errand, route, call);
  writeResult(terminal, options, { ...describe(planned), ...result }, () => [
    `${describeWholeCall(call)} on ${target.chain.name}: ${outcomeText(result)}`,
  ]);
}

/** Seconds after which a ready operation is void. @source SuretyTimelock.GRACE */
const GRACE_S = 14n * 86_400n;

async function previewSchedule(
  { reader, nowS }: ActTarget,
  { at, hand }: AtTimelock,
  call: Call,
): Promise<{ readonly dates: object; readonly send: Call; readonly lines: readonly string[] }> {
  const { id, delayS, call: send } = await planSchedule(reader, at, { call });
  const [readyAt, expiresAt] = [nowS + delayS, nowS + delayS + GRACE_S];
  const lines = [
    `scheduled now it may be executed from ${formatTime(readyAt)} on, until ${formatTime(expiresAt)}`,
    ...(await tellContractCalls({ reader }, hand.proposers, () => send)),
  ];
  return { dates: { id, delayS, readyAt, expiresAt }, send, lines };
}

async function scheduleNamed(
  errand: Errand,
  planned: PlannedNamedAct & { readonly route: AtTimelock },
  { after, salt, waitFor }: NamedActOptions,
): Promise<void> {
  const { terminal, options, target } = errand;
  const { route, call, refusal } = planned;
  if (refusal !== undefined && after === undefined) {
    throw operatorError(
      'ACT_REFUSED',
      `${describeCall(call.data)} would be refused by ${call.to} on ${target.chain.name}: ${refusal}; nothing was sent; if another operation makes it possible, add --after <its id>`,
    );
  }
  const { planned: scheduled, result } = await scheduleAct(errand, route, {
    call,
    ...(after === undefined ? {} : { predecessor: bytes32(after) }),
    ...(salt === undefined ? {} : { salt: bytes32(salt) }),
    ...(waitFor === undefined ? {} : { delayS: parseLength(waitFor, 'wait-for') }),
  });
  const { timestamp } = await target.reader.getBlock();
  const { proposers } = route.hand;
  const isDry = options.dryRun === true;
  const calls = isDry ? await tellContractCalls(target, proposers, () => scheduled.call) : [];
  const readyAt = timestamp + scheduled.delayS;
  const dates = {
    id: scheduled.id,
    salt: scheduled.salt,
    predecessor: scheduled.predecessor,
    delayS: scheduled.delayS,
    readyAt,
    expiresAt: readyAt + GRACE_S,
  };
  writeResult(terminal, options, { ...describe(planned), schedule: dates, send: scheduled.call, ...result }, () => [
    `scheduling of ${describeWholeCall(call)} on ${target.chain.name}: ${outcomeText(result)}`,
    ...(isDry ? beforeQuestion(planned) : []),
    `operation ${dates.id}: from ${formatTime(readyAt)} on, until ${formatTime(dates.expiresAt)}`,
    ...(refusal === undefined ? [] : [`as things stand it would be refused: ${refusal}`]),
    ...calls,
    `then: surety timelock execute ${dates.id} --chain ${target.chain.name}; guardian: surety timelock cancel …`,
  ]);
}

/** Encodes an act's call from its options, and from present values for options that are left out. @throws BAD_USE. */
export function encodeAct(spec: ActSpec, options: object, place: ArgumentPlace, present: PresentValues = {}): Hex {
  const item = functionOf(spec);
  const parameters = flatParameters(item.inputs);
  const values = spec.takes.map((given, at) => {
    const { name = '', type = '' } = parameters[at] ?? {};
    const text = (options as Readonly<Record<string, unknown>>)[camelCase(given.option)] ?? given.fallback;
    if (text === undefined && given.isKept === true && present[name] !== undefined) return present[name];
    if (typeof text !== 'string')
      throw operatorError('BAD_USE', `--${given.option} is missing; expected ${given.help}`);
    return parseArgument(given, text, type, place);
  });
  const args = nestArguments(item.inputs, values);
  return encodeFunctionData({ abi: PLACES[spec.place].abi, functionName: spec.call, args });
}

function signersOf(route: Route): readonly string[] {
  switch (route.kind) {
    case 'key':
      return route.signer === undefined ? ['anyone'] : [route.signer];
    case 'role-holder':
      return [route.signer];
    case 'timelock':
      return route.hand.proposers;
    case 'contract':
      return [route.at];
  }
}

function describe({ spec, target, call, route, refusal, changes, setBy }: PlannedNamedAct): object {
  return {
    act: `${spec.place} ${spec.name}`,
    chainId: target.chain.chainId,
    contract: call.to,
    data: call.data,
    // The signer's own call: of a role's address it wraps the one above.
    ...(route.kind === 'role-holder' ? { send: wrapCall(route, call) } : {}),
    role: route.role,
    through: route.kind,
    at: callerOf(route) ?? null,
    signers: signersOf(route),
    slow: isSlowAct(spec),
    refusal: refusal ?? null,
    ...(changes.length === 0 ? {} : { changes }),
    ...(setBy === undefined ? {} : { changesAfter: setBy }),
  };
}

function describeLines(planned: PlannedNamedAct): string[] {
  const { spec, target, call, route, refusal } = planned;
  const through = {
    key: 'itself',
    'role-holder': `through the role's address ${callerOf(route) ?? ''}`,
    timelock: `through the timelock ${callerOf(route) ?? ''}`,
    contract: 'a contract that this build does not know',
  }[route.kind];
  return [
    `${describeWholeCall(call)} on ${target.chain.name} (${target.chain.chainId})`,
    `it ${meaningOf(spec)}`,
    ...beforeQuestion(planned),
    `${route.role}: ${signersOf(route).join(', ')}, ${through}`,
    ...tellSentCall(route, call),
    refusal === undefined ? 'simulated in the role’s name: it would be taken' : `it would be refused now: ${refusal}`,
  ];
}
