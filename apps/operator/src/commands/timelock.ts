import { type TimelockOperation, readOperations } from '@surety/contracts';
import { bytes32 } from '@surety/domain';
import { type ActOptions, outcomeText } from '../acts/act-by-hand.js';
import { type Errand, cancelOperations, describeOperation, executeOperation } from '../acts/carry-out.js';
import { describeCall } from '../acts/describe-call.js';
import type { Timelock } from '../acts/find-route.js';
import { type TargetOptions, findTarget } from '../acts/find-target.js';
import { operatorError } from '../errors.js';
import { openConfig } from '../open-config.js';
import type { Hand } from '../powers/power-facts.js';
import { readHand } from '../powers/read-hand.js';
import { type Terminal, writeResult } from '../terminal.js';
import { formatTime } from '../format.js';

/** Options of the commands about pending operations of a timelock. */
export interface TimelockOptions extends ActOptions, Pick<TargetOptions, 'chain'> {}

/** Shows every pending operation, of one chain or of all, decoded, with its dates. */
export async function listOperations(terminal: Terminal, options: TimelockOptions): Promise<void> {
  const { network } = openConfig(terminal);
  const held = network.chains.filter(
    ({ chainId, vault }) => vault !== undefined || chainId === network.settlement?.chainId,
  );
  const names = options.chain === undefined ? held.map(({ name }) => name) : [options.chain];
  const governors = await Promise.all(names.map(async (chain) => openGovernor(terminal, { ...options, chain })));
  const timelocks = governors.filter(isTimelock).map(({ errand, hand, operations }) => ({
    chain: errand.target.chain.name,
    timelock: hand.at,
    delayS: hand.delayS,
    operations: operations.map((one) => ({
      ...one,
      acts: (one.content?.calls ?? []).map(({ data }) => describeCall(data)),
    })),
  }));
  writeResult(terminal, options, { timelocks }, () =>
    governors.length === 0 ? ['no timelock: nothing is deployed'] : governors.flatMap(describeGovernor),
  );
}

function describeGovernor(governor: Governor): string[] {
  const { name } = governor.errand.target.chain;
  if (!isTimelock(governor)) return [`${name}: the governor is ${describeHand(governor.hand)}: nothing waits there`];
  const { hand, operations } = governor;
  return [
    `${name}: timelock ${hand.at} of ${hand.delayS / 3600} h, ${operations.length} operations`,
    ...operations.flatMap((one) => [
      `  ${one.id}: ${describeOperation(one)}`,
      `    ${one.state === 'ready' ? 'ready since' : 'ready from'} ${formatTime(one.readyAt)}, void from ${formatTime(one.expiresAt)}`,
    ]),
  ];
}

/** Executes an operation by its id. @throws BAD_USE if it is not pending; ACT_REFUSED, DECLINED. */
export async function executeById(terminal: Terminal, id: string, options: TimelockOptions): Promise<void> {
  const opened = await openTimelock(terminal, options);
  const operation = findOperation(opened, id);
  const result = await executeOperation(opened.errand, opened.hand, operation);
  writeResult(terminal, options, { operation: operation.id, ...result }, () => [
    `execute ${describeOperation(operation)}: ${outcomeText(result)}`,
  ]);
}

/** Cancels operations by their ids, in one call. @throws as `executeById`. */
export async function cancelByIds(terminal: Terminal, ids: readonly string[], options: TimelockOptions): Promise<void> {
  const opened = await openTimelock(terminal, options);
  const [first, ...more] = ids.map((id) => findOperation(opened, id));
  if (first === undefined) throw operatorError('BAD_USE', 'no operation is named; expected one id or more');
  const result = await cancelOperations(opened.errand, opened.hand, [first, ...more]);
  const named = more.length === 0 ? { operation: first.id } : { operations: [first, ...more].map(({ id }) => id) };
  writeResult(terminal, options, { ...named, ...result }, () => [
    `cancel ${[first, ...more].map(describeOperation).join('; ')}: ${outcomeText(result)}`,
  ]);
}

function findOperation(
  { hand, operations }: { readonly hand: Timelock; readonly operations: readonly TimelockOperation[] },
  id: string,
): TimelockOperation {
  const name = bytes32(id.toLowerCase());
  const found = operations.find((one) => one.id === name);
  if (found !== undefined) return found;
  const known = operations.map((one) => one.id).join(', ') || 'none';
  throw operatorError('BAD_USE', `${name} does not wait at ${hand.at}; expected one of ${known}`);
}

/** The governor of a chain: a timelock with what waits there, or another hand. */
interface Governor<By extends Hand = Hand> {
  readonly errand: Errand;
  readonly hand: By;
  /** None unless it is a timelock. */
  readonly operations: readonly TimelockOperation[];
}

function isTimelock(governor: Governor): governor is Governor<Timelock> {
  return governor.hand.kind === 'timelock';
}

/** @throws ACT_REFUSED if the governor is no timelock. */
async function openTimelock(terminal: Terminal, options: TimelockOptions): Promise<Governor<Timelock>> {
  const governor = await openGovernor(terminal, options);
  if (isTimelock(governor)) return governor;
  const { errand, hand } = governor;
  throw operatorError(
    'ACT_REFUSED',
    `the governor of ${errand.target.chain.name} is ${describeHand(hand)}; expected a timelock: nothing waits there`,
  );
}

async function openGovernor(terminal: Terminal, options: TimelockOptions): Promise<Governor> {
  const config = openConfig(terminal);
  const target = await findTarget(config, 'timelock', options);
  const hand = await readHand(target.reader, target.contract);
  const operations = hand.kind === 'timelock' ? await readOperations(target.reader, hand.at, target.chain) : [];
  return { errand: { terminal, options, config, target }, hand, operations };
}

function describeHand({ kind, at }: Hand): string {
  return `${at}, ${kind === 'key' ? 'a single key' : `a ${kind}`}`;
}
