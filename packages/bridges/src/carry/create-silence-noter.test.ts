import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type EdgeDirection, address, bytes32, txHash } from '@surety/domain';
import type { LandOutcome, TransactionCall, TransactionSender } from '@surety/workflows';
import { type Abi, decodeFunctionData, encodeFunctionResult } from 'viem';
import { expect, test } from 'vitest';
import type { BridgeReads } from '../bridge-reads.js';
import { createSilenceNoter } from './create-silence-noter.js';
import type { WitnessedEdge } from './witnessed-edge.js';

const at20 = (byte: string) => address(`0x${byte.repeat(20)}`);
const [near, far, ledger, vault] = [at20('a1'), at20('a2'), at20('1e'), at20('5a')];
const EDGE = bytes32(`0x${'ee'.repeat(32)}`);
const end = { core: near, consistencyLevel: 1 };
const SLOT = 2;

function edgeOf(direction: EdgeDirection): WitnessedEdge {
  return {
    source: 7,
    direction,
    edge: EDGE,
    replica: direction === 'to-ledger' ? ledger : vault,
    gasCeiling: 8_000_000n,
    witness: {
      kind: 'wormhole',
      name: 'wormhole',
      slot: SLOT,
      mayConflict: true,
      guardianSet: { index: 0, size: 13 },
      atVault: { ...end, contract: near },
      atLedger: { ...end, contract: far },
    },
  };
}

test.each([
  ['to-ledger', ledger, collateralLedgerAbi, [7, SLOT, 5n], 'silentWitnessesOf'],
  ['to-vault', vault, collateralVaultAbi, [SLOT, 5n], 'silentWitnesses'],
] as const)(
  '%s: the replica is told of the slot, and says when it has noted it',
  async (direction, to, abi, args, view) => {
    let silent = 0;
    let call: TransactionCall | undefined;
    const destination: BridgeReads = {
      call: async ({ calldata }) => {
        const { functionName } = decodeFunctionData({ abi, data: calldata });
        expect(functionName).toBe(view);
        return { kind: 'answer', bytes: encodeFunctionResult({ abi, functionName, result: silent }) };
      },
    };
    const land = async (asked: TransactionCall): Promise<LandOutcome> => {
      call = asked;
      return { kind: 'landed', txHash: txHash(`0x${'22'.repeat(32)}`) } as unknown as LandOutcome;
    };
    const noter = createSilenceNoter(edgeOf(direction), {
      destination,
      sender: { land } as unknown as TransactionSender,
    });
    await noter.note(5n);
    expect(call?.to).toBe(to);
    const decoded = decodeFunctionData({ abi, data: call?.calldata ?? '0x' });
    expect([decoded.functionName, decoded.args]).toEqual(['noteSilence', args]);
    silent = 0b011;
    expect(await call?.readEffect()).toBe(false);
    silent = 0b100;
    expect(await call?.readEffect()).toBe(true);
  },
);

test('what has become of it is read of the replica alone: a witness that is broken tells nothing either', async () => {
  const abi: Abi = collateralLedgerAbi.filter((item) => item.type === 'function' && item.name === 'witnessOf');
  const destination: BridgeReads = {
    call: async ({ to, calldata }) => {
      expect(to).toBe(ledger);
      const { functionName } = decodeFunctionData({ abi, data: calldata });
      return { kind: 'answer', bytes: encodeFunctionResult({ abi, functionName, result: [far, true, false, 4n] }) };
    },
  };
  const noter = createSilenceNoter(edgeOf('to-ledger'), { destination, sender: {} as TransactionSender });
  expect(await noter.readStanding()).toEqual({ confirmed: 4n, conflicted: false });
});
