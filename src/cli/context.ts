import { chooseGlyphs, type Glyphs } from '../cockpit/theme/glyphs.ts';
import type { Role } from '../cockpit/theme/role.ts';
import { type Palette, THEMES } from '../cockpit/theme/theme.ts';
import { type Paths, resolvePaths } from '../registry/paths.ts';
import { valueOr } from './command-error.ts';
import { EXIT } from './exit-codes.ts';

/** The part of the process that commands touch. */
export type Io = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'on' | 'off' | 'cwd'>;

/** Flags that every command takes. */
export interface CommonFlags {
  readonly json?: boolean;
  /** False after `--no-color`. */
  readonly color?: boolean;
}

/** What a command is given: where things live and how to print. */
export interface Context {
  readonly io: Io;
  readonly env: NodeJS.ProcessEnv;
  readonly paths: Paths;
  /** Data goes to stdout as JSON, and nothing else does. */
  readonly json: boolean;
  readonly glyphs: Glyphs;
  /** Colours a text for stdout, or leaves it as it is. */
  paint(text: string, role: Role | undefined): string;
  /** A line of the answer. */
  print(line: string): void;
  /** A line for the person who waits; never part of the answer. */
  note(line: string): void;
}

/** @throws CommandError when HOME or a directory variable cannot be used. */
export function makeContext(io: Io, flags: CommonFlags): Context {
  const palette = colours(io, flags) ? THEMES.default.palette : null;
  return {
    io,
    env: io.env,
    paths: valueOr(EXIT.badConfiguration, resolvePaths(io.env)),
    json: flags.json ?? false,
    glyphs: chooseGlyphs(undefined, io.env),
    paint: (text, role) => paintWith(palette, text, role),
    print: (line) => void io.stdout.write(`${line}\n`),
    note: (line) => void io.stderr.write(`${line}\n`),
  };
}

/** `--no-color`, then NO_COLOR, then FORCE_COLOR, then whether a terminal with colours reads the answer. */
function colours({ stdout, env }: Io, flags: CommonFlags): boolean {
  if (flags.color === false || env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stdout.isTTY === true && env.TERM !== 'dumb';
}

function paintWith(palette: Palette | null, text: string, role: Role | undefined): string {
  const code = palette === null || role === undefined ? '' : palette[role];
  return code === '' || text === '' ? text : `\u001B[${code}m${text}\u001B[0m`;
}
