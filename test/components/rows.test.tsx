import { render } from 'ink-testing-library';
import { expect, it } from 'vitest';
import { Rows } from '../../components/Rows.tsx';

it('draws finished rows as they are, colours included, one below the other', () => {
  const { lastFrame, unmount } = render(<Rows rows={['\u001B[31mred\u001B[0m', 'a 漢 b', '']} width={20} height={3} />);
  expect(lastFrame()?.split('\n')).toEqual(['\u001B[31mred\u001B[39m', 'a 漢 b', '']);
  unmount();
});

it('fills its height with empty rows, and draws nothing beyond it', () => {
  const { lastFrame, rerender, unmount } = render(<Rows rows={['one']} width={10} height={3} />);
  expect(lastFrame()?.split('\n')).toEqual(['one', '', '']);
  rerender(<Rows rows={['one', 'two', 'three', 'four']} width={10} height={2} />);
  expect(lastFrame()).toBe('one\ntwo');
  rerender(<Rows rows={['one']} width={10} height={0} />);
  expect(lastFrame()).toBe('');
  unmount();
});
