import { devnetError } from '../errors.js';
import { FALSEHOODS, type Falsehood, type SurveyedWitness } from './falsehoods.js';
import { READ_KINDS, type ReadKind, type SeenCall, readKindOf } from './read-kind.js';

/** Failures of an answer on its way, for any call. */
export const FAILURES = {
  timeout: 'no answer, until the caller gives up',
  stall: 'the headers and half of the answer, then nothing',
  reset: 'the connection is torn down before the node is asked',
  'answer-lost': 'the node is asked, then the connection is torn down',
  'http-429': 'too many requests',
  'http-500': 'an internal error',
  'http-302': 'a redirection',
  'no-json': 'a page of HTML',
  'cut-off': 'the first half of the answer',
  'empty-body': 'status 200 and nothing',
  'giant-body': 'the answer behind 40 MiB of spaces',
  'wrong-id': 'the answer to another question',
  'no-id': 'an answer without its id',
  'error-instead': 'an error of the node',
  'result-and-error': 'both at once',
} as const;

/** One way in which a connection fails. */
export type Failure = keyof typeof FAILURES;

/** One way in which a provider can fail or lie. */
export type FaultKind = Failure | keyof typeof FALSEHOODS | 'another-history';

/** A fault and its targets; by default every read that it fits, at each call. */
export interface ArmedFault {
  readonly kind: FaultKind;
  readonly reads?: readonly ReadKind[];
  /** Strikes one call of so many, the first included: an endpoint that says now this, now that. */
  readonly oneIn?: number;
}

const ALL_READS = Object.keys(READ_KINDS) as ReadKind[];

/** Every fault by name with the reads it can strike. */
export function listFaults(): readonly { readonly kind: FaultKind; readonly reads: readonly ReadKind[] }[] {
  return [
    ...Object.entries<Falsehood>(FALSEHOODS).map(([kind, { reads }]) => ({ kind: kind as FaultKind, reads })),
    ...Object.keys(FAILURES).map((kind) => ({ kind: kind as FaultKind, reads: ALL_READS })),
  ];
}

/**
 * Reads a request to arm an endpoint: a JSON list of `{kind, reads?, oneIn?}`; an empty one heals.
 * @throws BAD_CONTROL naming what was seen, and every kind or read there is.
 */
export function parseFaults(text: string): readonly ArmedFault[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list)) throw badFault(`the body is ${text.slice(0, 80) || 'empty'}`, 'a JSON list of {"kind":…}');
  return list.map((one: unknown, at): ArmedFault => {
    const { kind, reads, oneIn } = (typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>;
    const known = listFaults().find((fault) => fault.kind === kind);
    if (known === undefined && kind !== 'another-history') {
      const kinds = [...listFaults().map((fault) => fault.kind), 'another-history'].join(', ');
      throw badFault(`[${at}].kind is ${JSON.stringify(kind) ?? 'missing'}`, `one of ${kinds}`);
    }
    const fitting = known?.reads ?? ALL_READS;
    if (reads !== undefined && !(Array.isArray(reads) && reads.every((read) => fitting.includes(read as ReadKind))))
      throw badFault(`[${at}].reads is ${JSON.stringify(reads)}`, `a list out of ${fitting.join(', ')}`);
    if (oneIn !== undefined && !(Number.isSafeInteger(oneIn) && Number(oneIn) >= 1))
      throw badFault(`[${at}].oneIn is ${JSON.stringify(oneIn)}`, 'a whole number from 1 on');
    return one as ArmedFault;
  });
}

function badFault(seen: string, expected: string): Error {
  return devnetError('BAD_CONTROL', `${seen}; expected ${expected}`);
}

/** True if a fault fits a call, apart from its turn. */
export function strikes(fault: ArmedFault, call: SeenCall): boolean {
  const read = readKindOf(call);
  if (read === undefined) return false;
  return (falsehoodOf(fault.kind)?.reads.includes(read) ?? true) && (fault.reads?.includes(read) ?? true);
}

/** True if a fault is one of the connection. */
export function isFailure(kind: FaultKind): kind is Failure {
  return Object.hasOwn(FAILURES, kind);
}

/** Changes a true result as a lying provider would. Faults of the connection leave it alone. */
export async function falsify(kind: FaultKind, result: unknown, witness: SurveyedWitness): Promise<unknown> {
  const falsehood = falsehoodOf(kind);
  return falsehood === undefined ? result : falsehood.bend(result, witness);
}

function falsehoodOf(kind: FaultKind): Falsehood | undefined {
  return Object.hasOwn(FALSEHOODS, kind) ? FALSEHOODS[kind as keyof typeof FALSEHOODS] : undefined;
}
