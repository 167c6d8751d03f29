import { collateralLedgerAbi, parseChainRequest } from '@surety/contracts';
import { type Address, address, chainId } from '@surety/domain';
import { ContractFunctionRevertedError, decodeFunctionData, numberToHex } from 'viem';
import { describe, expect, it } from 'vitest';
import type { ActStep, CheckStep, Migration } from './migration.js';
import { planChainAddition } from './plan-chain-addition.js';

const at = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const [ledger, governor] = [at('aa'), at('91')];
const TOKENS = { WETH: at('50'), DAI: at('51') } as const;
type Symbol = keyof typeof TOKENS;
const SOURCE = 7;
const MEMBERS = [at('11'), at('12'), at('13'), at('14')];

/** What the chains hold while a plan is carried out; a test changes it. */
interface Listed {
  /** Tokens of the new vault in their order. */
  vault: readonly Symbol[];
  /** Price slots of the ledger's assets by the source that they belong to, in their order. */
  ledger: readonly { readonly source: number; readonly slot: number }[];
  /** The verifier that the ledger asks, if it is not the file's. */
  verifier?: Address;
  /** Members of the ledger's verifier: those whose signatures it refuses, and those with evidence against them. */
  suspended?: readonly Address[];
  proven?: readonly Address[];
  /** A vault that is the source already, and the first members of its verifier. */
  taken?: { readonly vault: Address; readonly first: readonly Address[] };
}

/** Both chains in one: every contract is there, and the ledger's governor is a key. */
function readerOf(listed: Listed): object {
  const numbersOf = (source: unknown): number[] =>
    listed.ledger.flatMap((one, index) => (one.source === source ? [index + 1] : []));
  const answers: Record<string, (where: string, args: readonly unknown[]) => unknown> = {
    governor: () => governor,
    assetCount: (where) => (where === ledger ? listed.ledger : listed.vault).length,
    assetIdOf: (_, [source, index]) => numbersOf(source)[Number(index) - 1] ?? 0,
    indexOf: (_, [token]) => listed.vault.findIndex((symbol) => TOKENS[symbol] === token) + 1,
    assetOf: (where, [number]) =>
      where === ledger
        ? { terms: { underlying: listed.ledger[Number(number) - 1]?.slot, decimals: 18 } }
        : { token: listed.vault.map((symbol) => TOKENS[symbol])[Number(number) - 1] },
    attesterSet: (where) => (where === ledger ? (listed.verifier ?? at('d1')) : at('d2')),
    proven: (_, [member]) => listed.proven?.some((one) => one === member) === true,
    members: () => listed.taken?.first,
    sourceOf: () => {
      if (listed.taken !== undefined) return [{ vault: listed.taken.vault }];
      throw new ContractFunctionRevertedError({ abi: [], functionName: 'sourceOf' });
    },
  };
  return {
    readContract: async (asked: { address: string; functionName: string; args?: readonly unknown[] }) =>
      answers[asked.functionName]?.(asked.address, asked.args ?? []),
    getCode: async ({ address: where }: { address: string }) => (where === governor ? '0x' : '0x60'),
    call: async () => ({ data: numberToHex(0, { size: 32 }) }),
    getChainId: async () => 901,
  };
}

async function plan(listed: Listed, ...symbols: Symbol[]): Promise<Migration> {
  const place = (id: number, name: string) => ({
    chain: { chainId: id, name, wormholeChainId: 9000 + id },
    reader: readerOf(listed),
    contract: ledger,
  });
  const witness = {
    kind: 'wormhole', name: 'wormhole', slot: 0, operator: 'wormhole', failureDomain: 'guardians', mayConflict: true,
    guardianSet: { index: 0, size: 1 }, atVault: { core: at('e1') }, atLedger: { core: at('e2') },
  }; // prettier-ignore
  const terms = { minMillionths: '1000000', capThousandths: '5000000', limitThousandths: '1000000' };
  const assets = symbols.map((symbol) => ({
    symbol, token: TOKENS[symbol], decimals: 18, underlying: symbol === 'WETH' ? 3 : 1, ...terms, initialBp: 9_500,
    maintenanceBp: 9_800,
  })); // prettier-ignore
  const json = {
    chainId: 901, name: 'alpha', source: SOURCE, roles: { governor, guardian: at('92'), pauser: at('93') },
    wrappedNative: at('00'), initialBp: 10_000, maintenanceBp: 10_000, staleAfterMin: 90, darkAfterMin: 360,
    floorAfterMin: 4320, m: 1, fastBp: 2000, wormholeChainId: 9901, witnesses: [witness], assets,
  }; // prettier-ignore
  const settlement = { chainId: chainId(900), wormholeChainId: 9900 };
  return planChainAddition({
    network: { profile: 'development' },
    origin: place(901, 'alpha'),
    home: place(900, 'settlement'),
    verifier: {
      target: { contract: at('d1'), reader: readerOf(listed) }, active: 2, newest: 2, members: MEMBERS, activeFrom: 5,
      suspended: listed.suspended ?? [], isStopped: false, inRecovery: false,
    }, // prettier-ignore
    chain: parseChainRequest(json, { profile: 'development', settlement, slots: new Set([1, 3]) }),
    salt: `0x${'00'.repeat(32)}`,
    floors: async () => [],
  } as never);
}

const ground = ({ steps }: Migration): Promise<readonly string[]> => (steps[0] as CheckStep).problems();
const actsOf = ({ steps }: Migration, call: string): ActStep[] =>
  steps.flatMap((step) => (step.kind === 'act' && step.spec.call === call ? [step] : []));

describe('a token of a new chain that its vault has at another number than the file', () => {
  it('is named by the first check, with the next step', async () => {
    const migration = await plan({ vault: ['WETH'], ledger: [{ source: SOURCE, slot: 3 }] }, 'DAI', 'WETH');
    const problems = (await ground(migration)).filter((one) => /asset \d/.test(one));
    expect(problems).toEqual([
      expect.stringContaining(`is the token ${TOKENS.WETH}; expected DAI at ${TOKENS.DAI}; a listing stays`),
      expect.stringContaining('listed at the ledger with price slot 3 and 18 decimals; expected 1 and 18 of DAI'),
      expect.stringContaining(`WETH at ${TOKENS.WETH} is asset 1 of the vault`),
    ]);
  });

  it('is named by no check where the file only goes on', async () => {
    const migration = await plan({ vault: ['WETH'], ledger: [{ source: SOURCE, slot: 3 }] }, 'WETH', 'DAI');
    expect((await ground(migration)).filter((one) => /asset \d/.test(one))).toEqual([]);
  });

  it('keeps the ledger from listing it where the vault took the other one meanwhile', async () => {
    const listed: Listed = { vault: [], ledger: [] };
    const [listing] = actsOf(await plan(listed, 'DAI', 'WETH'), 'listAsset').filter(
      ({ spec }) => spec.place === 'ledger',
    );
    expect(await listing?.isDone()).toBe(false);
    listed.vault = ['WETH'];
    await expect(listing?.isDone()).rejects.toThrowError(/for DAI: nothing was sent for it: asset 1 of the vault/);
  });
});

describe('the fast limit of a token', () => {
  /** Token and number of each call of `setFast` that the migration would make now. */
  const fastNow = async (migration: Migration): Promise<unknown[]> =>
    Promise.all(
      actsOf(migration, 'setFast').map(async (step) => {
        const call = await step.callNow?.();
        const args = call && decodeFunctionData({ abi: collateralLedgerAbi, data: call.data }).args;
        return [args, await step.isDone()];
      }),
    );

  it('is set by the number that the listing gave the token, not by the one that was foretold', async () => {
    const listed: Listed = { vault: ['WETH'], ledger: [{ source: 1, slot: 1 }] };
    const migration = await plan(listed, 'WETH', 'DAI');
    expect(await fastNow(migration)).toEqual([
      [undefined, false],
      [undefined, false],
    ]);
    const [other, own] = [1, SOURCE].map((source) => ({ source, slot: 3 }));
    listed.ledger = [...listed.ledger, other, own].flatMap((one) => one ?? []);
    expect(await fastNow(migration)).toEqual([
      [[3, 2000], false],
      [undefined, false],
    ]);
  });

  it('comes behind every listing, which would wait for it', async () => {
    const { steps } = await plan({ vault: [], ledger: [] }, 'WETH', 'DAI');
    const calls = steps.flatMap((step) => (step.kind === 'act' ? [step.spec.call] : []));
    expect(calls.slice(-2)).toEqual(['setFast', 'setFast']);
    expect(calls.lastIndexOf('listAsset')).toBe(calls.length - 3);
  });
});

describe('the verifier that gives a new chain its first members', () => {
  const problems = async (more: Partial<Listed>): Promise<readonly string[]> =>
    (await ground(await plan({ vault: [], ledger: [], ...more }, 'WETH'))).filter((one) => /verifier|member/.test(one));

  it('holds where each of them may sign', async () => {
    expect(await problems({})).toEqual([]);
  });

  it('is refused while one of them is suspended or proven to have signed two heads: the new one would let it sign', async () => {
    expect(await problems({ suspended: [at('14')] })).toEqual([
      `member ${at('14')} is suspended at the ledger’s verifier ${at('d1')}; expected none, the new verifier would take its signatures: rotate it out first (surety migrate attesters), or wait until the guardian’s suspension is over`,
    ]);
    expect(await problems({ suspended: [at('14')], proven: [at('12'), at('14')] })).toEqual([
      expect.stringContaining(`member ${at('12')} is proven to have signed two heads at the ledger’s verifier`),
      expect.stringContaining(`member ${at('14')} is proven to have signed two heads at the ledger’s verifier`),
    ]);
  });

  it('is refused where the ledger asks another one than the file names', async () => {
    expect(await problems({ verifier: at('d9') })).toEqual([
      `the ledger’s verifier is ${at('d9')}; expected ${at('d1')} of chains.config.json: put the ledger’s into settlement.attesterSet, then run again`,
    ]);
  });
});

describe('a source that is another vault', () => {
  const refused = async (first: readonly Address[]): Promise<string> =>
    plan({ vault: [], ledger: [], taken: { vault: at('c9'), first } }, 'WETH').then(
      () => 'not refused',
      ({ message }: Error) => message,
    );

  it('is named with the recovery or rotation that moved every address', async () => {
    const told = await refused([at('21'), at('12'), at('13'), at('14')]);
    expect(told).toMatch(
      new RegExp(`source ${SOURCE} is ${at('c9')}; expected a free number, or 0x[0-9a-f]{40} of an`),
    );
    expect(told).toContain(
      `its verifier ${at('d2')} began with ${at('21')}, ${at('12')}, ${at('13')}, ${at('14')}, and the ledger’s has ${MEMBERS.join(', ')} in epoch 2: a recovery or a rotation moved every address, begin again with another source`,
    );
  });

  it('is named alone where the members are the same', async () => {
    expect(await refused(MEMBERS)).toMatch(/of an earlier run with the same file, salt and build$/);
  });
});
