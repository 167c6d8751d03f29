import { toFunctionSelector } from 'viem';

/**
 * The acts that wait 7 days, by name: what replaces a part that prices, weighs, sells, insures or confirms, what closes or
 * opens an edge, and what replaces the holder of a role. @source PROTOCOL sections 8 and 10
 */
export const SLOW_ACTS = [
  'scheduleRiskManager(address)',
  'setAuction(address)',
  'setInsurance(address)',
  'listUnderlying(uint16,address,uint24)',
  'setWitness(uint16,uint8,address,bool)',
  'setWitness(uint8,address,bool)',
  'closeEdge(uint16,uint64,bytes32,uint32,bytes)',
  'openEdge(uint16)',
  'appoint(address)',
] as const;

/** The same as the timelock takes them: whatever contract they are called at. */
export const SLOW_KINDS = SLOW_ACTS.map((act) => ({
  target: '0x0000000000000000000000000000000000000000' as const,
  selector: toFunctionSelector(act),
}));
