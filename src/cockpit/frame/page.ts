import type { Binding } from '../binding.ts';
import type { State, Topic } from '../state.ts';
import { type Line, plain } from '../text/line.ts';
import type { DrawContext, PageView } from '../view.ts';
import { VIEWS } from '../views/views.ts';

function pageOf({ type }: Topic): PageView | undefined {
  return VIEWS.find(({ pages }) => pages[type] !== undefined)?.pages[type];
}

export const pageTitle = (topic: Topic, state: State): string => pageOf(topic)?.title(topic, state) ?? '';

export function pageLines(topic: Topic, state: State, context: DrawContext, width: number): readonly Line[] {
  return pageOf(topic)?.draw(topic, state, context, width) ?? [];
}

/** Wide enough that nothing on a page is cut when it is copied. */
const COPY_WIDTH = 10_000;

export const pageBindings: readonly Binding[] = [
  {
    id: 'page.copy',
    keys: ['y'],
    scopes: ['page'],
    label: 'copy',
    description: 'Copy the whole page',
    group: 'Pages',
    priority: 50,
    dangerous: false,
    act: (state, world) => {
      const overlay = state.overlays.at(-1);
      if (overlay?.kind !== 'page') return [];
      const text = pageLines(overlay.topic, state, world, COPY_WIDTH).map((line) => plain(line).trimEnd());
      return [{ type: 'copy-asked', text: text.join('\n'), what: 'the page' }];
    },
  },
];
