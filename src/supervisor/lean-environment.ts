/**
 * A supervisor lives for days: one malloc arena and two threads for files instead of eight and four keep it some 4 MB
 * smaller. glibc and libuv read both from the environment of the process, and only there, so they are set for the
 * supervisor at its start and put back before any server inherits them.
 */
const LEAN: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '2' };

/** Where the user's own value waits meanwhile. Servers never inherit names that start like this. */
const KEPT = 'MCP_SUP_KEPT_';

/** The environment to start a supervisor with. */
export function leanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.keys(LEAN).flatMap((name) => (env[name] === undefined ? [] : [[`${KEPT}${name}`, env[name]]]));
  return { ...env, ...LEAN, ...Object.fromEntries(kept) };
}

/** The environment as it was before {@link leanEnvironment}. */
export function plainEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const plain = { ...env };
  for (const [name, lean] of Object.entries(LEAN)) {
    const kept = plain[`${KEPT}${name}`];
    delete plain[`${KEPT}${name}`];
    if (kept !== undefined) plain[name] = kept;
    else if (plain[name] === lean) delete plain[name];
  }
  return plain;
}
