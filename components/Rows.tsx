import { Box, Transform } from 'ink';

interface RowsProps {
  /** Finished rows, colours included, each at most `width` columns wide. */
  readonly rows: readonly string[];
  readonly width: number;
  readonly height: number;
}

/**
 * Rows of text, one below the other. Ink measures every text in every frame, grapheme by grapheme, which was half of the cost of a
 * frame; these rows have their width already. So it lays out one placeholder per row, and gets the real text when it draws.
 */
export function Rows({ rows, width, height }: RowsProps) {
  return height === 0 ? null : (
    <Box width={width} height={height} flexShrink={0}>
      <Transform transform={(_, row) => rows[row] ?? ''}>{placeholder(height)}</Transform>
    </Box>
  );
}

const placeholder = (height: number): string => '.\n'.repeat(height - 1).concat('.');
