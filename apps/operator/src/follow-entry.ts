import type { AggregatorClient, ExplanationView } from '@surety/client';
import { AppError } from '@surety/domain';
import { nextLines } from './format-explanation.js';
import type { Terminal } from './terminal.js';

/** Between two looks at an entry that is waited for. */
const POLL_MS = 500;
/** Longest wait before the command says "try again later": an hour covers finality on every listed chain. */
const WAIT_MAX_MS = 3_600_000;
/** A season up to this is waited for; a longer one is told as the end. */
const SEASON_WAIT_MAX_S = 60;

/** The end of a followed entry: its explanation, or the last line told if none came in time. */
export interface FollowedEntry {
  readonly line: string;
  readonly explanation: ExplanationView | null;
}

/**
 * Prints each change of an entry's explanation, who is silent and what to run, until it counts, is parked, or only a
 * person can go on; returns the last one. An aggregator that gives no answer is told as that, never as a lock not seen.
 */
export async function followEntry(
  terminal: Terminal,
  client: Pick<AggregatorClient, 'explain'>,
  id: string,
): Promise<FollowedEntry> {
  const startMs = terminal.clock.nowMs();
  let followed: FollowedEntry = { line: '', explanation: null };
  while (terminal.clock.nowMs() - startMs < WAIT_MAX_MS) {
    const now = await look(client, id);
    if (lineKey(now) !== lineKey(followed)) {
      terminal.tell(`  ${Math.round((terminal.clock.nowMs() - startMs) / 1000)} s  ${now.line}`);
      if (now.explanation !== null && !hasEnded(now.explanation))
        for (const line of nextLines(now.explanation)) terminal.tell(`     ${line}`);
    }
    followed = now;
    if (now.explanation !== null && hasEnded(now.explanation)) return now;
    await terminal.clock.sleep(POLL_MS);
  }
  return followed;
}

async function look(client: Pick<AggregatorClient, 'explain'>, id: string): Promise<FollowedEntry> {
  try {
    const [explanation = null] = await client.explain(id);
    return { line: explanation?.summary ?? 'waiting: the aggregator gave no explanation', explanation };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const line = `waiting: the aggregator gave no answer: ${cause.code}: ${cause.message}; what was sent goes on without it`;
    return { line, explanation: null };
  }
}

/** Ages grow from look to look: they do not make another line. */
function lineKey({ line, explanation }: FollowedEntry): string {
  return `${explanation?.cause?.code ?? ''} ${line.replace(/\d+ (?:s|min|h|d)\b/g, '')}`;
}

function hasEnded({ outcome, cause, eta }: ExplanationView): boolean {
  if (outcome !== 'waiting' && outcome !== 'impaired') return true;
  if (outcome === 'impaired') return cause?.code !== 'LINE_SEASONING' || (eta?.seconds ?? 0) > SEASON_WAIT_MAX_S;
  return cause?.code === 'RELEASE_CLAIMABLE';
}
