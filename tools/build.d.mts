/** Lists the workspaces' project files of these names, from the repository's top folder. */
export function listProjects(...names: readonly string[]): readonly string[];
