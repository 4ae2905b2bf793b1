// Bundles the program into dist/. Run by npm before `start`, `test` and `pack`; see CONTRIBUTING.md.
//
//   node build.mjs              build
//   node build.mjs --if-stale   build only when a source, the lock file or this script changed
//   node build.mjs --watch      build, then again after each change
//   node build.mjs --clean      build, and keep nothing of earlier builds (for packing)
//
// A build never leaves half a dist/ behind and never disturbs a program that runs from it: everything is bundled in
// memory first, each file is renamed into place, files that others import come before the files that import them,
// and chunks of earlier builds stay for a day, because a running cockpit may still import them.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(root, 'dist');
const stampFile = path.join(dist, 'build.json');
const KEEP_OLD_CHUNKS_MS = 24 * 60 * 60 * 1000;

/** One file per command; they share chunks, and the cockpit is a chunk that only the cockpit loads. */
const COMMANDS = ['mcp', 'claude-mcp'];
/** Each is one file that loads nothing from dist/ later, so that a rebuild under a running one harms nothing. */
const STANDALONE = ['supervisor', 'memory-server', 'filesystem-server'];
/** Everything a build is made of: when its content changes, dist/ is stale. */
const INPUTS = ['src', 'components', 'package.json', 'package-lock.json', 'build.mjs'];
const COPIED = { 'mcp-servers.schema.json': 'src/registry/mcp-servers.schema.json' };

/** Modules of Node that take milliseconds to load and that most commands never call. */
const LATE_BUILTINS = new Set(['node:child_process', 'node:crypto', 'node:readline/promises']);

/**
 * An import of a Node module makes Node build an ES module around it, which reads every export and so loads what stands
 * behind each lazy one: some 10 ms of a short command. Asking for the module itself, and only for the exports in use, is free.
 * A function of one that takes long to load asks when it is called.
 */
const builtinsWithoutFacades = {
  name: 'builtins-without-facades',
  setup({ onResolve, onLoad }) {
    const builtins = new Set(builtinModules);
    onResolve({ filter: /^[a-z][a-z0-9_/:]*$/ }, ({ path: name, kind }) => {
      const bare = name.replace(/^node:/, '');
      const isBuiltin = name.startsWith('node:') || builtins.has(bare);
      return isBuiltin && kind === 'import-statement' ? { path: `node:${bare}`, namespace: 'builtin' } : undefined;
    });
    onLoad({ filter: /.*/, namespace: 'builtin' }, async ({ path: name }) => {
      const module = await import(name);
      const names = Object.keys(module).filter((key) => key !== 'default' && /^[A-Za-z_$][\w$]*$/.test(key));
      const load = `process.getBuiltinModule('${name}')`;
      // A class begins with a capital and is needed as it is.
      const isLate = (key) => LATE_BUILTINS.has(name) && /^[a-z]/.test(key) && typeof module[key] === 'function';
      const one = (key) =>
        isLate(key)
          ? `export const ${key} = (...args) => ${load}.${key}(...args);`
          : `export const ${key} = /* @__PURE__ */ (() => ${load}.${key})();`;
      const contents = [`export default /* @__PURE__ */ (() => ${load})();`, ...names.map(one)];
      return { contents: contents.join('\n'), loader: 'js' };
    });
  },
};

/**
 * What is loaded later, by commands that need it, is never loaded first. Saying so (each imports the front once more) lets
 * esbuild put the whole front into one chunk; otherwise it cuts it into one for each combination of later parts that share
 * something, and each file costs a start half a millisecond.
 */
const FRONT = 'src/cli/main.ts';
const LATER = [
  'src/cli/late.ts',
  'src/cli/claude/late.ts',
  'src/supervisor/connect.ts',
  'src/supervisor/open-here.ts',
  'src/bin/cockpit.ts',
  'src/hub/hub.ts',
  'src/supervisor/process/identity.ts',
  'node_modules/execa/index.js',
  'node_modules/jsonc-parser/lib/esm/main.js',
  // Another program that shares nearly all of it.
  'src/bin/claude-mcp.ts',
];
const oneFront = {
  name: 'one-front',
  setup({ onLoad }) {
    const later = new Set(LATER.map((file) => path.join(root, file)));
    onLoad({ filter: /\.[jt]s$/ }, ({ path: file }) => {
      if (!later.has(file)) return undefined;
      const source = fs.readFileSync(file, 'utf8');
      const loader = path.extname(file).slice(1);
      return { contents: `${source}\nimport ${JSON.stringify(path.join(root, FRONT))};\n`, loader };
    });
  },
};

/** Ink connects to React's developer tools where DEV=true and they are installed; nobody needs them in here. */
const withoutDevtools = {
  name: 'without-devtools',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, ({ path: name }) => ({ path: name, namespace: 'left-out' }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export default {};', loader: 'js' }));
  },
};

/**
 * The libraries that Ink measures and cuts text with load Unicode's tables (25 ms: a pattern of all emoji, the rules of graphemes),
 * for each character of a frame. Here they look first whether the text is plain, and load the tables for the first that is not.
 * Each change must be found in the source, so that a new version of a library cannot lose it unnoticed.
 */
const LATE_TABLES = [
  /^const (\w+) = new Intl\.Segmenter\((.*)\);$/m,
  'const $1 = { segment: (text) => ($1.made ??= new Intl.Segmenter($2)).segment(text) };',
];
const PLAIN_TEXT = "import { isPlain, plainParts } from 'plain-text';\n";
const CHANGES = {
  'string-width/index.js': [
    LATE_TABLES,
    [/^const (rgiEmojiRegex) = (.*);$/m, 'const $1 = { test: (text) => ($1.made ??= $2).test(text) };'],
    [
      /^export default function stringWidth\(input, options = \{\}\) \{$/m,
      '$&\nif (options.ambiguousIsNarrow !== false && typeof input === "string" && isPlain(input)) return input.length;',
    ],
  ],
  '@alcalzone/ansi-tokenize/build/tokenize.js': [
    LATE_TABLES,
    [
      /^export function tokenize\(str, endChar = (.*)\) \{$/m,
      `$&
      const parts = endChar === $1 ? plainParts(str) : null;
      if (parts) return parts.flatMap((part) => part.length === 1
        ? { type: 'char', value: part, fullWidth: false }
        : splitCompoundSGRSequences(part).map((code) => ({ type: 'ansi', code, endCode: getEndCode(code) })));`,
    ],
  ],
  'slice-ansi/tokenize-ansi.js': [LATE_TABLES],
  'wrap-ansi/index.js': [LATE_TABLES],
  'ink/build/line-update.js': [LATE_TABLES],
};
const plainTextFirst = {
  name: 'plain-text-first',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^plain-text$/ }, () => ({ path: path.join(root, 'src/cockpit/text/plain.ts') }));
    for (const [name, changes] of Object.entries(CHANGES)) {
      onLoad({ filter: new RegExp(`/node_modules/${name.replaceAll('.', '\\.')}$`) }, ({ path: file }) => {
        let contents = fs.readFileSync(file, 'utf8');
        for (const [from, to] of changes) {
          if (!from.test(contents)) throw new Error(`${name} is not what build.mjs changes: ${from}`);
          contents = contents.replace(from, to);
        }
        return { contents: PLAIN_TEXT + contents, loader: 'js' };
      });
    }
  },
};

if (tooOld(process.versions.node)) {
  process.stderr.write(
    `mcp-cockpit: building and testing need Node 22.13 or newer, this is ${process.version}: the Node that comes as a ` +
      'devDependency is not installed → npm rebuild node (or install a newer Node)\n',
  );
  process.exit(1);
}

const options = new Set(process.argv.slice(2));
if (options.has('--watch')) await watch();
else if (!options.has('--if-stale') || isStale(fingerprint())) {
  try {
    process.stdout.write(`${await build()}\n`);
  } catch (error) {
    process.stderr.write(`build failed: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function tooOld(version) {
  const [major, minor] = version.split('.').map(Number);
  return major < 22 || (major === 22 && minor < 13);
}

async function build() {
  const began = performance.now();
  const inputs = fingerprint();
  const former = readStamp()?.files ?? {};
  const outputs = await bundle();
  const files = {};
  for (const { name, contents, mode } of outputs) files[name] = install(name, contents, mode);
  install('build.json', Buffer.from(JSON.stringify({ inputs, files })), 0o644);
  removeOld(files, former, options.has('--clean'));
  const kilobytes = Math.round(outputs.reduce((sum, { contents }) => sum + contents.length, 0) / 1000);
  return `built dist/: ${outputs.length} files, ${kilobytes} kB, ${Math.round(performance.now() - began)} ms`;
}

/** All files of dist/ in the order they must appear: what is imported before what imports it, the launchers last. */
async function bundle() {
  const esbuild = await import('esbuild');
  const common = {
    absWorkingDir: root,
    outdir: dist,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node22.13',
    format: 'esm',
    // jsonc-parser's CommonJS build loads its parts by a require that cannot be bundled; its ES modules can.
    mainFields: ['module', 'main'],
    jsx: 'automatic',
    minify: true,
    legalComments: 'none',
    // Loaded only when a stack trace is wanted (see the launcher); the sources themselves stay out.
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    plugins: [builtinsWithoutFacades, withoutDevtools, plainTextFirst],
    define: { 'process.env.NODE_ENV': '"production"' },
    // CommonJS packages inside an ES module still call require() for Node's own modules.
    banner: { js: "import{createRequire as $require}from'node:module';const require=$require(import.meta.url);" },
  };
  const [commands, standalone] = await Promise.all([
    esbuild.build({
      ...common,
      plugins: [...common.plugins, oneFront],
      entryPoints: entries(COMMANDS),
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      // Spares Node the search for a package.json that says what kind of module each of them is.
      outExtension: { '.js': '.mjs' },
    }),
    esbuild.build({
      ...common,
      entryPoints: entries(STANDALONE),
      external: ['@modelcontextprotocol/server-filesystem', '@modelcontextprotocol/server-filesystem/*'],
    }),
  ]).catch(async (error) => {
    const messages = await esbuild.formatMessages(error.errors ?? [], { kind: 'error' });
    throw new Error(messages.join('') || error.message);
  });
  refuseSecondReact(commands.metafile);

  const bundled = [...commands.outputFiles, ...standalone.outputFiles].map(({ path: file, contents }) => ({
    name: path.relative(dist, file).split(path.sep).join('/'),
    contents,
    mode: 0o644,
  }));
  const launcher = fs.readFileSync(path.join(root, 'src/bin/launcher.cjs'));
  const copies = Object.entries(COPIED).filter(([, from]) => fs.existsSync(path.join(root, from)));
  return [
    ...bundled.filter(({ name }) => name.endsWith('.map')),
    ...bundled.filter(({ name }) => name.startsWith('chunks/') && !name.endsWith('.map')),
    ...copies.map(([name, from]) => ({ name, contents: fs.readFileSync(path.join(root, from)), mode: 0o644 })),
    ...bundled.filter(({ name }) => !name.startsWith('chunks/') && !name.endsWith('.map')),
    ...COMMANDS.map((command) => ({ name: `bin/${command}.cjs`, contents: launcher, mode: 0o755 })),
  ];
}

function entries(names) {
  return Object.fromEntries(names.map((name) => [name, `src/bin/${name}.ts`]));
}

/** Two Reacts in one program break hooks in ways that are hard to read. */
function refuseSecondReact({ inputs }) {
  const copies = new Set(Object.keys(inputs).flatMap((file) => file.match(/^.*node_modules\/react\//)?.[0] ?? []));
  if (copies.size > 1) throw new Error(`more than one copy of React: ${[...copies].join(', ')} → npm dedupe`);
}

/** Puts one file into dist/ in one step and returns what it then looks like. An unchanged file is left alone. */
function install(name, contents, mode) {
  const file = path.join(dist, name);
  if (!same(file, contents)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    try {
      fs.writeFileSync(temporary, contents, { mode });
      fs.renameSync(temporary, file);
    } finally {
      fs.rmSync(temporary, { force: true });
    }
  }
  return look(file);
}

function same(file, contents) {
  try {
    return Buffer.compare(fs.readFileSync(file), contents) === 0;
  } catch {
    return false;
  }
}

/** Size and time: enough to notice a file that is missing, or that another build wrote in between. */
function look(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.size} ${stat.mtimeMs}` : null;
}

function isStale(inputs) {
  const stamp = readStamp();
  if (stamp === null || stamp.inputs !== inputs) return true;
  return Object.entries(stamp.files).some(([name, was]) => look(path.join(dist, name)) !== was);
}

/** What the last build was made of and what it made; null when there was none. */
function readStamp() {
  try {
    return JSON.parse(fs.readFileSync(stampFile, 'utf8'));
  } catch {
    return null;
  }
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    for (const file of filesBelow(path.join(root, input))) {
      const contents = fs.readFileSync(file);
      hash.update(`${path.relative(root, file)} ${contents.length}\n`).update(contents);
    }
  }
  return hash.digest('hex');
}

function filesBelow(start) {
  const stat = fs.statSync(start, { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.isFile()) return [start];
  const found = fs.readdirSync(start, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Chunks that no build of the last day needs; with `all`, for packing, whatever does not belong to this build. */
function removeOld(files, former, all) {
  for (const file of filesBelow(all ? dist : path.join(dist, 'chunks'))) {
    const name = path.relative(dist, file).split(path.sep).join('/');
    if (name in files || file === stampFile) continue;
    // In use until now: its day begins.
    if (name in former) fs.utimesSync(file, new Date(), new Date());
    const age = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (all || age > KEEP_OLD_CHUNKS_MS) fs.rmSync(file, { force: true });
  }
}

async function watch() {
  const report = async () => {
    const line = await build().catch((error) => `build failed: ${error.message}`);
    process.stdout.write(`${line}\n`);
  };
  await report();
  let pending = null;
  const changed = () => {
    clearTimeout(pending);
    pending = setTimeout(report, 50);
  };
  for (const folder of ['src', 'components']) fs.watch(path.join(root, folder), { recursive: true }, changed);
}
