import { readFileSync } from 'node:fs';

/** Resident memory of a process in MiB: now, and the most it ever was. @source proc(5), VmRSS and VmHWM */
export interface ResidentMemory {
  readonly nowMib: number;
  readonly peakMib: number;
}

/** Reads a running process's memory from the kernel; Linux only. */
export function readResidentMemory(pid: number): ResidentMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string): number => {
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return Math.round(Number(kib) / 1024);
  };
  return { nowMib: mib('VmRSS'), peakMib: mib('VmHWM') };
}
