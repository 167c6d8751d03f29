// A process that pays one wei to each of some addresses exactly once, even when it is killed and restarted.
import { address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { armCrashPoint } from '@surety/workflows';
import { openDevelopmentKey } from '../open-account.js';
import { openOutbox } from '../open-outbox.js';
import { createRpc } from '../rpc.js';
import { createTransactionSender } from '../transaction-sender.js';
import { PROMPT_POLICY } from './prompt-policy.js';

/** The process's instructions, as JSON in its only argument. */
export interface SendingOrder {
  readonly url: string;
  readonly chainId: number;
  readonly key: string;
  readonly outbox: string;
  readonly payees: readonly string[];
  readonly replaceAfterMs: number;
  readonly finalDepth: number;
  readonly crashAt?: { readonly name: string; readonly passing: number };
}

const POLL_MS = 5;
const order = JSON.parse(process.argv[2] ?? '{}') as SendingOrder;
const clock = systemClock;
const rpc = createRpc({
  chainId: order.chainId,
  endpoints: [{ name: 'local', url: order.url }],
  timeoutMs: 5_000,
  clock: systemClock,
});
const journal = openOutbox({ file: order.outbox });
const sender = createTransactionSender({
  rpc,
  account: openDevelopmentKey(order.key),
  journal,
  policy: {
    ...PROMPT_POLICY,
    minPriorityFeePerGas: 1_000n,
    replaceAfterMs: order.replaceAfterMs,
    finalDepth: order.finalDepth,
  },
  clock,
  observer: { observe: ({ name }) => process.stdout.write(`${name}\n`) },
  errors: [],
});

armCrashPoint(order.crashAt, () => process.kill(process.pid, 'SIGKILL'));
await sender.recover();
const stop = new AbortController();
const keeping = sender.keep(stop.signal);
const isPaid = async (to: string): Promise<boolean> =>
  BigInt(String(await rpc.call('eth_getBalance', [to, 'latest']))) > 0n;
await Promise.all(
  order.payees.map(async (text) => {
    while (!(await isPaid(text))) {
      const [to, readEffect] = [address(text), () => isPaid(text)];
      await sender.land({ purpose: 'transfer', to, calldata: '0x', value: 1n, gasCeiling: 100_000n, readEffect });
    }
  }),
);
process.stdout.write('all-paid\n');
const left = async (): Promise<number> =>
  (await journal.loadOpen({ chainId: order.chainId, sender: sender.address })).length;
while ((await left()) > 0) await clock.sleep(POLL_MS);
process.stdout.write('all-final\n');
stop.abort();
await keeping;
journal.close();
