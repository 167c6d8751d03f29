import { type Network, type OperatorConfig, loadOperatorConfig } from '@surety/config';
import type { Clock } from '@surety/workflows';
import { operatorError } from '../errors.js';
import type { SpendingChain } from './open-sender.js';
import type { Terminal } from '../terminal/terminal.js';

/** Means of `surety` to reach the chains: the configuration, and the clock for providers' time limits. */
export interface Reach extends OperatorConfig {
  readonly clock: Clock;
}

/** Loads the configuration of a command. @throws CONFIG_UNREADABLE, CONFIG_INVALID. */
export function openConfig({ environment, clock }: Pick<Terminal, 'environment' | 'clock'>): Reach {
  return { ...loadOperatorConfig(environment), clock };
}

/** Returns a chain with its providers; none where no variable holds their URLs. */
export function placeOf(
  { endpoints, clock }: Pick<Reach, 'endpoints' | 'clock'>,
  chain: SpendingChain['chain'],
): SpendingChain {
  return { chain, endpoints: endpoints.get(chain.chainId) ?? [], clock };
}

/** The settlement part of the configuration, and its chain. */
export interface SettlementPlace {
  readonly settlement: NonNullable<Network['settlement']>;
  readonly chain: Network['chains'][number];
}

/** Finds the settlement part; undefined before the deployment. */
export function findSettlement({ settlement, chains }: Network): SettlementPlace | undefined {
  const chain = chains.find(({ chainId }) => chainId === settlement?.chainId);
  return settlement === undefined || chain === undefined ? undefined : { settlement, chain };
}

/** Returns the settlement part. @throws BAD_USE without one, saying what it is for. */
export function requireSettlement(network: Network, wants = 'deploy first'): SettlementPlace {
  const found = findSettlement(network);
  if (found !== undefined) return found;
  throw operatorError('BAD_USE', `chains.config.json has no settlement part; expected one: ${wants}`);
}

/** Returns the settlement part with its chain's providers; undefined before the deployment, and where it has none. */
export function reachSettlement(reach: Reach): (SettlementPlace & { readonly place: SpendingChain }) | undefined {
  const found = findSettlement(reach.network);
  const place = found && placeOf(reach, found.chain);
  return found === undefined || place === undefined || place.endpoints.length === 0 ? undefined : { ...found, place };
}
