import { AppError } from '@surety/domain';
import { type OperatorErrorCode, operatorError, tellFailure } from '../errors.js';

/** Something that a contract did not take, while it took the rest. */
export interface RefusedPart {
  readonly what: string;
  readonly reason: string;
  readonly code: string;
}

/** Those of several items that failed, with the failure that ended the run before the last item. */
export interface TakenItems {
  readonly refused: readonly RefusedPart[];
  /** Their failures, in the same order. */
  readonly failures: readonly unknown[];
  readonly ended?: { readonly by: unknown };
}

/**
 * Takes items in order, and goes on after whatever fails with a code of the project, unless `isEnded` says that it ends the run for all:
 * one that fails holds up no other. It throws nothing, so that whoever calls it still tells what was done.
 */
export async function eachUnlessEnded<Item>(
  {
    items,
    nameOf,
    isEnded,
  }: {
    readonly items: readonly Item[];
    readonly nameOf: (item: Item) => string;
    readonly isEnded: (failure: unknown) => boolean;
  },
  take: (item: Item) => Promise<void>,
): Promise<TakenItems> {
  const refused: RefusedPart[] = [];
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      await take(item);
    } catch (failure) {
      const { code, message } = tellFailure(failure);
      if (code === 'UNEXPECTED' || isEnded(failure)) return { refused, failures, ended: { by: failure } };
      refused.push({ what: nameOf(item), code, reason: message });
      failures.push(failure);
    }
  }
  return { refused, failures };
}

/**
 * Ends a run of one key on one chain after any failure but those with these codes: a provider that is away, an empty wallet, an
 * interruption or a transaction that may still land would be in the way of each later item, too.
 */
export function unlessCoded(...codes: readonly OperatorErrorCode[]): (failure: unknown) => boolean {
  return (failure) => !codes.some((code) => code === tellFailure(failure).code);
}

/**
 * Takes the first of several items of which any one will do; goes on after what is refused with this code.
 * @throws the refusal of the last, if none is taken; any other failure at once.
 */
export async function firstUnlessRefused<Item, Result>(
  [item, ...more]: readonly [Item, ...Item[]],
  code: OperatorErrorCode,
  take: (item: Item) => Promise<Result>,
): Promise<Result> {
  try {
    return await take(item);
  } catch (failure) {
    const [next, ...rest] = more;
    if (next === undefined || !(failure instanceof AppError) || failure.code !== code) throw failure;
    return firstUnlessRefused([next, ...rest], code, take);
  }
}

/** Says of one why it was not taken. */
export const tellRefused = ({ what, reason, code }: RefusedPart): string =>
  `${what} ${code.endsWith('REFUSED') ? 'was refused' : 'failed'} (${code}): ${reason}`;

/** @throws what ended the run; else the first failure itself if all landed and stayed unseen; else the code, naming the first failure. */
export function requireAllTaken({ refused, failures, ended }: TakenItems, code: OperatorErrorCode): void {
  if (ended !== undefined) throw ended.by;
  if (failures.length > 0 && refused.every((part) => part.code === 'ENTRY_UNREAD')) throw failures[0];
  const [first] = refused;
  if (first === undefined) return;
  const others = refused.length === 1 ? '' : `; ${refused.length - 1} more failed`;
  throw operatorError(code, `${tellRefused(first)}${others}`);
}
