import type { UnitView } from '../../../supervisor/api.ts';
import { remembered } from '../../remembered.ts';
import type { State } from '../../state.ts';
import { shownServers, tableInputs } from './select.ts';

/** One row of the table: a server, or the line below it that says what is wrong. */
export interface TableRow {
  readonly unit: UnitView;
  readonly kind: 'unit' | 'cause';
}

/** Whether a line below the server says something. */
function hasCause(unit: UnitView): boolean {
  return unit.cause !== null || unit.entryChanged;
}

/** All rows of the table, filter applied, not yet cut to the pane. */
export const tableRows = remembered(tableInputs, (state: State): readonly TableRow[] =>
  shownServers(state).flatMap((unit): TableRow[] =>
    hasCause(unit)
      ? [
          { unit, kind: 'unit' },
          { unit, kind: 'cause' },
        ]
      : [{ unit, kind: 'unit' }],
  ),
);
