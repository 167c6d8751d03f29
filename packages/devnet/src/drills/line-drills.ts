import { address } from '@surety/domain';
import { accountOf, lockTokens } from '../acts/lock.js';
import { readLedgerLine } from '../acts/read-applied.js';
import { readTokenBalance } from '../acts/release.js';
import { awaitReceipt, readerOf, walletOf } from '../acts/send.js';
import { type AccountName, devnetAccount } from '../chains/accounts.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';
import { awaitCredit, isApplied } from './await-credit.js';
import type { Incident } from './incident.js';

const ALPHA = 901;
const USDC = 1_000_000n;
/** A transfer of coin costs exactly this, at a price that is paid whole: nothing is left over. */
const [TRANSFER_GAS, GAS_PRICE_WEI] = [21_000n, 10n ** 10n];
const usdc = { chainId: ALPHA, asset: 'USDC' } as const;

/** The only relayer is gone, and somebody locks. */
export async function stageQuietRelayer(devnet: Devnet): Promise<Incident> {
  await devnet.running('relayer')?.kill();
  const lock = await lockTokens(devnet.network, { ...usdc, by: 'bob', units: 1_000n * USDC });
  return {
    said: `bob says: my lock ${lock.txHash} on alpha does not arrive`,
    values: { '<hash>': lock.txHash, '<name>': 'alpha' },
    goOn: () => isApplied(devnet, lock),
  };
}

/**
 * Sends all coin of an account on the settlement chain but for some wei. No balance is set: that would change a block that others prove.
 * @throws TIMED_OUT where a transaction of the account stays pending.
 */
export async function sendCoin(
  network: Pick<LocalNetwork, 'nodes' | 'readers'>,
  { from, to, leaving }: { readonly from: AccountName; readonly to: AccountName; readonly leaving: bigint },
): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, from);
  const { address: sender } = devnetAccount(from);
  const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
  // One that is pending will still be paid from the balance: the transfer would then cost more than is left, and no block would take it.
  await waitUntil({
    what: `a block with every transaction of ${from}`,
    withinMs: 60_000,
    probe: async () => {
      const count = (blockTag: 'latest' | 'pending') => reader.getTransactionCount({ address: sender, blockTag });
      const [included, sent] = await Promise.all([count('latest'), count('pending')]);
      return included === sent ? included : undefined;
    },
  });
  const balance = await reader.getBalance({ address: sender });
  const value = balance - leaving - TRANSFER_GAS * GAS_PRICE_WEI;
  const hash = await wallet.sendTransaction({
    to: devnetAccount(to).address,
    value,
    gas: TRANSFER_GAS,
    gasPrice: GAS_PRICE_WEI,
  });
  await awaitReceipt(network, SETTLEMENT_CHAIN_ID, hash);
}

/** The relayer runs and can pay for nothing on the settlement chain, and somebody locks. */
export async function stageEmptyWallet(devnet: Devnet): Promise<Incident> {
  const { network } = devnet;
  // Two processes with one key would meet: the relayer starts again once its coin is gone.
  await devnet.running('relayer')?.stop();
  await sendCoin(network, { from: 'relayerA', to: 'bob', leaving: 0n });
  await devnet.start('relayer');
  const lock = await lockTokens(network, { ...usdc, by: 'bob', units: 1_000n * USDC });
  return {
    said: `alert SuretyWalletLow; bob says: my lock ${lock.txHash} on alpha does not arrive`,
    values: { '<hash>': lock.txHash },
    goOn: () => isApplied(devnet, lock),
  };
}

/** An owner's key is in other hands too, and has not been used yet. */
export async function stageStolenOwnerKey(devnet: Devnet): Promise<Incident> {
  const { network } = devnet;
  await awaitCredit(devnet, { ...usdc, by: 'alice', units: 5_000n * USDC });
  // Nobody's yet: the owner makes a new key.
  const refuge = address(`0x5afe${'00'.repeat(17)}01`);
  return {
    said: `alice says: my key was on a machine that is gone, please help me to move what I have on alpha to ${refuge}`,
    values: { '<name>': 'alpha', '<symbol>': 'USDC', '<new address>': refuge },
    goOn: async () => {
      const left = await readLedgerLine(network, { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') });
      const saved = await readTokenBalance(network, { ...usdc, holder: refuge });
      return left === 0n && saved > 0n;
    },
  };
}
