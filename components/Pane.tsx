import { Box } from 'ink';
import type { ScreenPane } from '../src/cockpit/screen.ts';
import { paint } from '../src/cockpit/theme/paint.ts';
import type { Theme } from '../src/cockpit/theme/theme.ts';
import { Row, Rows } from './Rows.tsx';

/** A pane: its title rule, then its rows between two sides. The sides are texts of their own, so that most rows stay plain ASCII, which Ink measures much faster. */
export function Pane({ pane, theme }: { readonly pane: ScreenPane; readonly theme: Theme }) {
  const { rule, rows, width, height, side } = pane;
  const edge =
    side === null ? null : Array.from({ length: height }, () => paint([{ text: side.glyph, role: side.role }], theme));
  return (
    <>
      {rule === null ? null : <Row text={paint(rule, theme)} />}
      <Box height={height} flexShrink={0}>
        {edge === null ? null : <Rows rows={edge} width={1} height={height} />}
        <Rows rows={rows.map((line) => paint(line, theme))} width={width} height={height} />
        {edge === null ? null : <Rows rows={edge} width={1} height={height} />}
      </Box>
    </>
  );
}
