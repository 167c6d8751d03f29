import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, ZERO_WORD, address, bytes32 } from '@surety/domain';
import { encodeAbiParameters, encodeEventTopics, getAbiItem } from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import type { ActTarget } from '../acts/find-target.js';
import type { ActStep, Migration } from './migration.js';
import { planRecovery } from './plan-recovery.js';
import { findServed } from './served-sources.js';

const members = [1, 2, 3, 4].map((n) => address(`0x${String(n).repeat(40)}`));
const ledger = `0x${'aa'.repeat(20)}`;
const [former, successor, bare] = ['c1', 'c2', 'c8'].map((pair) => address(`0x${pair.repeat(20)}`)) as [
  Address,
  Address,
  Address,
];
const set = address(`0x${'dd'.repeat(20)}`);
const limits = { logRangeMax: 10 };
const settlement = { chainId: 900, name: 'settlement', limits, vault: { source: 0, address: `0x${'bb'.repeat(20)}` } };
// The configuration names the vault that came after the former one.
const alpha = { chainId: 901, name: 'alpha', vault: { source: 3, address: successor } };
const config = { network: { settlement: { chainId: 900, ledger, fromBlock: '40' }, chains: [settlement, alpha] } };
const verifier = {
  target: { chain: settlement, contract: set },
  inRecovery: false,
  recovery: { membersHash: bytes32(`0x${'00'.repeat(32)}`), proposedAt: 0, frozenUntil: 0 },
};
const served = [
  { source: 1, vault: former, chain: 'alpha' },
  { source: 3, vault: successor, chain: 'alpha' },
];

const plan = (asked: object): Migration =>
  planRecovery({ config, verifier: asked, members, served, floors: async () => [] } as never);

describe('the sources that a verifier serves', () => {
  let newest = 100n;
  /** Blocks that show the listing of a source without an asset. */
  const logged = new Map<number, bigint>();
  afterEach(() => {
    newest = 100n;
    logged.clear();
  });
  const sourceLog = (source: number): object => {
    const args = { source, edge: ZERO_WORD, outboundEdge: ZERO_WORD };
    const event = getAbiItem({ abi: collateralLedgerAbi, name: 'SourceListed' });
    const terms = { source, originChainId: 901n, vault: former, initialBp: 0, maintenanceBp: 0, staleAfterMin: 0, darkAfterMin: 0, floorAfterMin: 0, m: 0, development: false }; // prettier-ignore
    const shown = event.inputs.filter(({ name }) => name === 'terms');
    return { topics: encodeEventTopics({ abi: [event], args }), data: encodeAbiParameters(shown, [terms] as never) };
  };
  /** Vaults at the ledger by source, with their chains and verifiers. */
  const sources = new Map([
    [0, { chainId: 900, vault: `0x${'bb'.repeat(20)}`, by: `0x${'de'.repeat(20)}` }],
    [1, { chainId: 901, vault: former, by: set }],
    [2, { chainId: 901, vault: `0x${'c4'.repeat(20)}`, by: `0x${'ef'.repeat(20)}` }],
    [7, { chainId: 907, vault: `0x${'c7'.repeat(20)}`, by: set }],
    [8, { chainId: 901, vault: bare, by: set }],
  ]);
  const reader = {
    readContract: async (asked: { address: string; functionName: string; args?: readonly number[] }) => {
      const [first = 0] = asked.args ?? [];
      const listed = [...sources.keys(), 1].filter((source) => source !== 8);
      const at = sources.get(first);
      switch (asked.functionName) {
        case 'assetCount':
          return listed.length;
        case 'assetOf':
          return { terms: { source: listed[first - 1] } };
        case 'sourceOf':
          return [{ vault: at?.vault, originChainId: BigInt(at?.chainId ?? 0) }];
        default:
          return asked.address === successor
            ? set
            : [...sources.values()].find((one) => one.vault === asked.address)?.by;
      }
    },
    getBlockNumber: async () => newest,
    getLogs: async ({ fromBlock, toBlock }: { fromBlock: bigint; toBlock: bigint }) => {
      if (fromBlock < 40n) throw new Error('a block before the ledger');
      return [...logged].flatMap(([source, blockNumber]) =>
        blockNumber < fromBlock || blockNumber > toBlock ? [] : [sourceLog(source)],
      );
    },
  };
  const placeOf = (chain: object, contract: string) => ({ chain, reader, contract }) as unknown as ActTarget;
  /** Finds with a reader that fails where it is asked for one of `broken`, such as `assetOf 1` or a vault. */
  const find = async (chain: object, broken: readonly string[] = []) => {
    const readContract: typeof reader.readContract = async (asked) => {
      const names = [`${asked.functionName} ${asked.args?.[0]}`, asked.functionName, asked.address];
      if (broken.some((one) => names.includes(one))) throw new Error('no\nanswer');
      return reader.readContract(asked);
    };
    const getLogs: typeof reader.getLogs = async (asked) => {
      if (broken.includes('getLogs')) throw new Error('no\nanswer');
      return reader.getLogs(asked);
    };
    const at = (place: object, contract: string) =>
      ({ ...placeOf(place, contract), reader: { ...reader, readContract, getLogs } }) as never;
    const told: string[] = [];
    const home = async () => at(settlement, ledger);
    const found = await findServed(config.network as never, at(chain, set), home, (line) => void told.push(line));
    return { found, told };
  };

  it('are the vaults that name it, the configured one and those that the ledger alone knows', async () => {
    expect(await find(alpha)).toEqual({ found: served, told: [] });
  });

  it.each([
    ['first', 40n],
    ['newest', 100n],
  ])('are those without an asset, too, which the %s log of the ledger shows', async (_, block) => {
    logged.set(8, block);
    expect(await find(alpha)).toEqual({ found: [...served, { source: 8, vault: bare, chain: 'alpha' }], told: [] });
    expect((await find(settlement)).found.map(({ source }) => source)).toEqual([1, 2, 3, 7, 8]);
  });

  it('are looked for in the newest logs alone where there are too many, which is told', async () => {
    newest = 2_039n;
    logged.set(8, 41n);
    expect(await find(alpha)).toEqual({ found: [...served, { source: 8, vault: bare, chain: 'alpha' }], told: [] });
    newest = 9_999n;
    expect(await find(alpha)).toEqual({
      found: served,
      told: [
        'warning: sources without an asset that the ledger listed before block 8000 are not looked for: a theft of keys waits for no longer search; a former vault of the verifier may be missing below: surety vault note-recovery --chain alpha --at <vault> for each',
      ],
    });
  });

  it('are all at the ledger’s, without source 0, which the ledger refuses to halt', async () => {
    expect((await find(settlement)).found.map(({ source, chain }) => [source, chain])).toEqual([
      [1, 'alpha'],
      [2, 'alpha'],
      [3, 'alpha'],
      [7, 'chain 907'],
    ]);
  });

  it.each([
    ['the ledger’s sources', ['assetCount'], [3]],
    ['the ledger’s log of sources', ['getLogs'], [1, 3]],
    ['the ledger’s asset 3', ['assetOf 3'], [1, 3]],
    ['the ledger’s source 2', ['sourceOf 2'], [1, 3]],
    [`the verifier of the vault ${former} (source 1)`, [former], [3]],
  ])('are found without %s where it cannot be read, which is told', async (what, broken, numbers) => {
    const { found, told } = await find(alpha, broken);
    expect(found.map(({ source }) => source)).toEqual(numbers);
    expect(told).toEqual([
      `warning: ${what} could not be read: no answer; a former vault of the verifier may be missing below: surety vault note-recovery --chain alpha --at <vault> for each; run again once it can`,
    ]);
  });

  it('are at the ledger’s those that can be read, and what to freeze by hand is told', async () => {
    const { found, told } = await find(settlement, ['sourceOf 7']);
    expect(found.map(({ source }) => source)).toEqual([1, 2, 3]);
    expect(told).toEqual([
      'warning: the ledger’s source 7 could not be read: no answer; a source that the configuration does not name may be missing below: ledger.noteHalt(source) for each; run again once it can',
    ]);
  });

  it('hold the configured vault, whoever cannot tell its verifier', async () => {
    expect(await find(alpha, [successor])).toEqual({ found: served, told: [] });
  });
});

describe('a recovery of the ledger’s verifier', () => {
  it('freezes and resumes each source', () => {
    const titles = plan(verifier).steps.map(({ title }) => title);
    expect(titles.filter((title) => title.startsWith('the ledger'))).toEqual([
      'the ledger freezes source 1 (alpha)',
      'the ledger freezes source 3 (alpha)',
      'the ledger resumes source 1 (alpha)',
      'the ledger resumes source 3 (alpha)',
    ]);
  });

  it.each([
    ['LIVE', 1, false],
    ['HALTED', 4, true],
    ['RECOVERY', 5, true],
    ['CLOSED', 6, true],
  ])('goes on past a source that is %s only if it takes no entries already', async (_, state, isFrozen) => {
    const views: Record<string, unknown> = {
      newestEpoch: 1,
      members,
      recovery: [`0x${'00'.repeat(32)}`, 1, 0],
      stateOf: [state, 0, 0],
      suspended: 0,
    };
    // The set is proposed and not installed yet.
    const reader = {
      readContract: async ({ functionName }: { functionName: string }) =>
        functionName === 'members' ? members.toReversed() : views[functionName],
    };
    const asked = { ...verifier, target: { ...verifier.target, reader } };
    const { steps } = plan(asked);
    const freeze = steps.find(({ title }) => title === 'the ledger freezes source 1 (alpha)') as ActStep;
    expect(await freeze.isDone()).toBe(isFrozen);
  });
});

describe('a recovery of a vault’s verifier', () => {
  it('is agreed to beside operations that nobody can read: agreeing twice changes nothing', () => {
    const { steps } = plan({ ...verifier, target: { ...verifier.target, chain: alpha } });
    const agreements = steps.filter((step) => step.kind === 'act' && step.spec.call === 'proposeRecovery');
    expect(agreements.map((step) => (step as ActStep).isRepeatable)).toEqual([true, true]);
  });

  it('notes itself at each vault that it serves, before and after the installation', () => {
    const { steps } = plan({ ...verifier, target: { ...verifier.target, chain: alpha } });
    const called = steps.flatMap((step) => (step.kind === 'act' ? [[step.spec.call, step.call.to]] : []));
    const notes = [former, successor].map((vault) => ['noteRecovery', vault]);
    expect(called.slice(2)).toEqual([...notes, ['recover', set], ...notes]);
  });

  it.each([
    ['LIVE', 1, false],
    ['CLOSED', 6, true],
  ])('notes itself at an edge that is %s only while the vault heeds it', async (_, state, isPast) => {
    const views: Record<string, unknown> = {
      newestEpoch: 1,
      members: members.toReversed(),
      recovery: [`0x${'00'.repeat(32)}`, 1, 0],
      replicaState: ['0x', 0n, '0x', 0, 0, state],
      quarantinedUntil: 0,
      suspended: 0,
    };
    const reader = {
      readContract: async ({ functionName }: { functionName: string }) => views[functionName],
      getBlock: async () => ({ timestamp: 9n }),
    };
    const asked = { ...verifier, target: { ...verifier.target, chain: alpha, reader } };
    const { steps } = plan(asked);
    const note = steps.find(({ title }) => title.includes('pays nothing unconfirmed')) as ActStep;
    expect(await note.isDone()).toBe(isPast);
  });
});

const H = 3_600;
const DAY = 24 * H;
const title = `the vault ${former} (source 1) pays nothing unconfirmed; renewed by a run each day until the freeze ends`;

/** The step of a note in a recovery that freezes until `frozenUntil`, looked at at `now` while a note lasts until `until`; seconds. */
function noteAt(
  at: { now: number; until: number; frozenUntil: number; isInstalled: boolean },
  wanted = title,
): ActStep {
  const views: Record<string, unknown> = {
    newestEpoch: 1,
    members: at.isInstalled ? members : members.toReversed(),
    recovery: [`0x${(at.isInstalled ? '00' : 'ab').repeat(32)}`, 1, at.frozenUntil],
    replicaState: ['0x', 0n, '0x', 0, 0, 3],
    quarantinedUntil: at.until,
    suspended: 0,
  };
  const reader = {
    readContract: async ({ functionName }: { functionName: string }) => views[functionName],
    getBlock: async () => ({ timestamp: BigInt(at.now) }),
  };
  const asked = { ...verifier, target: { ...verifier.target, chain: alpha, reader } };
  const { steps } = plan(asked);
  return steps.find((step) => step.title === wanted) as ActStep;
}

/** Seconds of 14 days in which the vault pays, if the migration is run that often and each note lands 12 s after the look. */
async function unfrozenS(everyS: number): Promise<number> {
  let [until, unfrozen] = [0, 0];
  for (let now = 0; now <= 14 * DAY; now += everyS) {
    if (now > 0) unfrozen += Math.max(0, now - until);
    const note = noteAt({ now, until, frozenUntil: 21 * DAY, isInstalled: false });
    if (!(await note.isDone())) until = now + 12 + 72 * H;
  }
  return unfrozen;
}

describe('the note of a recovery at a vault', () => {
  it.each([12, 24, 48, 72])('leaves no gap if it is run every %s h', async (hours) => {
    expect(await unfrozenS(hours * H)).toBe(0);
  });

  it('is done if it lasts to the end of the freeze, which goes on after the installation', async () => {
    const installed = { now: 14 * DAY, frozenUntil: 14 * DAY + 30 * H, isInstalled: true };
    const after = `the vault ${former} (source 1) pays nothing unconfirmed until the new epoch is active`;
    expect(await noteAt({ ...installed, until: 14 * DAY + 29 * H }).isDone()).toBe(false);
    expect(await noteAt({ ...installed, until: 14 * DAY + 29 * H }, after).isDone()).toBe(false);
    expect(await noteAt({ ...installed, until: 14 * DAY + 30 * H }, after).isDone()).toBe(true);
    expect(await noteAt({ ...installed, until: 0, now: 14 * DAY + 30 * H }, after).isDone()).toBe(true);
  });

  it('tells its end, the end of the freeze, and when to run again', async () => {
    const at = { now: DAY, frozenUntil: 21 * DAY, isInstalled: false };
    const ends = 'the freeze until 1970-01-22T00:00:00.000Z';
    expect(await noteAt({ ...at, until: 4 * DAY }).next?.()).toBe(
      `it lasts until 1970-01-05T00:00:00.000Z, ${ends}: run again within 24 h`,
    );
    expect(await noteAt({ ...at, until: 21 * DAY }).next?.()).toBe(`it lasts until 1970-01-22T00:00:00.000Z, ${ends}`);
    expect(await noteAt({ ...at, until: 4 * DAY, now: 21 * DAY }).next?.()).toBe('');
  });
});
