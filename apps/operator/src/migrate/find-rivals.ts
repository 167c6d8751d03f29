import { type TimelockOperation, readOperations } from '@surety/contracts';
import type { Address, Hex } from '@surety/domain';
import { describeCall, describeWholeCall } from '../acts/describe-call.js';
import type { ActTarget } from '../acts/find-target.js';
import { lineBefore } from '../acts/present-values.js';
import { readHand } from '../powers/read-hand.js';
import type { ActStep } from './migration.js';

/** Number of first arguments of an act that name what it sets; those after them are the values. */
const NAMING_ARGUMENTS: Readonly<Record<string, number>> = {
  'vault.setLimits': 1,
  'vault.setSuccessor': 0,
  'vault.setWitness': 1,
  'vault.setWitnessPolicy': 0,
  'ledger.setWitness': 2,
  'ledger.listSource': 1,
};

/**
 * Lists operations that wait at a governor's timelock and set what one of these steps sets, but to other values: anyone may execute
 * them, after the step too, and nothing of them is seen in what the step leaves. One that comes behind the step's own operation waits for
 * it, and is listed once that one is done. A governor that is no timelock keeps none.
 */
export async function findRivals(
  { reader, chain }: Pick<ActTarget, 'reader' | 'chain'>,
  governor: Address,
  steps: readonly ActStep[],
): Promise<string[]> {
  const hand = await readHand(reader, governor);
  if (hand.kind !== 'timelock') return [];
  const place = `the timelock ${hand.at} on ${chain.name}`;
  const operations = await readOperations(reader, hand.at, chain);
  const own = steps.filter(({ target }) => target.chain.chainId === chain.chainId);
  return operations.flatMap(({ id, content }) => {
    if (content === undefined) {
      return [
        `no log tells the calls of ${id} at ${place}, which may undo the move; name a provider that keeps logs of 44 days`,
      ];
    }
    return own.flatMap((step) => {
      const seen = lastSetting(step, operations, id);
      const line = lineBefore(operations, id);
      const isOwnInLine = line.some((one) => lastSetting(step, operations, one) === step.call.data);
      if (seen === undefined || isOwnInLine) return [];
      return [
        `operation ${id} of ${place} would make ${describeWholeCall({ to: step.call.to, data: seen })}; expected none but ${describeCall(step.call.data)}: execute it if its values are meant, or cancel it as guardian (surety timelock cancel ${id} --chain ${chain.name}); then run again`,
      ];
    });
  });
}

/** Returns the last call of an operation that sets what a step sets; undefined if none does. */
function lastSetting(
  { spec, call }: ActStep,
  operations: readonly TimelockOperation[],
  id: TimelockOperation['id'],
): Hex | undefined {
  const naming = NAMING_ARGUMENTS[`${spec.place}.${spec.call}`];
  if (naming === undefined) return undefined;
  // Each argument is a word of 64 digits, behind 0x and the 8 digits of the function.
  const named = call.data.slice(0, 10 + 64 * naming).toLowerCase();
  const calls = operations.find((one) => one.id === id)?.content?.calls ?? [];
  return calls.findLast(({ to, data }) => to === call.to && data.toLowerCase().startsWith(named))?.data;
}
