import { afterEach, beforeEach, describe } from 'vitest';
import { type Store, openStore } from '../open-store.js';
import { type TestDatabase, testDatabases } from './test-databases.js';

/** A test's own database and the store that is open on it; a test that opens it anew puts the new store here. */
export interface OpenedStore {
  database: TestDatabase;
  store: Store;
}

/** Describes tests once for each kind of database, each test with a store of its own that is closed and dropped behind it. */
export function onEachDatabase(name: string, tests: (opened: OpenedStore) => void): void {
  describe.each(testDatabases())(`${name} on $name`, (kind) => {
    const opened = {} as OpenedStore;

    beforeEach(async () => {
      opened.database = await kind.create();
      opened.store = await openStore(opened.database.url);
    });

    afterEach(async () => {
      await opened.store.close();
      await opened.database.drop();
    });

    tests(opened);
  });
}
