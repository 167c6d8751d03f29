import { type AccountName, type LocalNetwork, devnetAccount, walletOf } from '@surety/devnet';
import type { Hex } from '@surety/domain';
import type { BrowserContext } from 'playwright-core';

/** A wallet for pages under test. It signs with a local key and stands for an extension, which a test cannot install. */
export interface TestWallet {
  /** The chain that it is on. */
  chainId: number;
  /** Whether its user declines the next question that reaches a person. */
  declinesNext: boolean;
  /** Whether its node fails at each question for a receipt. */
  hidesReceipts: boolean;
  /** Whether its node knows of no transaction yet. */
  holdsTransactions: boolean;
  /** Chains that it does not know yet. */
  readonly unknown: Set<number>;
  /** The methods that it was asked, of those that ask its user. */
  readonly asked: string[];
  /** Announces itself in every page that the context opens from now on. */
  offerIn(context: BrowserContext): Promise<void>;
}

type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

interface AskedTransaction {
  readonly to: Hex;
  readonly data: Hex;
  readonly value?: Hex;
  readonly gas?: Hex;
  readonly chainId?: Hex;
}

const NAME = 'Test wallet';
/** @source EIP-1193 */
const DECLINED = { code: 4001, message: 'User rejected the request.' };

/** Announces a wallet as extensions do; what it is asked goes to `askTestWallet`. @source EIP-6963 */
const ANNOUNCER = `(() => {
  const provider = {
    on() {},
    removeListener() {},
    async request({ method, params }) {
      const answer = await askTestWallet(method, params ?? []);
      if (answer.error === undefined) return answer.result;
      throw Object.assign(new Error(answer.error.message), answer.error);
    },
  };
  const detail = Object.freeze({ info: { uuid: 'test', name: '${NAME}', icon: 'data:,', rdns: 'test.wallet' }, provider });
  const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
  addEventListener('eip6963:requestProvider', announce);
  announce();
})()`;

/** Creates a wallet of one account that begins on a chain of the network. */
export function createTestWallet(network: LocalNetwork, by: AccountName, chainId: number): TestWallet {
  const ask = async (method: string, params: readonly unknown[]): Promise<Answer> => {
    switch (method) {
      case 'eth_requestAccounts':
      case 'eth_accounts':
        return { result: [devnetAccount(by).address] };
      case 'eth_chainId':
        return { result: `0x${wallet.chainId.toString(16)}` };
      case 'wallet_switchEthereumChain': {
        const wanted = Number((params[0] as { chainId: Hex }).chainId);
        if (wallet.unknown.has(wanted)) return { error: { code: 4902, message: 'Unrecognized chain ID.' } };
        wallet.chainId = wanted;
        return { result: null };
      }
      case 'eth_sendTransaction': {
        const { to, data, value = '0x0', gas, chainId: asked } = params[0] as AskedTransaction;
        if (Number(asked) !== wallet.chainId)
          return { error: { code: -32_602, message: `asked to sign for chain ${Number(asked)}` } };
        const own = gas === undefined ? {} : { gas: BigInt(gas) };
        const sent = { to, data, value: BigInt(value), ...own };
        const hash = await walletOf(network, wallet.chainId, by).sendTransaction(sent);
        return { result: hash };
      }
      case 'eth_getTransactionReceipt':
        if (wallet.holdsTransactions) return { result: null };
        if (wallet.hidesReceipts) return { error: { code: -32_603, message: 'the node is away' } };
        return askNode(network.nodes.get(wallet.chainId)?.url ?? '', method, params);
      case 'eth_getTransactionByHash':
        if (wallet.holdsTransactions) return { result: null };
        return askNode(network.nodes.get(wallet.chainId)?.url ?? '', method, params);
      default:
        return askNode(network.nodes.get(wallet.chainId)?.url ?? '', method, params);
    }
  };
  const wallet: TestWallet = {
    chainId,
    declinesNext: false,
    hidesReceipts: false,
    holdsTransactions: false,
    unknown: new Set(),
    asked: [],
    async offerIn(context) {
      await context.exposeBinding('askTestWallet', async (_, method: string, params: readonly unknown[]) => {
        if (!/^(?:wallet_|eth_send|eth_requestAccounts)/.test(method)) return ask(method, params);
        wallet.asked.push(method);
        if (!wallet.declinesNext) return ask(method, params);
        wallet.declinesNext = false;
        return { error: DECLINED };
      });
      await context.addInitScript(ANNOUNCER);
    },
  };
  return wallet;
}

async function askNode(url: string, method: string, params: readonly unknown[]): Promise<Answer> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return (await answer.json()) as Answer;
}
