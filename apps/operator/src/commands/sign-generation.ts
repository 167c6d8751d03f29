import { loadOperatorConfig, loadSpendingKey } from '@surety/config';
import { type Bytes32, address } from '@surety/domain';
import type { ActOptions } from '../acts/act-by-hand.js';
import { type Generation, type GenerationFile, generationTypedData } from '../acts/generation-signatures.js';
import { operatorError } from '../errors.js';
import { type EdgeEnds, headAt, readEdgeEnds } from '../migrate/read-edge-ends.js';
import { type VerifierFacts, findVerifiers, readVerifier } from '../migrate/read-verifier.js';
import { openKey } from '../open-sender.js';
import { relayedEdges } from '../relay/relayed-edges.js';
import { type Terminal, writeResult } from '../terminal.js';

/** Options of `surety attesters sign-generation`. */
export interface SignGenerationOptions extends Omit<ActOptions, 'dryRun'> {
  readonly chain: string;
  readonly direction: string;
  readonly count: string;
}

/**
 * Shows both ends of an edge at a point, as the signer's own providers give them, and signs the point for both ends' verifiers once
 * somebody confirms it: one JSON document for whoever collects k of them. Nothing is sent.
 * @throws ACT_REFUSED if an end does not hold the point, the two hold different ones, or the key is no member; DECLINED.
 */
export async function signGeneration(terminal: Terminal, options: SignGenerationOptions): Promise<void> {
  const config = loadOperatorConfig(terminal.environment);
  if (!/^(0|[1-9]\d{0,18})$/.test(options.count))
    throw operatorError('BAD_USE', `--count is "${options.count}"; expected the number of entries up to the point`);
  const count = BigInt(options.count);
  const [edge, second] = relayedEdges(config.network, options);
  if (edge === undefined || second !== undefined)
    throw operatorError('BAD_USE', '--chain and --direction name more than one edge; expected one');
  const ends = await readEdgeEnds({ config, edge, clock: terminal.clock });
  const { edgeId } = edge.journal;
  for (const line of describe(ends, count)) terminal.tell(line);
  const head = requirePoint(ends, count);
  const key = openKey(loadSpendingKey(terminal.environment));
  const signer = address(key.address.toLowerCase());
  const chains = [edge.origin.chainId, edge.destination.chainId];
  const targets = (await findVerifiers(config)).filter(({ chain }) => chains.includes(chain.chainId));
  const verifiers = await Promise.all(targets.map(readVerifier));
  const points = verifiers.map((verifier): Generation => {
    requireMember(verifier, signer);
    const { target, active: epoch } = verifier;
    return { chainId: target.chain.chainId, verifier: target.contract, edge: edgeId, count, head, epoch };
  });
  const question = `Sign that edge ${edgeId} ends at count ${count}, head ${head}, and that everything past it is undone?`;
  if (options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was signed; add --yes to sign without a question');
  }
  const signed: GenerationFile = {
    signer,
    generations: await Promise.all(
      points.map(async (one) => ({ ...one, signature: await key.signTypedData(generationTypedData(one)) })),
    ),
  };
  writeResult(terminal, { json: true }, signed, () => []);
}

/** What people compare before they agree: both ends as they stand, and both at the point. */
function describe({ edge, journal, replica }: EdgeEnds, count: bigint): string[] {
  const { edgeId } = edge.journal;
  const at = (end: EdgeEnds['journal']): string => headAt(end, edgeId, count) ?? 'not known';
  return [
    `edge ${edgeId}, generation ${edge.journal.edge.generation}, ${edge.origin.name} → ${edge.destination.name}`,
    `journal on ${edge.origin.name}: ${journal.position.count} entries, head ${journal.position.head}`,
    `replica on ${edge.destination.name}: ${replica.position.count} entries, head ${replica.position.head}`,
    `at ${count}: journal ${at(journal)}, replica ${at(replica)}`,
    `past it: ${past(journal, count)} entries of the journal are appended again, ${past(replica, count)} of the replica are undone`,
  ];
}

function past({ position }: EdgeEnds['journal'], count: bigint): bigint {
  return position.count > count ? position.count - count : 0n;
}

function requirePoint({ edge, journal, replica }: EdgeEnds, count: bigint): Bytes32 {
  const { edgeId } = edge.journal;
  const own = headAt(journal, edgeId, count);
  const read = headAt(replica, edgeId, count);
  if (own !== undefined && own === read) return own;
  throw operatorError(
    'ACT_REFUSED',
    `at ${count} the journal has ${own ?? 'no such entry'}, the replica ${read ?? 'none that its batches show'}; expected the same head at both ends: the point is a prefix that both have; nothing was signed`,
  );
}

function requireMember({ target, active, members, suspended, newest }: VerifierFacts, signer: string): void {
  const isMember = members.some((one) => one === signer) && !suspended.some((one) => one === signer);
  if (isMember && active === newest) return;
  const seen = isMember ? `epoch ${newest} follows epoch ${active}` : `${signer} is no unsuspended member`;
  throw operatorError(
    'ACT_REFUSED',
    `${seen} at ${target.contract} on ${target.chain.name}; expected one of ${members.join(', ')}, in the epoch of now; nothing was signed`,
  );
}
