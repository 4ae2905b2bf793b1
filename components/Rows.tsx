import { Box, Text } from 'ink';
import { memo } from 'react';

/** One screen row: a finished string, so that Ink has one node to lay out and React one string to compare. */
export const Row = memo(function Row({ text }: { readonly text: string }) {
  return <Text wrap="truncate-end">{text === '' ? ' ' : text}</Text>;
});

/** Rows below each other. They are identified by place: a row that scrolls away is another text in the same place. */
export function Rows({
  rows,
  width,
  height,
}: {
  readonly rows: readonly string[];
  readonly width: number;
  readonly height: number;
}) {
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      {rows.map((text, place) => (
        <Row key={place} text={text} />
      ))}
    </Box>
  );
}
