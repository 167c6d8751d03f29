import { collateralLedgerAbi, collateralVaultAbi, developmentTokenAbi } from '@surety/contracts';
import { type Address, HEARTBEAT_SECONDS } from '@surety/domain';
import { type Hex, concatHex, encodeFunctionData } from 'viem';
import { type AccountName, devnetAccount } from '../chains/accounts.js';
import { assetIdOf, assetIndexOf, lockTokens, plannedOf, vaultOf } from '../acts/lock.js';
import { requestRelease } from '../acts/release.js';
import { awaitReceipt, readerOf, walletOf } from '../acts/send.js';
import { devnetError, storyRequires } from '../errors.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';
import { awaitCredit } from './await-credit.js';
import type { Incident } from './incident.js';

const [ALPHA, BETA] = [901, 902];
const USDC = 1_000_000n;
/** Above a two-hundredth of the day's limit, so that it waits half an hour. */
const MIDDLE = 600_000n * USDC;
/** Whole tokens are thousands of these. */
const NARROW_CAP_THOUSANDTHS = 1_000n * 1_000n;
/** Coin for one transaction of a contract. */
const SOME_COIN = 10n ** 18n;
/** Code that gives its coin to an address at once. */
const [PUSH_20, SELF_DESTRUCT] = ['0x73', '0xff'] as const;
/** States of a payment. @source VaultTypes.sol */
const [PAID, STOPPED] = [2, 4];
/** In an asset's flags: the vault noted another code of its token. @source VaultBase.sol */
const OTHER_CODE = 8;
const WITHIN_MS = 60_000;
/** Seconds after which a window's first block surely lies behind, and before which its next one is far. */
const ASIDE_S = 10n;

function tokenOf({ tokens }: LocalNetwork, chainId: number): Address {
  const token = tokens.get(chainId)?.USDC;
  if (token === undefined) throw devnetError('STORY_BROKE', `chain ${chainId} has no USDC`);
  return token;
}

/** Moves tokens out of a vault without the vault: as a token's issuer could, or a fault of the token. */
export async function seizeTokens(
  network: LocalNetwork,
  { chainId, to, units }: { readonly chainId: number; readonly to: AccountName; readonly units: bigint },
): Promise<void> {
  const node = network.nodes.get(chainId);
  const [from, token] = [vaultOf(network, chainId), tokenOf(network, chainId)];
  const args = [devnetAccount(to).address, units] as const;
  const data = encodeFunctionData({ abi: developmentTokenAbi, functionName: 'transfer', args });
  // A vault takes no coin. A balance set by the node would change the state of a block that others prove already.
  const gift = concatHex([PUSH_20, from, SELF_DESTRUCT]);
  const given = await walletOf(network, chainId, to).sendTransaction({ data: gift, value: SOME_COIN });
  await awaitReceipt(network, chainId, given);
  await node?.call('anvil_impersonateAccount', [from]);
  const sent = await node?.call('eth_sendTransaction', [{ from, to: token, data, gas: '0x30d40' }]);
  await node?.call('anvil_stopImpersonatingAccount', [from]);
  await awaitReceipt(network, chainId, sent as Hex);
}

/** Sends tokens to a vault, without a lock. */
export async function bringTokens(
  network: LocalNetwork,
  { chainId, by, units }: { readonly chainId: number; readonly by: AccountName; readonly units: bigint },
): Promise<void> {
  const token = { address: tokenOf(network, chainId), abi: developmentTokenAbi, functionName: 'transfer' } as const;
  const args = [vaultOf(network, chainId), units] as const;
  await awaitReceipt(network, chainId, await walletOf(network, chainId, by).writeContract({ ...token, args }));
}

/** Tokens vanish from a vault while no relayer looks; their issuer brings them back once the ledger knows of it. */
export async function stageShortVault(devnet: Devnet): Promise<Incident> {
  const { network } = devnet;
  const usdc = { chainId: ALPHA, asset: 'USDC' } as const;
  const [vault, lost] = [vaultOf(network, ALPHA), 900n * USDC];
  await awaitCredit(devnet, { ...usdc, by: 'bob', units: 9_000n * USDC });
  await devnet.running('relayer')?.stop();
  await seizeTokens(network, { chainId: ALPHA, to: 'faucet', units: lost });
  const asset = assetIndexOf(network, usdc);
  const atVault = { address: vault, abi: collateralVaultAbi, functionName: 'assetOf', args: [asset] } as const;
  const { ledger } = network.plan.settlement;
  const args = [plannedOf(network, ALPHA).request.source, asset] as const;
  const atLedger = { address: ledger, abi: collateralLedgerAbi, functionName: 'coverageOf', args } as const;
  let isBack = false;
  return {
    said: 'bob says: locks of USDC on alpha have failed with AssetShort since today',
    values: { '<name>': 'alpha', '<symbol>': 'USDC' },
    goOn: async () => {
      const { shortSince } = await readerOf(network, ALPHA).readContract(atVault);
      const [, , impairedSince] = await readerOf(network, SETTLEMENT_CHAIN_ID).readContract(atLedger);
      if (impairedSince !== 0 && !isBack) {
        isBack = true;
        await bringTokens(network, { chainId: ALPHA, by: 'faucet', units: lost });
        return false;
      }
      return isBack && shortSince === 0 && impairedSince === 0;
    },
  };
}

/**
 * Gives a token on beta other code. The node changes the state of its newest block by that, and nobody can prove that block any more. Were
 * it one that attesters sign, with an entry or the first of a heartbeat's window, they would stand before it until the next heartbeat.
 */
async function giveCode(network: LocalNetwork, code: Hex): Promise<void> {
  const reader = readerOf(network, BETA);
  await waitUntil({
    what: 'a block on beta that no attester signs',
    withinMs: WITHIN_MS,
    probe: async () => {
      const { timestamp, transactions } = await reader.getBlock();
      const age = timestamp % HEARTBEAT_SECONDS;
      const isAside = transactions.length === 0 && age > ASIDE_S && age < HEARTBEAT_SECONDS - ASIDE_S;
      return isAside || undefined;
    },
  });
  await network.nodes.get(BETA)?.call('anvil_setCode', [tokenOf(network, BETA), code]);
}

/** A token's code changes while no relayer looks; its issuer takes it back once the change is on record. */
export async function stageChangedToken(devnet: Devnet): Promise<Incident> {
  const { network } = devnet;
  await devnet.running('relayer')?.stop();
  const reader = readerOf(network, BETA);
  const code = (await reader.getCode({ address: tokenOf(network, BETA) })) ?? '0x';
  // A byte behind the last instruction is never run, and makes it another code all the same.
  await giveCode(network, concatHex([code, '0x00']));
  const args = [assetIndexOf(network, { chainId: BETA, asset: 'USDC' })] as const;
  const asset = { address: vaultOf(network, BETA), abi: collateralVaultAbi, functionName: 'assetOf', args } as const;
  let isBack = false;
  return {
    said: 'a newspaper says: the issuer of USDC on beta replaces its contract',
    values: { '<name>': 'beta', '<symbol>': 'USDC' },
    goOn: async () => {
      const { flags } = await reader.readContract(asset);
      const isNoted = (flags & OTHER_CODE) !== 0;
      if (isNoted && !isBack) {
        isBack = true;
        await giveCode(network, code);
        return false;
      }
      return isBack && !isNoted;
    },
  };
}

/** Somebody with an owner's key asks for a release to an address of their own. */
export async function stageUnwantedPayment(devnet: Devnet): Promise<Incident> {
  const { network, aggregator } = devnet;
  const usdc = { chainId: ALPHA, by: 'alice', asset: 'USDC' } as const;
  await awaitCredit(devnet, { ...usdc, units: 1_000_000n * USDC });
  const { txHash } = await requestRelease(network, { ...usdc, units: MIDDLE });
  const { id } = await waitUntil({
    what: 'the release recorded at the vault',
    withinMs: WITHIN_MS,
    probe: async () => (await aggregator.readEntry(txHash)).find(({ stage }) => stage === 'recorded'),
  });
  const [edge = '', seq = '0'] = id.split(':');
  const args = [BigInt(seq)] as const;
  const payment = { address: vaultOf(network, ALPHA), abi: collateralVaultAbi, functionName: 'payment', args } as const;
  return {
    said: `alice says: release ${id} is not mine, somebody has my key`,
    values: { '<edge>': edge, '<n>': seq },
    goOn: async () => {
      const { state } = await readerOf(network, ALPHA).readContract(payment);
      storyRequires(state !== PAID, 'too late: half an hour is over, and the payment was made');
      return state === STOPPED;
    },
  };
}

/** A cap of the ledger is lower than what its vault takes, so that a lock is parked. */
export async function stageNarrowCap(devnet: Devnet): Promise<Incident> {
  const { network, aggregator } = devnet;
  const usdc = { chainId: ALPHA, asset: 'USDC' } as const;
  const ledger = { address: network.plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  const risk = walletOf(network, SETTLEMENT_CHAIN_ID, 'riskAdmin');
  const cap = [assetIdOf(network, usdc), NARROW_CAP_THOUSANDTHS] as const;
  const hash = await risk.writeContract({ ...ledger, functionName: 'setCap', args: cap });
  await awaitReceipt(network, SETTLEMENT_CHAIN_ID, hash);
  const { txHash } = await lockTokens(network, { ...usdc, by: 'bob', units: 5_000n * USDC });
  const entry = async () => (await aggregator.readEntry(txHash)).find(({ stage }) => stage === 'applied');
  const { id } = await waitUntil({ what: 'the lock applied', withinMs: WITHIN_MS, probe: entry });
  const [, index = '0'] = id.split(':');
  const args = [plannedOf(network, ALPHA).request.source, BigInt(index)] as const;
  return {
    said: `bob says: my lock ${txHash} on alpha is applied, and my margin has not moved`,
    values: { '<hash>': txHash, '<chain>': 'alpha', '<n>': index },
    goOn: async () => {
      const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
      const parked = await reader.readContract({ ...ledger, functionName: 'parkedOf', args });
      return parked.amount === 0n;
    },
  };
}
