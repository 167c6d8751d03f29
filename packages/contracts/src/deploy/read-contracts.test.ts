import { type Hex, address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { suretyTimelockCode } from '../generated/index.js';
import { DeploymentCheck } from './deployment-check.js';
import { readContracts } from './read-contracts.js';
import { findContractProblems } from './verify-chain.js';

const TIP = 20_000_000n;
const CHAIN = 901;
const contract = {
  chainId: CHAIN,
  address: address(`0x${'77'.repeat(20)}`),
  code: suretyTimelockCode,
  part: 'timelock',
};
const plan = { contracts: [contract], vault: { request: { chainId: CHAIN, name: 'alpha' }, roles: {} } };

/** A full node: it keeps the states of the last 128 blocks. */
function readersOf(code: Hex): ReadonlyMap<number, never> {
  const reader = {
    getBlockNumber: () => Promise.resolve(TIP),
    getCode: ({ blockNumber = TIP }: { blockNumber?: bigint }) =>
      blockNumber < TIP - 128n ? Promise.reject(new Error('missing trie node')) : Promise.resolve(code),
  };
  return new Map([[CHAIN, reader as never]]);
}

describe('contracts that an earlier run created', () => {
  it('are compared with the plan at a node without old states', async () => {
    const runtime = suretyTimelockCode.runtime as Hex;
    expect(await findContractProblems(plan as never, readersOf(runtime))).toEqual([]);
    expect(await findContractProblems(plan as never, readersOf('0x'))).toEqual([
      `timelock on ${CHAIN} at ${contract.address} holds other code than ${suretyTimelockCode.name}`,
    ]);
  });

  it('have no block at such a node, and the refusal says what to do', async () => {
    const asked = { outcomes: [], check: new DeploymentCheck() };
    const read = readContracts([contract as never], readersOf(suretyTimelockCode.runtime as Hex), asked);
    await expect(read).rejects.toMatchObject({
      code: 'ASSERTION_FAILED',
      message: expect.stringMatching(
        /timelock at 0x7777.* in block 10000000; expected one that keeps old states/,
      ) as string,
    });
  });
});
