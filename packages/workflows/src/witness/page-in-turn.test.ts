import { expect, test } from 'vitest';
import { pageInTurn } from './page-in-turn.js';

/** A source of the numbers 1 to `last` that records its requests. */
function listTo(last: bigint) {
  const asked: bigint[] = [];
  const list = {
    asked,
    isAway: false,
    async readPage(after: bigint): Promise<readonly bigint[]> {
      if (list.isAway) throw new Error('away');
      asked.push(after);
      return Array.from({ length: 3 }, (_, at) => after + BigInt(at) + 1n).filter((number) => number <= last);
    },
  };
  return list;
}

function looks(...hints: ReturnType<typeof listTo>[]) {
  return pageInTurn({
    hints,
    readPage: (asked, after) => asked.readPage(after),
    numberOf: (number) => number,
    pageSize: 3,
    pagesMax: 2,
  });
}

test('without sources nothing is listed', async () => {
  expect(await looks()()).toEqual([]);
});

test('a source with oversized pages costs a poll no more than others', async () => {
  const flood = { ...listTo(0n), readPage: async () => Array.from({ length: 5_000 }, (_, at) => BigInt(at + 1)) };
  expect(await looks(flood)()).toHaveLength(6);
});

test('a poll ends with the last page, and the next one starts again', async () => {
  const list = listTo(4n);
  const look = looks(list);
  expect(await look()).toEqual([1n, 2n, 3n, 4n]);
  expect(await look()).toEqual([1n, 2n, 3n, 4n]);
  expect(list.asked).toEqual([0n, 3n, 0n, 3n]);
});

test('of a very long list each poll reads its pages, and the one after an empty page starts again', async () => {
  const look = looks(listTo(12n));
  expect(await look()).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
  expect(await look()).toEqual([7n, 8n, 9n, 10n, 11n, 12n]);
  expect(await look()).toEqual([]);
  expect(await look()).toHaveLength(6);
});

test('sources are read in turn, each from where its own last pages ended', async () => {
  const [long, short] = [listTo(9n), listTo(1n)];
  const look = looks(long, short);
  const found: (readonly bigint[])[] = [];
  for (let at = 0; at < 4; at++) found.push(await look());
  expect(found.map((numbers) => numbers.map(Number))).toEqual([[1, 2, 3, 4, 5, 6], [1], [7, 8, 9], [1]]);
});

test('a source that fails is read from the same position again', async () => {
  const list = listTo(9n);
  const look = looks(list);
  await look();
  list.isAway = true;
  await expect(look()).rejects.toThrow('away');
  list.isAway = false;
  expect(await look()).toEqual([7n, 8n, 9n]);
});
