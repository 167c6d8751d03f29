import { afterEach, beforeEach, describe } from 'vitest';
import { type Store, openStore } from '../open-store.js';
import { type TestDatabase, testDatabases } from './test-databases.js';

/** A test's own database and its open store; a test that reopens it assigns the new store. */
export interface OpenedStore {
  database: TestDatabase;
  store: Store;
}

/** Runs tests once for each kind of database. Each test gets its own store, which is closed and dropped afterwards. */
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
