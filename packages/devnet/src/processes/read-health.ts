import type { RunningProcess } from './running-process.js';

/** A process's own health answer. */
export interface Health {
  readonly ready: boolean;
  readonly reasons: readonly { readonly code: string; readonly detail: string }[];
}

/** Reads whether a process is ready and why not. */
export async function readHealth({ announced }: RunningProcess): Promise<Health> {
  const response = await fetch(`${announced}/health/ready`);
  return (await response.json()) as Health;
}

/** Sums a metric of a process over all series with the given labels; 0 without any. */
export async function readMetric(
  { announced }: RunningProcess,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const text = await (await fetch(`${announced}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
