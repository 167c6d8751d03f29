import { keccak256 } from '@surety/contracts';
import { PPM, tokenUnits } from '@surety/domain';
import {
  type AccountMargin,
  type AskedProtocol,
  type Line,
  type LineMargin,
  accountMarginOf,
  knownMarginOf,
  protocolRequirementOf,
} from '@surety/margin';
import { type Draw, drawOf } from './draw.js';
import { ASSETS, HONEST, type MarginWorld, type WorldAsset, type WorldProtocol, drawWorld } from './margin-world.js';
import { PackedBytes } from './packed-bytes.js';

/** Books that share a world. */
const BOOKS_IN_CHUNK = 256;
/** Lines that a ledger's account may have enabled. */
const LANES = 16;
/** Bytes of the hash of all answers that a file keeps. */
export const DIGEST_BYTES = 8;

/** One drawn account: lines over assets of its world, and protocols of it. */
export interface DrawnBook {
  /** Places in the world's assets. */
  readonly assets: readonly number[];
  readonly words: readonly bigint[];
  readonly lines: readonly Line[];
  /** Places in the world's protocols. */
  readonly protocols: readonly number[];
}

/** A world with its books, and what the engine says of each. */
export interface MarginChunk {
  readonly world: MarginWorld;
  readonly books: readonly DrawnBook[];
}

/** Draws one chunk of a seed. */
export function drawMarginChunk(seed: number, chunk: number): MarginChunk {
  const draw = drawOf(seed, chunk);
  const world = drawWorld(draw);
  return { world, books: Array.from({ length: BOOKS_IN_CHUNK }, () => drawBook(draw, world)) };
}

/** Steps that are prime to the number of assets. */
const STEPS = [1, 3, 7, 9, 11, 13, 17, 19];

function drawBook(draw: Draw, world: MarginWorld): DrawnBook {
  const chance = draw.between(0, 99);
  const count =
    chance < 4 ? 0 : chance < 80 ? draw.between(1, 4) : chance < 98 ? draw.between(5, LANES) : draw.between(17, 64);
  const [first, step] = [draw.between(0, ASSETS - 1), draw.pick(STEPS)];
  const assets = Array.from({ length: count }, (_, index) => (first + index * step) % ASSETS);
  const rows = assets.map((at) => drawLine(draw, world.assets[at] as WorldAsset, world.at));
  const asked = draw.onceIn(2) ? draw.between(0, 4) : 0;
  const firstAsked = draw.between(0, world.protocols.length - 1);
  return {
    assets,
    words: rows.map(({ word }) => word),
    lines: rows.map(({ line }) => line),
    protocols: Array.from({ length: asked }, (_, index) => (firstAsked + index) % world.protocols.length),
  };
}

function drawLine(draw: Draw, { asset, source, prices }: WorldAsset, at: bigint): { line: Line; word: bigint } {
  const amount = draw.onceIn(20) ? 0n : draw.sized(112);
  const part = BigInt.asUintN(104, amount);
  const unseasoned = draw.pick([() => 0n, () => draw.sized(104), () => part, () => part >> 1n])();
  const seasonEnd = draw.pick([() => 0n, () => at + BigInt(draw.between(-1, 1)), () => at + 3_600n])();
  return {
    line: { amount: tokenUnits(amount), unseasoned: tokenUnits(unseasoned), seasonEnd, asset, source, prices },
    word: amount | (unseasoned << 112n) | (seasonEnd << 216n),
  };
}

const askedOf = ({ way, ...figures }: WorldProtocol): AskedProtocol => ({
  recordedMaintenanceWad: figures.recordedMaintenanceWad,
  ...(way === HONEST ? { answer: { ...figures, positionNonce: 1n } } : {}),
});

/** The words of `RiskManager.margin`, of each line of `breakdown`, and of `marginOf`, none where no ledger takes the book. */
export interface MarginAnswers {
  readonly margin: readonly bigint[];
  readonly breakdown: readonly (readonly bigint[])[];
  readonly marginOf: readonly bigint[];
}

/** Gives every integer that the engine has for a book, in the order in which the contracts answer. */
export function answersOf(book: DrawnBook, { at, protocols }: MarginWorld): MarginAnswers {
  const weighed = accountMarginOf(book.lines, at);
  const { lines, oldestAsOf } = weighed;
  const known = knownMarginOf(weighed);
  const required = protocolRequirementOf(book.protocols.map((place) => askedOf(protocols[place] as WorldProtocol)));
  const { initial: qI, maintenance: qM } = required;
  const [aI, aE, aM] = assetsOf(known);
  return {
    margin: [...assetsOf(weighed), weighed.status, oldestAsOf],
    breakdown: lines.map((line, index) => lineWordsOf(line, accountMarginOf([book.lines[index] as Line], at).status)),
    marginOf: book.lines.length > LANES ? [] : [aI, qI, aE, qM, aM, qM, known.status, oldestAsOf],
  };
}

const assetsOf = ({ grades }: AccountMargin): [bigint, bigint, bigint] => [
  grades.initial.assets,
  grades.exit.assets,
  grades.maintenance.assets,
];

function lineWordsOf({ units, unitsInitial, price, factors, value }: LineMargin, status: bigint): readonly bigint[] {
  const { initial, exit, maintenance } = factors;
  return [
    units,
    unitsInitial,
    price.price1e12,
    price.initial1e12,
    initial.base,
    maintenance.base,
    initial.source,
    exit.source,
    initial.freshness,
    exit.freshness,
    PPM,
    initial.vol,
    maintenance.vol,
    value.initial,
    value.exit,
    value.maintenance,
    status,
  ];
}

const answered = new PackedBytes();

/** Returns the first bytes of keccak256 over all answers, one after the other. */
export function digestOf({ margin, breakdown, marginOf }: MarginAnswers): Uint8Array {
  answered.clear().words(...margin);
  for (const line of breakdown) answered.words(...line);
  return keccak256(answered.words(...marginOf).view()).subarray(0, DIGEST_BYTES);
}

/** Writes a chunk as `test/twin/MarginTwin.t.sol` reads it. */
export function packMarginChunk({ world, books }: MarginChunk, into: PackedBytes): void {
  const { at, prices, sources, assets, protocols } = world;
  into.uint(at, 5).count(prices.length, 1);
  for (const { word } of prices) into.words(word);
  for (const kept of [sources, assets]) {
    into.count(kept.length, 1);
    for (const { word, rampWord } of kept) {
      into.words(word).count(rampWord === undefined ? 0 : 1, 1);
      if (rampWord !== undefined) into.words(rampWord);
    }
  }
  into.count(protocols.length, 1);
  for (const { way, initialWad, maintenanceWad, recordedMaintenanceWad } of protocols) {
    into.count(way, 1).words(initialWad, maintenanceWad, recordedMaintenanceWad);
  }
  into.count(books.length, 2);
  for (const book of books) {
    into.count(book.lines.length, 1).count(book.protocols.length, 1);
    for (const place of book.protocols) into.count(place, 1);
    // A line's flags are 0, so that the highest byte has room for the place of its asset.
    for (const [index, word] of book.words.entries()) into.words(word | (BigInt(book.assets[index] ?? 0) << 248n));
    into.append(digestOf(answersOf(book, world)));
  }
}
