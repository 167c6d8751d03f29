import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type DeploymentPlan,
  collateralLedgerAbi,
  collateralVaultAbi,
  liquidationAuctionAbi,
  roleHolderAbi,
  suretyTimelockAbi,
} from '@surety/contracts';
import { type AccountName, type LocalNetwork, accountOf, connectWallet, devnetAccount } from '@surety/devnet';
import { type PublicClient, encodeFunctionData, pad } from 'viem';
import { bytes32 } from '@surety/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { attest, entryOf, lockTokens, replay } from './sign-and-apply.js';
import { later, startBehindTimelocks } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const ALPHA = 901;
const BETA = 902;
/** @source PaymentState.STOPPED */
const STOPPED = 4;
const DAY_S = 86_400;
/** PUSH1 32, PUSH1 0, RETURN: a word of zeros for every question. */
const RETURNS_ZERO = '0x60206000f3';
const folder = mkdtempSync(path.join(tmpdir(), 'surety-acts-'));
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

/** What the holder of a key types; nobody's key where none is named. */
const surety = (by: AccountName | null, line: string): Promise<Answer> =>
  runSurety(line.split(' '), { ...environment, ...(by === null ? {} : { SURETY_KEY: devnetAccount(by).key }) });
/** The same, for a command as a page of docs/RUNBOOKS prints it. */
const said = (...asked: Parameters<typeof fromRunbook>): string => fromRunbook(...asked).join(' ');
const reader = (id: number): PublicClient => network.readers.get(id) as PublicClient;
const ledger = () => ({ address: plan.settlement.ledger, abi: collateralLedgerAbi }) as const;
const capOf = async (assetId: number): Promise<bigint> =>
  (await reader(SETTLEMENT).readContract({ ...ledger(), functionName: 'assetOf', args: [assetId] })).terms
    .capThousandths;
const vaultOf = ({ vaults }: DeploymentPlan): DeploymentPlan['vaults'][number] =>
  vaults.find(({ request }) => request.chainId === ALPHA) as DeploymentPlan['vaults'][number];
const timeOf = async (id: number): Promise<bigint> => (await reader(id).getBlock()).timestamp;
const operationOf = ({ output }: Answer): { id: string; readyAt: string; expiresAt: string } =>
  output['schedule'] as { id: string; readyAt: string; expiresAt: string };

describe('an act that works at once', () => {
  it('is shown without a key, and refused to everybody but the role’s holder', async () => {
    const line = 'vault pause --chain alpha --stops lock --asset USDC --until +2h';
    const dry = await surety(null, `${line} --dry-run`);
    expect([dry.code, dry.refusal]).toEqual([0, undefined]);
    expect(dry.output).toMatchObject({
      act: 'vault pause',
      role: 'pauser',
      through: 'role-holder',
      signers: [devnetAccount('pauser').address],
      refusal: null,
      txHash: null,
    });
    const stranger = await surety('alice', `${line} --yes`);
    expect([stranger.code, stranger.refusal?.code]).toEqual([1, 'ACT_REFUSED']);
    expect(stranger.refusal?.message).toContain(`expected the pauser on alpha, ${devnetAccount('pauser').address}`);
    expect((await surety('pauser', line)).refusal?.code).toBe('DECLINED');

    expect((await surety('pauser', `${line} --yes`)).code).toBe(0);
    const vault = vaultOf(plan).vault;
    const pause = await reader(ALPHA).readContract({
      address: vault,
      abi: collateralVaultAbi,
      functionName: 'pauseOf',
      args: [1],
    });
    expect(pause.lockUntil - Number(await timeOf(ALPHA))).toBeGreaterThan(7_000);
    expect(pause.payUntil).toBe(0);
  });

  it('takes an asset’s weight, and pins a token’s code later', async () => {
    const usdc = { '<chain>': 'alpha', '<symbol>': 'USDC' };
    const weights =
      'npx surety ledger set-weights --asset <chain>:<symbol> --initial-bp 0 --maintenance-bp 0 --as riskAdmin';
    const { output: weighed } = await surety(null, `${said('18', weights, usdc)} --dry-run`);
    expect(weighed).toMatchObject({ role: 'riskAdmin', refusal: null });
    const vault = { address: vaultOf(plan).vault, abi: collateralVaultAbi } as const;
    const { token } = await reader(ALPHA).readContract({ ...vault, functionName: 'assetOf', args: [1] });
    const [hash] = await reader(ALPHA).readContract({ ...vault, functionName: 'codeOf', args: [1] });
    const pin = said('18', 'npx surety vault pin-code --chain <name> --token <address> --code-hash <hash> --schedule', {
      '<name>': 'alpha',
      '<address>': token,
      '<hash>': hash,
    });
    const { output, refusal } = await surety('governor', `${pin} --dry-run`);
    expect([refusal, output['through'], output['slow']]).toEqual([undefined, 'timelock', false]);
  });

  it('stops the auction by the role that its ledger names', async () => {
    expect((await surety('guardian', 'auction stop --until +2h --yes')).refusal?.code).toBe('ACT_REFUSED');
    expect((await surety('pauser', 'auction stop --until +2h --yes')).code).toBe(0);
    expect((await surety('riskAdmin', 'auction stop-slot --slot 1 --until +1h --as riskAdmin --yes')).code).toBe(0);
    const auction = { address: plan.settlement.auction, abi: liquidationAuctionAbi, functionName: 'stopOf' } as const;
    const stops = await Promise.all(
      [0, 1].map((slot) => reader(SETTLEMENT).readContract({ ...auction, args: [slot] })),
    );
    expect(stops.map(({ streak }) => streak)).toEqual([1, 1]);
  });

  it('is refused with the contract’s reason before anything is sent', async () => {
    const tooLong = await surety('guardian', 'ledger quarantine --source alpha --until +90h --yes');
    expect(tooLong.refusal).toMatchObject({
      code: 'ACT_REFUSED',
      message: expect.stringMatching(/would be refused by .*OutOfRange.*nothing was sent/),
    });
    const loosened = await surety('riskAdmin', 'ledger set-cap --asset alpha:USDC --cap 60000000 --as riskAdmin --yes');
    expect(loosened.refusal?.message).toContain('CapNotLower');
    const kept = await capOf(1);
    expect(
      (await surety('riskAdmin', 'ledger set-cap --asset alpha:USDC --cap 49000000.5 --as riskAdmin --yes')).code,
    ).toBe(0);
    expect([kept, await capOf(1)]).toEqual([50_000_000_000n, 49_000_000_500n]);
  });

  it('refuses wrong use with what was seen and what is expected', async () => {
    const wrong: [string, string][] = [
      ['ledger set-cap --asset 1 --cap 1', "required option '--as <role>' not specified"],
      [
        'ledger set-cap --asset 1 --cap 1 --as pauser',
        '--as is "pauser"; ledger set-cap is an act of governor or riskAdmin',
      ],
      [
        'vault pause --chain gamma --stops pay --until +1h',
        '--chain is "gamma"; expected one of alpha (901), beta (902)',
      ],
      [
        'role propose --chain alpha --role riskAdmin --next 0x11',
        '--role is "riskAdmin"; expected one of guardian, pauser',
      ],
      [
        'ledger set-cap --asset 1 --cap 1 --as riskAdmin --schedule',
        'no timelock; leave --schedule, --execute and --cancel out',
      ],
      ['ledger unpause --source 1 --schedule --cancel', 'one of --schedule, --execute and --cancel at a time'],
      ['ledger unpause --source 1 --yes', 'add --schedule, then --execute once it is ready'],
    ];
    for (const [line, expected] of wrong) {
      const { code, refusal, told } = await surety('governor', line);
      expect([line, code, `${refusal?.message ?? ''}${told}`]).toEqual([line, 2, expect.stringContaining(expected)]);
    }
  });
});

describe('an act behind a timelock', () => {
  const line = 'ledger set-cap --asset alpha:USDC --cap 51000000 --as governor';

  it('is scheduled by a proposer, waits, and is executed by anyone', async () => {
    const dry = await surety(null, `${line} --dry-run`);
    expect(dry.output).toMatchObject({
      through: 'timelock',
      slow: false,
      refusal: null,
      signers: [devnetAccount('governor').address],
    });
    expect(Number(operationOf(dry).readyAt) - Number(await timeOf(SETTLEMENT))).toBeGreaterThanOrEqual(2 * DAY_S - 60);
    expect((await surety('alice', `${line} --schedule --yes`)).refusal?.message).toContain(
      'expected the proposer on settlement',
    );

    const unsent = await surety(null, `${line} --schedule --dry-run`);
    expect([unsent.refusal, unsent.output['txHash']]).toEqual([undefined, null]);
    const scheduled = await surety('governor', `${line} --schedule --yes`);
    expect([scheduled.code, scheduled.refusal]).toEqual([0, undefined]);
    expect(operationOf(scheduled).id).toBe(operationOf(dry).id);
    expect((await surety('governor', `${line} --schedule --yes`)).refusal?.message).toContain('is scheduled at');
    const early = await surety('alice', `${line} --execute --yes`);
    expect(early.refusal).toMatchObject({
      code: 'ACT_REFUSED',
      message: expect.stringMatching(/is ready from 20.* on; nothing was sent/),
    });

    const { output } = await surety(null, `${said('12', 'npx surety timelock list')} --chain settlement`);
    const [timelock] = output['timelocks'] as {
      operations: { id: string; state: string; acts: string[]; readyAt: string }[];
    }[];
    expect(timelock?.operations).toMatchObject([
      {
        id: operationOf(scheduled).id,
        state: 'waiting',
        acts: ['ledger set-cap (assetId 1, capThousandths 51000000000)'],
      },
    ]);
    expect(timelock?.operations[0]?.readyAt).toBe(operationOf(scheduled).readyAt);

    await later(network, 2 * DAY_S);
    const ready = await surety(null, `${line} --execute --dry-run`);
    expect([ready.refusal, ready.output['txHash']]).toEqual([undefined, null]);
    expect((await surety('alice', `${line} --execute --yes`)).code).toBe(0);
    expect(await capOf(1)).toBe(51_000_000_000n);
    // The same call again is another operation.
    const again = await surety(null, `${line} --dry-run`);
    expect(operationOf(again).id).not.toBe(operationOf(scheduled).id);
  });

  it('is cancelled by the guardian alone, by its words or by its id', async () => {
    const name = { '<name>': 'settlement' };
    const one = said('12', 'npx surety timelock cancel <id> --chain <name>', { ...name, '<id>': 'ID' });
    const cancelled = `ledger list-protocol --protocol ${plan.settlement.lens}`;
    for (const how of [`${cancelled} --cancel`, one]) {
      const { id } = operationOf(await surety('governor', `${cancelled} --schedule --yes`));
      const command = `${how.replace('ID', id)} --yes`;
      expect((await surety('governor', command)).refusal?.message).toContain('expected the canceller on settlement');
      expect((await surety('guardian', command)).code).toBe(0);
      expect((await surety('guardian', command)).code).toBe(how.startsWith('timelock') ? 2 : 1);
    }
    const ids: string[] = [];
    for (const cap of [11, 12]) {
      const raise = `ledger set-cap --asset alpha:USDC --cap ${cap}000000 --as governor --schedule --yes`;
      ids.push(operationOf(await surety('governor', raise)).id);
    }
    const several = said('09', 'npx surety timelock cancel <id> <id> … --chain <name>', {
      ...name,
      '<id> <id> …': ids.join(' '),
    });
    expect((await surety('guardian', `${several} --yes`)).refusal).toBeUndefined();
    expect((await surety('guardian', `${several} --yes`)).code).toBe(2);
  });

  it('may follow another one that makes it possible, and waits 7 days if it is slow', async () => {
    // A witness has to answer when it is named; this one has no record of anything.
    const witness = `0x${'77'.repeat(20)}`;
    await network.nodes.get(ALPHA)?.call('anvil_setCode', [witness, RETURNS_ZERO]);
    const policy = 'vault set-witness-policy --chain alpha --m 1';
    const refused = await surety('governor', `${policy} --schedule --yes`);
    expect(refused.refusal?.message).toMatch(/WitnessesMissing.*add --after <its id>/);
    const first = await surety(
      'governor',
      `vault set-witness --chain alpha --slot 0 --witness ${witness} --may-conflict yes --schedule --yes`,
    );
    expect([first.code, first.refusal, first.output['slow']]).toEqual([0, undefined, true]);
    const second = await surety('governor', `${policy} --schedule --after ${operationOf(first).id} --yes`);
    expect([second.code, second.refusal]).toEqual([0, undefined]);
    expect(second.output['slow']).toBe(true);
    await later(network, 7 * DAY_S);
    const { id } = operationOf(second);
    expect((await surety(null, `timelock execute ${id} --chain alpha --dry-run`)).refusal?.message).toContain(
      'TimelockUnexecutedPredecessor',
    );
    expect(
      (await surety('alice', `timelock execute ${operationOf(first).id} --chain 901 --yes`)).refusal,
    ).toBeUndefined();
    const execute = said('12', 'npx surety timelock execute <id> --chain <name>', { '<id>': id, '<name>': '901' });
    expect((await surety('alice', `${execute} --yes`)).refusal).toBeUndefined();
    const vault = vaultOf(plan).vault;
    const [m] = await reader(ALPHA).readContract({
      address: vault,
      abi: collateralVaultAbi,
      functionName: 'witnessPolicy',
    });
    expect(m).toBe(1);
  });

  it('changes the timelock itself', async () => {
    const account = devnetAccount('bob').address;
    const stolen = { '<name>': 'beta', '<stolen>': devnetAccount('governor').address };
    const grant = said(
      '09',
      'npx surety timelock grant-role --chain <name> --for proposer --account <new> --schedule',
      { '<name>': 'beta', '<new>': account },
    );
    const scheduled = await surety('governor', `${grant} --yes`);
    expect([scheduled.code, scheduled.refusal]).toEqual([0, undefined]);
    const revoke = said(
      '09',
      'npx surety timelock revoke-role --chain <name> --for proposer --account <stolen> --schedule --after <id of the first>',
      { ...stolen, '<id of the first>': operationOf(scheduled).id },
    );
    const last = operationOf(await surety('governor', `${revoke} --yes`)).id;
    const freeze = said(
      '09',
      'npx surety timelock freeze-proposer --chain <name> --proposer <stolen> --until +30d',
      stolen,
    );
    expect((await surety('guardian', `${freeze} --yes`)).refusal).toBeUndefined();
    const more = `timelock grant-role --chain beta --for proposer --account ${devnetAccount('alice').address}`;
    expect((await surety('governor', `${more} --schedule --yes`)).refusal?.message).toContain('ProposerFrozen');
    await later(network, 7 * DAY_S);
    const run = grant.replace('--schedule', '--execute');
    expect((await surety('bob', `${run} --yes`)).refusal).toBeUndefined();
    expect((await surety('bob', `timelock execute ${last} --chain beta --yes`)).refusal).toBeUndefined();
    const at = plan.vaults.find(({ request }) => request.name === 'beta')?.roles.timelock?.at ?? '0x';
    const role = await reader(902).readContract({ address: at, abi: suretyTimelockAbi, functionName: 'PROPOSER_ROLE' });
    const args = [role, account] as const;
    const has = { address: at, abi: suretyTimelockAbi, functionName: 'hasRole' } as const;
    expect(await reader(902).readContract({ ...has, args })).toBe(true);
    expect(await reader(902).readContract({ ...has, args: [role, stolen['<stolen>']] })).toBe(false);
  });
});

describe('a payment that looks wrong', () => {
  it('is compared with the ledger’s own record, and stopped by the guardian while its edge is in doubt', async () => {
    const beta = plan.vaults.find(({ request }) => request.name === 'beta') as DeploymentPlan['vaults'][number];
    const account = accountOf('bob');
    const place = { vault: beta.vault, chainId: BETA };
    const edge = { edgeId: beta.returnEdgeId, destinationId: BETA, verifier: beta.attesterSet };
    await lockTokens(network, { ...place, account: accountOf('alice') }, 9_000_000_000n);
    // Three members sign a release that the ledger never made.
    const forged = [entryOf('RELEASE', 1, 5_000_000n, account, bytes32(pad(devnetAccount('bob').address)))];
    const attested = await attest(network, edge, forged);
    await replay(network, place, attested);
    const line = `stop ${beta.returnEdgeId}:1 --packed ${attested.packed} --reason forged`;
    const small = await surety('guardian', `${line} --yes`);
    expect(small.refusal?.message).toContain('StopTooSmall');
    expect(small.told).toContain('the ledger has NO record of it');
    const pause = said('06', 'npx surety vault pause --chain <name> --stops pay --until +71h', { '<name>': 'beta' });
    expect((await surety('pauser', `${pause} --yes`)).refusal).toBeUndefined();
    const quarantine = said('01', 'npx surety vault quarantine --chain <chain> --until +71h', { '<chain>': 'beta' });
    expect((await surety('guardian', `${quarantine} --yes`)).refusal).toBeUndefined();
    expect((await surety('bob', `${line} --yes`)).refusal?.message).toContain('expected the guardian on beta');
    expect((await surety('guardian', `${line} --yes`)).refusal).toBeUndefined();
    const args = [1n] as const;
    const payment = await reader(BETA).readContract({
      address: beta.vault,
      abi: collateralVaultAbi,
      functionName: 'payment',
      args,
    });
    expect(payment.state).toBe(STOPPED);
    const unknown = await surety('guardian', `${line.replace(':1', ':9')} --yes`);
    expect(unknown.refusal).toMatchObject({
      code: 'ACT_REFUSED',
      message: expect.stringContaining('has not recorded'),
    });
  });
});

describe('operations that another tool scheduled', () => {
  it('are shown with every call, and executed as the batch that they are', async () => {
    const wallet = connectWallet(network.nodes.get(SETTLEMENT)?.url ?? '', SETTLEMENT, 'governor');
    const calls = [52_000_000_000n, 53_000_000_000n].map((cap) =>
      encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'setCap', args: [1, cap] }),
    );
    const nothing = `0x${'00'.repeat(32)}` as const;
    const at = plan.settlement.roles.timelock?.at ?? '0x';
    const hash = await wallet.writeContract({
      address: at,
      abi: suretyTimelockAbi,
      functionName: 'scheduleBatch',
      args: [calls.map(() => plan.settlement.ledger), calls.map(() => 0n), calls, nothing, pad('0x07'), 172_800n],
    });
    await reader(SETTLEMENT).waitForTransactionReceipt({ hash });
    const { output } = await surety(null, 'timelock list --chain settlement');
    const [timelock] = output['timelocks'] as { operations: { id: string; acts: string[] }[] }[];
    const found = timelock?.operations.find(({ acts }) => acts.length === 2);
    expect(found?.acts[1]).toBe('ledger set-cap (assetId 1, capThousandths 53000000000)');
    expect((await surety('alice', `timelock execute ${nothing} --chain settlement --yes`)).refusal?.message).toContain(
      `expected one of ${found?.id}`,
    );
    await later(network, 2 * DAY_S);
    expect((await surety('alice', `timelock execute ${found?.id} --chain settlement --yes`)).refusal).toBeUndefined();
    expect(await capOf(1)).toBe(53_000_000_000n);
  });
});

describe('a role that changes hands', () => {
  it('is proposed by its holder and accepted by its successor', async () => {
    const next = devnetAccount('faucet').address;
    const role = '--chain alpha --role pauser';
    const accept = said('09', 'npx surety role accept …', { '…': role });
    expect((await surety('faucet', `${accept} --yes`)).refusal?.message).toContain('nobody is named as successor');
    const propose = said('09', 'npx surety role propose --chain <name> --role guardian --next <address>', {
      '<name>': 'alpha',
      guardian: 'pauser',
      '<address>': next,
    });
    expect((await surety('pauser', `${propose} --yes`)).refusal).toBeUndefined();
    expect((await surety('bob', `${accept} --yes`)).refusal?.message).toContain(
      `expected the successor on alpha, ${next}`,
    );
    expect((await surety('faucet', `${accept} --yes`)).refusal).toBeUndefined();
    const at = vaultOf(plan).roles.pauser;
    const holder = await reader(ALPHA).readContract({ address: at, abi: roleHolderAbi, functionName: 'holder' });
    expect(holder.toLowerCase()).toBe(next);
    const slow = await surety(null, `role appoint ${role} --next ${devnetAccount('pauser').address} --dry-run`);
    expect(slow.output).toMatchObject({ role: 'governor', through: 'timelock', slow: true, refusal: null });
  });
});
