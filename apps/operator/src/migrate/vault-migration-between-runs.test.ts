import {
  collateralLedgerAbi,
  collateralVaultAbi,
  operationId,
  suretyTimelockAbi,
  suretyTimelockCode,
} from '@surety/contracts';
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
/** The ends of a new pair of witnesses. */
const ends = { atVault: at('f1'), atLedger: at('f2') };
const [SOURCE, SLOT] = [3, 2];
const NOW_S = 1_800_000_000n;

/** One call that waits at a timelock. */
interface Waiting {
  readonly to: Address;
  readonly data: Hex;
  readonly predecessor?: Bytes32;
  /** False if the provider keeps no log of it. */
  readonly isLogged?: boolean;
}

type Terms = typeof oldTerms;

/** What both chains hold between two runs; a test changes it. */
interface World {
  limit: bigint;
  cap: bigint;
  /** Witnesses that must confirm at the vaults. */
  m: number;
  successor: string;
  /** Terms of the old source, and of the new one once it is listed. */
  oldTerms: Terms;
  newTerms?: Terms;
  /** Whether the witness in its slot of the new vault, and of the new source, waits for finality; missing if none is set. */
  atVault?: boolean;
  atLedger?: boolean;
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
    development: false, assetCount: 1, witnessPolicy: [world.m], indexOf: 1, stateOf: [1], stopped: false, inRecovery: false,
    getMinDelay: 172_800n, getRoleMembers: [nobody], PROPOSER_ROLE: ZERO_WORD, CANCELLER_ROLE: ZERO_WORD,
    EXECUTOR_ROLE: ZERO_WORD, isSlow: true, getOperationState: 1, getTimestamp: NOW_S, expiryOf: NOW_S,
    isOperationDone: false, limitsOf: { fastUnits: 25n, burstUnits: 25n }, assetIdOf: 0,
    pendingOperations: waiting.map(idOf),
  }; // prettier-ignore
  return {
    ...Object.fromEntries(Object.entries(always).map(([name, value]) => [name, () => value])),
    source: ({ where }) => (isOld(where) ? 1 : SOURCE),
    successor: ({ where }) => (isOld(where) ? world.successor : nobody),
    witnessOf: ({ where, args }) => {
      const isSet = where === ledger ? args[0] === SOURCE && args[1] === SLOT : !isOld(where) && args[0] === SLOT;
      const mayConflict = isSet ? (where === ledger ? world.atLedger : world.atVault) : undefined;
      const [atVault, atLedger] = mayConflict === undefined ? [nobody, nobody] : [ends.atVault, ends.atLedger];
      const conflicts = mayConflict === true;
      return where === ledger ? [atLedger, conflicts] : [{ at: atVault, conflicts }, 0n];
    },
    assetOf: ({ where }) => ({ token, decimals: 18, ...limits, cap: isOld(where) ? world.cap : 5n }),
    sourceOf: ({ args }) => {
      if (args[0] === 1) return [world.oldTerms, '0x', '0x'];
      if (world.newTerms !== undefined) return [world.newTerms, '0x', '0x'];
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
  m: 0,
  successor: nobody,
  oldTerms,
  alpha: [],
  settlement: [],
  ...given,
});

function plan(world: World, witnesses?: readonly unknown[]): Promise<Migration> {
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
    witnesses,
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

describe('a successor that an earlier run to another new vault named', () => {
  const naming = (next: Address): Waiting => ({
    to: oldVault,
    data: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'setSuccessor', args: [next] }),
  });

  it('refuses the move while it waits: it would be the successor for ever', async () => {
    const next = await addressOfNext();
    expect(await firstCheck(worldOf({ alpha: [naming(address(next))] }))).toEqual([]);
    const other = naming(at('c9'));
    expect(await firstCheck(worldOf({ alpha: [other] }))).toEqual([
      expect.stringContaining(
        `operation ${idOf(other)} of the timelock ${lock} on alpha would make vault set-successor (next ${at('c9')}) at ${oldVault}; expected none but vault set-successor (next ${next}): `,
      ),
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

const listedAs = async (terms: Terms): Promise<Terms> => ({
  ...terms,
  source: SOURCE,
  vault: (await addressOfNext()) as Address,
});
const listingOf = async (world: World): Promise<ActStep> =>
  actOf(await plan(world), `source ${SOURCE} is the new vault`);
const bothSides = async (world: World, witnesses?: readonly unknown[]): Promise<readonly string[]> =>
  ((await plan(world, witnesses)).steps.find(({ title }) => title.startsWith('both sides')) as CheckStep).problems();

describe('terms of the old source that change while the new one is listed', () => {
  const lowered = { ...oldTerms, initialBp: 0, maintenanceBp: 5_000 };
  const told = new RegExp(
    `^initialBp of source ${SOURCE} is 9500; expected 0, maintenanceBp of source ${SOURCE} is 9800; expected 5000: risk admin to lower, or governor → surety ledger set-source-weights --source ${SOURCE} --initial-bp 0 --maintenance-bp 5000; then run again$`,
  );

  it('keep its listing from being done, and the successor from being named', async () => {
    const world = worldOf({ newTerms: await listedAs(oldTerms) });
    expect(await (await listingOf(world)).isDone()).toBe(true);
    expect((await bothSides(world)).filter((one) => /Bp|Min/.test(one.replace(/^asset.*/, '')))).toEqual([]);
    world.oldTerms = lowered;
    await expect((await listingOf(world)).isDone()).rejects.toMatchObject({
      code: 'MIGRATION_REFUSED',
      message: expect.stringMatching(told),
    });
    expect(await bothSides(world)).toContainEqual(expect.stringMatching(told));
    world.newTerms = await listedAs(lowered);
    expect(await (await listingOf(world)).isDone()).toBe(true);
  });

  it('ask for another source where no act sets them', async () => {
    const world = worldOf({ newTerms: await listedAs({ ...oldTerms, staleAfterMin: 30 }) });
    await expect((await listingOf(world)).isDone()).rejects.toThrowError(
      `staleAfterMin of source ${SOURCE} is 30; expected 90: no act changes what is no weight, begin again with another --source; then run again`,
    );
  });

  it('refuse the move while the listing of an earlier run waits with the terms of then', async () => {
    const { call } = await listingOf(worldOf());
    expect(await firstCheck(worldOf({ settlement: [call] }))).toEqual([]);
    expect(await firstCheck(worldOf({ settlement: [call], oldTerms: lowered }))).toEqual([
      expect.stringMatching(
        /on settlement would make ledger list-source \(.*initialBp 9500,.*expected none but ledger list-source \(.*initialBp 0,/,
      ),
    ]);
  });

  it('are told at the end where they changed after the successor was named', async () => {
    const given = { newTerms: await listedAs(oldTerms), successor: await addressOfNext() };
    const toldAtEnd = async (world: World): Promise<readonly string[]> =>
      (await (await plan(world)).afterwards()).filter((one) => one.includes('set-source-weights'));
    expect(await toldAtEnd(worldOf(given))).toEqual([]);
    expect(await toldAtEnd(worldOf({ ...given, oldTerms: lowered }))).toHaveLength(1);
    expect(await (await listingOf(worldOf({ ...given, oldTerms: lowered }))).isDone()).toBe(true);
  });
});

describe('a witness that was named with another mayConflict before', () => {
  const pair = (mayConflict: boolean) => [
    {
      kind: 'wormhole',
      name: 'wormhole',
      slot: SLOT,
      mayConflict,
      atVault: { contract: ends.atVault },
      atLedger: { contract: ends.atLedger },
    },
  ];
  const setOf = async (world: World, side: 'vault' | 'source', mayConflict: boolean): Promise<ActStep> => {
    const title = side === 'vault' ? `witness ${SLOT} of the new vault` : `witness ${SLOT} of source ${SOURCE}`;
    return actOf(await plan(world, pair(mayConflict)), title);
  };

  it('is set again at the vault', async () => {
    expect(await (await setOf(worldOf({ atVault: true }), 'vault', true)).isDone()).toBe(true);
    expect(await (await setOf(worldOf({ atVault: false }), 'vault', true)).isDone()).toBe(false);
  });

  it('is refused at the ledger, which takes the same contract in its place only once it was removed', async () => {
    expect(await (await setOf(worldOf(), 'source', true)).isDone()).toBe(false);
    expect(await (await setOf(worldOf({ atLedger: true }), 'source', true)).isDone()).toBe(true);
    await expect((await setOf(worldOf({ atLedger: false }), 'source', true)).isDone()).rejects.toThrowError(
      `mayConflict of witness ${SLOT} of source ${SOURCE}, ${ends.atLedger}, is false; expected true: governor → surety ledger set-witness --source ${SOURCE} --slot ${SLOT} --witness ${nobody} --may-conflict no, then run again; or name it in the file as it is`,
    );
  });

  it('keeps the successor from being named', async () => {
    const world = worldOf({ newTerms: await listedAs(oldTerms), atVault: false, atLedger: true });
    const named = (await bothSides(world, pair(true))).filter((one) => one.startsWith('witnesses set'));
    expect(named).toEqual([
      `witnesses set at the new vault is ${SLOT} ${ends.atVault} mayconflict false; expected ${SLOT} ${ends.atVault} mayconflict true`,
    ]);
  });

  it('refuses the move while it waits as it was named before', async () => {
    const waiting = async (mayConflict: boolean): Promise<World> => {
      const [alpha, settlement] = await Promise.all([
        setOf(worldOf(), 'vault', mayConflict),
        setOf(worldOf(), 'source', mayConflict),
      ]);
      return worldOf({ alpha: [alpha.call], settlement: [settlement.call] });
    };
    const problems = async (mayConflict: boolean): Promise<readonly string[]> =>
      ((await plan(await waiting(mayConflict), pair(true))).steps[0] as CheckStep).problems();
    expect(await problems(true)).toEqual([]);
    expect(await problems(false)).toEqual([
      expect.stringMatching(/on alpha would make vault set-witness .* false\).*; expected none but .* true\)/),
      expect.stringMatching(/on settlement would make ledger set-witness .* false\).*; expected none but .* true\)/),
    ]);
  });

  it('refuses the move while another number of witnesses waits, as the old vault had it before', async () => {
    const { call } = actOf(await plan(worldOf({ m: 1 }), pair(true)), '1 witnesses must confirm');
    const problems = async (m: number): Promise<readonly string[]> =>
      ((await plan(worldOf({ m, alpha: [call] }), [...pair(true), ...pair(true)])).steps[0] as CheckStep).problems();
    expect(await problems(1)).toEqual([]);
    expect(await problems(2)).toEqual([
      expect.stringMatching(/set-witness-policy \(m 1\) at .*; expected none but vault set-witness-policy \(m 2\): /),
    ]);
  });

  it('does not stand against a witness of another slot or source', async () => {
    const other = (source: number, slot: number): Waiting => ({
      to: ledger,
      data: encodeFunctionData({
        abi: collateralLedgerAbi,
        functionName: 'setWitness',
        args: [source, slot, ends.atLedger, false],
      }),
    });
    const world = worldOf({ settlement: [other(1, SLOT), other(SOURCE, 0)] });
    expect(await ((await plan(world, pair(true))).steps[0] as CheckStep).problems()).toEqual([]);
  });
});
