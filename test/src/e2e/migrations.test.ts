import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type DeploymentPlan,
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  riskManagerAbi,
} from '@surety/contracts';
import {
  type AccountName,
  type LocalNetwork,
  accountOf,
  attesterKeys,
  devnetAccount,
  awaitReceipt,
  walletOf,
} from '@surety/devnet';
import { type Address, type Bytes32, bytes32 } from '@surety/domain';
import { type PublicClient, pad } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { applyAtLedger, attest, entryOf, lockTokens, pay, replay } from './sign-and-apply.js';
import { later, startBehindTimelocks } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const ALPHA = 901;
const NEXT_SOURCE = 3;
const DAY_S = 86_400;
const LOCKED = 9_000_000_000n;
const MOVED = 4_000_000_000n;
/** The same in tokens. */
const MOVED_TEXT = '4000';
const folder = mkdtempSync(path.join(tmpdir(), 'surety-migrations-'));
let network: LocalNetwork;
let plan: DeploymentPlan;
let environment: Record<string, string>;

beforeAll(async () => {
  ({ network, plan, environment } = await startBehindTimelocks(folder));
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Step {
  readonly title: string;
  readonly state: string;
  readonly who: string;
  readonly note: string;
}

const surety = (by: AccountName | null, line: string): Promise<Answer> =>
  runSurety(line.split(' '), { ...environment, ...(by === null ? {} : { SURETY_KEY: devnetAccount(by).key }) });
/** A command as a page of docs/RUNBOOKS prints it. */
const said = (...asked: Parameters<typeof fromRunbook>): string => fromRunbook(...asked).join(' ');
const stepsOf = ({ output }: Answer): Step[] => (output['steps'] as Step[] | undefined) ?? [];
const statesOf = (answer: Answer): Record<string, number> => {
  const states: Record<string, number> = {};
  for (const { state } of stepsOf(answer)) states[state] = (states[state] ?? 0) + 1;
  return states;
};
const reader = (id: number): PublicClient => network.readers.get(id) as PublicClient;
const alpha = (): DeploymentPlan['vaults'][number] =>
  plan.vaults.find(({ request }) => request.chainId === ALPHA) as DeploymentPlan['vaults'][number];

describe('a vault to a new one', () => {
  const line = `migrate vault --chain alpha --source ${NEXT_SOURCE}`;
  let next: Address;

  it('is refused for a source that is another vault', async () => {
    const { code, refusal } = await surety(
      null,
      `${said('16', 'npx surety migrate <what> …', { '<what> …': 'vault --chain alpha --source 2' })} --dry-run`,
    );
    expect([code, refusal?.code]).toEqual([1, 'MIGRATION_REFUSED']);
    expect(refusal?.message).toMatch(/source 2 is 0x[0-9a-f]{40}; expected a free number/);
    expect((await surety(null, 'migrate vault --chain alpha --source 0 --dry-run')).refusal?.code).toBe('BAD_USE');
  });

  it('shows its steps without a key and sends nothing', async () => {
    const printed = 'npx surety migrate vault --chain <name> --source <new index> [--salt <word>] --dry-run';
    const values = { '<name>': 'alpha', '<new index>': String(NEXT_SOURCE), '[--salt <word>]': '' };
    const dry = await surety(null, said('16', printed, values));
    expect([dry.code, dry.refusal, dry.output['isDone']]).toEqual([0, undefined, false]);
    // Seven modules come before the vault that names them.
    const [before, module, , , , , , , vault] = stepsOf(dry);
    expect([before?.state, module?.state, vault?.state]).toEqual(['done', 'open', 'later']);
    next = addressIn(vault?.note);
    expect(await reader(ALPHA).getCode({ address: next })).toBeUndefined();
    expect(stepsOf(dry).map(({ title }) => title)).toContain('the new vault is the old one’s successor, for ever');
  });

  it('is carried on by whoever may, run by run, and keeps nothing between runs', async () => {
    // Anyone pays for the contracts; the governor's acts are left to it, with what it would send.
    const first = await surety('bob', `${line} --yes`);
    expect([first.code, first.refusal]).toEqual([0, undefined]);
    expect(statesOf(first)).toMatchObject({ sent: 8, left: 1 });
    expect(stepsOf(first).find(({ state }) => state === 'left')?.who).toContain(devnetAccount('governor').address);

    const second = await surety('governor', `${line} --yes`);
    expect([second.code, second.refusal]).toEqual([0, undefined]);
    // Three tokens at the vault, the source, three assets; the successor is for ever, so it waits for the check before it.
    expect(statesOf(second)['scheduled']).toBe(7);
    const third = await surety('governor', `${line} --yes`);
    expect([third.refusal, statesOf(third)['scheduled'], statesOf(third)['waiting']]).toEqual([
      undefined,
      undefined,
      7,
    ]);

    // The new source is of a slow kind, and its assets follow it.
    await later(network, 7 * DAY_S);
    const fourth = await surety('governor', `${line} --yes`);
    expect([fourth.refusal, statesOf(fourth)['sent'], statesOf(fourth)['scheduled']]).toEqual([undefined, 7, 4]);
    // The successor's operation is of a slow kind.
    await later(network, 7 * DAY_S);
    const last = await surety('bob', `${line} --yes`);
    expect([last.code, last.refusal, last.output['isDone']]).toEqual([0, undefined, true]);
    const [entry] = last.output['afterwards'] as string[];
    expect(entry).toContain(next);
    expect(entry).toContain(`"source":${NEXT_SOURCE}`);
    const again = await surety('bob', `${line} --yes`);
    expect(statesOf(again)).toEqual({ done: stepsOf(again).length });
    const contract = { address: alpha().vault, abi: collateralVaultAbi } as const;
    expect((await reader(ALPHA).readContract({ ...contract, functionName: 'successor' })).toLowerCase()).toBe(next);
    const kept = await reader(ALPHA).readContract({ ...contract, functionName: 'assetOf', args: [1] });
    expect([kept.cap, kept.limit > 0n]).toEqual([0n, true]);
  });

  it('leaves a line at the new source for the same account, once its owner releases to the successor', async () => {
    // As if alice had locked before the old vault was closed for locks.
    const account = accountOf('alice');
    const { ledger } = plan.settlement;
    const there = { ledger, chainId: SETTLEMENT, feeTo: accountOf('relayerA') };
    await openOnceMore(alpha().vault);
    await lockTokens(network, { vault: alpha().vault, chainId: ALPHA, account }, LOCKED);
    const toLedger = { edgeId: alpha().edgeId, destinationId: SETTLEMENT, verifier: plan.settlement.attesterSet };
    await applyAtLedger(
      network,
      { ...there, source: 1 },
      await attest(network, toLedger, [entryOf('LOCK', 1, LOCKED, account)]),
    );
    expect(await lineOf(account, 1)).toBe(LOCKED);

    const release = said(
      '16',
      'npx surety release --chain <name> --asset <symbol> --amount all --recipient <new vault>',
      { '<name>': 'alpha', '<symbol>': 'USDC', all: MOVED_TEXT, '<new vault>': next },
    );
    expect((await surety('alice', `${release} --yes`)).refusal).toBeUndefined();
    const releases = [entryOf('RELEASE', 1, MOVED, account, bytes32(pad(next)))];
    const toVault = { edgeId: alpha().returnEdgeId, destinationId: ALPHA, verifier: alpha().attesterSet };
    const signed = await attest(network, toVault, releases);
    const at = { vault: alpha().vault, chainId: ALPHA };
    await replay(network, at, signed);
    await pay(network, at, releases);

    const contract = { address: next, abi: collateralVaultAbi } as const;
    const edgeId = bytes32(await reader(ALPHA).readContract({ ...contract, functionName: 'outboundEdge' }));
    const [, count, head] = await reader(ALPHA).readContract({ ...contract, functionName: 'journalHead' });
    const locked = await attest(network, { ...toLedger, edgeId }, [entryOf('LOCK', 1, MOVED, account)]);
    // The new vault's journal holds exactly this lock for exactly this account.
    expect([count, head]).toEqual([1n, locked.statement.head]);
    await applyAtLedger(network, { ...there, source: NEXT_SOURCE }, locked);
    const args = [NEXT_SOURCE, 1] as const;
    const assetId = await reader(SETTLEMENT).readContract({
      address: ledger,
      abi: collateralLedgerAbi,
      functionName: 'assetIdOf',
      args,
    });
    expect([await lineOf(account, 1), await lineOf(account, assetId)]).toEqual([LOCKED - MOVED, MOVED]);
  });
});

describe('an attester set to the next one', () => {
  const nextSet = attesterKeys(5).map(({ address }) => address);
  const verifiers = (): [number, Address][] => [
    [SETTLEMENT, plan.settlement.attesterSet],
    ...plan.vaults.map(({ request, attesterSet }): [number, Address] => [request.chainId, attesterSet]),
  ];

  /** What the n-th member writes for whoever collects. */
  async function sign(at: number, activeFrom: bigint, members: readonly string[] = nextSet): Promise<string> {
    const printed = 'npx surety attesters sign --members <a>,<b>,… --active-from <ISO date> > mine.json';
    const line = said('04', printed, {
      '<a>,<b>,…': members.join(','),
      '<ISO date>': String(activeFrom),
      '> mine.json': '--yes',
    });
    const key = network.attesters[at]?.key ?? '';
    const { output, refusal } = await runSurety(line.split(' '), { ...environment, SURETY_KEY: key });
    expect(refusal).toBeUndefined();
    const file = path.join(folder, `member-${at}-${activeFrom}-${members.length}.json`);
    writeFileSync(file, JSON.stringify(output));
    return file;
  }

  it('is signed by members of the present set alone', async () => {
    const line = `attesters sign --members ${nextSet.join(',')} --active-from +8d`;
    expect((await surety('bob', `${line} --yes`)).refusal).toMatchObject({
      code: 'ACT_REFUSED',
      message: expect.stringContaining('is no unsuspended member of epoch 1'),
    });
    const key = network.attesters[0]?.key ?? '';
    const unasked = await runSurety(line.split(' '), { ...environment, SURETY_KEY: key });
    expect(unasked.refusal?.code).toBe('DECLINED');
  });

  it('is refused while too few signed it, too late, or not the same', async () => {
    const { timestamp: now } = await reader(SETTLEMENT).getBlock();
    const [first, second] = [await sign(0, now + 5n * 86_400n), await sign(1, now + 5n * 86_400n)];
    const printed = 'npx surety migrate attesters <files…> --dry-run';
    const few = await surety('governor', said('04', printed, { '<files…>': `${first} ${second}` }));
    expect(few.refusal).toMatchObject({
      code: 'MIGRATION_REFUSED',
      message: expect.stringContaining('2 signatures; expected 3 of epoch 1'),
    });
    const soon = await Promise.all([0, 1, 2].map((at) => sign(at, now + 3n * 86_400n)));
    const late = await surety('governor', `migrate attesters ${soon.join(' ')} --yes`);
    expect(late.refusal?.message).toMatch(/it begins 20.*; expected 20.*: sign anew/);
    const mixed = await surety('governor', `migrate attesters ${first} ${soon[1]} --dry-run`);
    expect(mixed.refusal?.message).toContain('expected one set in all of them');
    expect((await surety('governor', 'migrate attesters nowhere.json --dry-run')).refusal?.code).toBe('BAD_USE');
  });

  it('is written at every verifier by its governor, and is active at its date', async () => {
    const { timestamp: now } = await reader(SETTLEMENT).getBlock();
    const activeFrom = now + 4n * 86_400n;
    const files = await Promise.all([0, 1, 3].map((at) => sign(at, activeFrom)));
    const line = `${said('16', 'npx surety migrate attesters <files…>', { '<files…>': files.join(' ') })} --yes`;
    const scheduled = await surety('governor', line);
    expect([scheduled.refusal, statesOf(scheduled)['scheduled']]).toEqual([undefined, 3]);
    await later(network, 2 * DAY_S);
    const written = await surety('bob', line);
    expect([written.refusal, statesOf(written)['sent'], written.output['isDone']]).toEqual([undefined, 3, false]);
    await later(network, 2 * DAY_S);
    const done = await surety('bob', line);
    expect([done.refusal, done.output['isDone']]).toEqual([undefined, true]);
    for (const [id, address] of verifiers()) {
      const set = { address, abi: attesterSetAbi } as const;
      expect(await reader(id).readContract({ ...set, functionName: 'epoch' })).toBe(2);
      const members = await reader(id).readContract({ ...set, functionName: 'members', args: [2] });
      expect(members.map((one) => one.toLowerCase())).toEqual(nextSet);
    }
  });
});

describe('an attester set without old signatures', () => {
  it('is agreed to by governor and guardian, frozen, and installed 14 days later by anyone', async () => {
    const members = attesterKeys(6)
      .slice(2)
      .map(({ address }) => address);
    const line = said('05', 'npx surety migrate recovery --chain <chain of the verifier> --members <a>,<b>,…', {
      '<chain of the verifier>': 'beta',
      '<a>,<b>,…': members.join(','),
    });
    const dry = await surety(null, `${line} --dry-run`);
    expect([dry.refusal, stepsOf(dry)[1]?.who]).toEqual([undefined, expect.stringContaining('governor')]);
    expect(statesOf(await surety('governor', `${line} --yes`))['scheduled']).toBe(1);
    await later(network, 2 * DAY_S);
    const agreed = await surety('bob', `${line} --yes`);
    expect([agreed.refusal, statesOf(agreed)['sent'], statesOf(agreed)['left']]).toEqual([undefined, 1, 1]);
    const frozen = await surety('guardian', `${line} --yes`);
    // The guardian's agreement, and the freeze that anyone may note.
    expect([frozen.refusal, statesOf(frozen)['sent'], statesOf(frozen)['waiting']]).toEqual([undefined, 2, 1]);
    const other = await surety(
      null,
      `migrate recovery --chain beta --members ${network.attesters.map(({ address }) => address).join(',')} --dry-run`,
    );
    expect(other.refusal).toMatchObject({
      code: 'MIGRATION_REFUSED',
      message: expect.stringContaining('is proposed at'),
    });

    await later(network, 14 * DAY_S);
    const installed = await surety('bob', `${line} --yes`);
    expect([installed.refusal, installed.output['isDone']]).toEqual([undefined, false]);
    await later(network, 2 * DAY_S);
    const done = await surety('bob', `${line} --yes`);
    expect([done.refusal, done.output['isDone']]).toEqual([undefined, true]);
    const beta = plan.vaults.find(({ request }) => request.name === 'beta')?.attesterSet ?? '0x';
    const set = { address: beta, abi: attesterSetAbi } as const;
    expect(await reader(902).readContract({ ...set, functionName: 'epoch' })).toBe(3);
    const again = await surety(null, `migrate recovery --chain beta --members ${nextSetOf(network)} --dry-run`);
    expect(again.refusal?.message).toContain('expected 60 days between two');
  });
});

describe('a risk manager to a new one', () => {
  const line = `migrate risk-manager --accounts ${accountOf('alice')}`;
  const ledger = () => ({ address: plan.settlement.ledger, abi: collateralLedgerAbi }) as const;

  it('lists the same feeds, shows the same prices, and weighs 21 days later, for each account the same', async () => {
    const printed = 'npx surety migrate risk-manager [--salt <word>] [--accounts <a>,<b>,…] --dry-run';
    const values = { '[--salt <word>] ': '', '[--accounts <a>,<b>,…]': `--accounts ${accountOf('alice')}` };
    const dry = await surety(null, said('16', printed, values));
    expect([dry.code, dry.refusal, dry.output['isDone']]).toEqual([0, undefined, false]);
    const next = addressIn(stepsOf(dry)[1]?.note);
    const slots = plan.request.settlement.underlyings.length;
    const first = await surety('governor', `${line} --yes`);
    expect([first.refusal, statesOf(first)['sent'], statesOf(first)['scheduled']]).toEqual([undefined, 1, slots]);
    await later(network, 7 * DAY_S);
    const second = await surety('governor', `${line} --yes`);
    // Every listing, and a poke of both; only then the ledger is to be told.
    expect([second.refusal, statesOf(second)['sent'], statesOf(second)['scheduled']]).toEqual([
      undefined,
      slots + 2,
      1,
    ]);
    await later(network, 7 * DAY_S);
    const third = await surety('bob', `${line} --yes`);
    expect([third.refusal, statesOf(third)['waiting']]).toEqual([undefined, 1]);
    const [named] = await reader(SETTLEMENT).readContract({ ...ledger(), functionName: 'riskManagerNext' });
    expect(named.toLowerCase()).toBe(next);
    const other = await surety(null, `migrate risk-manager --salt 0x${'77'.repeat(32)} --dry-run`);
    expect(other.refusal).toMatchObject({
      code: 'MIGRATION_REFUSED',
      message: expect.stringContaining(`${next} may be adopted from`),
    });

    await later(network, 7 * DAY_S);
    const last = await surety('bob', `${line} --yes`);
    expect([last.refusal, last.output['isDone']]).toEqual([undefined, true]);
    expect((last.output['afterwards'] as string[])[0]).toContain(next);
    const now = await reader(SETTLEMENT).readContract({ ...ledger(), functionName: 'riskManager' });
    expect(now.toLowerCase()).toBe(next);
    await expectSameMargin(accountOf('alice'), plan.settlement.riskManager);

    // It stays done, also once the configuration names the new one.
    const renamed = path.join(folder, 'renamed.config.json');
    const file = JSON.parse(readFileSync(environment['SURETY_CONFIG'] ?? '', 'utf8')) as { settlement: object };
    writeFileSync(renamed, JSON.stringify({ ...file, settlement: { ...file.settlement, riskManager: next } }));
    for (const SURETY_CONFIG of [environment['SURETY_CONFIG'] ?? '', renamed]) {
      const again = await runSurety([...line.split(' '), '--dry-run'], { ...environment, SURETY_CONFIG });
      expect([again.refusal, statesOf(again)]).toEqual([undefined, { done: stepsOf(again).length }]);
    }
  });
});

/** What the ledger says of an account is what another risk manager would have said, once it has the feeds' prices too. */
async function expectSameMargin(account: Bytes32, riskManager: Address): Promise<void> {
  const slots = plan.request.settlement.underlyings.map(({ id }) => id);
  const risk = { address: riskManager, abi: riskManagerAbi } as const;
  const values = { '<new>': riskManager, '<a>,<b>,…': slots.join(',') };
  const poke = said('16', 'npx surety prices poke --at <new> --slots <a>,<b>,…', values);
  expect((await surety('bob', `${poke} --yes`)).refusal).toBeUndefined();
  const blockNumber = (await reader(SETTLEMENT).getBlock()).number;
  const ledger = { address: plan.settlement.ledger, abi: collateralLedgerAbi, blockNumber, args: [account] } as const;
  const [aI, , aE, , aM] = await reader(SETTLEMENT).readContract({ ...ledger, functionName: 'marginOf' });
  const [, words] = await reader(SETTLEMENT).readContract({ ...ledger, functionName: 'lineWordsOf' });
  const at = { ...risk, blockNumber, args: [words] } as const;
  const expected = await reader(SETTLEMENT).readContract({ ...at, functionName: 'margin' });
  expect(aM > 0n).toBe(true);
  expect([aI, aE, aM]).toEqual([expected.initialWad, expected.exitWad, expected.maintenanceWad]);
}

/** Another set of fit members. */
const nextSetOf = ({ attesters }: LocalNetwork): string => attesters.map(({ address }) => address).join(',');

function addressIn(note: string | undefined): Address {
  return (/0x[0-9a-f]{40}/.exec(note ?? '')?.[0] ?? '') as Address;
}

async function lineOf(account: Bytes32, assetId: number): Promise<bigint> {
  const line = await reader(SETTLEMENT).readContract({
    address: plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'lineOf',
    args: [account, assetId],
  });
  return line.amount;
}

/** Returns the old vault room once more, in its governor's name. */
async function openOnceMore(vault: Address): Promise<void> {
  const node = network.nodes.get(ALPHA);
  const { governor } = alpha().roles;
  await node?.call('anvil_impersonateAccount', [governor]);
  await node?.call('anvil_setBalance', [governor, '0xde0b6b3a7640000']);
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  const kept = await reader(ALPHA).readContract({ ...contract, functionName: 'assetOf', args: [1] });
  const hash = await walletOf(network, ALPHA, 'bob').writeContract({
    ...contract,
    account: governor,
    functionName: 'setLimits',
    args: [1, kept.min, 50_000_000_000n, kept.limit],
  });
  await awaitReceipt(network, ALPHA, hash);
}
