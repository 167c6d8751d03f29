import { type MarginAnswers, type MarginChunk, answersOf } from './margin-books.js';

const GRADES = ['initialWad', 'exitWad', 'maintenanceWad', 'status', 'oldestAsOf'];
const LINE =
  'units unitsInitial price priceInitial baseI baseM sourceI sourceM freshI freshM size volI volM initialWad exitWad maintenanceWad status'.split(
    ' ',
  );
const MARGIN_OF = ['aI', 'qI', 'aE', 'qE', 'aM', 'qM', 'status', 'oldestAsOf'];

/** Names every answer of a book in the order in which they are hashed. */
function namesOf({ breakdown, marginOf }: MarginAnswers): readonly string[] {
  return [
    ...GRADES.map((name) => `margin.${name}`),
    ...breakdown.flatMap((_, index) => LINE.map((name) => `breakdown[${index}].${name}`)),
    ...marginOf.map((_, index) => `marginOf.${MARGIN_OF[index]}`),
  ];
}

/** Tells a book and each integer in which the contracts' answers, as hex, differ from the engine's. */
export function describeBook({ world, books }: MarginChunk, index: number, answeredHex: string): string {
  const book = books[index];
  if (book === undefined) throw new TypeError(`a chunk has no book ${index}`);
  const answers = answersOf(book, world);
  const engine = [...answers.margin, ...answers.breakdown.flat(), ...answers.marginOf];
  const contracts = [...answeredHex.replace(/^0x/, '').matchAll(/.{64}/g)].map(([word]) => BigInt(`0x${word}`));
  const differences = namesOf(answers).flatMap((name, at) =>
    contracts[at] === engine[at] ? [] : [`${name}: engine ${engine[at]}, contracts ${contracts[at] ?? 'nothing'}`],
  );
  const protocols = book.protocols.map((place) => world.protocols[place]);
  const shown = { at: world.at, lines: book.lines, words: book.words, protocols };
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);
  return [JSON.stringify(shown, plain), ...differences].join('\n');
}
