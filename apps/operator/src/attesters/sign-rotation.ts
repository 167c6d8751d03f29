import { type Address, address } from '@surety/domain';
import type { ActOptions } from '../chains/act-by-hand.js';
import { parseMembers, parseTime } from '../acts/parse-argument.js';
import { type Rotation, type RotationFile, rotationTypedData } from '../acts/rotation-signatures.js';
import { operatorError } from '../errors.js';
import { type VerifierFacts, findVerifiers, readVerifier } from './read-verifier.js';
import { openConfig } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import { formatTime } from '../terminal/format.js';

/** Options of `surety attesters sign`. */
export interface SignRotationOptions extends Omit<ActOptions, 'dryRun'> {
  readonly members: string;
  readonly activeFrom: string;
}

/**
 * Signs the next epoch with a present member's key at every verifier of whose newest epoch it is an unsuspended member, tells which others
 * are left out, and prints one JSON document for collecting k signatures. Sends nothing.
 * @throws ACT_REFUSED if the key is such a member at no verifier; DECLINED.
 */
export async function signRotation(terminal: Terminal, options: SignRotationOptions): Promise<void> {
  const config = openConfig(terminal);
  const members = parseMembers(options.members);
  const key = openSpendingKey(terminal.environment);
  const signer = address(key.address.toLowerCase());
  const verifiers = await Promise.all((await findVerifiers(config)).map(readVerifier));
  const activeFrom = parseTime(options.activeFrom, 'active-from', verifiers[0]?.target.nowS ?? 0n);
  const maySign = (one: VerifierFacts): boolean => one.members.includes(signer) && !one.suspended.includes(signer);
  const own = verifiers.filter(maySign);
  // A rotation that reached some verifiers only leaves them with different members.
  const others = verifiers.filter((one) => !maySign(one));
  if (own.length === 0) {
    throw operatorError(
      'ACT_REFUSED',
      `${others.map((one) => describeStranger(signer, one)).join('; ')}; nothing was signed`,
    );
  }
  for (const one of others) terminal.tell(`left out: ${describeStranger(signer, one)}`);
  const rotations = own.map(({ target, newest }): Rotation => {
    return { chainId: target.chain.chainId, verifier: target.contract, epoch: newest + 1, members, activeFrom };
  });
  const where = `${own.map(({ target }) => target.chain.name).join(', ')} (${own.length} of ${verifiers.length} verifiers)`;
  const question = `Sign epoch ${rotations.map(({ epoch }) => epoch).join('/')} of ${members.length} members, active from ${formatTime(activeFrom)}, at ${where}?`;
  if (options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was signed; add --yes to sign without a question');
  }
  const signed: RotationFile = {
    signer,
    rotations: await Promise.all(
      rotations.map(async (one) => ({ ...one, signature: await key.signTypedData(rotationTypedData(one)) })),
    ),
  };
  writeResult(terminal, { json: true }, signed, () => []);
}

function describeStranger(signer: Address, { target, newest, members }: VerifierFacts): string {
  return `${signer} is no unsuspended member of epoch ${newest} at ${target.contract} on ${target.chain.name}; expected one of ${members.join(', ')}`;
}
