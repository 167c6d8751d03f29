import type { ExplanationView } from '@surety/client';
import { AppError, explainRelayer } from '@surety/domain';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { explainFromChain } from './explain-from-chain.js';
import { operatorError } from '../errors.js';
import { formatExplanation, sentenceOf } from './format-explanation.js';
import { openConfig } from '../chains/open-config.js';
import { parseAddressArgument } from '../terminal/parse-account.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/**
 * Explains anything: guesses from its form whether it is a transaction, an entry, an account, an attester, an asset, a
 * chain, an edge, a market or, by its URL, a relayer. Where no aggregator answers, a transaction or an entry is read from
 * the chains themselves.
 */
export async function explainAnything(terminal: Terminal, wanted: string, options: OutputOptions): Promise<void> {
  if (wanted.trim() === '')
    throw operatorError(
      'BAD_USE',
      `<anything> is "${wanted}"; expected a transaction, an entry, an account, or another name`,
    );
  const id = wanted.replace(/^relayer:/, '');
  const explanations = /^https?:\/\//.test(id) ? [await ofRelayer(id)] : await ofAnything(terminal, wanted);
  writeResult(terminal, options, { explanations }, () =>
    explanations.flatMap((one, at) => [...(at === 0 ? [] : ['']), ...formatExplanation(one)]),
  );
}

async function ofAnything(terminal: Terminal, id: string): Promise<readonly ExplanationView[]> {
  if (/^0x[0-9a-fA-F]{40}$/.test(id)) parseAddressArgument(id, '<anything>');
  const config = openConfig(terminal);
  try {
    return await connectAggregator(config.aggregatorUrls).explain(id);
  } catch (cause) {
    if (!(cause instanceof AppError) || !cause.retryable) throw cause;
    terminal.tell(`${cause.code}: ${sentenceOf(cause.message)}`);
    const [edge = '', index] = id.split(':');
    if (!/^0x[0-9a-fA-F]{64}$/.test(edge) || (index !== undefined && !/^[1-9][0-9]*$/.test(index))) throw cause;
    terminal.tell('reading the chains instead …');
    return explainFromChain(config, { hash: edge, index: index === undefined ? undefined : BigInt(index), cause });
  }
}

async function ofRelayer(url: string): Promise<ExplanationView> {
  try {
    const { reasons } = await connectAggregator(url, 'its address').readReadiness();
    return explainRelayer({ url, reasons, failure: '' });
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    // The client's codes are those of an aggregator; its words are true of any process.
    return explainRelayer({ url, reasons: null, failure: cause.message });
  }
}
