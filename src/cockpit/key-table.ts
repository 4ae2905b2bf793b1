import type { Binding } from './binding.ts';
import { BINDINGS } from './bindings.ts';
import { keyLabel } from './keys/key.ts';

const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);
const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The README's key table as Markdown: one heading and one table per group, in the order of the list. */
export function keyTable(bindings: readonly Binding[] = BINDINGS): string {
  const groups = new Map<string, Binding[]>();
  for (const binding of bindings) groups.set(binding.group, [...(groups.get(binding.group) ?? []), binding]);
  return Array.from(groups, ([group, members]) => {
    const rows = members.map(({ keys, description, dangerous }) => {
      const shown = keys.length === 0 ? 'palette only' : keys.map((key) => code(keyLabel(key))).join(' ');
      return `| ${cell(shown)} | ${cell(description)}${dangerous ? ' †' : ''} |`;
    });
    return [`### ${group}`, '', '| Key | What it does |', '| --- | --- |', ...rows].join('\n');
  })
    .concat('† not there with `--read-only`')
    .join('\n\n');
}
