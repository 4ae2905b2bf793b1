import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { root } from '../helpers/root.ts';
import { cockpitFigures } from './cockpit.ts';
import { engineFigures } from './engine.ts';
import { type Figure, table } from './figure.ts';
import { hubFigures } from './hub.ts';
import { thousandFigures } from './thousand.ts';

/**
 * `npm run bench [-- engine cockpit hub thousand]`: every figure beside the peer's, measured in one run, in turn.
 * What was measured is also written to RESULTS.md beside this file.
 */
const PARTS: Readonly<Record<string, { readonly title: string; run(): Promise<Figure[]> }>> = {
  engine: { title: 'Supervisor and command line (peer: pm2 7.0.4)', run: engineFigures },
  cockpit: { title: 'Cockpit, 120×40', run: cockpitFigures },
  hub: { title: 'Hub (peers: supergateway 4.0.0 stateful and stateless, mcp-proxy 6.7.19)', run: hubFigures },
  thousand: { title: 'A thousand units', run: thousandFigures },
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  process.stderr.write(`no part is called ${unknown}: ${Object.keys(PARTS).join(', ')}\n`);
  process.exit(2);
}
execFileSync(process.execPath, ['build.mjs', '--if-stale'], { cwd: root, stdio: 'inherit' });
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${process.platform}, Node ${process.version}`;
const today = new Date().toISOString().slice(0, 10);
const file = path.join(import.meta.dirname, 'RESULTS.md');

/** The sections of an earlier run by their titles: what is not measured now stays as it was. */
function earlierSections(): Map<string, string> {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n')).trim()]),
  );
}

const sections = earlierSections();
for (const [name, { title, run }] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stdout.write(`\n## ${title}\n\n`);
  const text = table(await run());
  process.stdout.write(`${text}\n`);
  sections.set(title, `MCP Cockpit ${version}, ${today}, ${machine}.\n\n${text}`);
}
const body = Object.values(PARTS).flatMap(({ title }) => {
  const text = sections.get(title);
  return text === undefined ? [] : [`## ${title}\n\n${text}\n`];
});
writeFileSync(
  file,
  `# Benchmark results\n\nMedians; each part is one run. \`npm run bench\` measures them anew and rewrites this.\n\n${body.join('\n')}`,
);
