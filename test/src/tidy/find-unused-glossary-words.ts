import type { Finding, RepositoryFile } from './repository.js';

/** A term's place: the bold start of a line or list item, or of a table row. */
const TERM = /^\s*(?:[-*]\s+|\|\s*)?\*\*([^*]+)\*\*/;

const squeeze = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Glossary terms that no code says: either the word is dead, or the code uses a second word for the same thing. */
export function findUnusedGlossaryWords(glossary: RepositoryFile, code: readonly RepositoryFile[]): readonly Finding[] {
  const said = squeeze(code.map(({ text }) => text).join('\n'));
  return glossary.text.split('\n').flatMap((line, index) => {
    const terms = TERM.exec(line)?.[1]?.split(/[,/(]/) ?? [];
    return terms
      .map((term) => term.trim())
      .filter((term) => squeeze(term) !== '' && !said.includes(squeeze(term)))
      .map((term) => `${glossary.path}:${index + 1} ${term}`);
  });
}
