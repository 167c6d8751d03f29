import type { SignedPoint } from '@surety/attestation';
import { type Hex, chainId, hexToBytes, parseAddress, parseStatement, parseUint, requireObject } from '@surety/domain';
import { operatorError } from '../errors.js';

/**
 * Parses one member's signed points: one as `surety attesters sign-rewind` writes it, or several as its watcher serves
 * them.
 * @throws NOT_JSON; MISSING_FIELD, UNKNOWN_FIELD, BAD_HEX, BAD_LENGTH, OUT_OF_RANGE with the path in the file.
 */
export function parsePoints(text: string, file: string): readonly SignedPoint[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw operatorError('NOT_JSON', `${file} is no JSON; expected what surety attesters sign-rewind writes`, cause);
  }
  if (typeof parsed !== 'object' || parsed === null || !('points' in parsed)) return [parsePoint(parsed, file)];
  const { points } = requireObject(parsed, file, ['points']);
  if (Array.isArray(points) && points.length > 0)
    return points.map((point: unknown, at) => parsePoint(point, `${file}.points[${at}]`));
  throw operatorError('NOT_JSON', `${file} holds no point; expected those that a watcher signed: ask it again later`);
}

function parsePoint(parsed: unknown, path: string): SignedPoint {
  const object = requireObject(parsed, path, ['signer', 'chainId', 'verifier', 'statement', 'signature']);
  const signature = String(object['signature']);
  hexToBytes(signature, 65);
  return {
    signer: parseAddress(object['signer'], `${path}.signer`),
    domain: {
      chainId: chainId(parseUint(object['chainId'], 53, `${path}.chainId`)),
      verifyingContract: parseAddress(object['verifier'], `${path}.verifier`),
    },
    statement: parseStatement(object['statement'], `${path}.statement`),
    signature: signature as Hex,
  };
}
