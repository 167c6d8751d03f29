import { bytes32 } from '@surety/domain';
import { operatorError } from '../errors.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import type { HeldStatement, ReadHeld } from './statement-pool.js';

/**
 * Reads files of the form {"statements":[{"statement":{…},"signatures":"0x…"}]}, which is the answer of `GET
 * /v1/edges/:id/statements`. Does not check the signers.
 * @throws NOT_JSON naming file and path.
 */
export function statementFiles(paths: readonly string[]): ReadHeld {
  const held = paths.flatMap(readFile);
  return async (edge, after) => held.filter(({ statement }) => statement.edge === edge && statement.count > after);
}

function readFile(path: string): HeldStatement[] {
  const parsed = parseJson(path, readTextFile(path), (json) => json);
  const list = (parsed as { statements?: unknown } | null)?.statements;
  if (!Array.isArray(list))
    throw operatorError('NOT_JSON', `${path} has no list "statements"; expected {"statements":[…]}`);
  return list.map((one: unknown, at) => parseHeld(one, `${path} statements[${at}]`));
}

function parseHeld(value: unknown, where: string): HeldStatement {
  const { statement, signatures } = (value ?? {}) as { statement?: Record<string, unknown>; signatures?: unknown };
  const word = (name: string): `0x${string}` => {
    const text = statement?.[name];
    if (typeof text !== 'string' || !/^0x[0-9a-fA-F]{64}$/.test(text))
      throw bad(`${where}.statement.${name}`, text, '32 bytes as hex');
    return bytes32(text.toLowerCase());
  };
  const whole = (name: string): bigint => {
    const text = statement?.[name];
    if (typeof text !== 'string' || !/^(0|[1-9][0-9]{0,19})$/.test(text))
      throw bad(`${where}.statement.${name}`, text, 'a decimal number as text');
    if (BigInt(text) >> 64n > 0n) throw bad(`${where}.statement.${name}`, text, 'a number below 2^64');
    return BigInt(text);
  };
  const epoch = statement?.['epoch'];
  if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch < 1 || epoch >= 2 ** 32)
    throw bad(`${where}.statement.epoch`, epoch, 'a number from 1, below 2^32');
  if (typeof signatures !== 'string' || !/^0x([0-9a-fA-F]{130})+$/.test(signatures))
    throw bad(`${where}.signatures`, signatures, '65 bytes for each signer as hex');
  return {
    statement: {
      edge: bytes32(word('edge')),
      count: whole('count'),
      tip: whole('tip'),
      head: bytes32(word('head')),
      blockNumber: whole('blockNumber'),
      blockHash: word('blockHash') as HeldStatement['statement']['blockHash'],
      asOf: whole('asOf'),
      epoch,
    },
    signatures: signatures as HeldStatement['signatures'],
  };
}

function bad(where: string, seen: unknown, expected: string): Error {
  return operatorError('NOT_JSON', `${where} is ${JSON.stringify(seen) ?? 'missing'}; expected ${expected}`);
}
