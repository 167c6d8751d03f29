/** The modules that a contract passes calls on to, in the order in which its constructor takes them. */
export const modules: Readonly<Record<'CollateralLedger' | 'CollateralVault', readonly string[]>>;

/** Where the sources lie, from this package: its own, what protocols compile in, and the examples that a deployment or a demo uses. */
export const sourceFolders: readonly string[];

/** What keeps the files of what other projects test with out of a compile of what is deployed, as arguments of forge. */
export const withoutFixtures: readonly string[];
