import { AppError } from '@surety/domain';
import type { NonceSpending, TransactionAttempt, TransactionJournal } from '@surety/workflows';
import type { Disk } from './disk.js';
import type { Life } from './life.js';

type Wallet = Pick<TransactionAttempt, 'chainId' | 'sender'>;

/** What a relayer has sent and not seen spent for good. */
export interface OutboxState {
  readonly open: TransactionAttempt[];
  readonly spent: Map<string, NonceSpending>;
}

/** An empty outbox. */
export function freshOutbox(): OutboxState {
  return { open: [], spent: new Map() };
}

/** A sender's outbox on a modelled disk: what is in it is durable before anything is sent. */
export class OutboxModel implements TransactionJournal {
  readonly #disk: Disk<OutboxState>;
  readonly #life: Life;

  constructor(disk: Disk<OutboxState>, life: Life) {
    this.#disk = disk;
    this.#life = life;
  }

  record(attempt: TransactionAttempt): Promise<void> {
    return this.#write('record', ({ open }) => {
      open.push(attempt);
    });
  }

  withdraw({ txHash }: TransactionAttempt): Promise<void> {
    return this.#write('withdraw', ({ open }) => drop(open, (one) => one.txHash === txHash));
  }

  spend(spending: NonceSpending): Promise<void> {
    return this.#write('spend', ({ spent }) => {
      spent.set(`${spending.chainId}:${spending.nonce}`, spending);
    });
  }

  forget(of: Wallet & { readonly nonce: bigint }): Promise<void> {
    return this.#write('forget', ({ open }) => drop(open, (one) => isOf(one, of) && one.nonce === of.nonce));
  }

  async loadOpen(of: Wallet): Promise<readonly TransactionAttempt[]> {
    return this.#disk.state.open.filter((one) => isOf(one, of));
  }

  async loadSpentWei(of: Wallet & { readonly sinceMs: number }): Promise<bigint> {
    const ours = [...this.#disk.state.spent.values()].filter((one) => isOf(one, of) && one.atMs >= of.sinceMs);
    return ours.reduce((sum, { costWei }) => sum + costWei, 0n);
  }

  #write(label: string, change: (state: OutboxState) => void): Promise<void> {
    const error = (): AppError =>
      new AppError({
        code: 'OUTBOX_UNAVAILABLE',
        message: `${this.#disk.name} cannot be written now`,
        retryable: true,
      });
    return this.#disk.write(this.#life, { label, synced: true, error }, change);
  }
}

function isOf(one: Wallet, of: Wallet): boolean {
  return one.chainId === of.chainId && one.sender === of.sender;
}

function drop(open: TransactionAttempt[], isGone: (one: TransactionAttempt) => boolean): void {
  for (let at = open.length - 1; at >= 0; at--) if (isGone(open[at] as TransactionAttempt)) open.splice(at, 1);
}
