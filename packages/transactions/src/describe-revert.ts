import type { Hex } from '@surety/domain';
import { type Abi, decodeErrorResult } from 'viem';

/** A revert in words: the custom error's name, and its arguments. */
export interface Revert {
  readonly name: string;
  readonly detail: string;
}

/** Gives a revert's name and arguments by the errors of an ABI; unknown bytes are named by their selector. */
export function describeRevert(payload: string | null, message: string, errors: Abi): Revert {
  if (payload === null || payload === '0x') return { name: 'REVERTED', detail: message };
  try {
    const decoded = decodeErrorResult({ abi: errors, data: payload as Hex });
    const values = (decoded.args ?? []).map((value) => textOf(value));
    return { name: decoded.errorName, detail: `${decoded.errorName}(${values.join(', ')})` };
  } catch {
    return { name: 'REVERTED', detail: `the call reverts with unknown error ${payload.slice(0, 10)}` };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'bigint' ||
    typeof value === 'number' ||
    typeof value === 'string' ||
    typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value, (_name, member: unknown) => (typeof member === 'bigint' ? member.toString() : member));
}
