// Asks the compiler for its opinion of types alone, which takes seconds: a mutant whose types do not fit changes no rule.
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from './forge.js';
import { type CompilerError, markOf } from './mutant-marks.js';

type Read = (file: string) => { readonly contents: string } | { readonly error: string };

const solc = createRequire(path.join(packageRoot, 'package.json'))('solc') as {
  compile(input: string, callbacks: { readonly import: Read }): string;
};

/** Returns the numbers of the mutants that the compiler refuses. `texts` are all sources, with the mutants in them, by file. */
export function findIllTyped(texts: ReadonlyMap<string, string>): ReadonlySet<number> {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries([...texts].map(([file, content]) => [file, { content }])),
    settings: {
      viaIR: true,
      remappings: ['@openzeppelin/=node_modules/@openzeppelin/'],
      outputSelection: { '*': { '*': [] } },
    },
  };
  const read: Read = (file) => {
    const from = path.join(packageRoot, file);
    return existsSync(from) ? { contents: readFileSync(from, 'utf8') } : { error: `${file} was not found` };
  };
  const { errors = [] } = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as {
    readonly errors?: readonly CompilerError[];
  };
  const serious = errors.filter(({ severity }) => severity === 'error');
  const refused = new Set(serious.flatMap((error) => markOf(error, texts) ?? []));
  if (serious.length > 0 && refused.size === 0)
    throw new Error(
      `the mutants do not compile, and no error is in one of them:\n${serious[0]?.formattedMessage ?? ''}`,
    );
  return refused;
}
