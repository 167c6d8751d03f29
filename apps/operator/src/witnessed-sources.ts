import type { SideReaders, WitnessedSource } from '@surety/bridges';
import type { OperatorConfig } from '@surety/config';
import type { Hex } from '@surety/domain';
import { operatorError } from './errors.js';
import { openReader } from './open-sender.js';

/** A source of the configuration with readers of its two chains. */
export interface OpenSource {
  readonly chain: string;
  readonly source: WitnessedSource;
  readonly readers: SideReaders;
}

/** Opens every vault that the configuration names. @throws BAD_USE without a settlement part, NO_PROVIDER. */
export function openSources({ network, endpoints }: OperatorConfig): OpenSource[] {
  const { settlement, chains } = network;
  const home = chains.find((chain) => chain.chainId === settlement?.chainId);
  if (settlement === undefined || home === undefined)
    throw operatorError('BAD_USE', 'chains.config.json has no settlement part; expected one: deploy first');
  const reader = (chain: (typeof chains)[number]): SideReaders['atVault'] =>
    openReader({ chain, endpoints: endpoints.get(chain.chainId) ?? [] });
  const atLedger = reader(home);
  return chains.flatMap((chain): OpenSource[] => {
    const { vault } = chain;
    if (vault === undefined || chain === home) return [];
    return [
      {
        chain: chain.name,
        source: {
          source: vault.source,
          vault: vault.address as Hex,
          ledger: settlement.ledger as Hex,
          m: vault.policy?.m,
          witnesses: vault.witnesses ?? [],
          vaultIds: chain,
          ledgerIds: home,
        },
        readers: { atVault: reader(chain), atLedger },
      },
    ];
  });
}
