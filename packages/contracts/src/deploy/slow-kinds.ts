import { toFunctionSelector } from 'viem';

/**
 * The acts that wait 7 days, by name: what replaces a part that prices, sells or confirms, the holder of a role, or the vault that
 * tokens are moved to, and what closes an edge or opens its next generation. An insurance joins with the contract that has it: a
 * timelock takes more kinds and gives none up. @source PROTOCOL sections 8 and 10
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
  'closeEdge(uint16,uint64,bytes32,uint32,bytes)',
  'openGeneration(uint16,uint64,bytes32,uint32,bytes,bytes)',
  'closeEdge(uint64,bytes32,uint32,bytes)',
  'openGeneration(uint64,bytes32,uint32,bytes,bytes)',
] as const;

/** The same as the timelock takes them: whatever contract they are called at. */
export const SLOW_KINDS = SLOW_ACTS.map((act) => ({
  target: '0x0000000000000000000000000000000000000000' as const,
  selector: toFunctionSelector(act),
}));
