import { type AccountProofView, type AssetView, verifyAccountProof } from '@surety/client';
import { type Bytes32, bytes32 } from '@surety/domain';
import { useState } from 'preact/hooks';
import { showAmount } from '../format.js';
import { Badge, Section, Table } from '../parts.jsx';
import type { ViewProps } from '../page-world.js';
import { ByAccount } from '../by-account.jsx';
import { useReading } from '../use-reading.js';
import { Solvency } from './solvency.jsx';

/** Verifies in this page that the lines of an account's proof are counted, and that the vaults hold what is owed. */
export function ProofPage(props: ViewProps) {
  return (
    <>
      <ByAccount
        view="proof"
        subject={props.subject}
        verb="Verify"
        note="The aggregator gives a branch of each line in a Merkle sum tree; this page computes the roots and the commitment by itself, and believes nothing else of it."
        show={(account) => <OneProof {...props} subject={account} />}
      />
      <Solvency {...props} />
    </>
  );
}

function OneProof({ world, nowMs, subject }: ViewProps) {
  const { client } = world;
  const account = bytes32(subject);
  const [expected, expect] = useState('');
  const proof = useReading(world, 15_000, async (signal) => {
    const [given, { assets }] = await Promise.all([
      client.readAccountProof(account, signal),
      client.readAssets(signal),
    ]);
    return { given, assets };
  });
  return (
    <Section
      title="Counted lines"
      reading={proof}
      nowMs={nowMs}
      show={({ given, assets }) => (
        <>
          <label>
            Commitment that another aggregator gave (optional)
            <input
              type="text"
              value={expected}
              spellcheck={false}
              autocomplete="off"
              placeholder="0x…"
              onInput={({ currentTarget }) => expect(currentTarget.value)}
            />
          </label>
          <Verdict given={given} assets={assets} account={account} expected={expected.trim()} />
        </>
      )}
    />
  );
}

function Verdict(props: {
  readonly given: AccountProofView;
  readonly assets: readonly AssetView[];
  readonly account: Bytes32;
  readonly expected: string;
}) {
  const { given, assets, account, expected } = props;
  if (expected !== '' && !/^0x[0-9a-fA-F]{64}$/.test(expected))
    return <p role="alert">“{expected.slice(0, 80)}” is no commitment; expected 0x and 64 hex digits.</p>;
  const outcome = verifyAccountProof(given, { account, ...(expected === '' ? {} : { commitment: bytes32(expected) }) });
  if (outcome.kind === 'refused')
    return (
      <p class="banner bad" role="alert">
        <strong>The proof does not hold.</strong> {outcome.code}: {outcome.detail}
      </p>
    );
  return (
    <>
      <p>
        {outcome.lines.length === 0 ? (
          <Badge tone="warn">nothing is proven: the account has no line</Badge>
        ) : (
          <Badge tone="good">these lines are in the sum of all lines</Badge>
        )}{' '}
        {expected === ''
          ? 'One reader alone only knows that the proof agrees with itself: compare the commitment.'
          : 'The commitment is the one that you gave.'}{' '}
        A line that the aggregator left out is not shown here: compare with what the ledger has (lineOf).
      </p>
      <Table
        label="Proven lines"
        empty="The proof has no line of the account."
        rows={outcome.lines}
        columns={[
          ['Asset', 'text', ({ assetId }) => assetOf(assets, assetId)?.symbol ?? `asset ${assetId}`],
          ['Chain', 'text', ({ assetId }) => assetOf(assets, assetId)?.chain ?? '–'],
          ['Amount', 'figure', ({ assetId, amount }) => showAmount(amount, assetOf(assets, assetId)?.decimals ?? 0)],
          ['Of all', 'figure', ({ assetId }) => allOf(given, assets, assetId)],
        ]}
      />
      <dl class="words">
        <dt>Commitment</dt>
        <dd>
          <code>{given.commitment}</code>
        </dd>
        <dt>State hash</dt>
        <dd>
          <code>{given.stateHash}</code>
        </dd>
        <dt>At block</dt>
        <dd>{`${given.block.height} of chain ${given.block.chainId}`}</dd>
      </dl>
    </>
  );
}

function assetOf(assets: readonly AssetView[], assetId: number): AssetView | undefined {
  return assets.find((one) => one.assetId === assetId);
}

function allOf({ trees }: AccountProofView, assets: readonly AssetView[], assetId: number): string {
  const tree = trees.find((one) => one.assetId === assetId);
  return tree === undefined ? '–' : showAmount(tree.sum, assetOf(assets, assetId)?.decimals ?? 0);
}
