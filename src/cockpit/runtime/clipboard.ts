import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;
type Tool = readonly [program: string, ...args: string[]];

/** What many terminals accept at most in one OSC 52 sequence, base64 included. */
const OSC52_LIMIT = 74_000;

/** The clipboard programs of the user's own desktop; none over SSH, where they would fill the wrong machine's clipboard. */
export function clipboardTools(env: Environment, platform: NodeJS.Platform): readonly Tool[] {
  if (env.SSH_CONNECTION || env.SSH_TTY) return [];
  if (platform === 'darwin') return [['pbcopy']];
  const wayland: readonly Tool[] = env.WAYLAND_DISPLAY ? [['wl-copy']] : [];
  const x11: readonly Tool[] = env.DISPLAY
    ? [
        ['xclip', '-selection', 'clipboard'],
        ['xsel', '--clipboard', '--input'],
      ]
    : [];
  return [...wayland, ...x11];
}

/** The sequence that asks the terminal to fill its clipboard; inside tmux it has to be passed through. */
export function osc52(text: string, env: Environment): string | null {
  const payload = Buffer.from(text).toString('base64');
  if (payload.length > OSC52_LIMIT) return null;
  const sequence = `\u001B]52;c;${payload}\u0007`;
  return env.TMUX ? `\u001BPtmux;${sequence.replaceAll('\u001B', '\u001B\u001B')}\u001B\\` : sequence;
}

/**
 * Copies by the first way there is: a desktop tool, the terminal, a file. The answer names the way that was tried: whether a
 * terminal took it is not told to programs.
 * @throws Error when not even the file could be written.
 */
export async function copyText(text: string, env: Environment, write: (sequence: string) => void): Promise<string> {
  for (const tool of clipboardTools(env, process.platform)) {
    if (await feed(tool, text)) return `with ${tool[0]}`;
  }
  const sequence = osc52(text, env);
  if (sequence !== null) {
    write(sequence);
    return env.TMUX ? 'through tmux to the terminal (OSC 52)' : 'through the terminal (OSC 52)';
  }
  const file = join(tmpdir(), `mcp-copied-${process.pid}-${Date.now()}.txt`);
  await writeFile(file, text, { mode: 0o600 });
  return `to ${file}, as it is too long for the terminal`;
}

/** Whether the tool took the text; it may go on in the background to serve the selection. */
function feed([program, ...args]: Tool, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
    child.stdin.on('error', () => resolve(false));
    child.stdin.end(text);
  });
}
