import { collateralLedgerAbi, collateralVaultAbi, keccak256 } from '@surety/contracts';
import { type Address, address, bytesToHex, hexToBytes } from '@surety/domain';
import { ContractFunctionRevertedError, decodeFunctionData } from 'viem';
import { describe, expect, it } from 'vitest';
import type { CheckStep, Migration } from './migration.js';
import { planVaultMigration } from './plan-vault-migration.js';

const at = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const [oldVault, ledger, nobody] = [at('c1'), at('aa'), at('00')];
/** The old vault's pair, and one that is built for the new vault. */
const [oldEnds, newEnds] = [
  { atVault: at('e1'), atLedger: at('e2') },
  { atVault: at('f1'), atLedger: at('f2') },
];
const SOURCE = 3;
/** The hash of no code at all. */
const NO_CODE = bytesToHex(keccak256(new Uint8Array()));
const terms = {
  source: 1,
  originChainId: 901n,
  vault: oldVault,
  initialBp: 9_500,
  maintenanceBp: 9_800,
  staleAfterMin: 90,
  darkAfterMin: 360,
  floorAfterMin: 4_320,
  m: 1,
  development: false,
};
const views = {
  settlementChainId: 900n,
  ledger,
  source: 1,
  attesterSet: at('d1'),
  governor: at('91'),
  guardian: at('92'),
  pauser: at('93'),
  development: false,
  assetCount: 0,
  successor: nobody,
  outboundEdge: '0x',
};

/** Two chains where each end of a witness answers what its constructor was told. */
function readerOf({ m, ends }: { m: number; ends: ReadonlyMap<string, Record<string, unknown>> }) {
  const answers: Record<string, (address: string, args: readonly number[]) => unknown> = {
    witnessPolicy: () => [m],
    witnessOf: (where, args) => {
      const isVault = where !== ledger;
      const slot = isVault ? args[0] : args[1];
      const seen = m === 0 || slot !== 0 ? nobody : isVault ? oldEnds.atVault : oldEnds.atLedger;
      return isVault ? [{ at: seen, conflicts: true }, 0n] : [seen, true];
    },
    sourceOf: (_, [source]) => {
      if (source === 1) return [{ ...terms, m }, '0x', '0x'];
      throw new ContractFunctionRevertedError({ abi: [], functionName: 'sourceOf' });
    },
  };
  const readContract = async (asked: { address: string; functionName: string; args?: readonly number[] }) => {
    const { functionName, args = [] } = asked;
    const end = ends.get(asked.address);
    if (end !== undefined) {
      if (functionName in end) return end[functionName];
      throw new ContractFunctionRevertedError({ abi: [], functionName });
    }
    return answers[functionName]?.(asked.address, args) ?? views[functionName as 'source'];
  };
  const getCode = async ({ address: where }: { address: string }) => (ends.has(where) ? '0x60' : '0x');
  return { readContract, getCode };
}

const named = [
  {
    kind: 'wormhole',
    name: 'wormhole',
    slot: 2,
    mayConflict: true,
    atVault: { contract: newEnds.atVault },
    atLedger: { contract: newEnds.atLedger },
  },
];

const policy = { m: 1, valueMaxUsd: '1000', fastBp: 200 };

async function plan(
  witnesses: readonly unknown[] | undefined,
  { m = 1, ends = new Map() }: { m?: number; ends?: ReadonlyMap<string, Record<string, unknown>> } = {},
): Promise<Migration> {
  const reader = readerOf({ m, ends });
  const place = (chainId: number, name: string, contract: Address) => ({
    chain: { chainId, name, vault: { gateway: at('9a'), policy, assets: [] } },
    reader,
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

/** Arguments of each `setWitness` of a migration. */
function setWitnesses({ steps }: Migration): unknown[] {
  return steps.flatMap((step) => {
    if (step.kind !== 'act' || step.spec.call !== 'setWitness') return [];
    const abi = step.spec.place === 'ledger' ? collateralLedgerAbi : collateralVaultAbi;
    const { args } = decodeFunctionData({ abi, data: step.call.data });
    return [[step.spec.place, ...args.map((one) => (typeof one === 'string' ? one.toLowerCase() : one))]];
  });
}

/** The address of the vault that a migration creates. */
const vaultOf = ({ steps }: Migration): string =>
  steps.flatMap((step) => (step.kind === 'create' && step.title === 'vault' ? [step.address] : [])).join();
const fits = ({ steps }: Migration): Promise<readonly string[]> =>
  (steps.find(({ title }) => title.startsWith('each witness named')) as CheckStep).problems();

describe('a vault with witnesses', () => {
  it('is not moved without pairs of the new vault: the old ones never speak for it', async () => {
    await expect(plan(undefined)).rejects.toMatchObject({
      code: 'MIGRATION_REFUSED',
      message: expect.stringMatching(
        new RegExp(`witnesses ${oldEnds.atVault}, ${oldEnds.atLedger} .*expected --witnesses with 1 pair.*source 3`),
      ),
    });
    await expect(plan([])).rejects.toMatchObject({ message: expect.stringContaining('0 pairs are named') });
  });

  it('is given the named pairs alone, at both sides', async () => {
    expect(setWitnesses(await plan(named))).toEqual([
      ['vault', 2, newEnds.atVault, true],
      ['ledger', SOURCE, 2, newEnds.atLedger, true],
    ]);
    expect(setWitnesses(await plan(undefined, { m: 0 }))).toEqual([]);
  });

  it('ends with the whole of its part of chains.config.json', async () => {
    const [entry = ''] = await (await plan(named)).afterwards();
    expect(JSON.parse(entry.slice(entry.indexOf('{')))).toMatchObject({
      gateway: at('9a'),
      witnesses: named,
      policy,
    });
  });

  it('is refused pairs that read another journal', async () => {
    expect(await fits(await plan(named))).toEqual([
      `witness wormhole beside the vault, ${newEnds.atVault}, has no code on alpha; expected a contract of this pair`,
      `witness wormhole beside the ledger, ${newEnds.atLedger}, has no code on settlement; expected a contract of this pair`,
    ]);
    const next = vaultOf(await plan(named));
    const right: [string, Record<string, unknown>][] = [
      [newEnds.atVault, { journal: next, ledgerSource: 0 }],
      [newEnds.atLedger, { journal: ledger, ledgerSource: SOURCE }],
    ];
    expect(await fits(await plan(named, { ends: new Map(right) }))).toEqual([]);
    const wrong: [string, Record<string, unknown>][] = [
      [newEnds.atVault, { journal: oldVault, ledgerSource: 0 }],
      [newEnds.atLedger, { journal: ledger, ledgerSource: 1 }],
    ];
    expect(await fits(await plan(named, { ends: new Map(wrong) }))).toEqual([
      `journal() of witness wormhole beside the vault, ${newEnds.atVault} is ${oldVault}; expected ${next}`,
      `ledgerSource() of witness wormhole beside the ledger, ${newEnds.atLedger} is 1; expected ${SOURCE}`,
    ]);
  });

  it('is refused a state proof of another vault, and an end that names no contract', async () => {
    const ends: [string, Record<string, unknown>][] = [
      [newEnds.atVault, {}],
      [newEnds.atLedger, { vault: oldVault, vaultCodeHash: NO_CODE }],
    ];
    const migration = await plan(named, { ends: new Map(ends) });
    expect(await fits(migration)).toEqual([
      `witness wormhole beside the vault, ${newEnds.atVault}, answers neither journal() nor vault() on alpha; expected one that names its contract`,
      `vault() of witness wormhole beside the ledger, ${newEnds.atLedger} is ${oldVault}; expected ${vaultOf(migration)}`,
    ]);
  });

  it('is refused a state proof of another code than the new vault’s: it would never prove anything', async () => {
    const next = vaultOf(await plan(named));
    const endsOf = (vaultCodeHash: string): ReadonlyMap<string, Record<string, unknown>> =>
      new Map([
        [newEnds.atVault, { journal: next, ledgerSource: 0 }],
        [newEnds.atLedger, { vault: next, vaultCodeHash }],
        // The vault is there.
        [next, {}],
      ]);
    const codeHash = bytesToHex(keccak256(hexToBytes('0x60')));
    expect(await fits(await plan(named, { ends: endsOf(codeHash) }))).toEqual([]);
    expect(await fits(await plan(named, { ends: endsOf(NO_CODE) }))).toEqual([
      `vaultCodeHash() of witness wormhole beside the ledger, ${newEnds.atLedger} is ${NO_CODE}; expected ${codeHash}`,
    ]);
  });
});
