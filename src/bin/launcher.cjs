#!/usr/bin/env node
// Copied to dist/bin/<command>.cjs: starts dist/<command>.mjs, on a Node that can run it.
// An old Node must be able to parse this file to say that it is too old: only syntax that Node 12 knows.
'use strict';

const path = require('path');

const OLDEST = [22, 13];
/** Descriptor between two launchers. Nothing is ever sent on it; it ends with the outer one, by kill -9 as well. */
const LIFELINE = 3;
const command = path.basename(__filename, '.cjs');

if (isRecent(process.versions.node)) runHere();
else runOnPinnedNode();

function isRecent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function runHere() {
  if (process.env.MCP_RERUN) endWithLauncher();
  delete process.env.MCP_RERUN;
  hideSqliteWarning();
  useCompileCache();
  if (process.env.DEBUG) process.setSourceMapsEnabled(true);
  import(`../${command}.mjs`).catch((error) => {
    process.stderr.write(`${command}: ${process.env.DEBUG ? error.stack : error.message}\n`);
    process.exitCode = 1;
  });
}

/** node:sqlite says on every start that it is experimental; every other warning goes on as it was. */
function hideSqliteWarning() {
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (!/SQLite is an experimental feature/.test(String(warning))) emit.call(process, warning, ...rest);
  };
}

/** Compiled code is kept between starts. Where that cannot be done (no home, read-only) the start is slower, no more. */
function useCompileCache() {
  if (process.env.NODE_COMPILE_CACHE) return; // Node did it already.
  try {
    const folder = cacheFolder();
    if (folder) require('module').enableCompileCache(folder);
  } catch (_) {
    // Slower, no more.
  }
}

/** Made step by step: below a folder such as /proc a recursive mkdir of Node 24 never returns. */
function cacheFolder() {
  const home = require('os').homedir();
  const inHome = home && path.join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache');
  const base = process.env.XDG_CACHE_HOME || inHome;
  if (!base || !path.isAbsolute(base)) return null;
  const folder = path.join(base, 'mcp-cockpit');
  for (const step of [base, folder]) {
    if (!require('fs').existsSync(step)) require('fs').mkdirSync(step, 0o700);
  }
  return folder;
}

/** A checkout brings its own Node as a devDependency; elsewhere there is only advice to give. */
function runOnPinnedNode() {
  const root = path.join(__dirname, '..', '..');
  const exists = (...names) => require('fs').existsSync(path.join(root, ...names));
  if (!process.env.MCP_RERUN && exists('node_modules/node/bin/node')) {
    rerun(path.join(root, 'node_modules/node/bin/node'));
    return;
  }
  const advice = exists('build.mjs')
    ? 'npm install && npm rebuild node (a checkout brings a Node of its own)'
    : 'install a newer Node from https://nodejs.org';
  const needed = OLDEST.join('.');
  process.stderr.write(`${command}: needs Node ${needed} or newer, this is ${process.version} → ${advice}\n`);
  process.exitCode = 1;
}

/** Below another launcher this is half of one program: when the other half is gone, the terminal is somebody else's. */
function endWithLauncher() {
  try {
    const lifeline = new (require('net').Socket)({ fd: LIFELINE });
    lifeline.on('error', () => {});
    lifeline.on('close', () => process.kill(process.pid, 'SIGHUP'));
    lifeline.resume().unref();
  } catch (_) {
    // Somebody else set MCP_RERUN.
  }
}

/** The same command line on another Node. This process then only passes signals and the ending on. */
function rerun(node) {
  const child = require('child_process').spawn(node, [__filename, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: Object.assign({}, process.env, { MCP_RERUN: '1' }),
  });
  child.stdio[LIFELINE].on('error', () => {});
  child.on('error', (error) => {
    process.stderr.write(`${command}: cannot run ${node}: ${error.message}\n`);
    process.exit(1);
  });
  // Both are in the terminal's foreground group, so keys reach the child by themselves: it decides what they mean.
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => {});
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGCONT']) process.on(signal, () => child.kill(signal));
  process.on('SIGTSTP', () => {
    child.kill('SIGTSTP');
    process.kill(process.pid, 'SIGSTOP');
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
