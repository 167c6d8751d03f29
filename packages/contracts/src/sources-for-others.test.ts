import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../solidity/', import.meta.url));
const load = createRequire(import.meta.url);

/** The oldest compilers that sources name, oldest first: interfaces as custom errors allow, what tests inherit from later. */
const OLDEST = ['0.8.4', '0.8.20'] as const;

interface Solc {
  compile(input: string): string;
  version(): string;
}

interface Compiled {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
}

/** Sources that other compilers may import, and so those that `npm run pack` packs, with the oldest compiler that each names. */
const sources = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.sol'))
  .flatMap((file) => {
    const content = readFileSync(`${FOLDER}${file}`, 'utf8');
    const oldest = /^pragma solidity \^([\d.]+);/mu.exec(content)?.[1];
    return oldest === undefined ? [] : [{ file, content, oldest }];
  });

test('names one of two oldest compilers', () => {
  const others = sources.filter(({ oldest }) => !OLDEST.some((known) => known === oldest));
  expect(others.map(({ file, oldest }) => `${file} names ${oldest}, expected ${OLDEST.join(' or ')}`)).toEqual([]);
});

// Loading a compiler takes seconds, and many on a machine that is busy.
test.each(OLDEST)('what a protocol imports compiles with %s alone', { timeout: 120_000 }, (oldest) => {
  const upTo = OLDEST.slice(0, OLDEST.indexOf(oldest) + 1);
  const some = sources.filter((one) => upTo.some((known) => known === one.oldest));
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(some.map(({ file, content }) => [file, { content }])),
    settings: { outputSelection: { '*': { '*': ['abi'] } } },
  };
  const solc = load(`solc-${oldest}`) as Solc;
  expect(solc.version()).toContain(`${oldest}+`);
  const { errors = [] } = JSON.parse(solc.compile(JSON.stringify(input))) as Compiled;
  expect(errors.filter(({ severity }) => severity === 'error').map((one) => one.formattedMessage)).toEqual([]);
  expect(some.length).toBeGreaterThan(30);
});
