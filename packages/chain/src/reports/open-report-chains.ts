import type { RpcTransport } from '@surety/rpc';
import { RpcRequestError, createPublicClient, custom } from 'viem';
import { chainError } from '../errors.js';
import type { ReportChain } from './report-chain.js';

/** The settlement chain with the ways to its providers. */
export interface ReportChainsOptions extends Pick<ReportChain, 'chain' | 'settlement'> {
  readonly transports: readonly RpcTransport[];
  readonly timeoutMs: number;
  readonly responseBytesMax: number;
}

/** Gives the settlement chain once at each provider, answers bounded in time and bytes; nothing is asked yet. */
export function openReportChains(options: ReportChainsOptions): readonly ReportChain[] {
  const { chain, settlement } = options;
  return options.transports.map((transport) => ({
    chain,
    settlement,
    reader: createPublicClient({
      transport: custom({ request: (asked) => request(transport, asked, options) }, { retryCount: 0 }),
    }),
  }));
}

async function request(
  transport: RpcTransport,
  asked: { readonly method: string; readonly params?: unknown },
  { timeoutMs, responseBytesMax: bytesMax }: ReportChainsOptions,
): Promise<unknown> {
  const sent = { jsonrpc: '2.0', id: 1, ...asked };
  const { status, body } = await transport.send(JSON.stringify(sent), {
    signal: AbortSignal.timeout(timeoutMs),
    bytesMax,
  });
  const answer = parsed(body);
  // A revert comes as an error with data, which the caller reads.
  if (answer?.error !== undefined) throw new RpcRequestError({ body: sent, error: answer.error, url: '' });
  if (answer !== undefined && 'result' in answer) return answer.result;
  throw chainError('BAD_RESPONSE', `${asked.method} was answered with HTTP ${status} and no result; check the address`);
}

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

function parsed(body: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}
