import { Box } from 'ink';
import type { Screen as ScreenModel } from '../src/cockpit/screen.ts';
import { paint } from '../src/cockpit/theme/paint.ts';
import type { Theme } from '../src/cockpit/theme/theme.ts';
import { Pane } from './Pane.tsx';
import { Rows } from './Rows.tsx';

/** The whole terminal: rows above, panes, rows below, and a box over them. */
export function Screen({ screen, theme }: { readonly screen: ScreenModel; readonly theme: Theme }) {
  const { columns, rows, above, panes, below, overlay } = screen;
  const painted = (lines: ScreenModel['above']) => lines.map((line) => paint(line, theme));
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Rows rows={painted(above)} width={columns} height={above.length} />
      {panes.map((pane) => (
        <Pane key={pane.id} pane={pane} theme={theme} />
      ))}
      <Rows rows={painted(below)} width={columns} height={below.length} />
      {overlay === null ? null : (
        <Box position="absolute" top={overlay.top} left={overlay.left}>
          <Rows rows={painted(overlay.rows)} width={overlay.width} height={overlay.rows.length} />
        </Box>
      )}
    </Box>
  );
}
