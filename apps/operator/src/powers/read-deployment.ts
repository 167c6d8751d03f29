import type { Network } from '@surety/config';
import { attesterSetAbi, collateralLedgerAbi, collateralVaultAbi, riskManagerAbi } from '@surety/contracts';
import { type Address, type Hex, address, mulDivDown } from '@surety/domain';
import type { PublicClient } from 'viem';
import { orUnlisted } from '../terminal/or-unlisted.js';
import type {
  AssetFacts,
  AttesterFacts,
  ContractFacts,
  DeploymentFacts,
  Hand,
  PlaceFacts,
  SourceFacts,
} from './power-facts.js';
import { readHand } from './read-hand.js';
import { readLedgerParts, readUnnamed } from './read-ledger-facts.js';

type Chain = Network['chains'][number];
type Settlement = NonNullable<Network['settlement']>;
type Vault = NonNullable<Chain['vault']>;

/** Scale of the risk manager's figures. */
const THOUSANDTHS = 1000n;

/** Reads every role, floor and limit of a deployment from its chains. */
export async function readDeployment(
  network: Network,
  settlement: Settlement,
  readers: ReadonlyMap<number, PublicClient>,
): Promise<DeploymentFacts> {
  const home = network.chains.find(({ chainId }) => chainId === settlement.chainId) as Chain;
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi } as const;
  const reader = readers.get(settlement.chainId) as PublicClient;
  const collateral = network.chains.flatMap((chain) =>
    chain.vault === undefined ? [] : [{ chain, vault: chain.vault }],
  );
  const development = await reader.readContract({ ...ledger, functionName: 'development' });
  const places = await Promise.all([
    readSettlement(home, settlement, reader),
    ...collateral
      .filter(({ vault }) => vault.source !== 0)
      .map(({ chain, vault }) => readVault(chain, vault, readers.get(chain.chainId) as PublicClient)),
  ]);
  const sources = await Promise.all(
    collateral.map(async ({ chain, vault }) => {
      const at = readers.get(chain.chainId) as PublicClient;
      const source = await orUnlisted(readSource(settlement, vault, { reader, at }));
      return source === undefined ? [] : [{ chainName: chain.name, ...source }];
    }),
  );
  const [parts, unnamed] = await Promise.all([
    readLedgerParts(settlement, reader),
    readUnnamed(network, settlement, reader),
  ]);
  return { development, places, sources: [...sources.flat(), ...unnamed], parts };
}

async function readSettlement(chain: Chain, settlement: Settlement, reader: PublicClient): Promise<PlaceFacts> {
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi } as const;
  // The one that counts, which another may have been adopted in place of: its governor sets prices.
  const manager = address(await reader.readContract({ ...ledger, functionName: 'riskManager' }));
  const risk = { address: manager, abi: riskManagerAbi } as const;
  const [governor, guardian, pauser, riskAdmin, priced, auction] = await Promise.all([
    reader.readContract({ ...ledger, functionName: 'governor' }),
    reader.readContract({ ...ledger, functionName: 'guardian' }),
    reader.readContract({ ...ledger, functionName: 'pauser' }),
    reader.readContract({ ...ledger, functionName: 'riskAdmin' }),
    // A stranger's may answer anything, or nothing; that it is another than the file's is named anyway.
    manager === address(settlement.riskManager)
      ? reader.readContract({ ...risk, functionName: 'governor' })
      : undefined,
    reader.readContract({ ...ledger, functionName: 'auction' }),
  ]);
  // The vault beside the ledger has a verifier without roles; its own are those of this chain.
  const local = chain.vault === undefined ? [] : [await readVaultRoles(chain.vault, reader)];
  // The auction asks the ledger who holds these roles.
  const stops = { pauser: address(pauser), riskAdmin: address(riskAdmin) };
  return readPlace(chain, reader, settlement.attesterSet, [
    {
      name: 'CollateralLedger',
      at: ledger.address,
      named: {
        governor: address(governor),
        guardian: address(guardian),
        pauser: address(pauser),
        riskAdmin: address(riskAdmin),
      },
    },
    { name: 'RiskManager', at: risk.address, named: priced === undefined ? {} : { governor: address(priced) } },
    ...local,
    ...(BigInt(auction) === 0n ? [] : [{ name: 'LiquidationAuction', at: address(auction), named: stops }]),
  ]);
}

async function readVault(chain: Chain, vault: Vault, reader: PublicClient): Promise<PlaceFacts> {
  return readPlace(chain, reader, vault.attesterSet, [await readVaultRoles(vault, reader)]);
}

async function readVaultRoles(vault: Vault, reader: PublicClient): Promise<ContractFacts> {
  const contract = { address: address(vault.address), abi: collateralVaultAbi } as const;
  const [governor, guardian, pauser] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'governor' }),
    reader.readContract({ ...contract, functionName: 'guardian' }),
    reader.readContract({ ...contract, functionName: 'pauser' }),
  ]);
  const named = { governor: address(governor), guardian: address(guardian), pauser: address(pauser) };
  return { name: 'CollateralVault', at: contract.address, named };
}

/** Adds the facts that every chain has: its attester set, and the holders at each address that a contract names. */
async function readPlace(
  chain: Chain,
  reader: PublicClient,
  attesterSet: string,
  contracts: readonly ContractFacts[],
): Promise<PlaceFacts> {
  const set = { address: address(attesterSet), abi: attesterSetAbi } as const;
  const [governor, guardian, attesters, block] = await Promise.all([
    reader.readContract({ ...set, functionName: 'governor' }),
    reader.readContract({ ...set, functionName: 'guardian' }),
    readAttesters(reader, set.address),
    reader.getBlock(),
  ]);
  const named = { governor: address(governor), guardian: address(guardian) };
  const all = [...contracts, { name: 'AttesterSet', at: set.address, named }];
  const hands = new Map<Address, Hand>();
  for (const at of new Set(all.flatMap((contract) => Object.values(contract.named)))) {
    const hand = await readHand(reader, at);
    hands.set(at, hand);
    if (hand.kind === 'role-holder' && !hands.has(hand.governor)) {
      hands.set(hand.governor, await readHand(reader, hand.governor));
    }
  }
  return {
    chainId: chain.chainId,
    name: chain.name,
    contracts: all,
    hands,
    attesters,
    time: Number(block.timestamp),
  };
}

async function readAttesters(reader: PublicClient, at: Address): Promise<AttesterFacts> {
  const set = { address: at, abi: attesterSetAbi } as const;
  const epoch = await reader.readContract({ ...set, functionName: 'newestEpoch' });
  const args = [epoch] as const;
  const [members, k, suspended, expires] = await Promise.all([
    reader.readContract({ ...set, functionName: 'members', args }),
    reader.readContract({ ...set, functionName: 'k', args }),
    reader.readContract({ ...set, functionName: 'suspended', args }),
    reader.readContract({ ...set, functionName: 'expires', args }),
  ]);
  let bits = 0;
  for (let rest = suspended; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return { at, epoch, members: members.map(address), k, suspended: bits, expires };
}

async function readSource(
  settlement: Settlement,
  vault: Vault,
  { reader, at }: { readonly reader: PublicClient; readonly at: PublicClient },
): Promise<SourceFacts> {
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi } as const;
  const [terms] = await reader.readContract({ ...ledger, functionName: 'sourceOf', args: [vault.source] });
  const assets = await Promise.all(
    vault.assets.map(async (asset): Promise<AssetFacts[]> => {
      const [listed, locked] = await Promise.all([
        orUnlisted(reader.readContract({ ...ledger, functionName: 'assetOf', args: [asset.assetId] })),
        at.readContract({
          address: vault.address as Hex,
          abi: collateralVaultAbi,
          functionName: 'assetOf',
          args: [asset.index],
        }),
      ]);
      if (listed === undefined) return [];
      const [price, { fastUnits }] = await Promise.all([
        reader.readContract({
          address: settlement.riskManager as Hex,
          abi: riskManagerAbi,
          functionName: 'priceOf',
          args: [listed.terms.underlying],
        }),
        reader.readContract({ ...ledger, functionName: 'limitsOf', args: [asset.assetId] }),
      ]);
      return [
        {
          symbol: asset.symbol,
          decimals: asset.decimals,
          initialBp: listed.terms.initialBp,
          maintenanceBp: listed.terms.maintenanceBp,
          cap: listed.capUnits,
          credited: listed.credited,
          // Without witnesses nothing is unconfirmed: the ledger then names no limit below the cap.
          ...(fastUnits < listed.capUnits ? { fastLimit: fastUnits } : {}),
          limit: mulDivDown(locked.limit, 10n ** BigInt(asset.decimals), THOUSANDTHS),
          locked: locked.accounted,
          price1e12: price.price,
        },
      ];
    }),
  );
  return { source: vault.source, m: terms.m, development: terms.development, assets: assets.flat() };
}
