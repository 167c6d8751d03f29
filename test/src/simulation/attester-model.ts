import { createAttester } from '@surety/attestation';
import { keccak256 } from '@surety/contracts';
import { type Address, type Bytes32, type JournalHead, bytesToHex } from '@surety/domain';
import { type Attester, type HistoryRow, type RecordOutcome, type SigningHistory } from '@surety/workflows';
import type { Life } from './life.js';
import type { PlantName } from './plants.js';
import { digestOf, recoverModelSigner, signAsModel } from './signature-model.js';

/** What an attester is made of. */
export interface AttesterParts {
  readonly address: Address;
  readonly history: SigningHistory;
  readonly life: Life;
  readonly plant: PlantName | undefined;
  /** Told of every signature at the moment it exists. */
  readonly onSigned: (statement: JournalHead) => void;
}

/** The production attester with a modelled key: signing takes a moment in which the process may die. */
export function attesterModel(parts: AttesterParts): Attester {
  const { address, history, life, plant, onSigned } = parts;
  const asked = new Map<Bytes32, JournalHead>();
  const told = (digest: Bytes32): void => {
    const statement = asked.get(digest);
    if (statement !== undefined) onSigned(statement);
  };
  const sign = (preimage: Uint8Array) => {
    const digest = bytesToHex(keccak256(preimage)) as Bytes32;
    const isStatement = asked.has(digest);
    if (isStatement) life.stage = 'recorded';
    return life.wait(isStatement ? 1 : 0, 'signed', () => {
      if (isStatement) life.stage = 'signed';
      told(digest);
      return signAsModel(digest, address);
    });
  };
  const attester = createAttester({ signer: { address, sign }, history });
  return {
    ...attester,
    sign: async (statements, domain) => {
      for (const { statement } of statements) {
        const digest = digestOf(statement, domain);
        asked.set(digest, statement);
        if (plant === 'rows-after-signature') told(digest);
      }
      return attester.sign(statements, domain);
    },
    judge: async ({ statement, signature }, domain) => {
      if (recoverModelSigner(digestOf(statement, domain), signature) !== address) return 'foreign';
      const stored = await history.readHead(statement.edge, statement.count);
      if (stored === undefined) return 'unknown';
      return stored === statement.head ? 'known' : 'contradicted';
    },
  };
}

/** Two stores of one history: what one of them lacks is not known, and both must have a row before it counts. */
export function pairOf(stores: readonly SigningHistory[], plant: PlantName | undefined): SigningHistory {
  const used = plant === 'one-store-only' ? stores.slice(0, 1) : stores;
  const first = stores[0] as SigningHistory;
  const known = async (read: (store: SigningHistory) => Promise<Bytes32 | undefined>): Promise<Bytes32 | undefined> => {
    const found = await Promise.all(stores.map(read));
    return found.every((one) => one === found[0]) ? found[0] : undefined;
  };
  return {
    record: async (rows: readonly HistoryRow[]): Promise<RecordOutcome> => {
      for (const store of used) {
        const outcome = await store.record(rows);
        if (outcome.kind === 'contradicted') return outcome;
      }
      return { kind: 'recorded' };
    },
    retire: async (reason) => {
      for (const store of stores) await store.retire(reason);
    },
    readHead: (edge, count) => known((store) => store.readHead(edge, count)),
    readBlock: (chainId, height) => known((store) => store.readBlock(chainId, height)),
    readHighestCount: (edge) => first.readHighestCount(edge),
  };
}
