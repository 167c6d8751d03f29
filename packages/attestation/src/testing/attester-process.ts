import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, AppError } from '@surety/domain';
import { type CrashOrder, type TypedDataSigner, armCrashPoint } from '@surety/workflows';
import { createAttester } from '../create-attester.js';
import { createLocalSigner } from '@surety/keys';
import { type HistoryPair, openHistoryPair } from '../open-history-pair.js';
import { DOMAIN, statementsAt } from './statements-at.js';

/** The acts of such a process, in order. */
export type AttesterAct =
  /** Signs frames with one more lock each; another amount of the first lock leads to other heads for the same counts. */
  | { readonly act: 'sign'; readonly from: number; readonly frames: number; readonly amount?: number }
  /** Fills the mounted disk completely, or empties it again. */
  | { readonly act: 'fill' | 'free' }
  /** Makes the mounted disk read-only, or writable again; its files must be closed. */
  | { readonly act: 'protect' | 'unprotect' }
  | { readonly act: 'close' | 'open' };

/** Instructions for a process of a campaign, as JSON in its first argument. */
export interface AttesterOrder {
  readonly first: string;
  readonly second: string;
  /** A folder to mount as a small disk, visible to this process only. */
  readonly disk?: { readonly folder: string; readonly kilobytes: number };
  readonly acts: readonly AttesterAct[];
  readonly crash?: CrashOrder;
}

/** A line of the process's output. */
export type AttesterLine =
  | { readonly kind: 'opened'; readonly rowsHealed: number; readonly retirement?: string }
  | { readonly kind: 'signed'; readonly count: number; readonly head: string; readonly signature: string }
  | { readonly kind: 'refused'; readonly count: number; readonly code: string; readonly trouble?: string }
  | { readonly kind: 'done' };

function tell(line: AttesterLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

/** Opens a key and both stores, performs the acts, and prints each signature as soon as it exists. */
async function runAttester(order: AttesterOrder): Promise<void> {
  armCrashPoint(order.crash, () => process.kill(process.pid, 'SIGKILL'));
  const { disk } = order;
  if (disk !== undefined) mount(['-t', 'tmpfs', '-o', `size=${disk.kilobytes}k`, 'tmpfs', disk.folder]);
  const signer = createLocalSigner(new Uint8Array(32).fill(7));
  let history: HistoryPair | undefined;
  for (const one of [{ act: 'open' } as const, ...order.acts, { act: 'close' } as const]) {
    if (one.act === 'open') history = open(order, signer.address);
    else if (one.act === 'close') history?.close();
    else if (one.act !== 'sign') changeDisk(one.act, disk?.folder ?? '');
    else if (history !== undefined) await sign(one, { signer, history });
  }
  tell({ kind: 'done' });
}

function open(order: AttesterOrder, address: Address): HistoryPair | undefined {
  try {
    const history = openHistoryPair({ files: order, address });
    const { rowsHealed, retirement } = history;
    tell({ kind: 'opened', rowsHealed, ...(retirement !== undefined && { retirement }) });
    return history;
  } catch (error) {
    tell({ kind: 'refused', count: 0, code: codeOf(error) });
    return undefined;
  }
}

async function sign(
  { from, frames, amount = 1 }: Extract<AttesterAct, { act: 'sign' }>,
  key: { readonly signer: TypedDataSigner; readonly history: HistoryPair },
): Promise<void> {
  const attester = createAttester(key);
  for (let locks = from; locks < from + frames; locks++) {
    try {
      const statements = statementsAt({ height: BigInt(locks * 8), locks, amount: BigInt(amount) });
      for (const { statement, signature } of await attester.sign(statements, DOMAIN)) {
        tell({ kind: 'signed', count: Number(statement.count), head: statement.head, signature });
      }
    } catch (error) {
      const { trouble } = key.history;
      tell({ kind: 'refused', count: locks, code: codeOf(error), ...(trouble !== undefined && { trouble }) });
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'UNKNOWN';
}

function changeDisk(act: 'fill' | 'free' | 'protect' | 'unprotect', folder: string): void {
  const ballast = join(folder, 'ballast');
  if (act === 'fill') fill(ballast);
  else if (act === 'free') rmSync(ballast);
  else mount(['-o', act === 'protect' ? 'remount,ro' : 'remount,rw', folder]);
}

function fill(ballast: string): void {
  const descriptor = openSync(ballast, 'w');
  try {
    for (const size of [4_096, 1]) {
      for (;;) if (!writes(descriptor, size)) break;
    }
  } finally {
    closeSync(descriptor);
  }
}

function writes(descriptor: number, size: number): boolean {
  try {
    writeSync(descriptor, Buffer.alloc(size, 1));
    return true;
  } catch {
    return false;
  }
}

function mount(options: readonly string[]): void {
  execFileSync('mount', [...options], { stdio: 'ignore' });
}

await runAttester(JSON.parse(process.argv[2] ?? '{}') as AttesterOrder);
