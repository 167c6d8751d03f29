import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** One file of the page, as it is sent. */
export interface PageFile {
  readonly body: Buffer;
  readonly type: string;
  /** True if its name holds its hash, so that it never changes. */
  readonly immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Returns the folder that the dashboard's build writes; it may not be there. */
export function resolveBuiltPage(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('@surety/dashboard/package.json');
    return path.join(path.dirname(manifest), 'dist', 'ui');
  } catch {
    return undefined;
  }
}

/**
 * Reads every file of a built page, by its path in the folder; none if it is not built. A request picks from this list, so that no
 * path reaches the disk.
 */
export function readBuiltPage(folder: string | undefined): ReadonlyMap<string, PageFile> {
  return new Map(listFiles(folder).map(({ name, file }) => [name, readPageFile(name, file)]));
}

function listFiles(folder: string | undefined): readonly { readonly name: string; readonly file: string }[] {
  if (folder === undefined) return [];
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return entry.isFile() ? [{ name: path.relative(folder, file).split(path.sep).join('/'), file }] : [];
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

function readPageFile(name: string, file: string): PageFile {
  return {
    body: readFileSync(file),
    type: TYPES[path.extname(name)] ?? 'application/octet-stream',
    immutable: name.startsWith('assets/'),
  };
}
