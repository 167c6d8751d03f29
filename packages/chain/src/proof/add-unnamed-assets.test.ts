import { type VaultToProve, collateralVaultAbi, verifySolvency } from '@surety/contracts';
import { type Address, type BlockHeight, address, blockHash } from '@surety/domain';
import { createPublicClient, http } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFourProviders } from '../testing/four-providers.js';
import { TwoChainLine } from '../testing/two-chain-line.js';
import { openProofPlace } from './open-proof-place.js';
import { type ProofPlace, proveSolvency } from './solvency-proof.js';

const SETTLEMENT = 41_330;
const COLLATERAL = 41_331;

let line: TwoChainLine;
let named: VaultToProve;

beforeAll(async () => {
  line = await TwoChainLine.start({ settlement: SETTLEMENT, collateral: COLLATERAL });
  const { vault, assetId } = line.line(1);
  const call = { address: vault, abi: collateralVaultAbi, functionName: 'assetOf' } as const;
  const client = createPublicClient({ transport: http(line.collateral.url) });
  const { token } = await client.readContract({ ...call, args: [1] });
  const asset = { assetId, vaultAsset: 1, symbol: 'USD', decimals: 6, token: address(token) };
  named = { source: 1, chainId: COLLATERAL, vault, assets: [asset] };
});
afterAll(() => line?.stop());

async function openPlace(chainId: number): Promise<ProofPlace> {
  const node = chainId === SETTLEMENT ? line.settlement : line.collateral;
  const found = await node.rpc('eth_getBlockByNumber', ['latest', false]);
  const { hash, timestamp } = found as { hash: string; timestamp: string };
  const block = { hash: blockHash(hash), height: 0n as BlockHeight, timestamp: BigInt(timestamp) };
  const providers = openFourProviders({ chainId, url: node.url, liar: undefined });
  return openProofPlace(providers, { chain: `chain ${chainId}`, block });
}

/** The same place, where no node proves one contract. */
async function openWithout(chainId: number, contract: Address): Promise<ProofPlace> {
  const place = await openPlace(chainId);
  const prove: ProofPlace['prove'] = (take) =>
    place.prove((ask) =>
      take((method, params) =>
        params[0] === contract ? Promise.reject(new Error('no state is kept')) : ask(method, params),
      ),
    );
  return { ...place, prove };
}

describe('a proof of solvency beside a vault that the ledger lists and nobody names', () => {
  const request = (): Parameters<typeof proveSolvency>[0] => {
    return { chainId: SETTLEMENT, ledger: line.ledger, vaults: [named], openPlace };
  };

  // No contract; gives nothing; gives fewer words than the terms have.
  it.each(['0x', '0x5f5ff3', '0x60205ff3'])(
    'is made without one that has the code %s, and names its asset as missing',
    async (code) => {
      const { vault } = line.line(2);
      const before = await line.collateral.rpc('eth_getCode', [vault, 'latest']);
      await line.collateral.rpc('anvil_setCode', [vault, code]);
      await line.collateral.mine(1);
      const { assets, missing } = verifySolvency(await proveSolvency(request()));
      expect([assets.map(({ assetId }) => assetId), missing]).toEqual([[1], [2]]);
      await line.collateral.rpc('anvil_setCode', [vault, before]);
      await line.collateral.mine(1);
    },
  );

  it('is made without one that no node proves, and names its asset as missing', async () => {
    const { vault } = line.line(2);
    const proof = await proveSolvency({ ...request(), openPlace: (chainId) => openWithout(chainId, vault) });
    const { assets, missing } = verifySolvency(proof);
    expect([assets.map(({ assetId }) => assetId), missing]).toEqual([[1], [2]]);
  });

  it('is not made without a named one that no node proves', async () => {
    const openPlaceWithout = (chainId: number): Promise<ProofPlace> => openWithout(chainId, named.vault);
    await expect(proveSolvency({ ...request(), openPlace: openPlaceWithout })).rejects.toThrow(
      expect.objectContaining({ code: 'UNPROVEN', message: expect.stringContaining('no provider proves storage') }),
    );
  });
});
