const MARK = ': mcp-exit-recorder';
/** Signals a supervisor may use to ask for an end; everything else keeps its default in the recorder. */
const ENDING = 'HUP INT QUIT TERM USR1 USR2 ALRM';

/*
 * The recorder sits between the supervisor and the server as leader of the session, so that somebody sees the exit code
 * even when the supervisor that started the server is dead. It gets every group signal together with the server:
 * a trapped signal is acted upon when the command in the foreground has ended, which is exactly when the recorder has
 * to end too (and not go on with the rest of the line). Children get default signal handling back.
 *
 * The record is one write of a few bytes by a builtin: it is there or not, and costs no process. Its time is its mtime. A
 * disk without room or a directory that is gone costs the record, nothing else. The user's line may have set -e or
 * noclobber, and defined functions of any name.
 */
const PROLOGUE = `${MARK}
_mcp_exit=$1
shift
trap '_mcp_rc=$?
trap "" ${ENDING}
umask 077
{ command printf "%s\\n" "$_mcp_rc" >|"$_mcp_exit" || :; } 2>/dev/null
exit "$_mcp_rc"' EXIT
trap 'exit "$?"' ${ENDING}
`;

const LINE = `_mcp_line=$1
set --
eval "$_mcp_line"`;

/** After a subshell as its last command, bash forgets the EXIT trap when a signal trap exits. */
const EPILOGUE = `
exit "$?"`;

const SCRIPTS = {
  program: `${PROLOGUE}"$@"${EPILOGUE}`,
  line: `${PROLOGUE}${LINE}${EPILOGUE}`,
  guarded: `${PROLOGUE}(
trap - EXIT
trap 'exit "$?"' ${ENDING}
${LINE}
)${EPILOGUE}`,
};

/** The line may replace the recorder's traps. */
const OWN_TRAPS = /\b(trap|source)\b|(^|[\s;&|({])\.\s/;
/** The line may replace the recorder altogether. A false alarm costs one more process. */
const NEEDS_GUARD = new RegExp(`\\bexec\\b|${OWN_TRAPS.source}`);

export type Command =
  | { readonly kind: 'shell'; readonly line: string }
  | { readonly kind: 'program'; readonly file: string; readonly args: readonly string[] };

/**
 * Arguments for `sh` that run `command` and leave its exit code in `exitFile` (an absolute path; empty when the disk
 * had no room) (R7). 128+n stands for signal n, 126 and 127 for what the shell could not run. Nothing is left when the recorder
 * itself is killed. A program's file must be a path, or the shell would look for a builtin first.
 */
export function recorderArguments(command: Command, exitFile: string): string[] {
  if (command.kind === 'program') return ['-c', SCRIPTS.program, 'sh', exitFile, command.file, ...command.args];
  const script = NEEDS_GUARD.test(command.line) ? SCRIPTS.guarded : SCRIPTS.line;
  return ['-c', script, 'sh', exitFile, command.line];
}

/** What an exit recorder runs, from its command line; null when it is none. */
export function recordedCommand(argv: readonly string[]): readonly string[] | null {
  const script = argv.findIndex((word) => word.startsWith(MARK));
  return script < 0 ? null : argv.slice(script + 3);
}

/**
 * Whether a child of this process that is born after a signal to the group has missed it: the recorder got the signal
 * right before it started its command, and goes on to wait for that. Not so where the line handles signals itself, since
 * then the child may be its way of cleaning up.
 */
export function missedByLateChildren(parentArgv: readonly string[]): boolean {
  const recorded = recordedCommand(parentArgv);
  return recorded !== null && !OWN_TRAPS.test(recorded.join(' '));
}
