import { chainId } from '@surety/domain';
import { expect, it } from 'vitest';
import { openDatabase } from './open-database.js';
import { openStore } from './open-store.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { line, member, step, word } from './testing/store-facts.js';

const OWN = { chainId: chainId(99), ledger: member(7) };
const OTHERS = [
  { kind: 'ledger', other: { ...OWN, ledger: member(8) }, seen: `ledger ${member(7)} of chain 99` },
  { kind: 'chain', other: { ...OWN, chainId: chainId(98) }, seen: `ledger ${member(7)} of chain 99` },
];

onEachDatabase('a database of a deployment', (opened) => {
  it.each(OTHERS)('is refused for another $kind, is left as it is, and opens for its own', async ({ other, seen }) => {
    await opened.store.close();
    opened.store = await openStore(opened.database.url, OWN);
    await opened.store.collateral.saveStep(step([line(word(1), 4, 5n)]));
    await opened.store.close();
    await expect(openStore(opened.database.url, other)).rejects.toMatchObject({
      code: 'DATABASE_OF_OTHER_DEPLOYMENT',
      retryable: false,
      message: `the database holds ${seen}; expected ledger ${other.ledger} of chain ${other.chainId}: nothing was changed; name an empty database, which is filled from the chains (runbook 14)`,
    });
    opened.store = await openStore(opened.database.url, OWN);
    expect(await opened.store.collateral.loadLinesOf(word(1))).toHaveLength(1);
  });

  it('is taken as it is if it is from before deployments were noted, and noted then', async () => {
    await opened.store.collateral.saveStep(step([line(word(1), 4, 5n)]));
    await opened.store.close();
    const database = await openDatabase(opened.database.url);
    for (const _ of ['OpenStatementSchema', 'DeploymentSchema']) await database.undoLastMigration();
    await database.destroy();
    opened.store = await openStore(opened.database.url, OWN);
    expect(await opened.store.collateral.loadLinesOf(word(1))).toHaveLength(1);
    await opened.store.close();
    await expect(openStore(opened.database.url, { ...OWN, ledger: member(8) })).rejects.toMatchObject({
      code: 'DATABASE_OF_OTHER_DEPLOYMENT',
    });
    opened.store = await openStore(opened.database.url, OWN);
  });
});
