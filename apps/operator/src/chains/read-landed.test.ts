import { type ProviderEndpoint, Secret, exampleNetwork } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Hex, accountId, address, txHash } from '@surety/domain';
import { systemClock } from '@surety/process';
import { encodeAbiParameters, encodeEventTopics, pad, parseAbiParameters } from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import { openLedgerSession } from '../lock/ledger-session.js';
import { planLock } from '../lock/plan-lock.js';
import { planRelease } from '../lock/plan-release.js';
import { readLanded } from './read-landed.js';
import { type ServedLog, serveLanding } from '../testing/serve-landing.js';
import { openVaultSession } from '../lock/vault-session.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const network = exampleNetwork();
const remote = network.chains.find(({ vault }) => vault !== undefined && vault.source !== 0);
const home = network.chains.find(({ chainId }) => chainId === network.settlement?.chainId);
if (remote?.vault === undefined || home === undefined) throw new Error('the example has no vault beside its ledger');
const [asset] = remote.vault.assets;
if (asset === undefined) throw new Error('the vault of the example lists no asset');
for (const chain of [remote, home]) Object.assign(chain, { blockTimeMs: 20 });

const OWNER = address(`0x${'22'.repeat(20)}`);
const account = accountId({ owner: OWNER, home: 0, sub: 0n });
const EDGE = pad('0xed');
const key = { kind: 'environment', key: new Secret(`0x${'01'.repeat(32)}`) } as const;
const told: string[] = [];
const waiting = { environment: {}, tell: (line: string): void => void told.push(line) };
const PLENTY: Hex = `0x${'ff'.repeat(32)}`;

const locked = (teller: string): ServedLog => ({
  address: teller as Hex,
  topics: encodeEventTopics({
    abi: collateralVaultAbi,
    eventName: 'Locked',
    args: { edge: EDGE, index: 7n, account },
  }) as Hex[],
  data: encodeAbiParameters(parseAbiParameters('uint16, uint128, bytes32, uint96'), [1, 500n, EDGE, 0n]),
});
const released = (teller: string): ServedLog => ({
  address: teller as Hex,
  topics: encodeEventTopics({
    abi: collateralLedgerAbi,
    eventName: 'Released',
    args: { edge: EDGE, index: 8n, account },
  }) as Hex[],
  data: encodeAbiParameters(parseAbiParameters('uint16, uint16, uint128, bytes32, uint96'), [1, 1, 400n, EDGE, 0n]),
});

const serve = async (chainId: number, logs: readonly ServedLog[]): Promise<ProviderEndpoint[]> =>
  (await serveLanding({ chainId, logs, answer: () => PLENTY }, closing)).endpoints;

describe('what landed, while the first provider stands still', () => {
  it('gives the entry of a lock', async () => {
    const plan = planLock(network, { chain: remote.name, asset: asset.symbol, amount: '1' });
    const endpoints = await serve(remote.chainId, [locked(plan.vault.address)]);
    const session = openVaultSession({ plan, key, endpoints, clock: systemClock, waiting });
    const entry = await session.lock({ account, fee: 0n }, waiting.tell);
    expect(entry).toMatchObject({ id: `${EDGE}:7`, amount: 500n });
    expect(told).toContain(`sent as ${entry.txHash}, waiting for its block …`);
  });

  it('gives the entry of a release', async () => {
    const plan = planRelease(network, { chain: remote.name, asset: asset.symbol, amount: '1', fee: '0' });
    const endpoints = await serve(home.chainId, [released(plan.settlement.ledger)]);
    const session = openLedgerSession({ plan, key, endpoints, clock: systemClock, waiting });
    const entry = await session.requestRelease({ account, amount: 400n, recipient: OWNER }, waiting.tell);
    expect(entry).toMatchObject({ id: `${EDGE}:8`, amount: 400n });
    expect(told).toContain(`sent as ${entry.txHash}, waiting for its block …`);
  });
});

it('says what landed, and not to send it again, where no provider shows its event', async () => {
  const hash = txHash(`0x${'7a'.repeat(32)}`);
  const endpoints = await serve(remote.chainId, []);
  const clock = { ...systemClock, sleep: async () => {} };
  const reading = readLanded({ chain: remote, endpoints, clock }, { hash, purpose: 'lock' }, () => undefined);
  await expect(reading).rejects.toMatchObject({
    code: 'ENTRY_UNREAD',
    retryable: false,
    message: `the lock landed in ${hash}, and no provider of ${remote.name} shows its event; expected one that does; do not send it again: surety explain ${hash} follows it`,
  });
});
