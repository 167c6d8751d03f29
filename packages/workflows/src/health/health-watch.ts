import { type Address, type Bytes32, wad } from '@surety/domain';
import { type GradeMargin, formatHealthStep, healthCrossings, healthRungOf, isUnknown } from '@surety/margin';
import type { LineFact, OptInFact } from '../ledger-projection/collateral-rows.js';
import type { MarginSnapshot } from '../ledger-projection/margin-snapshot.js';
import type { SettlementReader } from '../ledger-projection/settlement-reader.js';
import type { Observer } from '../ports/observer.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import { findUnlisted, mayBeUnlisted } from './find-unlisted.js';
import { HealthBook, type StepCounts } from './health-book.js';
import { type HealthPointStore, noteHealth } from './health-points.js';
import { HEALTH_IN_TURN, HEALTH_PAGE, HEALTH_READ_MAX } from './limits.js';
import { linesByAccount } from './lines-by-account.js';
import { weighAccount } from './weigh-account.js';

/** The block at which an account's health was judged. */
export type JudgedBlock = Pick<FinalBlock, 'chainId' | 'height' | 'hash' | 'timestamp'>;

/** The last judged health of an account with debt. */
export interface HealthFact {
  readonly account: Bytes32;
  /** Number of steps of the ladder that its health is below. */
  readonly rung: number;
  /**
   * Number of steps that were announced. Differs from `rung` until the announcement is complete. -1 while the account has held nothing since
   * it owes: nothing is announced.
   */
  readonly told: number;
  /** At the maintenance grade, 18 decimals. */
  readonly assets: bigint;
  readonly requirement: bigint;
  readonly block: JudgedBlock;
}

/** Rows of the health watch. An account has a row while it has debt or an unannounced step. */
export interface HealthStore {
  /** Returns the rows of some accounts, in any order. */
  loadHealth(accounts: readonly Bytes32[]): Promise<readonly HealthFact[]>;
  /** Returns rows whose announcement may be incomplete: `told` is not `rung`, and not below 0. */
  loadUntold(): Promise<readonly HealthFact[]>;
  /** Writes rows in one transaction; drops rows without debt and pending announcements. */
  saveHealth(facts: readonly HealthFact[]): Promise<void>;
  /** Returns rows of indebted accounts, ascending after one, at most `limit`. */
  loadOwingAfter(after: Bytes32 | undefined, limit: number): Promise<readonly HealthFact[]>;
  /** Returns rows of indebted accounts that stand below at least `rung` steps, ascending after one, at most `limit`. */
  loadBelow(rung: number, after: Bytes32 | undefined, limit: number): Promise<readonly HealthFact[]>;
  /** Returns accounts that opted in to a protocol, ascending after one, at most `limit`. */
  loadOptedAfter(after: Bytes32 | undefined, limit: number): Promise<readonly Bytes32[]>;
  /** Returns every protocol that some accounts opted in to. */
  loadOptInsOf(accounts: readonly Bytes32[]): Promise<readonly OptInFact[]>;
  /** Returns all lines of some accounts. */
  loadLinesOfAll(accounts: readonly Bytes32[]): Promise<readonly LineFact[]>;
}

/** Accounts at unlisted protocols stand apart: whoever wrote one could otherwise move every figure of the ledger. */
interface Books {
  readonly counted: HealthBook;
  readonly unlisted: HealthBook;
}

/** One crossing of a step of the ladder. */
export interface HealthNotice {
  readonly account: Bytes32;
  /** `1.5`, `1.2`, `1.05` or `1`. */
  readonly step: string;
  readonly direction: 'down' | 'up';
  /** Maintenance assets and requirement, 18 decimals. */
  readonly aM: bigint;
  readonly qM: bigint;
  readonly block: JudgedBlock;
}

/** Ports of {@link HealthWatch}. */
export interface HealthWatchPorts {
  readonly reader: Pick<SettlementReader, 'readAgreedMargins' | 'readListed'>;
  /** Protocols that the configuration names, in lower case: the ledger is not asked about them. */
  readonly known: ReadonlySet<Address>;
  readonly store: HealthStore & Pick<HealthPointStore, 'loadLastPoints' | 'savePoints'>;
  readonly observer: Observer;
  /** Called with the steps that were crossed, in order; after a crash again, unless it had resolved. */
  readonly tell: (notices: readonly HealthNotice[]) => void | Promise<void>;
}

/**
 * Watches the health of indebted accounts and announces each step of the ladder that they cross, down or up.
 * It judges the accounts that a fold step touched, those whose collateral changed enough in price or coverage to change
 * their rung with their last known debt, and some others in turn. The engine values the assets; a quorum of providers
 * reads the requirements from the ledger. A rung is stored before it is announced and marked afterwards: a restart, and the look after a
 * failure between the two, announces what is not marked, with the same block.
 */
export class HealthWatch {
  readonly #ports: HealthWatchPorts;
  /** Accounts to judge, the longest waiting first. */
  readonly #due = new Set<Bytes32>();
  /** Those of them whose lines or debts changed: what is known of them belongs to different blocks. */
  readonly #touched = new Set<Bytes32>();
  /**
   * Accounts whose requirement no quorum answered while it answered that of others, the longest waiting first. A protocol may answer each
   * provider differently for ever: its account keeps its last row, and no other account waits for it.
   */
  readonly #unread = new Set<Bytes32>();
  /** All accounts with a row; undefined before they are loaded, and whenever it is unknown whose lines changed. */
  #books: Books | undefined;
  /** Protocols that configuration or ledger listed: what the governor closes later still counts. */
  readonly #listed: Set<Address>;
  /** Protocols of judged accounts that neither lists. */
  readonly #unlisted = new Set<Address>();
  #turn: { readonly after: Bytes32 | undefined; readonly isFirst: boolean } = { after: undefined, isFirst: true };
  /** False while rows may be stored that were not announced. */
  #isToldAll = false;
  /** Block of the prices at which the book was last valued. */
  #valuedAt: JudgedBlock | undefined;

  constructor(ports: HealthWatchPorts) {
    this.#ports = ports;
    this.#listed = new Set(ports.known);
  }

  /** Number of accounts waiting to be judged. */
  get dueCount(): number {
    return this.#due.size;
  }

  /** Contracts of which it is known that neither the configuration nor the ledger lists them. */
  get unlisted(): ReadonlySet<Address> {
    return this.#unlisted;
  }

  /**
   * Returns the maintenance assets of an account with debt at the last prices, 18 decimals, with the block that they are of; undefined if they
   * are not known, or its debt may have changed since it was judged. A stored row is of the block in which the account last crossed a step.
   */
  valuedAssetsOf(account: Bytes32): { readonly assets: bigint; readonly block: JudgedBlock } | undefined {
    if (this.#touched.has(account) || this.#unread.has(account)) return undefined;
    const assets = this.#books?.counted.assetsOf(account) ?? this.#books?.unlisted.assetsOf(account);
    return assets === undefined || this.#valuedAt === undefined ? undefined : { assets, block: this.#valuedAt };
  }

  /**
   * Returns accounts below at least so many steps of the ladder, by their health at the last prices, the least healthy first and those at unlisted
   * protocols behind all others; undefined while the accounts are not loaded.
   */
  leastHealthy(rung: number): readonly Bytes32[] | undefined {
    const books = this.#books;
    return books === undefined
      ? undefined
      : [...books.counted.leastHealthy(rung), ...books.unlisted.leastHealthy(rung)];
  }

  /**
   * Returns how many accounts have debt and how many are below each step of the ladder at the last prices, with the block of these, and
   * beside them how many have debt at unlisted protocols; undefined while the accounts are not loaded.
   */
  countBelow(): (StepCounts & { readonly unlisted: number; readonly block: JudgedBlock }) | undefined {
    const block = this.#valuedAt;
    if (this.#books === undefined || block === undefined) return undefined;
    const { counted, unlisted } = this.#books;
    return { ...counted.countBelow(), unlisted: unlisted.countBelow().debtors, block };
  }

  /** Judges all accounts with protocols again, as after a start, because it is unknown which changed. */
  meetAll(): void {
    this.#books = undefined;
    this.#turn = { after: undefined, isFirst: true };
  }

  /**
   * Judges accounts at the snapshot's block; `touched` are those that changed since the last call. One on whose requirement the providers
   * differ stays as it was last judged, and is asked again at each look.
   * @throws the reader's errors (retryable).
   */
  async look(snapshot: MarginSnapshot, touched: readonly Bytes32[], signal?: AbortSignal): Promise<void> {
    await this.#queue(touched);
    if (!this.#isToldAll) await this.#tell(await this.#ports.store.loadUntold());
    await this.#findMoved(snapshot, signal);
    // What was touched comes first: until then it stands at the health of its last judgement.
    const due = [...new Set([...this.#touched, ...this.#due])].slice(0, HEALTH_READ_MAX);
    const again = [...this.#unread].slice(0, Math.min(HEALTH_IN_TURN, HEALTH_READ_MAX - due.length));
    const inTurn = await this.#takeTurn(HEALTH_READ_MAX - due.length - again.length);
    await this.#judge([...new Set([...due, ...again, ...inTurn.accounts])], snapshot, signal);
    for (const account of due) {
      this.#due.delete(account);
      this.#touched.delete(account);
    }
    this.#turn = inTurn.next;
  }

  /** Queues only accounts that may have debt: others would use up the block's capacity. */
  async #queue(touched: readonly Bytes32[]): Promise<void> {
    const { store } = this.#ports;
    for (let from = 0; from < touched.length; from += HEALTH_PAGE) {
      const page = touched.slice(from, from + HEALTH_PAGE);
      const rows = await store.loadHealth(page);
      const owing = new Set([...(await store.loadOptInsOf(page)), ...rows].map(({ account }) => account));
      for (const account of page.filter((one) => owing.has(one))) {
        this.#due.add(account);
        this.#touched.add(account);
      }
      if (this.#books !== undefined) await this.#enter(this.#books, rows);
    }
  }

  /** Finds accounts whose rung would change with their last known debt, now that some assets have another worth. */
  async #findMoved(snapshot: MarginSnapshot, signal: AbortSignal | undefined): Promise<void> {
    this.#books ??= await this.#readBooks(signal);
    const { counted, unlisted } = this.#books;
    const { chainId, height, hash, timestamp } = snapshot.block;
    this.#valuedAt = { chainId, height, hash, timestamp };
    // If all fall at once, accounts that may be liquidated come first.
    for (const book of [counted, unlisted]) {
      const found = book.revalue(snapshot).toSorted((left, right) => right.rung - left.rung);
      for (const { account } of found) this.#due.add(account);
    }
  }

  async #readBooks(signal: AbortSignal | undefined): Promise<Books> {
    const books = { counted: new HealthBook(), unlisted: new HealthBook() };
    let page: readonly HealthFact[] = [];
    do {
      page = await this.#ports.store.loadOwingAfter(page.at(-1)?.account, HEALTH_PAGE);
      await this.#enter(books, page);
      signal?.throwIfAborted();
    } while (page.length === HEALTH_PAGE);
    return books;
  }

  /** Adds accounts with their stored lines, each to the book of its protocols alone. */
  async #enter(books: Books, rows: readonly HealthFact[]): Promise<void> {
    const accounts = rows.map(({ account }) => account);
    const lines = await this.#linesOf(accounts);
    const apart = await findUnlisted({ store: this.#ports.store, unlisted: this.#unlisted }, accounts);
    for (const row of rows) {
      const isApart = apart.has(row.account);
      const [own, other] = isApart ? [books.unlisted, books.counted] : [books.counted, books.unlisted];
      other.enter({ ...row, requirement: 0n }, []);
      own.enter(row, lines.get(row.account) ?? []);
    }
  }

  /** Returns accounts with protocols in turn: as many as fit until each was judged once, then a few. */
  async #takeTurn(room: number) {
    const { after, isFirst } = this.#turn;
    const limit = isFirst ? room : Math.min(room, HEALTH_IN_TURN);
    const accounts = limit === 0 ? [] : await this.#ports.store.loadOptedAfter(after, limit);
    const isOver = accounts.length < limit;
    return {
      accounts,
      next: isOver ? { after: undefined, isFirst: false } : { after: accounts.at(-1) ?? after, isFirst },
    };
  }

  async #judge(accounts: readonly Bytes32[], snapshot: MarginSnapshot, signal: AbortSignal | undefined): Promise<void> {
    if (accounts.length === 0) return;
    const { store, reader } = this.#ports;
    const before = new Map((await store.loadHealth(accounts)).map((fact) => [fact.account, fact]));
    const optIns = await store.loadOptInsOf(accounts);
    const required = [...new Set(optIns.map(({ account }) => account))];
    const read = await reader.readAgreedMargins({ accounts: required, block: snapshot.block }, signal);
    await this.#learnListed(optIns, snapshot.block, signal);
    this.#noteUnread(accounts, new Set(required.filter((account) => !read.has(account))));
    const judged = [...new Set([...required, ...before.keys()])].filter((account) => !this.#unread.has(account));
    const lines = await this.#linesOf(judged);
    const { chainId, height, hash, timestamp } = snapshot.block;
    const block: JudgedBlock = { chainId, height, hash, timestamp };
    const grades = judged.flatMap((account): Judgement[] => {
      const requirement = wad(read.get(account)?.maintenanceRequirement ?? 0n);
      if (!before.has(account) && requirement === 0n) return [];
      const own = lines.get(account) ?? [];
      const { margin } = weighAccount(own, snapshot);
      const status = margin.status | (read.get(account)?.status ?? 0n);
      const { assets } = margin.grades.maintenance;
      const isKnown = requirement === 0n || !isUnknown({ status });
      return [{ account, grade: { assets, requirement }, isKnown, isEmpty: isEmpty(own) }];
    });
    const facts = grades.flatMap((judgement) => judgedFact(judgement, before.get(judgement.account), block));
    // Before the rows: a debt that ended has none any more, and would not be noted after a crash between the two.
    await noteHealth(
      store,
      grades.flatMap(({ account, grade, isKnown }) => (isKnown ? { account, ...grade, height, timestamp } : [])),
    );
    // Whatever fails from here on, the next look announces these rows before it judges: with this block, and so under the same id.
    this.#isToldAll = false;
    await store.saveHealth(facts);
    const changed = new Set(facts.map(({ account }) => account));
    // What the ledger lists is asked anew each time, and decides in which book they are.
    const asked = [...before.values()].filter(({ account }) => mayBeUnlisted(account) && !changed.has(account));
    if (this.#books !== undefined) await this.#enter(this.#books, [...asked, ...facts]);
    await this.#tell(facts.filter(({ rung, told }) => rung !== told && told !== UNTOLD));
  }

  #noteUnread(asked: readonly Bytes32[], unread: ReadonlySet<Bytes32>): void {
    for (const account of asked) {
      const wasUnread = this.#unread.delete(account);
      if (!unread.has(account)) continue;
      // Deleted first, so that it waits behind the others.
      this.#unread.add(account);
      if (!wasUnread) this.#ports.observer.observe({ name: 'health-unread', level: 'warn', fields: { account } });
    }
  }

  /** Asks the ledger which protocols of isolated accounts it lists. What it does not know yet counts as listed. */
  async #learnListed(optIns: readonly OptInFact[], block: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const isolated = optIns.filter(({ account, protocol }) => mayBeUnlisted(account) && !this.#listed.has(protocol));
    const protocols = [...new Set(isolated.map(({ protocol }) => protocol))];
    if (protocols.length === 0) return;
    const listed = await this.#ports.reader.readListed(protocols, block, signal);
    protocols.forEach((protocol, at) => {
      const [own, other] = listed[at] === false ? [this.#unlisted, this.#listed] : [this.#listed, this.#unlisted];
      own.add(protocol);
      other.delete(protocol);
    });
  }

  /** Announces every step between the announced one and the present one of all rows whose announcement is incomplete, and records that. */
  async #tell(facts: readonly HealthFact[]): Promise<void> {
    if (facts.length > 0) await this.#announce(facts);
    this.#isToldAll = true;
  }

  async #announce(facts: readonly HealthFact[]): Promise<void> {
    const { observer, tell, store } = this.#ports;
    const notices = facts.flatMap(({ account, rung, told, assets, requirement, block }) =>
      healthCrossings(told, rung).map(({ stepBps, direction }): HealthNotice => {
        const step = formatHealthStep(stepBps);
        return { account, step, direction, aM: assets, qM: requirement, block };
      }),
    );
    await tell(notices);
    for (const { account, step, direction, aM: assets, qM: requirement, block } of notices) {
      const isLast = step === '1' && direction === 'down';
      const fields = { account, step, direction, assets, requirement, chain_id: block.chainId, height: block.height };
      observer.observe({ name: 'health-crossed', level: isLast ? 'warn' : 'info', fields });
    }
    await store.saveHealth(facts.map((fact) => ({ ...fact, told: fact.rung })));
  }

  async #linesOf(accounts: readonly Bytes32[]): Promise<ReadonlyMap<Bytes32, readonly LineFact[]>> {
    return linesByAccount(await this.#ports.store.loadLinesOfAll(accounts));
  }
}

/** An account's maintenance margin at a block. */
interface Judgement {
  readonly account: Bytes32;
  readonly grade: GradeMargin;
  /** False if something is owed and no worth is known: the assets mean nothing. */
  readonly isKnown: boolean;
  /** True if no line of it counts. */
  readonly isEmpty: boolean;
}

function isEmpty(lines: readonly LineFact[]): boolean {
  return lines.every(({ enabled, amount }) => !enabled || amount === 0n);
}

/**
 * Of an account that has held nothing since it owes nothing is announced: whoever writes its protocol could otherwise let it fall and rise at
 * each block, and fill all outboxes for nothing.
 */
const UNTOLD = -1;

/** Returns the row of an account after a judgement; none if it stays as it is. Of unknown worth it stands where it last stood. */
function judgedFact(
  { account, grade, isKnown, isEmpty: isBare }: Judgement,
  known: HealthFact | undefined,
  block: JudgedBlock,
): HealthFact[] {
  const isSilent = isBare && grade.requirement > 0n && (known?.told ?? UNTOLD) === UNTOLD;
  const told = isSilent ? UNTOLD : Math.max(0, known?.told ?? 0);
  const rung = isKnown ? healthRungOf(grade, known?.rung) : (known?.rung ?? 0);
  const isSame = known?.rung === rung && known.told === told && known.requirement === grade.requirement;
  if (isSame && (isSilent || rung === told)) return [];
  if (!isKnown && known !== undefined) return [{ ...known, requirement: grade.requirement }];
  return [{ account, rung, told, ...grade, block }];
}
