import { accountId, address, bytes32 } from '@surety/domain';
import { encodeAbiParameters, keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { exitStateOf } from '../testing/exit-state.js';
import { listExitItems, readClaimed, readExitShares } from './exit-items.js';
import type { ExitVault } from './exit-vault.js';
import { tellExitItems, tellNothingLeft } from './tell-exit.js';

const [LENDER, CLAIMANT] = [address(`0x${'1e'.repeat(20)}`), address(`0x${'c1'.repeat(20)}`)];
const ACCOUNT = accountId({ owner: address(`0x${'a1'.repeat(20)}`), home: 0, sub: 0n });
const VAULT = address(`0x${'e1'.repeat(20)}`);
const ZERO_ADDRESS = address(`0x${'00'.repeat(20)}`);
const JOURNAL = { count: 0n, head: bytes32(`0x${'33'.repeat(32)}`) };
const STATE = exitStateOf({ journal: JOURNAL });
const ETH = 10n ** 18n;
const ASSETS = [{ index: 1, symbol: 'WETH', decimals: 18 }];
const LINE = { name: 'line:WETH', vaultAsset: 1, amount: 20n * ETH, isShared: true, claimed: 0n };
const shareOf = (shareBp: number) => ({ protocol: LENDER, claimant: CLAIMANT, shareBp });
interface AskedView {
  readonly functionName: string;
  readonly args: readonly unknown[];
  readonly blockNumber: bigint;
}
const place = { assets: ASSETS } as unknown as ExitVault;

describe('what an exit pays an account', () => {
  it('is the part beside the shares of protocols, less what its owner has claimed', () => {
    const items = [
      { ...LINE, claimed: ETH },
      { ...LINE, name: 'entry:4', isShared: false },
    ];
    expect(tellExitItems(place, ACCOUNT, { items, shares: [shareOf(6_800)] })).toEqual([
      `account ${ACCOUNT}:`,
      'ITEM       HELD     CLAIMED BY ITS OWNER  LEFT FOR ITS OWNER',
      'line:WETH  20 WETH  1 WETH                5.4 WETH',
      'entry:4    20 WETH  0 WETH                20 WETH',
      `of each line and parked credit protocol ${LENDER} registered 68 % for ${CLAIMANT} (surety exit claim --protocol)`,
    ]);
  });

  it('is nothing where protocols registered all of it, and says who may claim it', () => {
    expect(tellNothingLeft(LINE, [shareOf(10_000)])).toBe(
      `line:WETH: nothing is left for the account’s owner: protocol ${LENDER} registered 100 % for ${CLAIMANT}: only those may claim it, with --protocol`,
    );
    expect(tellNothingLeft(LINE, [shareOf(6_800)])).toContain('all of its part was claimed');
    expect(tellNothingLeft(LINE, [], LENDER)).toContain('it registered no share of this account');
  });

  it('is read in the anchor block, and what is claimed at the vault by the key that the vault counts with', async () => {
    const blocks = new Set<unknown>();
    const views: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
      assetIdOf: () => 9,
      lineOf: () => ({ amount: 20n * ETH }),
      protocolsOf: () => [LENDER, VAULT],
      exitShareOf: ([, protocol]) => (protocol === LENDER ? [CLAIMANT, 6_800] : [ZERO_ADDRESS, 0]),
    };
    const homeClient = {
      getBlock: async () => ({ number: 77n }),
      getContractEvents: async () => [],
      readContract: async ({ functionName, args, blockNumber }: AskedView) => (
        blocks.add(blockNumber),
        views[functionName]?.(args)
      ),
    };
    const types = ['uint8', 'bytes32', 'uint16'].map((type) => ({ type }));
    const leaf = keccak256(encodeAbiParameters(types, [1, ACCOUNT, 9]));
    const client = {
      getBlockNumber: async () => 0n,
      getContractEvents: async () => [],
      getLogs: async () => [],
      readContract: async ({ args: [key] }: AskedView) => (key === leaf ? 3n : 0n),
    };
    const logsOf = () => ({ client, journal: VAULT, edgeId: JOURNAL.head, fromBlock: 0n, span: 100n });
    const prove = async () => ({ applied: JOURNAL });
    const parts = { ...place, homeClient, client, vault: VAULT, ledger: VAULT, source: 1, logsOf, prove };
    const at = parts as unknown as ExitVault;
    expect(await readExitShares(at, STATE, ACCOUNT)).toEqual([shareOf(6_800)]);
    expect([...blocks]).toEqual([77n]);
    const items = await listExitItems(at, STATE, ACCOUNT);
    expect(items.map(({ name, isShared }) => [name, isShared])).toEqual([['line:WETH', true]]);
    expect(await readClaimed(at, items)).toEqual([3n]);
  });
});
