import type { Finding, RepositoryFile } from './repository.js';

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const SCHEME = /^[a-z]+:/;

/** The name that a heading is linked by, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** Resolves a relative path from the folder of a file. */
function resolve(from: string, target: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** Links of the Markdown files that lead to no file, folder or heading of the repository; `exists` knows paths from its top. */
export function findBrokenLinks(
  files: readonly RepositoryFile[],
  exists: (path: string) => boolean,
): readonly Finding[] {
  const pages = new Map(files.filter(({ path }) => path.endsWith('.md')).map((page) => [page.path, page.text]));
  const hasHeading = (page: string, anchor: string): boolean =>
    (pages.get(page) ?? '')
      .split('\n')
      .some((line) => /^#+ /.test(line) && anchorOf(line.replace(/^#+ /, '')) === anchor);
  return [...pages].flatMap(([path, text]) =>
    text.split('\n').flatMap((line, index) =>
      [...line.matchAll(LINK)].flatMap(([, link = '']) => {
        if (SCHEME.test(link)) return [];
        const [target = '', anchor] = link.split('#');
        const page = target === '' ? path : resolve(path, target);
        const leads = (target === '' || exists(page)) && (anchor === undefined || hasHeading(page, anchor));
        return leads ? [] : [`${path}:${index + 1} ${link}`];
      }),
    ),
  );
}
