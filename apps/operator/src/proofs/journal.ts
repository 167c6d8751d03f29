import {
  AppError,
  type JournalCase,
  bytesToHex,
  edgeName,
  foldHeads,
  packEntries,
  parseJournalCase,
  statementDigest,
} from '@surety/domain';
import { keccak256 } from '@surety/contracts';
import { operatorError } from '../errors.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** One answer of `surety journal`: the figures, or the fault of the case. */
export type JournalAnswer = { readonly id: string | null } & (
  | { readonly packed: string; readonly heads: readonly string[] }
  | { readonly digest: string }
  | { readonly error: { readonly code: string; readonly message: string } }
);

/** Reads cases from standard input and writes each one's packed entries and the heads that follow the case's name of its edge. */
export async function journalHead(terminal: Terminal, options: OutputOptions): Promise<void> {
  await answerCases(terminal, options, ({ edge, entries }) => {
    const packed = packEntries(entries);
    const start = { count: 0n, head: edgeName(edge, edge, keccak256) };
    return { packed: bytesToHex(packed), heads: [start.head, ...foldHeads(start, packed, keccak256)] };
  });
}

/** Reads cases from standard input and writes the EIP-712 digest of each one's statement. */
export async function journalDigest(terminal: Terminal, options: OutputOptions): Promise<void> {
  await answerCases(terminal, options, ({ statement, domain }) => ({
    digest: statementDigest(statement, domain, keccak256),
  }));
}

async function answerCases(
  terminal: Terminal,
  options: OutputOptions,
  answer: (journalCase: JournalCase) => { packed: string; heads: readonly string[] } | { digest: string },
): Promise<void> {
  const cases = parseCases(await terminal.readInput()).map((one, at) => answerCase(one, at, answer));
  writeResult(terminal, options, { cases }, () =>
    cases.map(
      (one) => `${one.id ?? '(no id)'}: ${'error' in one ? `${one.error.code} ${one.error.message}` : lineOf(one)}`,
    ),
  );
}

function answerCase(
  value: unknown,
  at: number,
  answer: (journalCase: JournalCase) => { packed: string; heads: readonly string[] } | { digest: string },
): JournalAnswer {
  const object = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const id = typeof object['id'] === 'string' ? object['id'] : null;
  try {
    if (id === null) throw operatorError('BAD_USE', `cases[${at}].id is missing; expected text`);
    return { id, ...answer(parseJournalCase(object['input'])) };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const code = cause.code === 'BAD_USE' ? 'MISSING_FIELD' : cause.code;
    return { id, error: { code, message: cause.message } };
  }
}

function parseCases(text: string): readonly unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw operatorError('NOT_JSON', 'standard input is not JSON; expected {"cases":[{"id","input"}]}', cause);
  }
  const cases = typeof json === 'object' && json !== null ? (json as Record<string, unknown>)['cases'] : undefined;
  if (!Array.isArray(cases)) {
    throw operatorError('NOT_JSON', 'standard input has no list "cases"; expected {"cases":[{"id","input"}]}');
  }
  return cases;
}

function lineOf(answer: { packed: string; heads: readonly string[] } | { digest: string }): string {
  return 'digest' in answer ? answer.digest : `${answer.heads.length - 1} entries, head ${answer.heads.at(-1)}`;
}
