import { execFileSync } from 'node:child_process';
import type { Role } from '@surety/devnet';
import { top } from '../tidy/repository.js';

/** A place in the code where a process may lose its power. */
export interface CrashPoint {
  readonly name: string;
  /** The process that passes it; null if its name begins with no known part. */
  readonly process: Role | null;
  readonly place: string;
}

/** Lists the crash points as the sources have them. */
export function listCrashPoints(): readonly CrashPoint[] {
  const text = execFileSync(process.execPath, ['tools/crash-points.mjs', '--json'], { cwd: top, encoding: 'utf8' });
  return JSON.parse(text) as CrashPoint[];
}
