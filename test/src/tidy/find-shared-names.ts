import { type Finding, type RepositoryFile, isProductCode } from './repository.js';

const EXPORTED = /^export (?:abstract )?(?:async )?(?:function\*?|const|class|interface|type|enum) (\w+)/;

/** Every exported name that stands in two packages or apps: a reader must know from the name alone which thing is meant. */
export function findSharedNames(files: readonly RepositoryFile[]): readonly Finding[] {
  const places = new Map<string, { readonly room: string; readonly at: string }[]>();
  for (const { path, text } of files.filter(isProductCode)) {
    const room = path.split('/').slice(0, 2).join('/');
    for (const [index, line] of text.split('\n').entries()) {
      const name = EXPORTED.exec(line)?.[1];
      if (name !== undefined) places.set(name, [...(places.get(name) ?? []), { room, at: `${path}:${index + 1}` }]);
    }
  }
  return [...places]
    .filter(([, found]) => new Set(found.map(({ room }) => room)).size > 1)
    .map(([name, found]) => `${found.map(({ at }) => at).join(', ')} ${name}`);
}
