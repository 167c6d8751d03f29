import { type AccountProofView, parseAccountProof, parseSolvencyProof, verifyAccountProof } from '@surety/client';
import { bytes32 } from '@surety/domain';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { operatorError } from '../errors.js';
import { openConfig } from '../chains/open-config.js';
import { parseAccountArgument } from '../terminal/parse-account.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';
import { verifySolvencyFile } from './proof-solvency.js';

/** Options of `surety proof verify`. */
export interface ProofVerifyOptions extends OutputOptions {
  readonly account?: string;
  readonly commitment?: string;
}

/** Writes the aggregator's proof that an account's lines are in the sums of all lines, as one JSON document. */
export async function proofMake(terminal: Terminal, name: string): Promise<void> {
  const { aggregatorUrls } = openConfig(terminal);
  const proof = await connectAggregator(aggregatorUrls).readAccountProof(parseAccountArgument(name));
  writeResult(terminal, { json: true }, proof, () => []);
}

/**
 * Checks a proof of an account or of solvency from a file, without any connection.
 * @throws PROOF_REFUSED naming what does not fit; NOT_COVERED, NOT_ALL_PROVEN; NOT_JSON.
 */
export async function proofVerify(terminal: Terminal, file: string, options: ProofVerifyOptions): Promise<void> {
  const proof = parseJson(file, readTextFile(file), (json) =>
    isSolvency(json)
      ? ({ kind: 'solvency', solvency: parseSolvencyProof(json) } as const)
      : ({ kind: 'account', account: parseAccountProof(json) } as const),
  );
  if (proof.kind === 'account') return verifyAccountFile(terminal, proof.account, options);
  if (options.account !== undefined || options.commitment !== undefined)
    throw operatorError('BAD_USE', `${file} is a proof of solvency; --account and --commitment are for an account’s`);
  verifySolvencyFile(terminal, proof.solvency, options);
}

function isSolvency(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'kind' in json && json.kind === 'solvency';
}

function verifyAccountFile(terminal: Terminal, proof: AccountProofView, options: ProofVerifyOptions): void {
  const account = options.account === undefined ? proof.account : parseAccountArgument(options.account, '--account');
  const seen = options.commitment === undefined ? {} : { commitment: bytes32(options.commitment) };
  const outcome = verifyAccountProof(proof, { account, ...seen });
  if (outcome.kind === 'refused') throw operatorError('PROOF_REFUSED', `${outcome.code}: ${outcome.detail}`);
  writeResult(terminal, options, { account, commitment: proof.commitment, lines: outcome.lines }, () => [
    outcome.lines.length === 0
      ? `nothing is proven: the proof holds no line of ${account}`
      : `these lines of ${account} are in the sums:`,
    ...outcome.lines.map(({ assetId, amount }) => `  asset ${assetId}: ${amount} units`),
    'a line that the proof leaves out is not shown: compare with what the ledger has (lineOf)',
    `state ${proof.stateHash} at block ${proof.block.height} of chain ${proof.block.chainId}`,
    options.commitment === undefined
      ? `compare the commitment ${proof.commitment} with another aggregator's, or repeat with --commitment`
      : 'the commitment is the one that you gave',
  ]);
}
