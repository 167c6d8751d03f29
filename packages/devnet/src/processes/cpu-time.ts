import { readFileSync } from 'node:fs';

/** Milliseconds of a tick of the kernel's clock, as every Linux tells it to programs. */
const TICK_MS = 10;

/** Reads the milliseconds of CPU that a running process has used since it began; Linux only. @source proc(5), utime and stime */
export function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; the third field follows it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}
