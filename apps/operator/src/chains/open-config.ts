import { type OperatorConfig, loadOperatorConfig } from '@surety/config';
import type { Clock } from '@surety/workflows';
import type { Terminal } from '../terminal/terminal.js';

/** Means of `surety` to reach the chains: the configuration, and the clock for providers' time limits. */
export interface Reach extends OperatorConfig {
  readonly clock: Clock;
}

/** Loads the configuration of a command. @throws CONFIG_UNREADABLE, CONFIG_INVALID. */
export function openConfig({ environment, clock }: Pick<Terminal, 'environment' | 'clock'>): Reach {
  return { ...loadOperatorConfig(environment), clock };
}
