import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, type Hex, accountId, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { encodeAbiParameters, encodeEventTopics } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { type ServedLog, serveLanding } from '../testing/serve-landing.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-opt-out-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = exampleNetwork();
const { settlement } = network;
const chain = network.chains.find(({ chainId }) => chainId === settlement?.chainId);
const [market] = settlement?.markets ?? [];
if (settlement === undefined || chain === undefined || market === undefined)
  throw new Error('the example has no market');
Object.assign(chain, { blockTimeMs: 20 });
Object.assign(network, { profile: 'development' });
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify(network));

const SURETY_KEY: Hex = `0x${'01'.repeat(32)}`;
const owner = address(privateKeyToAccount(SURETY_KEY).address.toLowerCase());
const account = accountId({ owner, home: 0, sub: 0n });
const protocol = address(market.address.toLowerCase());
const ENDS_AT = 1_800_000_000n;

/** An event of the ledger about the account and the protocol. */
function eventOf(eventName: 'OptedOut' | 'NoticeGiven'): ServedLog {
  const topics = encodeEventTopics({ abi: collateralLedgerAbi, eventName, args: { account, protocol } }) as Hex[];
  const data = eventName === 'OptedOut' ? '0x' : encodeAbiParameters([{ type: 'uint256' }], [ENDS_AT]);
  return { address: settlement?.ledger as Hex, topics, data };
}

/** Runs a command whose transaction lands while the first provider stands still. */
async function run(argv: readonly string[], logs: readonly ServedLog[]): Promise<string> {
  const protocols = (listed: readonly Address[]): Hex => encodeAbiParameters([{ type: 'address[]' }], [listed]);
  const answer = (_: Hex, seesLanded: boolean): Hex => protocols(seesLanded ? [] : [protocol]);
  const { urls } = await serveLanding({ chainId: chain?.chainId ?? 0, logs, answer }, closing);
  const [still = '', live = ''] = (chain?.providers ?? []).map(({ urlEnv }) => urlEnv);
  const environment = {
    SURETY_CONFIG: file,
    SURETY_PROFILE: 'development',
    SURETY_KEY,
    [still]: urls[0],
    [live]: urls[1],
  };
  const { code, output, told } = await runSurety([...argv, '--yes'], { clock: systemClock, environment });
  expect([code, told]).toEqual([0, expect.stringContaining('sent as 0x')]);
  return output;
}

describe.each([
  ['surety opt-out', ['opt-out', protocol]],
  ['surety market opt-out', ['market', 'opt-out', market.name]],
] as const)('%s', (_, argv) => {
  it('says nothing of a notice once the account is out, though the first provider has not seen it', async () => {
    expect(await run(argv, [eventOf('OptedOut')])).not.toContain('notice');
  });

  it('says until when to run it again where notice was given', async () => {
    expect(await run(argv, [eventOf('NoticeGiven')])).toContain(
      'the account is still in: notice is given; run this again from 2027-01-15T08:00:00.000Z on, before 2027-01-22T08:00:00.000Z',
    );
  });
});
