import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { decodeFunctionData, encodeFunctionData } from 'viem';
import { describe, expect, it } from 'vitest';
import {
  MOVED,
  type MoveWorld,
  NEW_PAIR,
  OLD_TERMS,
  type WaitingCall,
  actTitled,
  addressOfNext,
  closingOf,
  firstProblems,
  moveWorld,
  planMove,
  setLimitsCall,
  waitingId,
} from '../testing/vault-move-world.js';
import type { ActStep, CheckStep } from './migration.js';

const { oldVault, ledger, nobody, lock } = MOVED;
const { source: SOURCE, slot: SLOT } = NEW_PAIR;
type Terms = MoveWorld['oldTerms'];

describe('limits of the old vault that wait in its timelock', () => {
  it('refuse the move while they are other ones than the closing’s', async () => {
    const lower = setLimitsCall(1, 5n, 100n);
    expect(await firstProblems(moveWorld({ alpha: [lower] }))).toEqual([
      `operation ${waitingId(lower)} of the timelock ${lock} on alpha would make vault set-limits (asset 1, min 1, cap 5, limit 100) at ${oldVault}; expected none but vault set-limits (asset 1, min 1, cap 0, limit 1000): execute it if its values are meant, or cancel it as guardian (surety timelock cancel ${waitingId(lower)} --chain alpha); then run again`,
    ]);
  });

  it('refuse it while the closing of an earlier run would write an old limit back', async () => {
    const closing = await closingOf(moveWorld());
    const earlier = { to: closing.call.to, data: closing.call.data };
    expect(await firstProblems(moveWorld({ alpha: [earlier] }))).toEqual([]);
    // Another limit was set meanwhile; the successor is named, and even a closed vault would get its old limit back.
    for (const cap of [5n, 0n]) {
      const world = moveWorld({ limit: 100n, cap, alpha: [earlier], successor: await addressOfNext() });
      expect(await firstProblems(world)).toEqual([
        expect.stringMatching(
          /cap 0, limit 1000\) at .*; expected none but vault set-limits \(asset 1, min 1, cap 0, limit 100\)/,
        ),
      ]);
    }
  });

  it('let it go on where they are of another asset, or come behind the closing', async () => {
    const closing = setLimitsCall(1, 0n, 1_000n);
    const behind = setLimitsCall(1, 0n, 100n, { predecessor: waitingId(closing) });
    expect(await firstProblems(moveWorld({ alpha: [setLimitsCall(2, 5n, 100n), closing, behind] }))).toEqual([]);
    // Once the closing is executed, what came behind it is the next to be executed.
    expect(await firstProblems(moveWorld({ cap: 0n, alpha: [behind] }))).toEqual([
      expect.stringContaining(`operation ${waitingId(behind)} `),
    ]);
  });

  it('are not thought away where no log tells them', async () => {
    const unread = setLimitsCall(1, 5n, 100n, { isLogged: false });
    expect(await firstProblems(moveWorld({ alpha: [unread] }))).toEqual([
      `no log tells the calls of ${waitingId(unread)} at the timelock ${lock} on alpha, which may undo the move; name a provider that keeps logs of 44 days`,
    ]);
  });
});

describe('a successor that an earlier run to another new vault named', () => {
  const naming = (next: Address): WaitingCall => ({
    to: oldVault,
    data: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'setSuccessor', args: [next] }),
  });

  it('refuses the move while it waits: it would be the successor for ever', async () => {
    const next = await addressOfNext();
    expect(await firstProblems(moveWorld({ alpha: [naming(address(next))] }))).toEqual([]);
    const unmeant = address(`0x${'c9'.repeat(20)}`);
    const other = naming(unmeant);
    expect(await firstProblems(moveWorld({ alpha: [other] }))).toEqual([
      expect.stringContaining(
        `operation ${waitingId(other)} of the timelock ${lock} on alpha would make vault set-successor (next ${unmeant}) at ${oldVault}; expected none but vault set-successor (next ${next}): `,
      ),
    ]);
  });
});

describe('the closing of the old vault', () => {
  it('is done where it takes nothing more and nobody changed its other limits since they were read', async () => {
    const world = moveWorld();
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
const listingOf = async (world: MoveWorld): Promise<ActStep> =>
  actTitled(await planMove(world), `source ${SOURCE} is the new vault`);
const bothSides = async (world: MoveWorld, witnesses?: readonly unknown[]): Promise<readonly string[]> =>
  (
    (await planMove(world, witnesses)).steps.find(({ title }) => title.startsWith('both sides')) as CheckStep
  ).problems();

describe('terms of the old source that change while the new one is listed', () => {
  const lowered = { ...OLD_TERMS, initialBp: 0, maintenanceBp: 5_000 };
  const told = new RegExp(
    `^initialBp of source ${SOURCE} is 9500; expected 0, maintenanceBp of source ${SOURCE} is 9800; expected 5000: risk admin to lower, or governor → surety ledger set-source-weights --source ${SOURCE} --initial-bp 0 --maintenance-bp 5000; then run again$`,
  );

  it('keep its listing from being done, and the successor from being named', async () => {
    const world = moveWorld({ newTerms: await listedAs(OLD_TERMS) });
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
    const world = moveWorld({ newTerms: await listedAs({ ...OLD_TERMS, staleAfterMin: 30 }) });
    await expect((await listingOf(world)).isDone()).rejects.toThrowError(
      `staleAfterMin of source ${SOURCE} is 30; expected 90: no act changes what is no weight, begin again with another --source; then run again`,
    );
  });

  it('refuse the move while the listing of an earlier run waits with the terms of then', async () => {
    const { call } = await listingOf(moveWorld());
    expect(await firstProblems(moveWorld({ settlement: [call] }))).toEqual([]);
    expect(await firstProblems(moveWorld({ settlement: [call], oldTerms: lowered }))).toEqual([
      expect.stringMatching(
        /on settlement would make ledger list-source \(.*initialBp 9500,.*expected none but ledger list-source \(.*initialBp 0,/,
      ),
    ]);
  });

  it('are told at the end where they changed after the successor was named', async () => {
    const given = { newTerms: await listedAs(OLD_TERMS), successor: await addressOfNext() };
    const toldAtEnd = async (world: MoveWorld): Promise<readonly string[]> =>
      (await (await planMove(world)).afterwards()).filter((one) => one.includes('set-source-weights'));
    expect(await toldAtEnd(moveWorld(given))).toEqual([]);
    expect(await toldAtEnd(moveWorld({ ...given, oldTerms: lowered }))).toHaveLength(1);
    expect(await (await listingOf(moveWorld({ ...given, oldTerms: lowered }))).isDone()).toBe(true);
  });
});

describe('a witness that was named with another mayConflict before', () => {
  const pair = (mayConflict: boolean) => [
    {
      kind: 'wormhole',
      name: 'wormhole',
      slot: SLOT,
      mayConflict,
      atVault: { contract: NEW_PAIR.atVault },
      atLedger: { contract: NEW_PAIR.atLedger },
    },
  ];
  const setOf = async (world: MoveWorld, side: 'vault' | 'source', mayConflict: boolean): Promise<ActStep> => {
    const title = side === 'vault' ? `witness ${SLOT} of the new vault` : `witness ${SLOT} of source ${SOURCE}`;
    return actTitled(await planMove(world, pair(mayConflict)), title);
  };

  it('is set again at the vault', async () => {
    expect(await (await setOf(moveWorld({ atVault: true }), 'vault', true)).isDone()).toBe(true);
    expect(await (await setOf(moveWorld({ atVault: false }), 'vault', true)).isDone()).toBe(false);
  });

  it('is refused at the ledger, which takes the same contract in its place only once it was removed', async () => {
    expect(await (await setOf(moveWorld(), 'source', true)).isDone()).toBe(false);
    expect(await (await setOf(moveWorld({ atLedger: true }), 'source', true)).isDone()).toBe(true);
    await expect((await setOf(moveWorld({ atLedger: false }), 'source', true)).isDone()).rejects.toThrowError(
      `mayConflict of witness ${SLOT} of source ${SOURCE}, ${NEW_PAIR.atLedger}, is false; expected true: governor → surety ledger set-witness --source ${SOURCE} --slot ${SLOT} --witness ${nobody} --may-conflict no, then run again; or name it in the file as it is`,
    );
  });

  it('keeps the successor from being named', async () => {
    const world = moveWorld({ newTerms: await listedAs(OLD_TERMS), atVault: false, atLedger: true });
    const named = (await bothSides(world, pair(true))).filter((one) => one.startsWith('witnesses set'));
    expect(named).toEqual([
      `witnesses set at the new vault is ${SLOT} ${NEW_PAIR.atVault} mayconflict false; expected ${SLOT} ${NEW_PAIR.atVault} mayconflict true`,
    ]);
  });

  it('refuses the move while it waits as it was named before', async () => {
    const waiting = async (mayConflict: boolean): Promise<MoveWorld> => {
      const [alpha, settlement] = await Promise.all([
        setOf(moveWorld(), 'vault', mayConflict),
        setOf(moveWorld(), 'source', mayConflict),
      ]);
      return moveWorld({ alpha: [alpha.call], settlement: [settlement.call] });
    };
    const problems = async (mayConflict: boolean): Promise<readonly string[]> =>
      firstProblems(await waiting(mayConflict), pair(true));
    expect(await problems(true)).toEqual([]);
    expect(await problems(false)).toEqual([
      expect.stringMatching(/on alpha would make vault set-witness .* false\).*; expected none but .* true\)/),
      expect.stringMatching(/on settlement would make ledger set-witness .* false\).*; expected none but .* true\)/),
    ]);
  });

  it('refuses the move while another number of witnesses waits, as the old vault had it before', async () => {
    const { call } = actTitled(await planMove(moveWorld({ m: 1 }), pair(true)), '1 witnesses must confirm');
    const problems = async (m: number): Promise<readonly string[]> =>
      firstProblems(moveWorld({ m, alpha: [call] }), [...pair(true), ...pair(true)]);
    expect(await problems(1)).toEqual([]);
    expect(await problems(2)).toEqual([
      expect.stringMatching(/set-witness-policy \(m 1\) at .*; expected none but vault set-witness-policy \(m 2\): /),
    ]);
  });

  it('does not stand against a witness of another slot or source', async () => {
    const other = (source: number, slot: number): WaitingCall => ({
      to: ledger,
      data: encodeFunctionData({
        abi: collateralLedgerAbi,
        functionName: 'setWitness',
        args: [source, slot, NEW_PAIR.atLedger, false],
      }),
    });
    const world = moveWorld({ settlement: [other(1, SLOT), other(SOURCE, 0)] });
    expect(await firstProblems(world, pair(true))).toEqual([]);
  });
});
