import { logsOf } from '@surety/client';
import { type TimelockOperation, readOperations, suretyTimelockAbi } from '@surety/contracts';
import { AppError, type Bytes32, type TxHash, bytes32 } from '@surety/domain';
import { parseEventLogs } from 'viem';
import { type ActOptions, outcomeText } from '../chains/act-by-hand.js';
import { type Errand, cancelOperations, describeOperation, executeOperation } from './carry-out.js';
import { describeCall } from './describe-call.js';
import type { Timelock } from './find-route.js';
import { type TargetOptions, findTarget } from './find-target.js';
import { operatorError } from '../errors.js';
import { openConfig } from '../chains/open-config.js';
import type { Hand } from '../powers/power-facts.js';
import { readHand } from '../powers/read-hand.js';
import { readLanded } from '../chains/read-landed.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import { formatTime } from '../terminal/format.js';

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
      ...(one.isBeyondVeto ? [`    ${BEYOND_VETO}`] : []),
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

/** Words for an operation that nobody can cancel. @source SuretyTimelock.isBeyondVeto */
const BEYOND_VETO = 'beyond veto: k attesters signed it, and it was cancelled twice; nobody can cancel it';

/** Cancels operations by their ids, in one call. @throws as `executeById`; ACT_REFUSED afterwards, naming what still stands. */
export async function cancelByIds(terminal: Terminal, ids: readonly string[], options: TimelockOptions): Promise<void> {
  const opened = await openTimelock(terminal, options, { areCallsOptional: true });
  const named = ids.map((id) => findOperation(opened, id));
  const beyond = named.filter(({ isBeyondVeto }) => isBeyondVeto).map(({ id }) => `${id} is ${BEYOND_VETO}`);
  const [first, ...more] = named.filter(({ isBeyondVeto }) => !isBeyondVeto);
  if (first === undefined) {
    if (beyond.length > 0) throw operatorError('ACT_REFUSED', `${beyond.join('; ')}; nothing was sent`);
    throw operatorError('BAD_USE', 'no operation is named; expected one id or more');
  }
  for (const one of beyond) terminal.tell(`warning: ${one}`);
  const result = await cancelOperations(opened.errand, opened.hand, [first, ...more]);
  // A batch skips what was executed or cancelled meanwhile.
  const done = result.txHash === null || more.length === 0 ? undefined : await readCancelled(opened, result.txHash);
  const isCancelled = ({ id }: TimelockOperation): boolean => done?.has(id) !== false;
  const open = [first, ...more];
  const skipped = open
    .filter((one) => !isCancelled(one))
    .map(({ id }) => `no event of it shows that ${id} was cancelled`);
  const standing = [...skipped, ...beyond];
  const names = named.length === 1 ? { operation: first.id } : { operations: named.map(({ id }) => id) };
  const taken = open.filter(isCancelled);
  // A dry run cancels nothing.
  const cancelled = result.txHash === null ? [] : taken.map(({ id }) => id);
  writeResult(terminal, options, { ...names, cancelled, standing, ...result }, () => [
    `cancel ${taken.map(describeOperation).join('; ') || 'nothing'}: ${outcomeText(result)}`,
    ...standing,
  ]);
  if (standing.length === 0) return;
  throw operatorError('ACT_REFUSED', `${standing.join('; ')}; surety timelock list shows what stands`);
}

/** Reads which operations a transaction cancelled. None if no provider shows an event of it. */
async function readCancelled({ errand, hand }: Governor<Timelock>, hash: TxHash): Promise<ReadonlySet<Bytes32>> {
  const { chain, endpoints, clock } = errand.target;
  try {
    return await readLanded({ chain, endpoints, clock }, { hash, purpose: 'cancellation' }, (logs) => {
      const own = logsOf(logs, hand.at);
      const events = parseEventLogs({ abi: suretyTimelockAbi, eventName: 'Cancelled', logs: own });
      const ids = new Set(events.map(({ args }) => bytes32(args.id)));
      return ids.size === 0 ? undefined : ids;
    });
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'ENTRY_UNREAD') return new Set();
    throw cause;
  }
}

function findOperation(
  { hand, operations }: { readonly hand: Timelock; readonly operations: readonly ListedOperation[] },
  id: string,
): ListedOperation {
  const name = bytes32(id.toLowerCase());
  const found = operations.find((one) => one.id === name);
  if (found !== undefined) return found;
  const known = operations.map((one) => one.id).join(', ') || 'none';
  throw operatorError('BAD_USE', `${name} does not wait at ${hand.at}; expected one of ${known}`);
}

/** An operation that waits, and whether it can still be cancelled. */
interface ListedOperation extends TimelockOperation {
  readonly isBeyondVeto: boolean;
}

/** The governor of a chain: a timelock with what waits there, or another hand. */
interface Governor<By extends Hand = Hand> {
  readonly errand: Errand;
  readonly hand: By;
  /** None unless it is a timelock. */
  readonly operations: readonly ListedOperation[];
}

function isTimelock(governor: Governor): governor is Governor<Timelock> {
  return governor.hand.kind === 'timelock';
}

/** @throws ACT_REFUSED if the governor is no timelock. */
async function openTimelock(
  terminal: Terminal,
  options: TimelockOptions,
  needs: OperationNeeds = {},
): Promise<Governor<Timelock>> {
  const governor = await openGovernor(terminal, options, needs);
  if (isTimelock(governor)) return governor;
  const { errand, hand } = governor;
  throw operatorError(
    'ACT_REFUSED',
    `the governor of ${errand.target.chain.name} is ${describeHand(hand)}; expected a timelock: nothing waits there`,
  );
}

/** A veto needs the ids alone: it must not wait for a provider that keeps logs. */
interface OperationNeeds {
  readonly areCallsOptional?: boolean;
}

async function openGovernor(
  terminal: Terminal,
  options: TimelockOptions,
  { areCallsOptional = false }: OperationNeeds = {},
): Promise<Governor> {
  const config = openConfig(terminal);
  const target = await findTarget(config, 'timelock', options);
  const hand = await readHand(target.reader, target.contract);
  const { limits } = target.chain;
  const pending =
    hand.kind === 'timelock' ? await readOperations(target.reader, hand.at, { limits, areCallsOptional }) : [];
  const veto = { address: hand.at, abi: suretyTimelockAbi, functionName: 'isBeyondVeto' } as const;
  const operations = await Promise.all(
    pending.map(async (one) => ({
      ...one,
      isBeyondVeto: await target.reader.readContract({ ...veto, args: [one.id] }),
    })),
  );
  return { errand: { terminal, options, config, target }, hand, operations };
}

function describeHand({ kind, at }: Hand): string {
  return `${at}, ${kind === 'key' ? 'a single key' : `a ${kind}`}`;
}
