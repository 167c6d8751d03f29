import { connect } from 'node:net';
import type { WatcherConfig } from '@surety/config';
import { connectAggregator } from '../chains/connect-aggregator.js';
import type { Finding } from '../terminal/group-findings.js';

/** Longest wait for a connection on this machine. */
const CONNECT_MS = 3_000;

/** Asks the watcher on its health port; a free port is well before its start. */
export async function checkHealthPort({ host, port }: WatcherConfig['http']): Promise<Finding> {
  const check = 'attester health port';
  if (port === 0) {
    const detail = 'SURETY_HTTP_PORT is 0, so every start takes another port and nobody can ask it; set one';
    return { check, result: 'warn', detail };
  }
  // A process that listens on all addresses answers on this machine’s own.
  const asked = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const url = `http://${asked.includes(':') ? `[${asked}]` : asked}:${port}`;
  if (await isFree(asked, port))
    return { check, result: 'ok', detail: `nothing listens on ${url}: start the watcher, then ask again` };
  try {
    // Only a watcher has this page.
    const page = await fetch(`${url}/v1/halts`, { signal: AbortSignal.timeout(CONNECT_MS), redirect: 'error' });
    if (!page.ok) {
      const detail = `another program than a watcher listens on ${url}; stop it, or set SURETY_HTTP_PORT to a free port`;
      return { check, result: 'fail', detail };
    }
    const { ready, reasons } = await connectAggregator(url).readReadiness();
    const detail = reasons.map((one) => `${one.code}: ${one.detail}`).join('; ');
    const result = ready ? (reasons.length === 0 ? 'ok' : 'warn') : 'fail';
    return { check, result, detail: detail === '' ? `a watcher answers on ${url}: ready` : `${url}: ${detail}` };
  } catch {
    const detail = `${url} is held and gives no answer; look at the watcher’s log, or at the program that holds it`;
    return { check, result: 'fail', detail };
  }
}

/** True only where the connection was refused: silence says nothing. */
async function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    for (const event of ['connect', 'timeout'] as const) socket.once(event, () => (socket.destroy(), resolve(false)));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => (socket.destroy(), resolve(code === 'ECONNREFUSED')));
  });
}
