import { type Abi, type AbiFunction, toFunctionSelector, toFunctionSignature } from 'viem';
import { describe, expect, it } from 'vitest';
import * as generated from '../generated/index.js';
import { POWERS } from '../powers.js';
import { SLOW_ACTS, SLOW_KINDS } from './slow-kinds.js';

/** Acts of the governor that name an address and wait 48 hours: they list or end something, and replace no part. */
const QUICK: readonly string[] = [
  // A token that may be locked.
  'listAsset(address,uint8,uint64,uint64,uint64)',
  'pinCode(address,bytes32)',
  'listProtocol(address)',
  'closeProtocol(address)',
  // The old set's quorum signs it.
  'rotate(address[],uint40,bytes)',
  // Waits 14 days by itself, and the guardian must agree.
  'proposeRecovery(address[])',
];

/** Acts that take back entries. */
const EDGE_ACTS: readonly string[] = ['rewind'];
/** Acts that leave fewer witnesses between k attesters and value. */
const WITNESS_ACTS: readonly string[] = ['listSource', 'setWitnessPolicy', 'setFastLimit'];

/** Every act of the governor at a contract that is deployed. */
const governed = Object.entries(POWERS).flatMap(([contract, acts]) => {
  const abi = (generated as Record<string, unknown>)[`${contract[0]?.toLowerCase()}${contract.slice(1)}Abi`] as Abi;
  return abi.filter(
    (item): item is AbiFunction => item.type === 'function' && (acts[item.name]?.by ?? []).includes('governor'),
  );
});

describe('what waits 7 days', () => {
  it('is an act of the governor at a contract that is deployed', () => {
    const known = new Set(governed.map((item) => toFunctionSignature(item)));
    for (const act of SLOW_ACTS) expect(known).toContain(act);
    expect(SLOW_KINDS.map(({ selector }) => selector)).toEqual(SLOW_ACTS.map((act) => toFunctionSelector(act)));
  });

  it('leaves out no act of the governor that names an address, rewinds a replica or loosens what witnesses bound, but for those that are said to be quick', () => {
    const naming = governed
      .filter(
        ({ name, inputs }) =>
          [...EDGE_ACTS, ...WITNESS_ACTS].includes(name) || inputs.some(({ type }) => type.startsWith('address')),
      )
      .map((item) => toFunctionSignature(item));
    expect([...new Set(naming)].sort()).toEqual([...SLOW_ACTS, ...QUICK].sort());
  });
});
