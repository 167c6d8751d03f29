import { type PlacedSource, type SideReaders, openAgreeingReader, sourcesOf } from '@surety/bridges';
import type { OperatorConfig } from '@surety/config';
import { operatorError } from './errors.js';
import { requireEndpoints } from './open-sender.js';

/** A source of the configuration with readers of its two chains. */
export interface OpenSource extends PlacedSource {
  readonly readers: SideReaders;
}

const TIMEOUT_MS = 20_000;

/** Opens every vault that the configuration names, at all providers whose variables are set. @throws BAD_USE without a settlement part, NO_PROVIDER. */
export function openSources({ network, endpoints }: OperatorConfig): OpenSource[] {
  if (network.settlement === undefined)
    throw operatorError('BAD_USE', 'chains.config.json has no settlement part; expected one: deploy first');
  const reader = (chainId: number): SideReaders['atVault'] => {
    const chain = network.chains.find((one) => one.chainId === chainId);
    if (chain === undefined) throw new TypeError(`the configuration names no chain ${chainId}`);
    const used = requireEndpoints({ chain, endpoints: endpoints.get(chainId) ?? [] });
    return openAgreeingReader(
      used.map(({ url }) => url.reveal()),
      { timeoutMs: TIMEOUT_MS },
    );
  };
  return sourcesOf(network).map((placed) => ({
    ...placed,
    readers: { atVault: reader(placed.vaultChainId), atLedger: reader(placed.ledgerChainId) },
  }));
}
