import { type TimelockOperation, readOperations } from '@surety/contracts';
import type { Address, Hex } from '@surety/domain';
import { describeCall, describeWholeCall } from '../acts/describe-call.js';
import type { ActTarget } from '../acts/find-target.js';
import { lineBefore } from '../acts/present-values.js';
import { readHand } from '../powers/read-hand.js';
import type { ActStep } from './migration.js';

interface Setting {
  /** Number of first words of the arguments that name what an act sets; those after them are the values. */
  readonly naming: number;
  /** Its values are the old vault's: another operation's are not meant. */
  readonly isCopied?: true;
  /** A contract takes it once, so that what waits beside it is dead once it is done. */
  readonly isOnce?: true;
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  'vault.setLimits': { naming: 1 },
  'vault.setSuccessor': { naming: 0 },
  'vault.setWitness': { naming: 1 },
  'vault.setWitnessPolicy': { naming: 0 },
  'vault.listAsset': { naming: 1, isCopied: true, isOnce: true },
  'vault.setFastLimit': { naming: 1, isCopied: true },
  'vault.setLockFee': { naming: 1, isCopied: true },
  'ledger.setWitness': { naming: 2 },
  'ledger.listSource': { naming: 1 },
  'ledger.listAsset': { naming: 2, isCopied: true, isOnce: true },
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
  const found = operations.map(async ({ id, content }): Promise<string[]> => {
    if (content === undefined) {
      return [
        `no log tells the calls of ${id} at ${place}, which may undo the move; name a provider that keeps logs of 44 days`,
      ];
    }
    const rivals = own.map(async (step): Promise<string[]> => {
      const seen = lastSetting(step, operations, id);
      const line = lineBefore(operations, id);
      const isOwnInLine = line.some((one) => lastSetting(step, operations, one) === step.call.data);
      if (seen === undefined || isOwnInLine || (await isDead(step))) return [];
      const cancel = `cancel it as guardian (surety timelock cancel ${id} --chain ${chain.name})`;
      const next = settingOf(step)?.isCopied ? cancel : `execute it if its values are meant, or ${cancel}`;
      return [
        `operation ${id} of ${place} would make ${describeWholeCall({ to: step.call.to, data: seen })}; expected none but ${describeCall(step.call.data)}: ${next}; then run again`,
      ];
    });
    return (await Promise.all(rivals)).flat();
  });
  return (await Promise.all(found)).flat();
}

function settingOf({ spec }: ActStep): Setting | undefined {
  return SETTINGS[`${spec.place}.${spec.call}`];
}

async function isDead(step: ActStep): Promise<boolean> {
  if (settingOf(step)?.isOnce === undefined) return false;
  const code = await step.target.reader.getCode({ address: step.call.to });
  return code !== undefined && code !== '0x' && step.isDone();
}

/** Returns the last call of an operation that sets what a step sets; undefined if none does. */
function lastSetting(
  step: ActStep,
  operations: readonly TimelockOperation[],
  id: TimelockOperation['id'],
): Hex | undefined {
  const { call } = step;
  const naming = settingOf(step)?.naming;
  if (naming === undefined) return undefined;
  // Each argument is a word of 64 digits, behind 0x and the 8 digits of the function.
  const named = call.data.slice(0, 10 + 64 * naming).toLowerCase();
  const calls = operations.find((one) => one.id === id)?.content?.calls ?? [];
  return calls.findLast(({ to, data }) => to === call.to && data.toLowerCase().startsWith(named))?.data;
}
