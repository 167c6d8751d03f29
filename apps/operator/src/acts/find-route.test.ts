import { attesterSetAbi, roleHolderAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { describe, expect, it } from 'vitest';
import { type Route, tellSentCall } from './find-route.js';

const [SAFE, HOLDER, VERIFIER] = ['5a', '92', 'dd'].map((pair) => address(`0x${pair.repeat(20)}`)) as [
  ReturnType<typeof address>,
  ReturnType<typeof address>,
  ReturnType<typeof address>,
];
const call = { to: VERIFIER, data: encodeFunctionData({ abi: attesterSetAbi, functionName: 'governor' }) };

describe('the call that a contract of several keys makes for a role', () => {
  it('is the role’s address’s act, not the call at the contract', () => {
    const route: Route = { kind: 'role-holder', role: 'guardian', at: HOLDER, signer: SAFE };
    const data = encodeFunctionData({ abi: roleHolderAbi, functionName: 'act', args: [call.to, call.data] });
    expect(tellSentCall(route, call)).toEqual([`if ${SAFE} is a contract, let it call ${HOLDER} with data ${data}`]);
  });

  it('is not told where a key calls the contract itself', () => {
    expect(tellSentCall({ kind: 'key', role: 'guardian', signer: SAFE }, call)).toEqual([]);
  });
});
