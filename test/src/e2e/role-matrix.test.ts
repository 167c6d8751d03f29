import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Caller,
  POWERS,
  parkedSlots,
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  feedAdapterAbi,
  ledgerLensAbi,
  liquidationAuctionAbi,
  localDeskAbi,
  localVerifierAbi,
  lockGatewayAbi,
  marginReportsAbi,
  marketAbi,
  marketTrancheAbi,
  priceDeskAbi,
  riskManagerAbi,
  roleHolderAbi,
  roleHolderCode,
  suretyTimelockAbi,
  suretyTimelockCode,
} from '@surety/contracts';
import { type LocalNetwork, connectWallet, devnetAccount, plannedOf, startNetwork, marketOf } from '@surety/devnet';
import { type Address, address } from '@surety/domain';
import {
  type Abi,
  type AbiFunction,
  BaseError,
  ContractFunctionRevertedError,
  type Hex,
  type PublicClient,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  pad,
} from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLER_REFUSALS } from './caller-refusals.js';
import { holdMarketShares } from './hold-market-shares.js';
import { plainArgument } from './plain-argument.js';
import { PRICE_SOURCES, deployPriceSources } from './deploy-price-sources.js';

const SETTLEMENT = 900;
const ALPHA = 901;
/** From the request until market shares may leave a tranche. @source MarketTranche */
const TRANCHE_NOTICE_S = 10 * 86_400;
const folder = mkdtempSync(join(tmpdir(), 'surety-matrix-'));
let network: LocalNetwork;
let timelock: Address;
let guardianRole: Address;
let sources: Awaited<ReturnType<typeof deployPriceSources>>;
let pauserRole: Address;

const callers = {
  governor: devnetAccount('governor').address,
  guardian: devnetAccount('guardian').address,
  pauser: devnetAccount('pauser').address,
  riskAdmin: devnetAccount('riskAdmin').address,
  owner: devnetAccount('alice').address,
  operator: devnetAccount('bob').address,
  auction: devnetAccount('relayerB').address,
  stranger: devnetAccount('relayerA').address,
} as const;
type Person =
  keyof typeof callers | Extract<Caller, 'protocol' | 'itself' | 'proposer' | 'canceller' | 'holder' | 'successor'>;

const home = `${callers.owner}${'00'.repeat(12)}` as Hex;
const NOBODY: Hex = `0x${'00'.repeat(20)}`;
const NOTHING: Hex = `0x${'00'.repeat(32)}`;
/** Sub-account 1 holds the one protocol that its owner chose. */
const isolated = `${callers.owner}${'00'.repeat(11)}01` as Hex;

/** A protocol is a contract; this one answers no question, so its requirement is unknown. */
const protocol = (): Address => network.plan.settlement.lens;

const exitClaim = {
  account: home,
  amount: 1n,
  recipient: callers.owner,
  headerProof: [],
  operatorProof: [],
  protocol: 0,
  shareProofs: [],
  unsettledProof: [],
};

/** Arguments where those made of zeros would be refused before anybody asks who calls. */
const argumentsOf = (): Readonly<Record<string, readonly unknown[]>> => ({
  'CollateralLedger.setEnabled': [home, 1, false],
  'CollateralLedger.cancelNonce': [home, 1n],
  'CollateralLedger.setOperator': [home, devnetAccount('faucet').address, 1, 1],
  'CollateralLedger.optIn': [isolated, protocol()],
  'CollateralLedger.optOut': [isolated, protocol()],
  'CollateralLedger.requestRelease': [home, 1, 1n, pad(callers.owner), 0n],
  'CollateralLedger.gate': [isolated],
  'CollateralLedger.observe': [isolated, protocol()],
  'CollateralLedger.setExitShare': [isolated, callers.owner, 1],
  'CollateralLedger.releaseParked': [1, 1n, pad(callers.owner)],
  'CollateralLedger.transfer': [home, isolated, 1, 1n],
  'CollateralLedger.seize': [home, isolated, [1], [1n]],
  'CollateralLedger.setCap': [1, 1n],
  'CollateralLedger.setFast': [1, 0],
  'CollateralLedger.setWitness': [1, 0, NOBODY, false],
  'CollateralLedger.setWeights': [1, 1, 1],
  'CollateralLedger.setSourceWeights': [1, 1, 1],
  'CollateralLedger.quarantine': [1, 1],
  'CollateralVault.claimLine': [exitClaim, 1, [], []],
  'CollateralVault.claimParked': [exitClaim, 1n, [], []],
  'CollateralVault.claimEntry': [exitClaim, 1n, pad('0x00'), '0x'],
  'CollateralVault.claimStopped': [exitClaim, 1n, 1, 1n, []],
  'CollateralVault.redirectClaim': [1n, pad('0x10', { size: 95, dir: 'right' }), NOBODY],
  'LiquidationAuction.stand': [home, { leastPpm: 0, mostWad: 0n, expiry: 0, classMax: 0, priceAgeS: 0, pays: false }],
  'LiquidationAuction.writeOff': [isolated, protocol()],
  'Market.borrow': [home, 1n, callers.owner],
  'Market.withdraw': [1n, callers.owner, callers.owner],
  'Market.redeem': [1n, callers.owner, callers.owner],
  'MarketTranche.withdraw': [1n, callers.owner, callers.owner],
  'MarketTranche.redeem': [1n, callers.owner, callers.owner],
  'SuretyTimelock.schedule': [NOBODY, 0n, '0x', NOTHING, NOTHING, 172_800n],
  'SuretyTimelock.scheduleBatch': [[], [], [], NOTHING, NOTHING, 172_800n],
  'SuretyTimelock.updateDelay': [172_800n],
});

beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4, localVault: true });
  for (const node of network.nodes.values()) await node.call('evm_setAutomine', [true]);
  const reader = readerOf(SETTLEMENT);
  const owner = walletOf('alice');
  const { ledger } = network.plan.settlement;
  // An auction may seize seven days after it was named, and a tranche pays ten days after a request.
  const named = await walletOf('governor').sendTransaction({
    to: ledger,
    data: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'setAuction', args: [callers.auction] }),
    chain: null,
  });
  await awaitReceipt(reader, named);
  await holdMarketShares(network, 'alice');
  await network.nodes.get(SETTLEMENT)?.call('evm_increaseTime', [TRANCHE_NOTICE_S]);
  await network.nodes.get(SETTLEMENT)?.call('evm_mine', []);
  const day = Number((await reader.getBlock()).timestamp) + 86_400;
  for (const call of [
    { functionName: 'setOperator', args: [home, callers.operator, 1, day] },
    { functionName: 'optIn', args: [isolated, protocol()] },
  ] as const) {
    const hash = await owner.sendTransaction({
      to: ledger,
      data: encodeFunctionData({ abi: collateralLedgerAbi, ...call }),
      chain: null,
    });
    await awaitReceipt(reader, hash);
  }
  // A parked credit is its account's, whatever else is written of it, while anything is left of it.
  const { account, amount } = parkedSlots(1, 1n);
  for (const [slot, word] of [
    [account, home],
    [amount, pad('0x1')],
  ]) {
    await network.nodes.get(SETTLEMENT)?.call('anvil_setStorageAt', [ledger, slot, word]);
  }
  timelock = await deploy(suretyTimelockAbi, suretyTimelockCode.creation as Hex, [
    172_800n,
    [devnetAccount('governor').address],
    devnetAccount('guardian').address,
    [NOBODY],
    [],
  ]);
  const feeds = network.plan.settlement.prices.map(({ feed }) => feed);
  sources = await deployPriceSources({ pyth: protocol(), signer: callers.stranger, feeds }, deploy);
  guardianRole = address(getContractAddress({ from: timelock, nonce: 1n }));
  pauserRole = await deploy(roleHolderAbi, roleHolderCode.creation as Hex, [
    pad('0x706175736572', { dir: 'right', size: 32 }),
    devnetAccount('pauser').address,
    timelock,
  ]);
  const hash = await walletOf('pauser').sendTransaction({
    to: pauserRole,
    data: encodeFunctionData({ abi: roleHolderAbi, functionName: 'propose', args: [callers.stranger] }),
    chain: null,
  });
  await awaitReceipt(reader, hash);
});

afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const readerOf = (id: number): PublicClient => network.readers.get(id) as PublicClient;
const walletOf = (name: Parameters<typeof devnetAccount>[0]): ReturnType<typeof connectWallet> =>
  connectWallet(network.nodes.get(SETTLEMENT)?.url ?? '', SETTLEMENT, name);

async function awaitReceipt(reader: PublicClient, hash: Hex): Promise<string> {
  const { status, contractAddress } = await reader.waitForTransactionReceipt({ hash });
  if (status !== 'success') throw new Error(`transaction ${hash} is ${status}; expected success`);
  return contractAddress ?? '';
}

async function deploy(abi: Abi, bytecode: Hex, args: readonly unknown[]): Promise<Address> {
  const hash = await walletOf('governor').sendTransaction({
    data: encodeDeployData({ abi, bytecode, args: [...args] }),
    chain: null,
  });
  return address(await awaitReceipt(readerOf(SETTLEMENT), hash));
}

const changes = (abi: Abi): AbiFunction[] =>
  abi.filter(
    (item): item is AbiFunction =>
      item.type === 'function' && item.stateMutability !== 'view' && item.stateMutability !== 'pure',
  );

interface Subject {
  readonly name: string;
  readonly abi: Abi;
  readonly chainId: number;
  readonly at: () => Address;
  /** Those who may not be told from a stranger elsewhere, by the name the table gives them. */
  readonly people: () => Partial<Record<Person, Address>>;
}

const alpha = (): ReturnType<typeof plannedOf> => plannedOf(network, ALPHA);
const local = (): ReturnType<typeof plannedOf> => plannedOf(network, SETTLEMENT);
const everyone = (): Partial<Record<Person, Address>> => ({ ...callers, protocol: protocol() });
/** A contract of the settlement chain, called by everyone under their own names. */
const beside = (name: string, abi: Abi, at: Subject['at']): Subject => ({
  name,
  abi,
  chainId: SETTLEMENT,
  at,
  people: everyone,
});

const SUBJECTS: readonly Subject[] = [
  {
    name: 'CollateralLedger',
    abi: collateralLedgerAbi,
    chainId: SETTLEMENT,
    at: () => network.plan.settlement.ledger,
    people: everyone,
  },
  {
    name: 'CollateralVault',
    abi: collateralVaultAbi,
    chainId: ALPHA,
    at: () => alpha().vault,
    people: () => ({ ...callers, protocol: protocol(), itself: alpha().vault }),
  },
  {
    name: 'LockGateway',
    abi: lockGatewayAbi,
    chainId: ALPHA,
    at: () => alpha().gateway,
    people: everyone,
  },
  beside('LocalVerifier', localVerifierAbi, () => local().attesterSet),
  beside('LocalDesk', localDeskAbi, () => local().desk as Address),
  beside('AttesterSet', attesterSetAbi, () => network.plan.settlement.attesterSet),
  beside('RiskManager', riskManagerAbi, () => network.plan.settlement.riskManager),
  {
    name: 'LedgerLens',
    abi: ledgerLensAbi,
    chainId: SETTLEMENT,
    at: () => network.plan.settlement.lens,
    people: everyone,
  },
  {
    name: 'LiquidationAuction',
    abi: liquidationAuctionAbi,
    chainId: SETTLEMENT,
    at: () => network.plan.settlement.auction,
    people: everyone,
  },
  {
    name: 'Market',
    abi: marketAbi,
    chainId: SETTLEMENT,
    at: () => marketOf(network).market,
    people: everyone,
  },
  {
    name: 'MarketTranche',
    abi: marketTrancheAbi,
    chainId: SETTLEMENT,
    at: () => marketOf(network).tranche,
    people: everyone,
  },
  beside('MarginReports', marginReportsAbi, () => network.plan.settlement.marginReports),
  beside('FeedAdapter', feedAdapterAbi, () => network.plan.settlement.prices[0]?.feed as Address),
  ...Object.entries(PRICE_SOURCES).map(([name, abi]): Subject => ({
    name,
    abi,
    chainId: SETTLEMENT,
    at: () => sources[name as keyof typeof PRICE_SOURCES],
    people: everyone,
  })),
  beside('PriceDesk', priceDeskAbi, () => network.plan.settlement.priceDesk),
  {
    name: 'SuretyTimelock',
    abi: suretyTimelockAbi,
    chainId: SETTLEMENT,
    at: () => timelock,
    // The person behind the governor proposes, the guardian's address cancels; both persons hold nothing else here.
    people: () => {
      const { governor, guardian: _guardian, ...others } = callers;
      return { ...others, proposer: governor, canceller: guardianRole, itself: timelock };
    },
  },
  {
    name: 'RoleHolder',
    abi: roleHolderAbi,
    chainId: SETTLEMENT,
    at: () => pauserRole,
    people: () => {
      const { pauser, stranger, ...others } = callers;
      return { ...others, governor: timelock, holder: pauser, successor: stranger };
    },
  },
];

/** What a contract answers to a caller: nothing, or the name of its error. */
async function answerOf(subject: Subject, item: AbiFunction, from: Address): Promise<string> {
  const args = argumentsOf()[`${subject.name}.${item.name}`] ?? item.inputs.map(plainArgument);
  try {
    await readerOf(subject.chainId).simulateContract({
      address: subject.at(),
      abi: subject.abi,
      functionName: item.name,
      args,
      account: from,
    });
    return 'done';
  } catch (failure) {
    const reverted =
      failure instanceof BaseError ? failure.walk((inner) => inner instanceof ContractFunctionRevertedError) : null;
    if (reverted instanceof ContractFunctionRevertedError) return reverted.data?.errorName ?? 'reverted';
    throw failure;
  }
}

describe('the table of powers', () => {
  it('names every function that changes something, and none that is gone', () => {
    expect(Object.keys(POWERS).toSorted()).toEqual(SUBJECTS.map(({ name }) => name).toSorted());
    for (const { name, abi } of SUBJECTS) {
      const declared = [...new Set(changes(abi).map((item) => item.name))].toSorted();
      expect({ name, functions: Object.keys(POWERS[name] ?? {}).toSorted() }).toEqual({ name, functions: declared });
    }
  });

  for (const subject of SUBJECTS) {
    it(`says who may call each function of ${subject.name}`, async () => {
      const wrong: string[] = [];
      const asked = { allowed: 0, refused: 0 };
      for (const item of changes(subject.abi)) {
        const { by } = POWERS[subject.name]?.[item.name] ?? { by: [] };
        for (const [person, from] of Object.entries(subject.people()) as [Person, Address][]) {
          const allowed = by.includes('anyone') || (by as readonly string[]).includes(person);
          const answer = await answerOf(subject, item, from);
          if (CALLER_REFUSALS.has(answer) === allowed) {
            wrong.push(`${item.name} by ${person}: ${answer}; expected ${allowed ? 'no refusal' : 'a refusal'}`);
          }
          asked[allowed ? 'allowed' : 'refused'] += 1;
        }
      }
      expect(wrong).toEqual([]);
      const isOpen = Object.values(POWERS[subject.name] ?? {}).every(({ by }) => by.includes('anyone'));
      expect([asked.allowed > 0, asked.refused > 0], 'somebody is allowed something, and somebody refused').toEqual([
        changes(subject.abi).length > 0,
        !isOpen,
      ]);
    });
  }
});
