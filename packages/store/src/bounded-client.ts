import pg from 'pg';

/** Milliseconds for which a new connection is awaited. */
const CONNECT_MS = 10_000;

/** Milliseconds for which an answer is awaited. It leaves the server the time to end a statement itself. */
const ANSWER_MS = 60_000;

/** Milliseconds after which the server ends a statement: many times what any of ours takes. */
const STATEMENT_MS = 45_000;

/** Milliseconds without a word after which the other side is asked whether it is there. Linux by itself waits for two hours. */
const SILENT_MS = 30_000;

/** Connection options of every session: none waits without an end. */
const SESSION_LIMITS = {
  connectionTimeoutMillis: CONNECT_MS,
  query_timeout: ANSWER_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: SILENT_MS,
} as const;

/** Connection options of the session that has the lock. All that it asks is answered at once, or after its five seconds for a lock. */
export const LOCK_LIMITS = { ...SESSION_LIMITS, query_timeout: CONNECT_MS } as const;

/** Has the server end its side of a connection that is lost, and with it the session's locks, within a minute. */
export const KEEP_ALIVE = [
  'SET tcp_keepalives_idle = 30',
  'SET tcp_keepalives_interval = 10',
  'SET tcp_keepalives_count = 3',
] as const;

/**
 * A client that ends its connection where an answer does not come in time. The pool would hand it out again, with its
 * transaction open: the next one would then store the former's rows too.
 */
export class BoundedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(typeof config === 'object' ? { ...config, connectionTimeoutMillis: CONNECT_MS } : config);
    const ask = this.query.bind(this) as (...asked: readonly unknown[]) => unknown;
    this.query = ((...asked: readonly unknown[]) => {
      const answer = ask(...asked);
      return answer instanceof Promise ? answer.catch((cause: unknown) => this.#endIfLate(cause)) : answer;
    }) as typeof this.query;
  }

  #endIfLate(cause: unknown): never {
    // With a question open that closes the socket at once, and the client takes no further one.
    if (awaitedIn(cause) !== undefined) this.end().catch(() => undefined);
    throw cause;
  }
}

/** Limits a session as it opens: poolers refuse a limit that comes with the connection. */
async function limitStatements(client: pg.ClientBase, milliseconds: number): Promise<void> {
  for (const setting of [...KEEP_ALIVE, `SET statement_timeout = ${milliseconds}`]) await client.query(setting);
}

/** Options of the pool's sessions. */
export const POOL_SESSION = {
  ...SESSION_LIMITS,
  // The pool waits by this for a free one of its connections: behind statements that each take no longer than they may.
  connectionTimeoutMillis: ANSWER_MS,
  Client: BoundedClient,
  onConnect: (client: pg.ClientBase) => limitStatements(client, STATEMENT_MS),
} as const;

/**
 * Options of the sessions that migrate. A statement that writes a large table anew takes as long as it takes: cut off, it
 * would begin from nothing at each start. Only a lost connection ends it.
 */
export const MIGRATING_SESSION = {
  ...POOL_SESSION,
  query_timeout: 0,
  onConnect: (client: pg.ClientBase) => limitStatements(client, 0),
} as const;

/** Names the server of a URL without the rest of it, which may hold a password; undefined where it cannot be read. */
export function hostOf(url: string): string | undefined {
  try {
    const { host, port } = new pg.Client({ connectionString: url });
    return `${host}:${port}`;
  } catch {
    return undefined;
  }
}

/** Returns what was awaited where an error of the driver says that it did not come in time. The driver gives these no code. */
export function awaitedIn(cause: unknown): string | undefined {
  const isLate = cause instanceof Error && LATE.has(cause.message.replace(/^Error: /u, ''));
  return isLate ? `a connection within ${CONNECT_MS / 1_000} s and answers within ${ANSWER_MS / 1_000} s` : undefined;
}

const LATE: ReadonlySet<string> = new Set([
  'Query read timeout',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
]);
