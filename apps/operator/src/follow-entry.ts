import type { AggregatorClient } from '@surety/client';
import type { Terminal } from './terminal.js';

/** Between two looks at an entry that is waited for. */
const POLL_MS = 500;
/** Longest wait before the command says "try again later": an hour covers finality on every listed chain. */
const WAIT_MAX_MS = 3_600_000;

/** Prints each stage of an entry until a last stage is reached, and returns the last observation. */
export async function followEntry(
  terminal: Terminal,
  client: AggregatorClient,
  follow: { readonly id: string; readonly until: readonly string[] },
): Promise<string> {
  const startMs = terminal.clock.nowMs();
  let told = '';
  while (terminal.clock.nowMs() - startMs < WAIT_MAX_MS) {
    const [view] = await client.readEntry(follow.id).catch(() => []);
    const line = view === undefined ? 'not seen yet' : `${view.stage}${view.reason === null ? '' : `: ${view.reason}`}`;
    if (line !== told) terminal.tell(`  ${Math.round((terminal.clock.nowMs() - startMs) / 1000)} s  ${line}`);
    told = line;
    if (view !== undefined && follow.until.includes(view.stage)) return view.stage;
    await terminal.clock.sleep(POLL_MS);
  }
  return told;
}
