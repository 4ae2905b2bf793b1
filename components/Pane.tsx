import { Box } from 'ink';
import type { ScreenPane } from '../src/cockpit/screen.ts';
import { paint } from '../src/cockpit/theme/paint.ts';
import type { Theme } from '../src/cockpit/theme/theme.ts';
import { Rows } from './Rows.tsx';

/** A pane: its title rule, then its rows, between two sides where it is framed. */
export function Pane({ pane, theme }: { readonly pane: ScreenPane; readonly theme: Theme }) {
  const { rule, rows, width, height, side } = pane;
  const edge = side === null ? [] : Array.from({ length: height }, () => paint([side], theme));
  return (
    <>
      {rule === null ? null : <Rows rows={[paint(rule, theme)]} width={width + 2} height={1} />}
      <Box height={height} flexShrink={0}>
        {side === null ? null : <Rows rows={edge} width={1} height={height} />}
        <Rows rows={rows.map((line) => paint(line, theme))} width={width} height={height} />
        {side === null ? null : <Rows rows={edge} width={1} height={height} />}
      </Box>
    </>
  );
}
