import { type Grade, type Line, lineMarginOf, lineRatesOf } from '@surety/margin';
import { alternate, rowOf } from '../alternate.js';
import { AccountColumns } from '../margin/account-columns.js';
import { AT, type MadeBook, makeBook, tokenAt } from '../margin/made-book.js';
import { type Measurement, MeasurementError, type Row } from '../row.js';

const ACCOUNTS = 100_000;
const MANY_ACCOUNTS = 1_000_000;
const ROUNDS = 7;
const GRADES: readonly Grade[] = ['initial', 'exit', 'maintenance'];

/** All accounts of a book revalued: in columns against a loop in bigint, one price, ten times as many, and the bytes. */
export const accountColumnsRows: Measurement = {
  ids: ['margin.full-pass', 'margin.one-price', 'margin.million', 'margin.bytes'],
  measure: async (say) => {
    const made = makeBook(ACCOUNTS);
    const book = bookOf(made);
    const plain = new PlainBook(made);
    const fullPass = await alternate({
      id: 'margin.full-pass',
      unit: 'lines/s',
      against: 'a per-step bigint loop',
      subject: { items: made.lineCount, run: () => (book.revalue(), book) },
      reference: { items: made.lineCount, run: () => (plain.revalue(), plain) },
      rounds: ROUNDS,
      agrees: () => plain.agreesWith(book),
    });
    return [fullPass, onePriceRow(made, book, plain), ...millionRows(fullPass, say)];
  },
};

/** The loop that one would write first: every line, every grade, every factor in turn. */
class PlainBook {
  readonly #accounts: readonly number[];
  readonly #positions: readonly number[];
  readonly #units: readonly bigint[];
  readonly #tokens: Line[];
  readonly sums: Readonly<Record<Grade, bigint[]>>;

  constructor(made: MadeBook) {
    const lines = [...made.lines()];
    this.#accounts = lines.map(({ account }) => account);
    this.#positions = lines.map(({ position }) => position);
    this.#units = lines.map(({ units }) => units);
    this.#tokens = [...made.tokens];
    const zeros = (): bigint[] => Array.from({ length: made.accounts }, () => 0n);
    this.sums = { initial: zeros(), exit: zeros(), maintenance: zeros() };
  }

  setToken(position: number, token: Line): void {
    this.#tokens[position] = token;
  }

  revalue(): void {
    const weights = this.#tokens.map((token) => ({ ...lineMarginOf(token, AT), decimals: token.asset.decimals }));
    const scales = weights.map(({ decimals }) => 10n ** BigInt(decimals + 24));
    for (const grade of GRADES) this.sums[grade].fill(0n);
    for (let line = 0; line < this.#units.length; line += 1) {
      const position = this.#positions[line] ?? 0;
      const [weight, scale] = [weights[position], scales[position]];
      if (weight === undefined || scale === undefined) continue;
      const worth = (this.#units[line] ?? 0n) * weight.price.price1e12;
      let least: bigint | undefined;
      for (const grade of ['maintenance', 'exit', 'initial'] as const) {
        const { base, source, freshness, size, vol } = weight.factors[grade];
        const value = (worth * base * source * freshness * size * vol) / scale;
        least = least === undefined || value < least ? value : least;
        const account = this.#accounts[line] ?? 0;
        this.sums[grade][account] = (this.sums[grade][account] ?? 0n) + least;
      }
    }
  }

  agreesWith(book: AccountColumns): boolean {
    for (let account = 0; account < this.sums.initial.length; account += 1) {
      const grades = book.gradesOf(account);
      if (GRADES.some((grade) => grades[grade].assets !== this.sums[grade][account])) return false;
    }
    return true;
  }
}

function onePriceRow(made: MadeBook, book: AccountColumns, plain: PlainBook): Row {
  const figures: { subject: number; reference: number }[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const moved = made.onePrice.map((position) => ({
      position,
      token: tokenAt(position, BigInt(round + 1) * 1_234_567n),
    }));
    const subject = millisecondsOf(() => {
      for (const { position, token } of moved) book.setRates(position, lineRatesOf(token, AT));
    });
    const reference = millisecondsOf(() => book.revalue());
    if (round > 0) figures.push({ subject, reference });
    for (const { position, token } of moved) plain.setToken(position, token);
  }
  plain.revalue();
  if (!plain.agreesWith(book)) throw new MeasurementError('margin.one-price: the book differs from the loop');
  return rowOf({ id: 'margin.one-price', unit: 'ms', against: 'a full pass; 1 price of 12', better: 'lower', figures });
}

function millionRows(fullPass: Row, say: (line: string) => void): readonly Row[] {
  const made = makeBook(MANY_ACCOUNTS);
  const book = bookOf(made);
  const figures = Array.from({ length: 5 }, () => {
    const ms = millisecondsOf(() => book.revalue());
    say(`margin.million: ${MANY_ACCOUNTS} accounts in ${(ms / 1_000).toFixed(2)} s; expected 5 s at most`);
    return { subject: (made.lineCount * 1_000) / ms, reference: fullPass.subject };
  });
  const bytes = book.bytes / made.lineCount;
  const resident = process.memoryUsage().rss / made.lineCount;
  say(
    `margin.bytes: ${bytes.toFixed(1)} bytes a line in columns, ${resident.toFixed(1)} of the whole process; expected 300`,
  );
  return [
    rowOf({ id: 'margin.million', unit: 'lines/s', against: 'the same at 100,000', better: 'higher', figures }),
    rowOf({
      id: 'margin.bytes',
      unit: 'bytes a line',
      against: '300 bytes',
      better: 'lower',
      figures: [{ subject: bytes, reference: 300 }],
    }),
  ];
}

function bookOf(made: MadeBook): AccountColumns {
  const positions = made.tokens.map((token) => ({ side: 'owned' as const, rates: lineRatesOf(token, AT) }));
  return new AccountColumns(positions, made.lines, { accounts: made.accounts, lines: made.lineCount });
}

function millisecondsOf(run: () => void): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}
