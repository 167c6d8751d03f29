import { attesterSetAbi, operationId, suretyTimelockAbi, suretyTimelockCode } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  ZERO_WORD,
  address,
  bytesToHex,
  concatBytes,
  hexToBytes,
} from '@surety/domain';
import { ContractFunctionRevertedError, encodeAbiParameters, encodeEventTopics, encodeFunctionData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { type RotationFile, rotationTypedData } from '../acts/rotation-signatures.js';
import type { ActStep, CheckStep } from './migration.js';
import { planRotation } from './plan-rotation.js';

const NOW_S = 1_800_000_000;
const activeFrom = BigInt(NOW_S + 5 * 86_400);
const plain = (text: string): Address => address(text.toLowerCase());
const keys = ['11', '22', '33', '44']
  .map((pair) => privateKeyToAccount(`0x${pair.repeat(32)}`))
  .toSorted((left, right) => (plain(left.address) < plain(right.address) ? -1 : 1));
const members = ['a1', 'b1', 'c1', 'd1'].map((pair) => plain(`0x${pair.repeat(20)}`));
const views = {
  newestEpoch: 1,
  epoch: 1,
  members: keys.map((key) => plain(key.address)),
  k: 3,
  suspended: 0,
  activeFrom: 1,
  expires: 2,
  stopped: false,
  inRecovery: false,
  recovery: [`0x${'00'.repeat(32)}`, 0, 0],
  proven: false,
  governor: `0x${'91'.repeat(20)}`,
};
const reader = {
  getBlock: async () => ({ timestamp: BigInt(NOW_S) }),
  getCode: async () => undefined,
  readContract: async ({ functionName }: { functionName: keyof typeof views }) => views[functionName],
};
const targets = [
  { chain: { chainId: 900, name: 'settlement' }, contract: plain(`0x${'dd'.repeat(20)}`), reader },
  { chain: { chainId: 901, name: 'alpha' }, contract: plain(`0x${'de'.repeat(20)}`), reader },
];

/** What the n-th member writes; `garble` replaces its signature for the second verifier. */
async function fileOf(at: number, garble?: (signature: Hex) => Hex | Promise<Hex>): Promise<RotationFile> {
  const key = keys[at];
  if (key === undefined) throw new Error(`there is no key ${at}`);
  const rotations = await Promise.all(
    targets.map(async ({ chain, contract }, place) => {
      const rotation = { chainId: chain.chainId, verifier: contract, epoch: 2, members, activeFrom };
      const signature = await key.signTypedData(rotationTypedData(rotation));
      return { ...rotation, signature: garble !== undefined && place === 1 ? await garble(signature) : signature };
    }),
  );
  return { signer: plain(key.address), rotations };
}

/** What the check of each verifier says of some files. */
async function problemsOf(files: readonly RotationFile[]): Promise<readonly (readonly string[])[]> {
  const verifiers = targets.map((target) => ({ target, newest: 1, members: views.members }));
  const { steps } = planRotation({ verifiers, files, floors: async () => [] } as never);
  return Promise.all(steps.slice(0, targets.length).map((step) => (step as CheckStep).problems()));
}

describe('a rotation', () => {
  it('holds where k members signed it for each verifier', async () => {
    expect(await problemsOf(await Promise.all([0, 1, 2].map((at) => fileOf(at))))).toEqual([[], []]);
  });

  it('is refused before anything is scheduled where a signature is right for the first verifier alone', async () => {
    const [first, second, third] = await Promise.all([fileOf(0), fileOf(1, () => `0x${'11'.repeat(65)}`), fileOf(2)]);
    expect(await problemsOf([first, second, third])).toEqual([
      [],
      [
        `the signature of ${second.signer} is of nobody; expected its own of this verifier, epoch 2, these members and date: leave its file out, or have it signed anew`,
      ],
    ]);
  });

  it('names who signed in a member’s place, and what was signed for another verifier', async () => {
    const elsewhere = { chainId: 900, verifier: plain(`0x${'dd'.repeat(20)}`), epoch: 2, members, activeFrom };
    const [thief, lender] = [keys[3], keys[1]] as const;
    const lent = await fileOf(1, async () => (await lender?.signTypedData(rotationTypedData(elsewhere))) ?? '0x');
    const [, [said]] = (await problemsOf([await fileOf(0), lent, await fileOf(2)])) as [string[], string[]];
    expect(said).toMatch(new RegExp(`the signature of ${lent.signer} is of 0x[0-9a-f]{40}; expected its own`));
    const right = { ...elsewhere, chainId: 901, verifier: plain(`0x${'de'.repeat(20)}`) };
    const stolen = await fileOf(1, async () => (await thief?.signTypedData(rotationTypedData(right))) ?? '0x');
    const [, [named]] = (await problemsOf([await fileOf(0), stolen, await fileOf(2)])) as [string[], string[]];
    expect(named).toContain(`the signature of ${stolen.signer} is of ${plain(thief?.address ?? '')}; expected its own`);
  });

  it('counts a member once', async () => {
    const [first, second] = await Promise.all([fileOf(0), fileOf(1)]);
    const [problems] = await problemsOf([first, second, second]);
    expect(problems).toEqual([
      `${second.signer} signed 2 times; expected one file of each member: leave the others out`,
    ]);
  });
});

/** A verifier whose newest epoch has these members from an earlier date on. */
function servedBy(newest: number, listed: readonly Address[], suspended = 0) {
  const seen = { ...views, newestEpoch: newest, epoch: newest, members: listed, suspended };
  const readContract = async ({ functionName }: { functionName: keyof typeof views }) => seen[functionName];
  return { ...reader, readContract };
}

describe('a rotation that an earlier one carried to the first verifier alone', () => {
  async function planFor(suspended: number) {
    const places = [
      { ...targets[0], reader: servedBy(2, members, suspended) },
      { ...targets[1], reader: servedBy(1, views.members) },
    ];
    const verifiers = places.map((target) => ({ target, newest: 1, members: views.members }));
    // Who is a member at the second one only signs for it alone.
    const whole = await Promise.all([0, 1, 2].map((at) => fileOf(at)));
    const files = whole.map(({ signer, rotations }) => ({ signer, rotations: rotations.slice(1) }));
    return planRotation({ verifiers, files, floors: async () => [] } as never).steps;
  }

  it('is written there, and checked and written at the other one', async () => {
    const [first, second, ...rest] = await planFor(0);
    expect(await (first as CheckStep).isPast?.()).toBe(true);
    expect(await (second as CheckStep).isPast?.()).toBe(false);
    expect(await (second as CheckStep).problems()).toEqual([]);
    const acts = rest.slice(0, 2) as ActStep[];
    expect(await Promise.all(acts.map((act) => act.isDone()))).toEqual([true, false]);
    expect(await (rest[2] as CheckStep).problems()).toEqual([]);
    expect(await (rest[3] as CheckStep).problems()).not.toEqual([]);
  });

  it('is not written where a member is suspended: only a new epoch ends that', async () => {
    const [first] = await planFor(1);
    expect(await (first as CheckStep).isPast?.()).toBe(false);
    expect(await (first as CheckStep).problems()).toContain('0 signatures; expected 3 of epoch 2');
  });
});

const lock = plain(`0x${'91'.repeat(20)}`);
const H = 3_600;
const otherMembers = ['a1', 'b1', 'c1', 'ee'].map((pair) => plain(`0x${pair.repeat(20)}`));

/** A rotation that the governor's timelock holds, ready now. */
interface Held {
  readonly members: readonly Address[];
  readonly activeFrom: bigint;
  readonly signatures: Hex;
  readonly predecessor?: Bytes32;
  /** In place of what the others encode to. */
  readonly data?: Hex;
}

const dataOf = ({ members: listed, activeFrom: from, signatures }: Held): Hex =>
  encodeFunctionData({ abi: attesterSetAbi, functionName: 'rotate', args: [listed, Number(from), signatures] });

/** The first verifier behind a timelock that holds rotations of it; `refused` are signatures that the verifier does not take. */
function timelocked(held: readonly Held[], refused: readonly Hex[] = []) {
  const [target] = targets;
  if (target === undefined) throw new Error('there is no verifier');
  const set = target.contract;
  const operations = held.map((one) => {
    const { predecessor = ZERO_WORD, data = dataOf(one) } = one;
    const id = operationId([set, 0n, data, predecessor, ZERO_WORD]);
    return { id, data, predecessor };
  });
  const logs = operations.map(({ id, data, predecessor }) => ({
    address: lock,
    topics: encodeEventTopics({ abi: suretyTimelockAbi, eventName: 'CallScheduled', args: { id, index: 0n } }),
    data: encodeAbiParameters(
      [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }, { type: 'uint256' }],
      [set, 0n, data, predecessor, 1n],
    ),
  }));
  const seen: Record<string, unknown> = {
    ...views,
    guardian: plain(`0x${'92'.repeat(20)}`),
    getMinDelay: BigInt(48 * H),
    getRoleMembers: [`0x${'00'.repeat(20)}`],
    PROPOSER_ROLE: ZERO_WORD,
    CANCELLER_ROLE: ZERO_WORD,
    EXECUTOR_ROLE: ZERO_WORD,
    pendingOperations: operations.map(({ id }) => id),
    isSlow: true,
    getOperationState: 2,
    getTimestamp: BigInt(NOW_S),
    expiryOf: BigInt(NOW_S + 14 * 24 * H),
    isOperationDone: false,
  };
  const served = {
    getBlock: async () => ({ timestamp: BigInt(NOW_S), number: 10n }),
    getBlockNumber: async () => 10n,
    getLogs: async () => logs,
    getCode: async ({ address: at }: { address: string }) => (at === lock ? suretyTimelockCode.runtime : undefined),
    readContract: async ({ functionName, args = [] }: { functionName: string; args?: readonly unknown[] }) => {
      if (functionName !== 'rotationContentOf') return seen[functionName];
      if (!refused.some((one) => one === args[2])) return ZERO_WORD;
      throw new ContractFunctionRevertedError({ abi: attesterSetAbi, functionName });
    },
  };
  const chain = { ...target.chain, limits: { logRangeMax: 1000 } };
  return { target: { ...target, chain, reader: served }, ids: operations.map(({ id }) => id) };
}

const signaturesOf = (files: readonly RotationFile[]): Hex =>
  bytesToHex(concatBytes(...files.map(({ rotations: [first] }) => hexToBytes(first?.signature ?? '0x', 65))));

/** Signed files of the first verifier's set from a date on. */
async function filesFrom(from: bigint, count: number): Promise<RotationFile[]> {
  const [target] = targets;
  return Promise.all(
    keys.slice(0, count).map(async (key) => {
      const verifier = target?.contract ?? lock;
      const rotation = { chainId: 900, verifier, epoch: 2, members, activeFrom: from };
      const signature = await key.signTypedData(rotationTypedData(rotation));
      return { signer: plain(key.address), rotations: [{ ...rotation, signature }] };
    }),
  );
}

/** The problems and the call of a rotation at a verifier behind a timelock. */
async function planAt(target: object, files: readonly RotationFile[]) {
  const verifiers = [{ target, newest: 1, members: views.members }];
  const { steps } = planRotation({ verifiers, files, floors: async () => [] } as never);
  const problems = await (steps[0] as CheckStep).problems();
  const call = await (steps[1] as ActStep).callNow?.();
  return { problems, data: call?.data };
}

describe('a rotation that waits in the timelock already', () => {
  it('is named with the next step where it writes another set, or the same members from another date on', async () => {
    const files = await filesFrom(activeFrom, 3);
    const signatures = signaturesOf(files);
    const own = { members, activeFrom, signatures };
    const { target, ids } = timelocked([
      { ...own, members: otherMembers },
      { ...own, activeFrom: activeFrom + 1n },
    ]);
    const { problems, data } = await planAt(target, files);
    expect(problems).toEqual(
      ids.map(
        (id) =>
          `operation ${id} would write another set; expected none: surety timelock cancel ${id} --chain settlement as guardian, or wait until it is void 2027-01-29T08:00:00.000Z`,
      ),
    );
    expect(data).toBe(dataOf(own));
  });

  it('is no problem where it can never run', async () => {
    const files = await filesFrom(activeFrom, 3);
    const dead = { members: otherMembers, activeFrom, signatures: signaturesOf(files) };
    const { target } = timelocked([{ ...dead, predecessor: `0x${'ab'.repeat(32)}` as Bytes32 }]);
    expect((await planAt(target, files)).problems).toEqual([]);
  });

  it('is no problem where its date is too near by now, such as one that was executed with other signatures', async () => {
    const files = await filesFrom(activeFrom, 3);
    const from = BigInt(NOW_S + 30 * H);
    const { target, ids } = timelocked(
      [from - 1n, from].map((at) => ({ members: otherMembers, activeFrom: at, signatures: signaturesOf(files) })),
    );
    expect((await planAt(target, files)).problems).toEqual([expect.stringContaining(`operation ${ids[1]} would`)]);
  });

  it('is named where its data cannot be read', async () => {
    const files = await filesFrom(activeFrom, 3);
    const own = { members, activeFrom, signatures: signaturesOf(files) };
    const { target, ids } = timelocked([{ ...own, data: dataOf(own).slice(0, 10) as Hex }]);
    expect((await planAt(target, files)).problems).toEqual([expect.stringContaining(`operation ${ids[0]} would`)]);
  });

  it('is not asked for at a verifier that has the set', async () => {
    const files = await filesFrom(activeFrom, 3);
    const { target } = timelocked([{ members: otherMembers, activeFrom, signatures: signaturesOf(files) }]);
    const { readContract } = target.reader;
    const written = {
      ...target.reader,
      getLogs: async () => Promise.reject(new Error('no logs')),
      readContract: async (asked: { functionName: string; args?: readonly unknown[] }) => {
        if (asked.functionName === 'members') return members;
        return asked.functionName === 'activeFrom' ? Number(activeFrom) : readContract(asked);
      },
    };
    const verifiers = [{ target: { ...target, reader: written }, newest: 1, members: views.members }];
    const { steps } = planRotation({ verifiers, files, floors: async () => [] } as never);
    const { callNow, call } = steps[1] as ActStep;
    expect(await callNow?.()).toEqual(call);
  });

  it('is executed where it writes the same set in time, whoever else signs meanwhile', async () => {
    // Too soon for an operation that is scheduled now, 48 h before its execution.
    const soon = BigInt(NOW_S + 40 * H);
    const own = { members, activeFrom: soon, signatures: signaturesOf(await filesFrom(soon, 3)) };
    const { target } = timelocked([own]);
    expect(await planAt(target, await filesFrom(soon, 4))).toEqual({ problems: [], data: dataOf(own) });
  });

  it('is passed over where the verifier refuses its signatures by now', async () => {
    const soon = BigInt(NOW_S + 40 * H);
    const signatures = signaturesOf(await filesFrom(soon, 3));
    const files = await filesFrom(soon, 4);
    const { target } = timelocked([{ members, activeFrom: soon, signatures }], [signatures]);
    const { problems, data } = await planAt(target, files);
    expect(problems).toEqual([expect.stringMatching(/^it begins .*: sign anew$/)]);
    expect(data).toBe(dataOf({ members, activeFrom: soon, signatures: signaturesOf(files) }));
  });
});
