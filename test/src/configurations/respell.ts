import type { NetworkFile } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { spellAddress } from '@surety/domain';
import type { SeededRandom } from '../faults/seeded-random.js';
import type { ModelledChains } from './modelled-chains.js';

/** Writes a file in other words that mean the same, and gives its text. */
export function respellFile(file: NetworkFile, random: SeededRandom): string {
  const { vault } = file.chains[0] ?? {};
  for (const witness of vault?.witnesses ?? []) {
    if (witness.kind !== 'layerzero') continue;
    for (const end of [witness.atVault, witness.atLedger])
      for (const uln of [end.send, end.receive]) {
        uln.requiredDvns = random.shuffle(uln.requiredDvns);
        uln.optionalDvns = random.shuffle(uln.optionalDvns);
      }
  }
  if (vault?.witnesses !== undefined) vault.witnesses = random.shuffle(vault.witnesses);
  return JSON.stringify(respelled(file, random), null, random.between(0, 4));
}

/** Lists verifiers in another order, or has the source contested: what chains may say of the same settings. */
export function respellChain({ answers }: ModelledChains, random: SeededRandom): void {
  for (const answer of answers) {
    const { functionName, result } = answer;
    const uln = result as { requiredDVNs: unknown[]; optionalDVNs: unknown[] };
    if (functionName === 'getAppUlnConfig')
      answer.result = {
        ...uln,
        requiredDVNs: random.shuffle(uln.requiredDVNs),
        optionalDVNs: random.shuffle(uln.optionalDVNs),
      };
    if (functionName === 'limitsOf' && random.between(0, 1) === 0) {
      const limits = result as { fastUnits: bigint };
      answer.result = { ...limits, fastUnits: limits.fastUnits >> 2n };
    }
  }
}

/** Members in another order, addresses in small letters, in capitals, or spelt with their checksum. */
function respelled(value: unknown, random: SeededRandom): unknown {
  if (Array.isArray(value)) return value.map((item) => respelled(item, random));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      random.shuffle(Object.entries(value)).map(([key, item]) => [key, respelled(item, random)]),
    );
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(value)) return value;
  return random.pick([value.toLowerCase(), `0x${value.slice(2).toUpperCase()}`, spellAddress(value, keccak256)]);
}
