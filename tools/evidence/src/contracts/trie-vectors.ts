// Writes vectors/trie-proofs.json: proofs made by @ethereumjs/mpt for the official trie tests in vectors/trie-official.json, whose
// roots it must reproduce, and for tries of our own from a fixed seed: hashed keys with words as storage has them, short keys whose
// nodes lie in their parents, and keys that are the beginning of others.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type MerklePatriciaTrie, createMPT, createMerkleProof } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { flag, readOptions, refuse } from '../options.js';
import { packageRoot } from './forge.js';

/** An official test: its entries in order, where a value of null takes a key out. */
interface OfficialCase {
  readonly file: string;
  readonly name: string;
  readonly hashed: boolean;
  readonly entries: readonly (readonly [key: string, value: string | null])[];
  readonly root: string;
}

const options = readOptions({
  command: 'npm run contracts:vectors --',
  about: 'Writes the proofs that tests of tries read. Exit 2 if a root is not the official one.',
  options: { check: flag('write nothing; exit 1 if the file would change') },
});
const vectors = path.join(packageRoot, 'vectors');

const SEED = 'surety trie vectors 1';
let drawn = 0;
/** Draws bytes from the seed. */
function draw(length: number): Uint8Array {
  drawn += 1;
  const bytes = createHash('shake256', { outputLength: Math.max(length, 1) });
  return new Uint8Array(bytes.update(`${SEED} ${drawn}`).digest()).slice(0, length);
}
const below = (limit: number): number => Buffer.from(draw(6)).readUIntBE(0, 6) % limit;

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;
const bytesOf = (text: string): Uint8Array =>
  new Uint8Array(text.startsWith('0x') ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text));

const cases: { root: string; key: string; value: string; nodes: readonly string[] }[] = [];
/** Proves keys of a trie, held or not. `key` is as the trie has it, so already hashed if it hashes. */
async function prove(trie: MerklePatriciaTrie, hashed: boolean, key: Uint8Array): Promise<void> {
  const [value, listed] = [await trie.get(key), await createMerkleProof(trie, key)];
  // The library lists nodes that lie in their parents once more; nodes that answer eth_getProof do not.
  const nodes = listed.filter((node, at) => at === 0 || node.length >= 32);
  const held = hashed ? new Uint8Array(trie['appliedKey'](key)) : key;
  cases.push({ root: hex(trie.root()), key: hex(held), value: hex(value ?? new Uint8Array()), nodes: nodes.map(hex) });
}

const official = JSON.parse(readFileSync(path.join(vectors, 'trie-official.json'), 'utf8')) as {
  readonly cases: readonly OfficialCase[];
};
for (const { file, name, hashed, entries, root } of official.cases) {
  const trie = await createMPT({ useKeyHashing: hashed });
  for (const [key, value] of entries) {
    if (value === null) await trie.del(bytesOf(key));
    else await trie.put(bytesOf(key), bytesOf(value));
  }
  if (hex(trie.root()) !== root) refuse(`${file} ${name}: seen the root ${hex(trie.root())}, expected ${root}`);
  for (const key of new Set(entries.map(([each]) => each))) await prove(trie, hashed, bytesOf(key));
  await prove(trie, hashed, bytesOf('a key that no test holds'));
}

/** The key of a storage slot, as a trie that hashes its keys takes it. */
const slotKey = (slot: number): Uint8Array => {
  const key = new Uint8Array(32);
  key[31] = slot & 255;
  key[30] = slot >> 8;
  return key;
};

const storage = await createMPT({ useKeyHashing: true });
for (let slot = 0; slot < 300; slot++) {
  const word = draw(1 + below(32));
  if (word[0] !== 0) await storage.put(slotKey(slot), RLP.encode(word));
}
for (let slot = 0; slot < 400; slot += 9) await prove(storage, true, slotKey(slot));
for (let each = 0; each < 12; each++) {
  const trie = await createMPT();
  const keys = Array.from({ length: 2 + below(30) }, () => draw(1 + below(4)).map((byte) => byte & 0x13));
  for (const key of keys) await trie.put(key, draw(1 + below(each % 2 === 0 ? 3 : 40)));
  for (const key of keys.slice(0, 6)) await prove(trie, false, key);
  for (let other = 0; other < 6; other++)
    await prove(
      trie,
      false,
      draw(1 + below(5)).map((byte) => byte & 0x13),
    );
}

const text = `${JSON.stringify({ seed: SEED, cases }, undefined, 1)}\n`;
const target = path.join(vectors, 'trie-proofs.json');
if (!options.check) writeFileSync(target, text);
else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
  process.stderr.write(`${target} is not what the tool makes; run it without --check\n`);
  process.exitCode = 1;
}
