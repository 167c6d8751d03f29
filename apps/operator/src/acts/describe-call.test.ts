import { roleHolderAbi } from '@surety/contracts';
import { address, bytes32 } from '@surety/domain';
import { type AbiParameter, concatHex, encodeAbiParameters, encodeFunctionData } from 'viem';
import { describe, expect, it } from 'vitest';
import { type ActSpec, flatParameters, functionOf, nestArguments, selectorOf } from './act-spec.js';
import { ACTS } from './act-table.js';
import { describeOperation } from './carry-out.js';
import { describeCall } from './describe-call.js';

/** The latest time that a word of a call may be read as. */
const LATEST = 2n ** 53n - 1n;

/** The call of an act with this in place of every time, also where the contract's own type is too narrow for it. */
function callWithTimes(spec: ActSpec, time: bigint): `0x${string}` {
  const kinds = spec.takes.map(({ kind }) => kind);
  let at = 0;
  const widen = (input: AbiParameter): AbiParameter => {
    const { components } = input as AbiParameter & { components?: readonly AbiParameter[] };
    if (components !== undefined) return { ...input, components: components.map(widen) };
    return kinds[at++] === 'time' ? { ...input, type: 'uint256' } : input;
  };
  const { inputs } = functionOf(spec);
  const wide = inputs.map(widen);
  const values = flatParameters(wide).map(({ type }, place) => (kinds[place] === 'time' ? time : nothingOf(type)));
  const words = encodeAbiParameters(wide, nestArguments(wide, values));
  return concatHex([selectorOf(spec) as `0x${string}`, words]);
}

function nothingOf(type: string): unknown {
  if (type.endsWith('[]')) return [];
  if (type === 'bool') return false;
  if (type === 'address') return `0x${'11'.repeat(20)}`;
  if (type === 'bytes') return '0x';
  const bytes = /^bytes(\d+)$/.exec(type);
  return bytes === null ? 0n : `0x${'00'.repeat(Number(bytes[1]))}`;
}

const operation = (to: string, data: `0x${string}`, value = 0n) => ({
  id: bytes32(`0x${'cc'.repeat(32)}`),
  state: 'waiting' as const,
  readyAt: 1_800_000_000n,
  expiresAt: 1_801_209_600n,
  content: {
    calls: [{ to: address(to), data, value }],
    predecessor: bytes32(`0x${'00'.repeat(32)}`),
    isPredecessorDone: false,
    salt: bytes32(`0x${'00'.repeat(32)}`),
  },
});

describe('a call that anybody scheduled', () => {
  it('is described whatever its bytes are: one that cannot be read hides no other', () => {
    for (const spec of ACTS) {
      const selector = selectorOf(spec) as `0x${string}`;
      expect(typeof describeCall(selector)).toBe('string');
      expect(typeof describeCall(`${selector}00`)).toBe('string');
    }
  });

  it('is described with times that no calendar has', () => {
    const timed = ACTS.filter(({ takes }) => takes.some(({ kind }) => kind === 'time'));
    const told = timed.map((spec) => describeCall(callWithTimes(spec, LATEST)));
    expect(told.length).toBeGreaterThan(2);
    expect(told.filter((text) => !text.includes(` ${LATEST}`))).toEqual([]);
    expect(timed.map((spec) => describeCall(callWithTimes(spec, 1_800_000_000n)))).toEqual(
      timed.map(() => expect.stringContaining('1800000000 (2027-01-15T08:00:00.000Z)')),
    );
    for (const spec of ACTS) expect(describeCall(callWithTimes(spec, LATEST))).toMatch(`${spec.place} ${spec.name}`);
  });

  it('is clipped where its bytes or a list are long, and a batch tells how many calls it has', () => {
    const mark = ACTS.find(({ place, name }) => place === 'ledger' && name === 'mark') as ActSpec;
    const { inputs } = functionOf(mark);
    const long = inputs.map(({ type }) => (type === 'bytes' ? `0x${'ab'.repeat(60_000)}` : nothingOf(type)));
    const data = concatHex([selectorOf(mark) as `0x${string}`, encodeAbiParameters(inputs, long)]);
    expect(describeCall(data)).toContain(`0x${'ab'.repeat(32)}… of 60000 bytes`);
    expect(describeCall(data).length).toBeLessThan(500);
    const members = ACTS.flatMap((spec) => {
      const at = flatParameters(functionOf(spec).inputs).findIndex(({ type }) => type === 'address[]');
      return at === -1 ? [] : [{ spec, at }];
    });
    for (const { spec, at } of members) {
      const flat = flatParameters(functionOf(spec).inputs).map(({ type }, place) =>
        place === at ? Array.from({ length: 1_000 }, () => `0x${'11'.repeat(20)}`) : nothingOf(type),
      );
      const words = encodeAbiParameters(functionOf(spec).inputs, nestArguments(functionOf(spec).inputs, flat));
      const told = describeCall(concatHex([selectorOf(spec) as `0x${string}`, words]));
      expect(told).toContain('… of 1000');
      expect(told.length).toBeLessThan(4_000);
    }
    expect(members.length).toBeGreaterThan(0);
    const { content, ...one } = operation(`0x${'11'.repeat(20)}`, data);
    const calls = Array.from({ length: 300 }, () => content.calls).flat();
    expect(describeOperation({ ...one, content: { ...content, calls } })).toMatch(/ \(300 calls\)$/);
  });

  it('is told apart from the same call at another contract, and from one that sends coin', () => {
    const data = encodeFunctionData({ abi: roleHolderAbi, functionName: 'appoint', args: [`0x${'99'.repeat(20)}`] });
    const [guardian, pauser] = [`0x${'11'.repeat(20)}`, `0x${'22'.repeat(20)}`];
    expect(describeOperation(operation(guardian, data))).not.toBe(describeOperation(operation(pauser, data)));
    expect(describeOperation(operation(guardian, data))).toContain(guardian);
    expect(describeOperation(operation(guardian, data, 5n))).not.toBe(describeOperation(operation(guardian, data)));
  });
});
