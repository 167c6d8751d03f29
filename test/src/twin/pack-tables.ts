import { keccak256 } from '@surety/contracts';
import { EXP_STEP_BITS, densityAtWhole, exponentialSteps, logarithmSteps, millsCell } from '@surety/margin';
import { DIGEST_BYTES } from './margin-books.js';
import { PackedBytes } from './packed-bytes.js';

/** Entries under one hash. */
const GROUP = 64;
/** Cells that the kernel may ask for, and whole exponents. */
const CELLS = 66 * 256;
const WHOLES = 802;

/** Every entry of the kernel's tables, in the order in which `test/twin/KernelTablesTwin.t.sol` works them out. */
function tableRows(): readonly (readonly bigint[])[] {
  const rows: (readonly bigint[])[] = [];
  for (let cell = 0; cell < CELLS; cell++) {
    const { c0, c1, c2, c3, c4, c5, c6 } = millsCell(cell);
    rows.push([c0, c1, c2, c3, c4, c5, c6]);
  }
  for (let whole = 0; whole < WHOLES; whole++) {
    const { mantissa, places } = densityAtWhole(whole);
    rows.push([mantissa, places]);
  }
  for (const bits of [EXP_STEP_BITS, 2 * EXP_STEP_BITS]) rows.push(...exponentialSteps(bits).map((step) => [step]));
  for (const steps of [logarithmSteps(7, 0, 128), logarithmSteps(15, -128, 256)]) {
    rows.push(...steps.map(({ factor, logarithm }) => [factor, logarithm]));
  }
  return rows;
}

/** Writes the first bytes of a hash for every {@link GROUP} entries. */
export function packTables(into: PackedBytes): void {
  const rows = tableRows();
  const words = new PackedBytes();
  for (let first = 0; first < rows.length; first += GROUP) {
    words.clear();
    for (const row of rows.slice(first, first + GROUP)) words.words(...row);
    into.append(keccak256(words.view()).subarray(0, DIGEST_BYTES));
  }
}
