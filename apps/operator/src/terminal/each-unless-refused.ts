import { AppError } from '@surety/domain';
import { type OperatorErrorCode, operatorError, tellFailure } from '../errors.js';

/** Something that a contract did not take, while it took the rest. */
export interface RefusedPart {
  readonly what: string;
  readonly reason: string;
  /** Code of the failure, where it may be any. */
  readonly code?: string;
}

interface NamedItems<Item> {
  readonly items: readonly Item[];
  readonly nameOf: (item: Item) => string;
}

/** Takes items in order, and goes on after what is refused with this code; any other failure ends it. */
export async function eachUnlessRefused<Item>(
  { code, items, nameOf }: NamedItems<Item> & { readonly code: OperatorErrorCode },
  take: (item: Item) => Promise<void>,
): Promise<RefusedPart[]> {
  const refused: RefusedPart[] = [];
  for (const item of items) {
    try {
      await take(item);
    } catch (failure) {
      if (!(failure instanceof AppError) || failure.code !== code) throw failure;
      refused.push({ what: nameOf(item), reason: failure.message });
    }
  }
  return refused;
}

/**
 * Takes items in order, and goes on after whatever fails with a code of the project, unless it `isEnded` for all: one that fails holds
 * up no other. Returns those that failed, with the failure that ended it before the last item.
 */
export async function eachUnlessEnded<Item>(
  { isEnded, items, nameOf }: NamedItems<Item> & { readonly isEnded: () => boolean },
  take: (item: Item) => Promise<void>,
): Promise<{ readonly refused: readonly RefusedPart[]; readonly ended?: { readonly by: unknown } }> {
  const refused: RefusedPart[] = [];
  for (const item of items) {
    try {
      await take(item);
    } catch (failure) {
      const { code, message } = tellFailure(failure);
      if (code === 'UNEXPECTED' || isEnded()) return { refused, ended: { by: failure } };
      refused.push({ what: nameOf(item), code, reason: message });
    }
  }
  return { refused };
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

/** Says of one what was refused and why. */
export const tellRefused = ({ what, reason, code }: RefusedPart): string =>
  `${what} was refused${code === undefined ? '' : ` (${code})`}: ${reason}`;

/** @throws the code, naming the first of those that were refused. */
export function requireNoneRefused(refused: readonly RefusedPart[], code: OperatorErrorCode): void {
  const [first] = refused;
  if (first === undefined) return;
  const others = refused.length === 1 ? '' : `; ${refused.length - 1} more were refused`;
  throw operatorError(code, `${tellRefused(first)}${others}`);
}
