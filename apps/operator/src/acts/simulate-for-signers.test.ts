import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exampleNetwork } from '@surety/config';
import { roleHolderAbi, suretyTimelockAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { encodeErrorResult, encodeFunctionData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, describe, expect, it } from 'vitest';
import { serveCalls } from '../testing/serve-calls.js';
import { type Errand, cancelOperations, scheduleAct, sendDirectly } from './carry-out.js';
import type { Timelock } from './find-route.js';
import { planSchedule } from './timelock-operations.js';

const key = `0x${'ab'.repeat(32)}` as const;
const [frozen, good] = [address(`0x${'f1'.repeat(20)}`), address(privateKeyToAccount(key).address.toLowerCase())];
const at = address(`0x${'77'.repeat(20)}`);
const call = { to: at, data: '0x12345678' } as const;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-dry-run-'));
const closing = [() => rmSync(folder, { recursive: true, force: true })];
afterAll(() => closing.forEach((close) => close()));

/** A chain whose timelock refuses the given signers, and an errand there without a key unless one is given. */
async function errandOf(refused: readonly string[], environment: Record<string, string> = {}) {
  const data = encodeErrorResult({
    abi: suretyTimelockAbi,
    errorName: 'ProposerFrozen',
    args: [frozen, 1_900_000_000n],
  });
  const url = await serveCalls((from) => (refused.includes(from) ? data : undefined), closing);
  const views: Record<string, unknown> = { leastDelayOf: 604_800n, getOperationState: 0 };
  const told: string[] = [];
  const errand = {
    terminal: { environment, clock: systemClock, tell: (line: string) => void told.push(line) },
    options: { dryRun: true },
    config: {},
    target: {
      chain: { chainId: 900, name: 'settlement', limits: { logRangeMax: 1000 }, blockTimeMs: 1000, providers: [{}] },
      endpoints: [{ name: 'p', url }],
      clock: systemClock,
      reader: {
        getCode: async () => undefined,
        readContract: async ({ functionName }: { functionName: string }) => views[functionName],
      },
    },
  };
  return { errand: errand as unknown as Errand, told };
}

/** A configuration in which a key may lie in the environment. */
function developmentFile(): string {
  const file = path.join(folder, 'chains.config.json');
  writeFileSync(file, JSON.stringify({ ...exampleNetwork(), profile: 'development' }));
  return file;
}

const handOf = (signers: readonly string[]): Timelock =>
  ({ kind: 'timelock', at, proposers: signers, cancellers: signers, executors: [] }) as unknown as Timelock;

describe('a dry run for several signers', () => {
  it('is refused only if the timelock would refuse all of them, whatever their order', async () => {
    for (const proposers of [
      [frozen, good],
      [good, frozen],
    ]) {
      const { errand, told } = await errandOf([frozen]);
      const { result } = await scheduleAct(errand, { hand: handOf(proposers) }, { call });
      expect(result.txHash).toBeNull();
      const said = `another signer would be refused: ${frozen}: ProposerFrozen`;
      expect(told.map((line) => line.slice(0, said.length))).toEqual(proposers[0] === frozen ? [said] : []);
    }
    const { errand } = await errandOf([frozen, good]);
    await expect(scheduleAct(errand, { hand: handOf([frozen, good]) }, { call })).rejects.toMatchObject({
      code: 'ACT_REFUSED',
      message: expect.stringMatching(new RegExp(`${frozen}: ProposerFrozen.*; ${good}: ProposerFrozen`)),
    });
  });

  it('is that of the key at hand, if it is one of them', async () => {
    const { errand } = await errandOf([good], { SURETY_KEY: key, SURETY_CONFIG: developmentFile() });
    await expect(scheduleAct(errand, { hand: handOf([frozen, good]) }, { call })).rejects.toMatchObject({
      message: expect.stringContaining('ProposerFrozen'),
    });
  });

  it('cancels in the name of whoever may', async () => {
    const waiting = { id: `0x${'cc'.repeat(32)}`, state: 'waiting', readyAt: 1n, expiresAt: 2n } as never;
    const { errand } = await errandOf([frozen]);
    expect((await cancelOperations(errand, handOf([frozen, good]), [waiting])).txHash).toBeNull();
    const { errand: nobody } = await errandOf([frozen, good]);
    await expect(cancelOperations(nobody, handOf([frozen, good]), [waiting])).rejects.toMatchObject({
      code: 'ACT_REFUSED',
      message: expect.stringContaining('ProposerFrozen'),
    });
  });
});

describe('an act of a contract of several keys', () => {
  it('is refused to the key at hand with the call that the contract itself must make', async () => {
    const { errand } = await errandOf([], { SURETY_KEY: key, SURETY_CONFIG: developmentFile() });
    const getCode = async ({ address: where }: { address: string }) => (where === frozen ? '0x60' : undefined);
    const reader = { ...errand.target.reader, getCode };
    const acting = { ...errand, options: {}, target: { ...errand.target, reader } } as unknown as Errand;
    const holder = address(`0x${'92'.repeat(20)}`);
    const wrapped = encodeFunctionData({ abi: roleHolderAbi, functionName: 'act', args: [call.to, call.data] });
    const told = (to: string, data: string) => ({
      code: 'ACT_REFUSED',
      message: expect.stringContaining(
        `; nothing was sent; if ${frozen} is a contract, let it call ${to} with data ${data}`,
      ),
    });
    const route = { kind: 'role-holder', role: 'guardian', at: holder, signer: frozen } as const;
    await expect(sendDirectly(acting, route, call)).rejects.toMatchObject(told(holder, wrapped));
    const { call: planned } = await planSchedule(reader, at, { call });
    const scheduling = scheduleAct(acting, { hand: handOf([frozen]) }, { call });
    await expect(scheduling).rejects.toMatchObject(told(at, planned.data));
    // A single key is told no call.
    const alone = sendDirectly({ ...errand, options: {} }, { ...route, signer: address(`0x${'5c'.repeat(20)}`) }, call);
    await expect(alone).rejects.toMatchObject({ message: expect.stringMatching(/nothing was sent$/) });
  });
});
