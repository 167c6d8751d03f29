import type { GradeView, MarginView } from '@surety/client';
import { describeConditions } from '../conditions.js';
import { Free, HealthFigure, Money, Required, Tile } from '../figures.jsx';
import type { GradeFigures } from '../format.js';
import { Badge, Table } from '../parts.jsx';
import { BlockTile, OldFigures, isOldBlock } from './block-age.jsx';

/** Shows the margin of an account at each grade, and how old its block is. */
export function Grades({ margin, nowMs }: { readonly margin: MarginView; readonly nowMs: number }) {
  const at = { block: margin.block, nowMs };
  const isOld = isOldBlock(at);
  const { initial, exit, maintenance } = margin.grades;
  const lacking = margin.conditions.filter((condition) => condition !== 'block-old');
  const rows: readonly (readonly [string, string, GradeView])[] = [
    ['Initial', 'to open and to take out', initial],
    ['Exit', 'where a liquidation ends', exit],
    ['Maintenance', 'where one begins', maintenance],
  ];
  return (
    <>
      <OldFigures {...at} meaning="Prices have moved since, and an auction may have begun." />
      <dl class="tiles">
        <Tile title="Health">
          {margin.conditions.includes('unanswered') ? 'not known' : <HealthFigure wad={margin.healthFactorWad} />}
        </Tile>
        <Tile title="Free initial margin">
          <Free grade={figuresOf(initial)} />
        </Tile>
        <Tile title="The account">
          <Verdict margin={margin} isOld={isOld} />
        </Tile>
        <BlockTile {...at} />
      </dl>
      {margin.conditions.includes('block-old') && !isOld ? (
        <div class="banner warn">
          <strong>The block is older than its chain explains:</strong> the chain or its providers stand still, or the
          aggregator catches up. All counts as at that block.
        </div>
      ) : null}
      {lacking.length === 0 ? null : (
        <div class="banner warn">
          <strong>Something counts less than it could:</strong> {describeConditions(lacking)}. A stale price or source
          takes initial margin first; exit and maintenance keep the last price.
        </div>
      )}
      <Table
        label="Margin by grade"
        empty=""
        rows={rows}
        columns={[
          [
            'Grade',
            'text',
            ([name, meaning]) => (
              <>
                {name} <small>{meaning}</small>
              </>
            ),
          ],
          ['Margin', 'figure', ([, , grade]) => <Money wad={grade.assetsWad} />],
          ['Used', 'figure', ([, , grade]) => <Required wad={grade.requirementWad} />],
          ['Free', 'figure', ([, , grade]) => <Free grade={figuresOf(grade)} />],
        ]}
      />
    </>
  );
}

function figuresOf({ assetsWad, requirementWad }: GradeView): GradeFigures {
  return { assets: assetsWad, requirement: requirementWad };
}

function Verdict({ margin, isOld }: { readonly margin: MarginView; readonly isOld: boolean }) {
  if (margin.liquidatable) return <Badge tone="bad">may be liquidated now</Badge>;
  if (!margin.mayTakeRisk) return <Badge tone="warn">may not open or take out</Badge>;
  if (isOld) return <Badge tone="warn">not known now</Badge>;
  return <Badge tone="good">may open and take out</Badge>;
}
