import { toFunctionSelector } from 'viem';

/**
 * The acts that wait 7 days, by name: what replaces a part that prices, sells or confirms, and what replaces the holder of a
 * role. An insurance and the closing of an edge join with the contracts that have them: a timelock
 * takes more kinds and gives none up. @source PROTOCOL sections 8 and 10
 */
export const SLOW_ACTS = [
  'setAuction(address)',
  'scheduleRiskManager(address)',
  'listUnderlying(uint16,address,uint24)',
  'setWitness(uint16,uint8,address,bool)',
  'setWitness(uint8,address,bool)',
  'appoint(address)',
] as const;

/** The same as the timelock takes them: whatever contract they are called at. */
export const SLOW_KINDS = SLOW_ACTS.map((act) => ({
  target: '0x0000000000000000000000000000000000000000' as const,
  selector: toFunctionSelector(act),
}));
