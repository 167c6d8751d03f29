import type { AddedEntry, AggregatorClient, ExplanationView } from '@surety/client';
import { AppError, type Bytes32, type TxHash, oneLine } from '@surety/domain';
import { nextLines, sentenceOf } from './format-explanation.js';
import type { Terminal } from '../terminal/terminal.js';

/** Between two looks at an entry that is waited for. */
const POLL_MS = 500;
/** Longest wait before the command says "try again later": an hour covers finality on every listed chain. */
const WAIT_MAX_MS = 3_600_000;
/** A season up to this is waited for; a longer one is told as the end. */
const SEASON_WAIT_MAX_S = 60;

/** One's own entry: a reorganisation may give its transaction another place in the journal, and its place to somebody else. */
export interface OwnEntry extends Pick<AddedEntry, 'id' | 'edge' | 'amount'> {
  readonly subject: 'lock' | 'release';
  readonly txHash: TxHash;
  readonly account: Bytes32;
}

/** The end of a followed entry: its explanation, or the last line told if none came in time. */
export interface FollowedEntry {
  readonly line: string;
  readonly explanation: ExplanationView | null;
}

type Explaining = Pick<AggregatorClient, 'explain' | 'readEntry'>;

/**
 * Prints each change of an entry's explanation, who is silent and what to run, until it counts, is parked, or only a
 * person can go on; returns the last one. An aggregator that gives no answer is told as that, never as a lock not seen. The entry is
 * followed by its transaction: what a reorganisation puts in its place is never taken for it, nor is an entry of another kind.
 */
export async function followEntry(terminal: Terminal, client: Explaining, entry: OwnEntry): Promise<FollowedEntry> {
  const startMs = terminal.clock.nowMs();
  let followed: FollowedEntry = { line: '', explanation: null };
  while (terminal.clock.nowMs() - startMs < WAIT_MAX_MS) {
    const now = await look(client, entry);
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

async function look(client: Explaining, entry: OwnEntry): Promise<FollowedEntry> {
  try {
    return await findOwn(client, entry);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const line = `waiting: the aggregator gave no answer: ${cause.code}: ${sentenceOf(cause.message)}; what was sent goes on without it`;
    return { line, explanation: null };
  }
}

/** Finds the entry of the transaction, or else what stands in its place if account and amount are its own. */
async function findOwn(client: Explaining, entry: OwnEntry): Promise<FollowedEntry> {
  const { id, edge, subject, txHash, account, amount } = entry;
  const told = await client.explain(txHash);
  const own = told.filter((one) => one.subject === subject && one.id.startsWith(`${edge}:`));
  const explanation = own.find((one) => one.id === id);
  if (explanation !== undefined) return { line: sentenceOf(explanation.summary), explanation };
  const moved = own.at(-1);
  if (moved !== undefined) return await followMoved(client, entry, moved);
  // Watchers tell of transactions; a release is on the ledger before they do.
  const [there] = await client.readEntry(id);
  if (there !== undefined && (there.account !== account || there.amount !== amount)) {
    const line = `waiting: the chain was reorganised: entry ${id} is of account ${there.account} now, and transaction ${txHash} has none yet`;
    return { line, explanation: null };
  }
  const [placed = null] = there === undefined ? told : await client.explain(id);
  if (placed !== null && hasEnded(placed) && (placed.subject !== subject || placed.id !== id)) {
    const line = `waiting: the aggregator explains ${placed.subject} ${oneLine(placed.id)}; expected ${subject} ${id}`;
    return { line, explanation: null };
  }
  const line = placed === null ? 'waiting: the aggregator gave no explanation' : sentenceOf(placed.summary);
  return { line, explanation: placed };
}

/** Another entry of the edge is one's own only if it has the same account and amount. */
async function followMoved(client: Explaining, entry: OwnEntry, moved: ExplanationView): Promise<FollowedEntry> {
  const [there] = await client.readEntry(moved.id);
  const movedId = oneLine(moved.id);
  if (there?.account === entry.account && there.amount === entry.amount)
    return {
      line: `${sentenceOf(moved.summary)} (entry ${movedId} since a reorganisation)`,
      explanation: moved,
    };
  const seen = there === undefined ? 'which it does not show' : `which is of account ${there.account}`;
  const line = `waiting: the aggregator gives transaction ${entry.txHash} entry ${movedId}, ${seen}; expected ${entry.id}, or one of the same account and amount`;
  return { line, explanation: null };
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
