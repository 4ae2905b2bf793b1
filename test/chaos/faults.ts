/** One fault of the catalogue: what happens, and which test files play it (relative to `test/`). */
export interface Fault {
  readonly what: string;
  /** Empty: nothing plays it yet. The tests name the fault at the beginning of their title. */
  readonly files: readonly string[];
}

/** Every fault that is planned for, by its number. `npm run chaos` runs them and prints what became of each. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  F1: {
    what: 'kill -9 of a command or of the supervisor in the middle of a start',
    files: ['chaos/at-random.test.ts', 'chaos/races.test.ts', 'chaos/supervisor-death.test.ts'],
  },
  F2: {
    what: 'kill -9 of the supervisor in the middle of a stop',
    files: ['chaos/supervisor-death.test.ts', 'chaos/at-random.test.ts'],
  },
  F3: { what: 'nine commands start one server at once', files: ['chaos/races.test.ts'] },
  F4: { what: 'start, stop and restart race', files: ['chaos/races.test.ts', 'chaos/at-random.test.ts'] },
  F5: { what: 'the supervisor is suspended while a server dies', files: ['chaos/suspended.test.ts'] },
  F6: { what: 'the holder of the lock is killed or suspended', files: ['chaos/suspended.test.ts'] },
  F7: { what: 'the pid of a server belongs to an innocent process', files: ['chaos/lost-state.test.ts'] },
  F8: { what: 'reboot: the same pids are alive', files: [] },
  F9: { what: 'another pid namespace or host, the same home', files: [] },
  F10: { what: 'the port is held before the start', files: ['chaos/ports.test.ts'] },
  F11: { what: 'the port is stolen between the look and the bind', files: ['chaos/ports.test.ts'] },
  F12: { what: 'two servers with one port', files: ['chaos/ports.test.ts'] },
  F13: { what: 'the registry is half written, empty, a FIFO, huge …', files: ['chaos/registry.test.ts'] },
  F14: { what: 'unknown keys, wrong types, dangerous names', files: ['chaos/registry.test.ts'] },
  F15: { what: 'a server is renamed or removed while it runs', files: [] },
  F16: { what: 'the env file is missing, malformed, huge, unreadable', files: ['chaos/env-file.test.ts'] },
  F17: { what: 'the command is not there, not executable, badly interpreted', files: ['chaos/cannot-start.test.ts'] },
  F18: { what: 'the directory is missing, a file, forbidden', files: ['chaos/cannot-start.test.ts'] },
  F19: { what: 'install fails, hangs, is interrupted', files: [] },
  F20: { what: 'a server ignores SIGTERM', files: ['chaos/stopping.test.ts'] },
  F21: { what: 'the leader ends on SIGTERM, its child does not', files: ['chaos/stopping.test.ts'] },
  F22: { what: 'a server daemonises', files: ['chaos/stopping.test.ts'] },
  F23: { what: 'the server runs below npx, npm, shells, uv, pnpm', files: ['chaos/stopping.test.ts'] },
  F24: { what: '200 children, then a crash', files: ['chaos/stopping.test.ts'] },
  F25: { what: 'a server closes its output, or every descriptor', files: ['chaos/output.test.ts'] },
  F26: { what: 'a flood of output', files: ['chaos/output.test.ts'] },
  F27: { what: 'output without newlines, binary, broken UTF-8', files: ['chaos/output.test.ts'] },
  F28: { what: 'escape sequences in the output', files: ['chaos/output.test.ts'] },
  F29: { what: 'exits with 0 at once', files: ['chaos/crash-loops.test.ts'] },
  F30: { what: 'keeps crashing, fast or slowly', files: ['chaos/crash-loops.test.ts'] },
  F31: { what: 'segmentation fault, out of memory, exit 137 and 143', files: ['chaos/crash-loops.test.ts'] },
  F32: { what: 'the health check hangs, floods, forks', files: [] },
  F33: { what: 'health flaps', files: [] },
  F34: { what: 'a slow start, or never ready', files: [] },
  F35: { what: 'dependencies: a cycle, itself, missing, 50 deep', files: [] },
  F36: { what: 'a shared dependency, one user stops', files: [] },
  F37: { what: 'a dependency dies while the server runs', files: [] },
  F38: { what: 'docker is down, or its socket forbidden', files: [] },
  F39: { what: 'the docker engine restarts or hangs', files: [] },
  F40: { what: 'a container is removed, paused, renamed behind us', files: [] },
  F41: { what: 'a foreign container has the name, or ours another spec', files: [] },
  F42: { what: 'the image is missing, the pull fails or stalls', files: [] },
  F43: { what: "the container's port is taken", files: [] },
  F44: { what: 'the proxy accepts, the service is not up', files: [] },
  F45: { what: 'check_url: errors, redirects, hanging names', files: [] },
  F46: { what: 'the disk is full', files: ['chaos/disk-full.test.ts'] },
  F47: { what: 'home or runtime directory read-only, missing, relative, foreign', files: ['chaos/places.test.ts'] },
  F48: {
    what: 'planted links and FIFOs, a directory open to all',
    files: ['chaos/places.test.ts', 'chaos/under-its-feet.test.ts'],
  },
  F49: { what: 'the runtime directory or a log is deleted while servers run', files: ['chaos/under-its-feet.test.ts'] },
  F50: { what: 'a log is truncated or replaced while it is followed', files: ['chaos/log-files.test.ts'] },
  F51: { what: 'the wall clock jumps; suspend and resume', files: [] },
  F52: { what: 'no descriptors, processes or memory to start with', files: [] },
  F53: { what: '1,000 servers', files: [] },
  F54: { what: 'PATH differs in another shell', files: [] },
  F55: { what: 'the terminal is gone', files: ['chaos/terminal.test.ts'] },
  F56: { what: 'stop and continue, every size, a storm of resizes', files: ['chaos/terminal.test.ts'] },
  F57: { what: 'no terminal, closed stdin, a reader that leaves', files: ['chaos/pipes.test.ts'] },
  F58: { what: 'signals inside the cockpit', files: ['chaos/terminal.test.ts'] },
  F59: { what: 'a newer state, two versions at once', files: [] },
  F60: { what: 'the state is corrupted or deleted while servers run', files: ['chaos/lost-state.test.ts'] },
};

/** The faults a test title speaks of: `F2 F4 150 random …` → F2, F4. */
export function faultsOf(title: string): string[] {
  return /^(?:F\d+ )*/.exec(title)?.[0].trim().split(' ').filter(Boolean) ?? [];
}
