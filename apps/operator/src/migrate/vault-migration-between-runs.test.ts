import { collateralVaultAbi, operationId, suretyTimelockAbi, suretyTimelockCode } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, ZERO_WORD, address } from '@surety/domain';
import {
  ContractFunctionRevertedError,
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionData,
} from 'viem';
import { describe, expect, it } from 'vitest';
import type { ActStep, CheckStep, Migration } from './migration.js';
import { planVaultMigration } from './plan-vault-migration.js';

const at = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const [oldVault, ledger, nobody, token, lock] = [at('c1'), at('aa'), at('00'), at('50'), at('77')];
const SOURCE = 3;
const NOW_S = 1_800_000_000n;

/** One call that waits at a timelock. */
interface Waiting {
  readonly to: Address;
  readonly data: Hex;
  readonly predecessor?: Bytes32;
  /** False if the provider keeps no log of it. */
  readonly isLogged?: boolean;
}

/** What both chains hold between two runs; a test changes it. */
interface World {
  limit: bigint;
  cap: bigint;
  successor: string;
  /** What waits at the timelock of the vault's chain, and at that of the ledger's. */
  alpha: readonly Waiting[];
  settlement: readonly Waiting[];
}

const idOf = ({ to, data, predecessor = ZERO_WORD }: Waiting): Bytes32 =>
  operationId([to, 0n, data, predecessor, ZERO_WORD]);

const logOf = (one: Waiting): object => ({
  address: lock,
  topics: encodeEventTopics({ abi: suretyTimelockAbi, eventName: 'CallScheduled', args: { id: idOf(one), index: 0n } }),
  data: encodeAbiParameters(
    [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }, { type: 'uint256' }],
    [one.to, 0n, one.data, one.predecessor ?? ZERO_WORD, 172_800n],
  ),
});

const oldTerms = {
  source: 1,
  originChainId: 901n,
  vault: oldVault,
  initialBp: 9_500,
  maintenanceBp: 9_800,
  staleAfterMin: 90,
  darkAfterMin: 360,
  floorAfterMin: 4_320,
  m: 0,
  development: false,
};

type Answer = (asked: { readonly where: string; readonly args: readonly unknown[] }) => unknown;

/** Views of the vaults, the ledger and the timelock of one chain. */
function viewsOf(world: World, waiting: readonly Waiting[]): Record<string, Answer> {
  const isOld = (where: string): boolean => where === oldVault;
  const limits = { min: 1n, limit: world.limit, fastBp: 2_500, feeBp: 0 };
  const always = {
    settlementChainId: 900n, ledger, attesterSet: at('d1'), governor: lock, guardian: at('92'), pauser: at('93'),
    development: false, assetCount: 1, witnessPolicy: [0], indexOf: 1, stateOf: [1], stopped: false, inRecovery: false,
    getMinDelay: 172_800n, getRoleMembers: [nobody], PROPOSER_ROLE: ZERO_WORD, CANCELLER_ROLE: ZERO_WORD,
    EXECUTOR_ROLE: ZERO_WORD, isSlow: true, getOperationState: 1, getTimestamp: NOW_S, expiryOf: NOW_S,
    isOperationDone: false, limitsOf: { fastUnits: 25n, burstUnits: 25n }, assetIdOf: 0,
    pendingOperations: waiting.map(idOf),
  }; // prettier-ignore
  return {
    ...Object.fromEntries(Object.entries(always).map(([name, value]) => [name, () => value])),
    source: ({ where }) => (isOld(where) ? 1 : SOURCE),
    successor: ({ where }) => (isOld(where) ? world.successor : nobody),
    witnessOf: ({ where }) => (where === ledger ? [nobody, false] : [{ at: nobody, conflicts: false }, 0n]),
    assetOf: ({ where }) => ({ token, decimals: 18, ...limits, cap: isOld(where) ? world.cap : 5n }),
    sourceOf: ({ args }) => {
      if (args[0] === 1) return [oldTerms, '0x', '0x'];
      throw new ContractFunctionRevertedError({ abi: [], functionName: 'sourceOf' });
    },
  };
}

function readerOf(world: World, side: 'alpha' | 'settlement'): object {
  return {
    readContract: async (asked: { address: string; functionName: string; args?: readonly unknown[] }) => {
      const view = viewsOf(world, world[side])[asked.functionName];
      return view?.({ where: asked.address, args: asked.args ?? [] });
    },
    getCode: async ({ address: where }: { address: string }) => (where === lock ? suretyTimelockCode.runtime : '0x60'),
    getBlock: async () => ({ timestamp: NOW_S }),
    getBlockNumber: async () => 10n,
    getLogs: async () => world[side].filter(({ isLogged }) => isLogged !== false).map(logOf),
  };
}

const worldOf = (given: Partial<World> = {}): World => ({
  limit: 1_000n,
  cap: 5n,
  successor: nobody,
  alpha: [],
  settlement: [],
  ...given,
});

function plan(world: World): Promise<Migration> {
  const place = (chainId: number, name: 'alpha' | 'settlement', contract: Address) => ({
    chain: { chainId, name, limits: { logRangeMax: 1_000 }, vault: { assets: [] } },
    reader: readerOf(world, name),
    contract,
  });
  return planVaultMigration({
    network: {},
    origin: place(901, 'alpha', oldVault),
    home: place(900, 'settlement', ledger),
    source: SOURCE,
    floors: async () => [],
  } as never);
}

const addressOfNext = async (): Promise<string> =>
  (await plan(worldOf())).steps
    .flatMap((step) => (step.kind === 'create' && step.title === 'vault' ? [step.address] : []))
    .join();

const firstCheck = async (world: World): Promise<readonly string[]> =>
  ((await plan(world)).steps[0] as CheckStep).problems();
const actOf = ({ steps }: Migration, title: string): ActStep =>
  steps.find((step) => step.title.startsWith(title)) as ActStep;
const closingOf = async (world: World): Promise<ActStep> =>
  actOf(await plan(world), `the old vault takes no more of ${token}`);
const setLimits = (asset: number, cap: bigint, limit: bigint, more: Partial<Waiting> = {}): Waiting => ({
  to: oldVault,
  data: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'setLimits', args: [asset, 1n, cap, limit] }),
  ...more,
});

describe('limits of the old vault that wait in its timelock', () => {
  it('refuse the move while they are other ones than the closing’s', async () => {
    const lower = setLimits(1, 5n, 100n);
    expect(await firstCheck(worldOf({ alpha: [lower] }))).toEqual([
      `operation ${idOf(lower)} of the timelock ${lock} on alpha would make vault set-limits (asset 1, min 1, cap 5, limit 100) at ${oldVault}; expected none but vault set-limits (asset 1, min 1, cap 0, limit 1000): execute it if its values are meant, or cancel it as guardian (surety timelock cancel ${idOf(lower)} --chain alpha); then run again`,
    ]);
  });

  it('refuse it while the closing of an earlier run would write an old limit back', async () => {
    const closing = await closingOf(worldOf());
    const earlier = { to: closing.call.to, data: closing.call.data };
    expect(await firstCheck(worldOf({ alpha: [earlier] }))).toEqual([]);
    // Another limit was set meanwhile; the successor is named, and even a closed vault would get its old limit back.
    for (const cap of [5n, 0n]) {
      const world = worldOf({ limit: 100n, cap, alpha: [earlier], successor: await addressOfNext() });
      expect(await firstCheck(world)).toEqual([
        expect.stringMatching(
          /cap 0, limit 1000\) at .*; expected none but vault set-limits \(asset 1, min 1, cap 0, limit 100\)/,
        ),
      ]);
    }
  });

  it('let it go on where they are of another asset, or come behind the closing', async () => {
    const closing = setLimits(1, 0n, 1_000n);
    const behind = setLimits(1, 0n, 100n, { predecessor: idOf(closing) });
    expect(await firstCheck(worldOf({ alpha: [setLimits(2, 5n, 100n), closing, behind] }))).toEqual([]);
    // Once the closing is executed, what came behind it is the next to be executed.
    expect(await firstCheck(worldOf({ cap: 0n, alpha: [behind] }))).toEqual([
      expect.stringContaining(`operation ${idOf(behind)} `),
    ]);
  });

  it('are not thought away where no log tells them', async () => {
    const unread = setLimits(1, 5n, 100n, { isLogged: false });
    expect(await firstCheck(worldOf({ alpha: [unread] }))).toEqual([
      `no log tells the calls of ${idOf(unread)} at the timelock ${lock} on alpha, which may undo the move; name a provider that keeps logs of 44 days`,
    ]);
  });
});

describe('the closing of the old vault', () => {
  it('is done where it takes nothing more and nobody changed its other limits since they were read', async () => {
    const world = worldOf();
    const closing = await closingOf(world);
    expect(decodeFunctionData({ abi: collateralVaultAbi, data: closing.call.data }).args).toEqual([1, 1n, 0n, 1_000n]);
    expect(await closing.isDone()).toBe(false);
    world.cap = 0n;
    expect(await closing.isDone()).toBe(true);
    world.limit = 100n;
    await expect(closing.isDone()).rejects.toThrowError(
      `minimum and limit of asset 1 of ${oldVault} are 1 and 100; expected 1 and 1000, as they were when this run began: nothing was sent for it; run again`,
    );
  });
});
