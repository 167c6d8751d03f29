import { toFunctionSelector } from 'viem';

/**
 * The acts that wait 7 days, by name. They replace a part that prices, sells or confirms, the holder of a role, or the
 * vault to which tokens are moved; they rewind a replica; or they put fewer witnesses between k attesters and value: a
 * new source, the number of witnesses that must confirm, the share that is paid before they do. An insurance will be
 * added with its contract: a timelock can add kinds but not remove them. A kind is a selector, so tightening by one of
 * these acts waits as long.
 * @source PROTOCOL sections 8 and 10
 */
export const SLOW_ACTS = [
  'setAuction(address)',
  'scheduleRiskManager(address)',
  'releaseFrom(address)',
  'listUnderlying(uint16,address,uint24)',
  'setWitness(uint16,uint8,address,bool)',
  'setWitness(uint8,address,bool)',
  'appoint(address)',
  'setSuccessor(address)',
  'listSource((uint16,uint64,address,uint16,uint16,uint16,uint16,uint16,uint8,bool))',
  'setWitnessPolicy(uint8)',
  'setFastLimit(uint16,uint16)',
  'rewind(uint16,(bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes)',
  'rewind((bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes)',
] as const;

/** The same in the timelock's format: for any target contract. */
export const SLOW_KINDS = SLOW_ACTS.map((act) => ({
  target: '0x0000000000000000000000000000000000000000' as const,
  selector: toFunctionSelector(act),
}));
