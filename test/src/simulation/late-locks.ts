import { ZERO_WORD } from '@surety/domain';
import { packWords } from './journal-model.js';
import { entryHashOf } from './ledger-credits.js';
import { orphanOf } from './ledger-state.js';
import type { ModelTx } from './modelled-chain.js';
import type { VaultCall } from './vault-state.js';
import type { AnyChain, World } from './world.js';

const LOCK = 1;
/** Locks of one break that come late. */
const LATE_MOST = 4;

/** Locks that a break of finality took out of every pool, and whose senders send them again only once they were taken back. */
export class LateLocks {
  readonly #world: World;
  readonly #random;
  #waiting = 0;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork('late locks');
  }

  /** True if a sender has not decided yet. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Looks after what the last reorganisation of a chain dropped. */
  watch(chain: AnyChain): void {
    const source = [...this.#world.vaults].find(([, { id }]) => id === chain.id)?.[0];
    if (source === undefined) return;
    const locks = chain.dropped.filter(({ call }) => (call as { kind?: string } | undefined)?.kind === 'lock');
    for (const tx of this.#random.shuffled(locks).slice(0, LATE_MOST)) {
      this.#waiting += 1;
      this.#wait(chain, source, tx);
    }
  }

  #wait(chain: AnyChain, source: number, tx: ModelTx<unknown>): void {
    this.#world.scheduler.after(this.#random.whole(2_000, 6_000), 'late lock', () => {
      const { asset, amount, account, fee } = tx.call as Extract<VaultCall, { kind: 'lock' }>;
      const packed = packWords({ kind: LOCK, asset, amount, account, party: ZERO_WORD, fee });
      const { state } = this.#world.settlement.head;
      const { count, taken } = orphanOf(state, source, entryHashOf(packed));
      const { generation, way } = state.replicas.get(source) ?? { generation: 0, way: undefined };
      // Until the rewind has ended it may become an orphan, and one waits to be taken back; what never became one is left alone. Nobody
      // hears of a journal that the break has emptied.
      const isUndecided = taken === 0 && (generation === 0 || way !== undefined || count > 0);
      if (isUndecided) return this.#wait(chain, source, tx);
      this.#waiting -= 1;
      if (taken > 0) chain.submit(tx);
    });
  }
}
