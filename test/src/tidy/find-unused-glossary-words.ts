import type { Finding, RepositoryFile } from './repository.js';

/** A term's place: the first cell of a table's row; not of its head, which a line of dashes follows. */
const TERM = /^\|\s*([^|]*[^|\s])\s*\|/;
const RULE = /^\|[\s:|-]+\|$/;

const squeeze = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Glossary terms that no code says: either the word is dead, or the code uses a second word for the same thing. */
export function findUnusedGlossaryWords(glossary: RepositoryFile, code: readonly RepositoryFile[]): readonly Finding[] {
  const said = squeeze(code.map(({ text }) => text).join('\n'));
  const lines = glossary.text.split('\n');
  return lines.flatMap((line, index) => {
    if (RULE.test(line) || RULE.test(lines[index + 1] ?? '')) return [];
    const terms = TERM.exec(line)?.[1]?.split(/[,/(]/) ?? [];
    return terms
      .map((term) => term.trim())
      .filter((term) => squeeze(term) !== '' && !said.includes(squeeze(term)))
      .map((term) => `${glossary.path}:${index + 1} ${term}`);
  });
}
