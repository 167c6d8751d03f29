import { type ContradictionView, parseContradictions } from '@surety/client';
import { attesterSetAbi, keccak256, recoverCanonical } from '@surety/contracts';
import { type Address, chainId, statementDigest } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { type ActOptions, type ActResult, actByHand, outcomeText } from '../chains/act-by-hand.js';
import { simulateCall } from '../chains/simulate-call.js';
import { connectAggregator } from '../chains/connect-aggregator.js';
import {
  eachUnlessEnded,
  firstUnlessRefused,
  requireAllTaken,
  tellRefused,
  unlessCoded,
} from '../terminal/each-unless-ended.js';
import { operatorError } from '../errors.js';
import { formatTable } from '../terminal/format.js';
import { type VerifierFacts, findVerifiers, readVerifier } from './read-verifier.js';
import { type Reach, openConfig, placeOf } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Two signatures are recovered, and each epoch of the verifier is written at most once. */
const GAS_CEILING = 2_000_000n;

const KINDS = { 'two-heads': 'two heads for one count', 'hidden-tip': 'a later tip that denies entries' } as const;

/** Lists the evidence that the aggregator keeps. With `--json` it is the document that {@link proveEvidence} reads. */
export async function listEvidence(terminal: Terminal, options: OutputOptions): Promise<void> {
  const { aggregatorUrls } = openConfig(terminal);
  const { contradictions } = await connectAggregator(aggregatorUrls).readContradictions();
  writeResult(terminal, options, { contradictions }, () =>
    contradictions.length === 0
      ? ['no member contradicted itself, as far as this aggregator saw']
      : [
          ...formatTable([
            ['member', 'edge', 'count', 'signed'],
            ...contradictions.map(({ signer, edge, count, kind }) => [
              signer,
              `${edge.slice(0, 10)}…`,
              count.toString(),
              KINDS[kind],
            ]),
          ]),
          'save it: surety attesters evidence --json > evidence.json; next: surety attesters prove --dry-run',
        ],
  );
}

/** Evidence with the verifier for which both statements were signed. */
interface JudgedEvidence {
  readonly evidence: ContradictionView;
  readonly verifier: VerifierFacts;
  /** True if a proof of this member was taken there already. */
  readonly isKnown: boolean;
}

type PiecesOfMember = readonly [JudgedEvidence, ...JudgedEvidence[]];

/** A proof as it was made. */
interface Proven extends ActResult {
  readonly member: string;
  readonly verifier: string;
}

/**
 * Submits every piece of evidence to the verifier for which it was signed, of each member once at each. Anyone may. A piece that is
 * refused does not hold up the rest, of the same member neither.
 * @throws ACT_REFUSED afterwards, for statements that the member did not sign or with the verifier's own reason; DECLINED.
 */
export async function proveEvidence(terminal: Terminal, file: string | undefined, options: ActOptions): Promise<void> {
  const config = openConfig(terminal);
  const { contradictions } =
    file === undefined
      ? await connectAggregator(config.aggregatorUrls).readContradictions()
      : parseJson(file, readTextFile(file), parseContradictions);
  const verifiers = await Promise.all((await findVerifiers(config)).map(readVerifier));
  const judged: JudgedEvidence[] = [];
  const code = 'ACT_REFUSED';
  // Whoever hands evidence out may mix in what is none.
  const isEnded = unlessCoded(code);
  const unsigned = await eachUnlessEnded(
    { items: contradictions, isEnded, nameOf: ({ signer }) => signer },
    async (evidence) => void judged.push(await judgeEvidence(evidence, verifiers)),
  );
  if (unsigned.ended !== undefined) throw unsigned.ended.by;
  const members = groupByMember(judged);
  const open = members.filter(([{ isKnown }]) => !isKnown);
  const proven: Proven[] = [];
  const untaken = await eachUnlessEnded(
    { items: open, isEnded, nameOf: ([{ evidence }]) => evidence.signer },
    async (pieces) =>
      // One is enough, and false ones may stand around it.
      void proven.push(await firstUnlessRefused(pieces, code, (one) => proveOne({ terminal, config, options }, one))),
  );
  const [known, refused] = [members.length - open.length, [...unsigned.refused, ...untaken.refused]];
  const { ended } = untaken;
  if (ended !== undefined && proven.length + refused.length === 0) throw ended.by;
  writeResult(terminal, options, { proven, known, refused }, () => [
    ...proven.map((one) => `${one.member} at ${one.verifier}: ${outcomeText(one)}`),
    ...(known === 0 ? [] : [`${known} known already`]),
    ...refused.map(tellRefused),
    ...(contradictions.length === 0 ? ['there is no evidence'] : []),
    ...(proven.length === 0
      ? []
      : ['next: at verifiers of other chains the guardian suspends: docs/RUNBOOKS/03-equivocation.md']),
  ]);
  requireAllTaken({ ...untaken, refused }, code);
}

/** Puts all pieces about one member at one verifier together. */
export function groupByMember(judged: readonly JudgedEvidence[]): readonly PiecesOfMember[] {
  const groups = new Map<string, PiecesOfMember>();
  for (const one of judged) {
    const { chain, contract } = one.verifier.target;
    const key = `${one.evidence.signer} ${contract} ${chain.chainId}`;
    const others = groups.get(key);
    groups.set(key, others === undefined ? [one] : [...others, one]);
  }
  return [...groups.values()];
}

async function judgeEvidence(
  evidence: ContradictionView,
  verifiers: readonly VerifierFacts[],
): Promise<JudgedEvidence> {
  const verifier = await verifierOf(evidence, verifiers);
  const { reader, contract } = verifier.target;
  const set = { address: contract, abi: attesterSetAbi, functionName: 'proven' } as const;
  return { evidence, verifier, isKnown: await reader.readContract({ ...set, args: [evidence.signer] }) };
}

/** Signatures are for one verifier: the one under whose domain both recover to the member. @throws ACT_REFUSED. */
async function verifierOf(
  { signer, edge, first, second }: ContradictionView,
  verifiers: readonly VerifierFacts[],
): Promise<VerifierFacts> {
  for (const verifier of verifiers) {
    const { contract, chain } = verifier.target;
    const domain = { chainId: chainId(chain.chainId), verifyingContract: contract };
    const signers = await Promise.all(
      [first, second].map(({ statement, signature }) =>
        recoverCanonical(statementDigest(statement, domain, keccak256), signature),
      ),
    );
    if (signers.every((one) => one === signer)) return verifier;
  }
  const known = verifiers.map(({ target }) => `${target.contract} on ${target.chain.name}`).join(', ');
  throw operatorError(
    'ACT_REFUSED',
    `${signer} did not sign both statements about edge ${edge} for any verifier of chains.config.json (${known}); nothing was sent`,
  );
}

async function proveOne(
  { terminal, config, options }: { terminal: Terminal; config: Reach; options: ActOptions },
  { evidence, verifier }: JudgedEvidence,
): Promise<Proven> {
  const { signer, kind, first, second } = evidence;
  const { chain, contract } = verifier.target;
  const args = [first.statement, first.signature, second.statement, second.signature] as const;
  const question = `Prove at ${contract} on ${chain.name} that ${signer} signed ${KINDS[kind]}? ${await consequence(verifier, signer)}`;
  const call = { purpose: 'prove', to: contract, gasCeiling: GAS_CEILING } as const;
  const calldata = encodeFunctionData({ abi: attesterSetAbi, functionName: 'prove', args });
  const by = { member: signer, verifier: contract };
  if (options.dryRun === true || options.yes === true) terminal.tell(question);
  if (options.dryRun === true) {
    // It needs no key.
    const refusal = await simulateCall(verifier.target, { to: contract, data: calldata });
    if (refusal === undefined) return { ...by, chainId: chain.chainId, to: contract, calldata, txHash: null };
    throw operatorError('ACT_REFUSED', `the proof would be refused by ${contract} on ${chain.name}: ${refusal}`);
  }
  const account = openSpendingKey(terminal.environment);
  const act = { code: 'ACT_REFUSED', question, call: { ...call, calldata } } as const;
  const done = await actByHand({ terminal, options, account }, placeOf(config, chain), act);
  return { ...by, ...done };
}

/** Describes the effect on the verifier: it bears n − k proven members, and stops at one more. */
async function consequence({ target, members, k, newest }: VerifierFacts, signer: Address): Promise<string> {
  if (!members.includes(signer)) return `It is no member of epoch ${newest}; listed again, it starts suspended.`;
  const set = { address: target.contract, abi: attesterSetAbi, functionName: 'proven' } as const;
  const others = members.filter((member) => member !== signer);
  const proven = await Promise.all(others.map((member) => target.reader.readContract({ ...set, args: [member] })));
  const count = proven.filter(Boolean).length + 1;
  const bears = members.length - k;
  return count > bears
    ? `It is number ${count} of epoch ${newest}, which bears ${bears}: NOTHING VERIFIES there until a recovery (docs/RUNBOOKS/05-recovery-set.md).`
    : `It is suspended for good; ${members.length - count} of ${members.length} are left, and ${k} must sign.`;
}
