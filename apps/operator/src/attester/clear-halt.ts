import { existsSync } from 'node:fs';
import path from 'node:path';
import { type HaltEvidence, clearHalt, createFileHaltArchive, createFileHaltStore } from '@surety/chain';
import { type ChainId, chainId } from '@surety/domain';
import { requireOwner } from '@surety/process';
import { isFileHeld } from '@surety/sqlite';
import { operatorError } from '../errors.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety clear-halt`. */
export interface ClearHaltOptions extends OutputOptions {
  /** Chain id. */
  readonly chain: string;
  /** The chain id and the contradicted height once more, as the command shows them. */
  readonly confirm?: string;
  readonly reason?: string;
}

/** Records of final blocks and what the process that keeps them holds while it runs: of watchers, and of aggregators. */
const RECORDS = [
  { prefix: 'final-', held: 'history.sqlite' },
  { prefix: 'chain-', held: 'in-use.lock' },
] as const;

/**
 * Shows why a process halted a chain. Clears the halt only if chain id and height are repeated, a reason is given, and the
 * process is stopped. The cleared halt is kept beside the record. Only its user may: a record of another user is unreadable to
 * the process, and reads as halted.
 * @throws NOT_OWNER, HALT_STANDS, HALT_HELD, BAD_USE.
 */
export async function clearHaltByHand(terminal: Terminal, folder: string, options: ClearHaltOptions): Promise<void> {
  const { clock } = terminal;
  const id = parseChain(options.chain);
  requireOwnRecord(folder, id);
  const { file, lock } = findRecord(folder, id);
  const store = createFileHaltStore({ path: file, chainId: id, clock });
  const archive = createFileHaltArchive({ path: file });
  const { halt } = await store.load();
  const confirm = halt === null ? null : `${id}:${halt.height ?? 'unreadable'}`;
  const isConfirmed = confirm !== null && options.confirm === confirm && (options.reason ?? '').trim() !== '';
  if (isConfirmed) {
    requireStopped(lock);
    await clearHalt(store, { reason: options.reason ?? '', atMs: clock.nowMs(), archive });
  }
  const cleared = await archive.load();
  writeResult(terminal, options, { record: file, chainId: id, halt, confirm, isCleared: isConfirmed, cleared }, () => [
    halt === null ? `chain ${id} is not halted by ${file}` : `chain ${id} is halted by ${file}:`,
    ...(halt === null ? [] : evidenceLines(halt)),
    ...cleared.map(({ halt: old, clearedAtMs, reason }) => `cleared ${textOf(clearedAtMs)}: ${old.reason} (${reason})`),
    ...(isConfirmed ? ['start the process again'] : []),
  ]);
  if (confirm === null || isConfirmed) return;
  throw operatorError(
    'HALT_STANDS',
    `chain ${id} stays halted${options.confirm === undefined ? '' : `: "${options.confirm}" with ${options.reason === undefined ? 'no reason' : 'its reason'} does not confirm it`}; ` +
      `ask the chain at other nodes, stop the process, then add --confirm ${confirm} --reason "what was checked"`,
  );
}

function parseChain(text: string): ChainId {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return chainId(Number(text));
  throw operatorError('BAD_USE', `--chain ${text} is no chain id; expected a number such as 8453`);
}

function findRecord(folder: string, id: ChainId): { readonly file: string; readonly lock: string } {
  for (const { prefix, held } of RECORDS) {
    const file = path.join(folder, `${prefix}${id}.json`);
    if (existsSync(file) || existsSync(`${file}.born`)) return { file, lock: path.join(folder, held) };
  }
  const names = RECORDS.map(({ prefix }) => `${prefix}${id}.json`).join(' nor ');
  throw operatorError('BAD_USE', `${folder} holds neither ${names}; name the SURETY_STATE_DIR of the halted process`);
}

/** The marker of a record is made once, by the process. */
function requireOwnRecord(folder: string, id: ChainId): void {
  const paths = RECORDS.map(({ prefix }) => path.join(folder, `${prefix}${id}.json`));
  const made = [...paths.map((file) => `${file}.born`), ...paths, folder];
  requireOwner({ made, paths, command: `npx surety clear-halt ${folder} --chain ${id}` });
}

function requireStopped(lock: string): void {
  if (!isFileHeld(lock)) return;
  throw operatorError('HALT_HELD', `a running process holds ${lock}; stop it before its halt is cleared`);
}

function evidenceLines({ reason, sinceMs, height, accepted, contradicting }: HaltEvidence): string[] {
  return [
    `  since ${textOf(sinceMs)}`,
    `  ${reason}`,
    ...(height === null ? [] : [`  height ${height}: accepted ${accepted}, then ${contradicting}`]),
  ];
}

function textOf(ms: number): string {
  return new Date(ms).toISOString();
}
