import { listContracts, loadNetwork } from '@surety/config';
import { operatorError } from '../errors.js';
import { formatTable } from '../terminal/format.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety addresses`. */
export interface AddressesOptions extends OutputOptions {
  /** Id or name of the only chain to list. */
  readonly chain?: string;
}

const NO_SETTLEMENT = 'settlement: the file has none, so no ledger is deployed; docs/OPERATIONS.md says how to deploy';

/**
 * Writes every contract of chains.config.json by chain and name, and what the file lacks. Asks no chain: `surety doctor`
 * compares their code. @throws BAD_USE for a chain that the file does not name.
 */
export function addresses(terminal: Terminal, options: AddressesOptions): void {
  const network = loadNetwork(terminal.environment);
  const wanted = options.chain;
  const isWanted = (chain: string, chainId: number): boolean =>
    wanted === undefined || wanted === chain || wanted === String(chainId);
  if (!network.chains.some(({ name, chainId }) => isWanted(name, chainId))) {
    const known = network.chains.map(({ name, chainId }) => `${name} (${chainId})`).join(', ');
    throw operatorError('BAD_USE', `--chain is "${wanted ?? ''}"; expected one of ${known}`);
  }
  const contracts = listContracts(network).filter(({ chain, chainId }) => isWanted(chain, chainId));
  const missing = contracts.filter(({ address }) => address === null);
  const lacks = [
    ...(network.settlement === undefined ? [NO_SETTLEMENT] : []),
    ...missing.map(({ chain, chainId, name }) => `${chain} (${chainId}): the file names no ${name}`),
  ];
  writeResult(terminal, options, { contracts, lacks }, () => [
    ...formatTable([
      ['chain', 'id', 'contract', 'address', 'of'],
      ...contracts.map(({ chain, chainId, name, address, foreign }) => [
        chain,
        String(chainId),
        name,
        address ?? 'none',
        foreign ? 'others' : 'surety',
      ]),
    ]),
    ...(lacks.length === 0 ? [] : ['', 'missing:', ...lacks.map((line) => `  ${line}`)]),
  ]);
}
