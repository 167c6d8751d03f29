import {
  type BlockHeight,
  type Bytes32,
  type Hex,
  blockHash,
  domainError,
  hexToBytes,
  parseAddress,
  parseStatement,
  parseUint,
  parseWord,
  requireObject,
  txHash,
} from '@surety/domain';
import {
  ENTRIES_PER_CALL_MAX,
  type EntryLocation,
  type PostedBatch,
  STATEMENTS_PER_CALL_MAX,
  type SignedStatement,
} from '@surety/workflows';
import { Problem } from './problem.js';

/** Reads the body of `POST /v1/statements`. @throws the domain's parse errors; Problem TOO_MANY. */
export function parseStatementsBody(body: unknown): SignedStatement[] {
  const { statements } = requireObject(body, 'body', ['statements']);
  const list = requireList(statements, 'body.statements', { min: 1, max: STATEMENTS_PER_CALL_MAX });
  return list.map((item, at) => {
    const path = `body.statements[${at}]`;
    const signed = requireObject(item, path, ['statement', 'signer', 'signature']);
    return {
      statement: parseStatement(signed['statement'], `${path}.statement`),
      signer: parseAddress(signed['signer'], `${path}.signer`),
      signature: parseSignature(signed['signature'], `${path}.signature`),
    };
  });
}

/** Reads the body of `POST /v1/edges/:edge/entries`. @throws the domain's parse errors; Problem TOO_MANY. */
export function parseEntriesBody(edge: Bytes32, body: unknown): PostedBatch {
  const members = requireObject(body, 'body', ['from', 'packed', 'stage', 'locations', 'poster', 'signature']);
  const stage = members['stage'];
  if (stage !== 'seen' && stage !== 'final') {
    throw domainError('UNKNOWN_KIND', 'body.stage is no stage that is handed in; expected "seen" or "final"');
  }
  const packed = members['packed'];
  if (typeof packed !== 'string') throw domainError('BAD_HEX', 'body.packed is not text; expected 0x and hex digits');
  const locations = requireList(members['locations'], 'body.locations', { min: 0, max: ENTRIES_PER_CALL_MAX });
  return {
    edge,
    from: parseUint(members['from'], 64, 'body.from'),
    entries: { packed: hexToBytes(packed), locations: locations.map(parseLocation) },
    stage,
    poster: parseAddress(members['poster'], 'body.poster'),
    signature: parseSignature(members['signature'], 'body.signature'),
  };
}

function parseLocation(value: unknown, at: number): EntryLocation {
  const path = `body.locations[${at}]`;
  const members = requireObject(value, path, ['index', 'blockHeight', 'blockHash', 'txHash', 'logIndex']);
  return {
    index: parseUint(members['index'], 64, `${path}.index`),
    blockHeight: parseUint(members['blockHeight'], 64, `${path}.blockHeight`) as BlockHeight,
    blockHash: blockHash(parseWord(members['blockHash'], `${path}.blockHash`)),
    txHash: txHash(parseWord(members['txHash'], `${path}.txHash`)),
    logIndex: Number(parseUint(members['logIndex'], 31, `${path}.logIndex`)),
  };
}

function parseSignature(value: unknown, path: string): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{130}$/.test(value)) {
    throw domainError('BAD_HEX', `${path} is no signature; expected 0x and 130 hex digits`);
  }
  return value.toLowerCase() as Hex;
}

function requireList(value: unknown, path: string, { min, max }: { min: number; max: number }): unknown[] {
  if (!Array.isArray(value)) throw domainError('MISSING_FIELD', `${path} is not a list`);
  if (value.length < min) throw domainError('BAD_LENGTH', `${path} is empty; expected ${min} to ${max} items`);
  if (value.length > max) {
    throw new Problem({
      status: 400,
      code: 'TOO_MANY',
      detail: `${path} has ${value.length} items; expected at most ${max} a call`,
    });
  }
  return value;
}
