import { type SolvencyProofView, verifySolvencyProof } from '@surety/client';
import { describeBalanceMapping } from '@surety/contracts';
import { useMemo } from 'preact/hooks';
import { formatMoment, showAmount } from '../format.js';
import type { ViewProps } from '../page-world.js';
import { Badge, Section, Table } from '../parts.jsx';
import { useReading } from '../use-reading.js';

/** A proof reads each chain's final block, which moves about this often. */
const READ_MS = 60_000;

const WORDS = {
  covered: ['good', 'covered'],
  short: ['bad', 'short'],
  'over-credited': ['bad', 'over-credited'],
  'balance-unproven': ['warn', 'balance not proven'],
} as const;

/** Verifies in this page, by storage proofs, that the vaults hold what is owed. */
export function Solvency({ world, nowMs }: ViewProps) {
  const proof = useReading(world, READ_MS, (signal) => world.client.readSolvencyProof(signal));
  return (
    <Section
      title="Owed and held"
      note="Storage of the ledger, of each vault and of each token, proven under the state root of one final block of each chain. This page computes every hash by itself."
      reading={proof}
      nowMs={nowMs}
      show={(given) => <Shown given={given} />}
    />
  );
}

function Shown({ given }: { readonly given: SolvencyProofView }) {
  const outcome = useMemo(() => verifySolvencyProof(given), [given]);
  if (outcome.kind === 'refused')
    return (
      <p class="banner bad" role="alert">
        <strong>The proof does not hold.</strong> {outcome.code}: {outcome.detail}
      </p>
    );
  const { assets, blocks, listed, missing } = outcome;
  return (
    <>
      <Table
        label="Owed and held"
        empty="No vault’s chain can be read now."
        rows={assets}
        columns={[
          ['Asset', 'text', ({ symbol, source }) => `${symbol} of source ${source}`],
          ['Credited', 'figure', ({ credited, decimals }) => showAmount(credited, decimals)],
          ['Parked', 'figure', ({ parked, decimals }) => showAmount(parked, decimals)],
          ['Owed', 'figure', ({ owed, decimals }) => showAmount(owed, decimals)],
          ['Accounted', 'figure', ({ accounted, decimals }) => showAmount(accounted, decimals)],
          ['Held', 'figure', ({ held, decimals }) => (held === null ? '–' : showAmount(held, decimals))],
          ['Balances in', 'text', ({ mapping }) => (mapping === null ? '–' : describeBalanceMapping(mapping))],
          [
            'Verdict',
            'text',
            ({ standing, marked }) => (
              <Badge tone={WORDS[standing][0]}>
                {marked === null ? WORDS[standing][1] : `${WORDS[standing][1]}, marked by the token`}
              </Badge>
            ),
          ],
        ]}
      />
      {missing.length > 0 ? (
        <p class="banner warn">
          {`${missing.length} of ${listed} assets that the ledger lists are not in the proof: ${missing.join(', ')}. Their chains stand still or cannot be read, or the aggregator left them out.`}
        </p>
      ) : null}
      <p class="note">
        It holds if these hashes and addresses are the right ones, and if the tokens keep balances in the mappings named
        above: compare them with an explorer and the tokens’ source.
      </p>
      <dl class="words">
        {blocks.map(({ chainId, height, hash, timestamp }) => (
          <>
            <dt>{`Block ${height} of chain ${chainId}, ${formatMoment(timestamp)}`}</dt>
            <dd>
              <code>{hash}</code>
            </dd>
          </>
        ))}
        <dt>Ledger</dt>
        <dd>
          <code>{given.settlement.ledger}</code>
        </dd>
        {given.vaults.map(({ source, vault }) => (
          <>
            <dt>{`Vault of source ${source}`}</dt>
            <dd>
              <code>{vault}</code>
            </dd>
          </>
        ))}
      </dl>
    </>
  );
}
