import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { attesterSetAbi, keccak256 } from '@surety/contracts';
import {
  type AccountName,
  DRILLS,
  type Incident,
  type RunningProcess,
  accountOf,
  awaitReadiness,
  devnetAccount,
  operatorEnvironment,
  plannedOf,
  readHealth,
  readLedgerLine,
  readerOf,
  rebuildAggregator,
  sendCoin,
  waitUntil,
} from '@surety/devnet';
import { bytes32, chainId, statementDigest } from '@surety/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { noteProblem, stopwatch } from './note-problem.js';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

/** Each test stages a bad day, lets the tools name its cause, and ends it with what its page in docs/RUNBOOKS prints. */

const ALPHA = 901;
const WITHIN_MS = 60_000;
/** Characters of an answer that a failure shows. */
const SHOWN = 2_000;
let line: Line;

beforeAll(async () => {
  line = await startLine();
});
afterAll(() => line?.stop());

const surety = (by: AccountName | null, args: readonly string[]): Promise<Answer> =>
  runSurety(args, {
    ...operatorEnvironment(line.devnet),
    ...(by === null ? {} : { SURETY_KEY: devnetAccount(by).key }),
  });

/** Everything that a command said, to people and to programs. */
const saidBy = ({ output, told }: Answer): string => `${JSON.stringify(output)}\n${told}`;

/** Asks until a tool names the cause, and returns what it said. */
async function askUntil(args: readonly string[], named: RegExp): Promise<string> {
  const seconds = stopwatch();
  const probe = async (): Promise<string> => {
    const said = saidBy(await surety(null, args));
    if (!named.test(said)) throw new Error(`it said ${said.slice(-SHOWN)}`);
    return said;
  };
  const said = await waitUntil({ what: `surety ${args.join(' ')} names ${named}`, withinMs: WITHIN_MS, probe });
  const [tool = ''] = args;
  if (named !== WELL) noteProblem({ tool, seconds: seconds() });
  return said;
}

const untilOver = ({ said, goOn }: Incident): Promise<true> =>
  waitUntil({
    what: `the end of: ${said}`,
    withinMs: WITHIN_MS,
    probe: async () => ((await goOn()) ? true : undefined),
  });

/** Does what a page says, as the holder of a key; nobody is there to answer a question. */
async function does(by: AccountName, args: readonly string[]): Promise<void> {
  const { code, refusal } = await surety(by, [...args, '--yes']);
  expect(refusal).toBeUndefined();
  expect(code).toBe(0);
}

function running(role: 'watcher' | 'relayer', number = 1): RunningProcess {
  const found = line.devnet.running(role, number);
  if (found === undefined) throw new TypeError(`${role} ${number} runs`);
  return found;
}

const WELL = /"processes":(?!.*"ready":false)/;
const statusIsWell = (): Promise<string> => askUntil(fromRunbook('01', 'npx surety status'), WELL);

test('09: an owner whose key is in other hands moves what it holds', async () => {
  const incident = await DRILLS['stolen-owner-key'].stage(line.devnet);
  const command = 'npx surety release --chain <name> --asset <symbol> --amount all --recipient <new address>';
  await does('alice', fromRunbook('09', command, incident.values));
  expect(await untilOver(incident)).toBe(true);
  const whose = { '<owner or account>': devnetAccount('alice').address };
  expect(await surety(null, fromRunbook('README', 'npx surety account <owner or account>', whose))).toMatchObject({
    code: 0,
  });
});

test('14: an aggregator that lost its database is rebuilt to the same state hash', async () => {
  const { hashBefore, hashAfter } = await rebuildAggregator(line.devnet);
  expect(hashAfter).toBe(hashBefore);
  expect(JSON.stringify(await surety(null, fromRunbook('14', 'npx surety status')))).toContain(hashAfter);
});

test('06: a payment that its owner does not know is stopped, and comes back to the line', async () => {
  const incident = await DRILLS['unwanted-payment'].stage(line.devnet);
  const { values } = incident;
  const looked = fromRunbook('06', 'npx surety stop <edge>:<n> --reason - --dry-run', values);
  expect(saidBy(await surety(null, looked))).toContain('the ledger recorded this release');
  const held = { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') };
  const before = await readLedgerLine(line.devnet.network, held);
  await does(
    'guardian',
    fromRunbook('06', 'npx surety stop <edge>:<n> --reason <text>', { ...values, '<text>': 'stolen' }),
  );
  await untilOver(incident);
  const probe = async () => ((await readLedgerLine(line.devnet.network, held)) > before ? true : undefined);
  expect(await waitUntil({ what: 'the refund on the line', withinMs: WITHIN_MS, probe })).toBe(true);
});

test('12: a lock that waits above a narrow cap is named with the cap, which the governor raises', async () => {
  const incident = await DRILLS['narrow-cap'].stage(line.devnet);
  const explained = await askUntil(['explain', incident.values['<hash>'] ?? ''], /"code":"ABOVE_CAP"/);
  const [run = ''] = /surety ledger unpark [^"]*/u.exec(explained) ?? [];
  expect((await surety('bob', run.split(' ').slice(1))).refusal?.message).toMatch(/CapExceeded.*cap allows now/);
  await askUntil(['doctor'], /alpha assets\[USDC\]\.cap at the ledger/);
  // Nothing is behind a timelock on a local network.
  const raise = 'npx surety ledger set-cap --asset alpha:USDC --cap 60000000 --as governor --schedule';
  await does('governor', fromRunbook('12', raise, { '--schedule': '' }));
  // A relayer may have been first.
  const unpark = fromRunbook('12', 'npx surety ledger unpark --source <chain> --index <n>', incident.values);
  await surety('bob', [...unpark, '--yes']);
  expect(await untilOver(incident)).toBe(true);
});

test('13: locks that an empty wallet holds up are relayed with another key', async () => {
  const incident = await DRILLS['empty-wallet'].stage(line.devnet);
  await askUntil(fromRunbook('01', 'npx surety status'), /EMPTY_WALLET/);
  // Relayed before it is attested, nothing of it would be.
  await askUntil(['explain', incident.values['<hash>'] ?? ''], /"code":"(?:POST_COMING|NOT_POSTED)"/);
  await does('bob', fromRunbook('13', 'npx surety relay'));
  expect(await untilOver(incident)).toBe(true);
  await sendCoin(line.devnet.network, { from: 'bob', to: 'relayerA', leaving: 100n * 10n ** 18n });
  await statusIsWell();
});

test('01: locks that no relayer carries are relayed by hand', async () => {
  const incident = await DRILLS['quiet-relayer'].stage(line.devnet);
  const status = fromRunbook('README', 'npx surety status [--json]', { '[--json]': '' });
  await askUntil(status, /relayer .* is not ready/);
  const explained = await askUntil(['explain', incident.values['<hash>'] ?? ''], /"code":"(?:POST_COMING|NOT_POSTED)"/);
  expect(explained).toContain('surety relay --chain alpha');
  const relay = 'npx surety relay --chain <name> --direction to-ledger';
  await does('bob', fromRunbook('01', relay, incident.values));
  expect(await untilOver(incident)).toBe(true);
});

test('07: a vault that lacks tokens is reported, and again once its issuer brought them', async () => {
  await line.devnet.start('relayer');
  const incident = await DRILLS['short-vault'].stage(line.devnet);
  await askUntil(['doctor'], /alpha coverage of USDC/);
  const report = fromRunbook('07', 'npx surety vault report --chain <name> --asset <symbol>', incident.values);
  const probe = async (): Promise<true | undefined> => {
    // Refused as ReportTooSoon while nothing has changed since the last one.
    await surety('bob', [...report, '--yes']);
    await does('bob', fromRunbook('07', 'npx surety relay --direction to-ledger'));
    return (await incident.goOn()) ? true : undefined;
  };
  expect(await waitUntil({ what: 'the shortage and its end replayed', withinMs: WITHIN_MS, probe })).toBe(true);
});

test('18: a token whose code changed is noted, and again once its code is back', async () => {
  await line.devnet.start('relayer');
  const incident = await DRILLS['changed-token'].stage(line.devnet);
  await askUntil(['doctor'], /beta token USDC.*holds code of hash/);
  const note = fromRunbook('18', 'npx surety vault note-code --chain <name> --asset <symbol>', incident.values);
  await does('bob', note);
  expect(await incident.goOn()).toBe(false);
  await does('bob', note);
  expect(await untilOver(incident)).toBe(true);
  await awaitReadiness(await line.devnet.start('relayer'), WITHIN_MS);
});

test('01: providers that fail one watcher are named by it', async () => {
  const { devnet } = line;
  const struck = [1, 2].map((provider) => devnet.endpointOf({ role: 'watcher', number: 1, chainId: ALPHA, provider }));
  for (const endpoint of struck) devnet.proxy.arm(endpoint, [{ kind: 'reset' }]);
  await askUntil(['status'], new RegExp(`watcher ${running('watcher').announced} is not ready`));
  for (const endpoint of struck) devnet.proxy.arm(endpoint, []);
  expect(await statusIsWell()).toContain('"ready":true');
});

test('02: a halt whose cause was one record on one disk is cleared, the process stopped', async () => {
  const { devnet } = line;
  await running('watcher', 2).stop();
  const folder = devnet.environmentOf('watcher', 2)['SURETY_STATE_DIR'] ?? '';
  const record = path.join(folder, `final-${ALPHA}.json`);
  const kept = readFileSync(record, 'utf8');
  const newest = kept.lastIndexOf('0x');
  const wrong = `${kept.slice(0, newest)}0x${'ab'.repeat(32)}${kept.slice(newest + '0x'.length + 64)}`;
  writeFileSync(record, wrong);
  const halted = await devnet.start('watcher', 2);
  await askUntil(['status'], /HALTED/);
  const values = { '<state dir>': folder, '<chain id>': String(ALPHA) };
  const show = fromRunbook('02', 'npx surety clear-halt <state dir> --chain <chain id>', values);
  const shown = await surety(null, show);
  expect(shown.refusal?.code).toBe('HALT_STANDS');
  const word = String(shown.output['confirm']);
  const clear = fromRunbook(
    '02',
    'npx surety clear-halt <state dir> --chain <chain id> --confirm <that word> --reason "<what was checked>"',
    { ...values, '<that word>': word, '"<what was checked>"': 'record' },
  );
  expect((await surety(null, clear)).refusal?.code).toBe('HALT_HELD');
  await halted.stop();
  expect((await surety(null, clear)).output).toMatchObject({ isCleared: true });
  await awaitReadiness(await devnet.start('watcher', 2), WITHIN_MS);
  expect((await readHealth(running('watcher', 2))).ready).toBe(true);
});

test('03: an attester that signed two heads for one count is proven, and suspended where it did not', async () => {
  const { devnet } = line;
  const { network, aggregator } = devnet;
  const [edge] = await aggregator.readEdges();
  const liar = network.attesters[3];
  if (edge === undefined || liar === undefined) throw new TypeError('there are edges and four attesters');
  const [held] = await aggregator.readStatements({ edge: edge.edge, after: 0n });
  if (held === undefined) throw new TypeError('entries were attested');
  const destination = [edge.destinationChainId, network.plan.settlement.attesterSet] as const;
  const domain = { chainId: chainId(destination[0]), verifyingContract: destination[1] };
  const statement = { ...held.statement, head: bytes32(`0x${'fa'.repeat(32)}`) };
  const signature = await liar.account.sign({ hash: statementDigest(statement, domain, keccak256) });
  const [refused] = await aggregator.postStatements([{ statement, signer: liar.address, signature }]);
  expect(refused).toMatchObject({ kind: 'refused', code: 'CONTRADICTION' });

  await askUntil(['status'], /"contradictions":1/);
  const save = 'npx surety attesters evidence --json > evidence.json';
  const { output } = await surety(null, fromRunbook('03', save, { '> evidence.json': '' }));
  const file = path.join(network.directory, 'evidence.json');
  writeFileSync(file, JSON.stringify(output));
  const printed = 'npx surety attesters prove <evidence file> --dry-run';
  const dry = await surety(null, fromRunbook('03', printed, { '<evidence file>': file }));
  expect(dry).toMatchObject({ code: 0, output: { proven: [{ member: liar.address, txHash: null }], known: 0 } });
  expect(dry.told).toContain('3 of 4 are left, and 3 must sign');
  const prove = fromRunbook('03', printed, { '<evidence file>': file, '--dry-run': '' });
  await does('bob', prove);
  expect((await surety(null, [...prove, '--dry-run'])).output).toMatchObject({ proven: [], known: 1 });
  const forged = (output['contradictions'] as { signer: string }[]).map((one) => ({
    ...one,
    signer: devnetAccount('bob').address,
  }));
  writeFileSync(file, JSON.stringify({ contradictions: [...forged, ...(output['contradictions'] as object[])] }));
  const mixed = await surety(null, [...prove, '--dry-run']);
  expect(mixed.refusal?.message).toContain('did not sign both statements');
  expect(mixed.output).toMatchObject({ known: 1, refused: [{ what: devnetAccount('bob').address }] });

  const suspend = 'npx surety attesters suspend --chain <name> --member <address>';
  await does('guardian', fromRunbook('03', suspend, { '<name>': 'alpha', '<address>': liar.address }));
  const verifier = { address: plannedOf(network, ALPHA).attesterSet, abi: attesterSetAbi } as const;
  const bits = await readerOf(network, ALPHA).readContract({ ...verifier, functionName: 'suspended', args: [1] });
  expect(bits).toBe(8);
});
