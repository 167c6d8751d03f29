import { compareInputs, readReportInputs } from '@surety/chain';
import { parseReportInputs } from '@surety/margin';
import { operatorError } from '../errors.js';
import { openConfig } from '../chains/open-config.js';
import { comparedChains, readMarkets, requireNone } from './compared-chains.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';
import { parseAccountArgument, parseAddressArgument } from '../terminal/parse-account.js';

/** Options of `surety margin inputs`. */
export interface InputsOptions extends OutputOptions {
  readonly protocol: string;
  readonly account: string;
  /** A final block; the last one if left out. */
  readonly block?: string;
  /** File of the signer's own markets. */
  readonly markets: string;
}

/**
 * Writes the inputs of a report about an account: position, lines, weights and prices from the settlement chain at one
 * final block, the rest from the signer's own file. One JSON document for `surety margin report`. Signs and sends
 * nothing.
 * @throws BAD_USE, NOT_JSON, NOT_FINAL, NO_REPORTS, NOTHING_TO_REPORT, MARKET_MISSING; REPORT_WRONG for inputs that a
 * book cannot express.
 */
export async function marginInputs(terminal: Terminal, options: InputsOptions): Promise<void> {
  const request = {
    protocol: parseAddressArgument(options.protocol, '--protocol'),
    account: parseAccountArgument(options.account, '--account'),
    ...(options.block === undefined ? {} : { blockNumber: parseBlock(options.block) }),
    markets: readMarkets(options.markets),
  };
  const [place] = comparedChains(openConfig(terminal));
  const written = await readReportInputs(request, place);
  const inputs = parseReportInputs(written);
  requireNone(await compareInputs(inputs, place), 'a book cannot say it, so the bound of the protocol counts');
  const { subject, account } = inputs;
  terminal.tell(
    `${account.perps.length + account.options.length} positions and ${account.lines.length} lines of ${subject.account} in block ${subject.blockNumber}, position ${subject.positionNonce}`,
  );
  writeResult(terminal, { json: true }, written, () => []);
}

function parseBlock(text: string): bigint {
  if (/^(0|[1-9][0-9]{0,18})$/.test(text)) return BigInt(text);
  throw operatorError('BAD_USE', `--block ${text} is no block; expected the number of a final one, or leave it out`);
}
