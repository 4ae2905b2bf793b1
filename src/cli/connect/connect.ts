import { MAX_MESSAGE_BYTES } from '../../protocol/channel.ts';
import { messagesIn, type RpcMessage } from '../../protocol/json-rpc.ts';
import { LineSplitter } from '../../protocol/line-splitter.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { namesInRegistry } from '../registry-names.ts';
import { openHubLife } from './hub-life.ts';
import { Relay } from './relay.ts';

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

/**
 * `mcp connect [SERVER | @PROFILE]`: a stdio MCP server that relays to the hub, for clients that can start a program and
 * cannot send headers, so that no token stands in their files. Ends with stdin. Nothing but JSON-RPC goes to stdout.
 *
 * @throws CommandError for an unknown name (3), and where there is no supervisor and none can be started (5)
 */
export async function connect(context: Context, name: string | undefined): Promise<ExitCode> {
  if (name !== undefined) namesInRegistry(context.paths, [name], []);
  const path = name === undefined || name === 'all' ? '/mcp' : `/${name}/mcp`;
  const { stdin, stdout } = context.io;
  const say = (message: RpcMessage): void => void stdout.write(`${JSON.stringify(message)}\n`);
  const relay = new Relay({ open: (start) => openHubLife(context, path, start), say });
  const interrupted = Promise.withResolvers<ExitCode>();
  const onSignal = (): void => interrupted.resolve(EXIT.interrupted);
  for (const signal of SIGNALS) context.io.on(signal, onSignal);
  try {
    await relay.begin();
    return await Promise.race([readAll(stdin, relay, say), interrupted.promise]);
  } finally {
    await relay.close();
    for (const signal of SIGNALS) context.io.off(signal, onSignal);
    // Whoever was interrupted has not read to its end.
    stdin.destroy();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function readAll(
  stdin: Context['io']['stdin'],
  relay: Relay,
  say: (message: RpcMessage) => void,
): Promise<ExitCode> {
  const lines = new LineSplitter(MAX_MESSAGE_BYTES);
  const refuse = (code: number, message: string): void => say({ jsonrpc: '2.0', id: null, error: { code, message } });
  const take = async (bytes: Buffer): Promise<void> => {
    const text = bytes.toString('utf8').trim();
    if (text === '') return;
    const value = parsed(text);
    if (value === undefined) return refuse(PARSE_ERROR, 'Parse error: the line is no JSON');
    const messages = messagesIn(value);
    if (messages.length === 0) return refuse(INVALID_REQUEST, 'Invalid request: this is no JSON-RPC message');
    for (const message of messages) await relay.receive(message);
  };
  for await (const chunk of stdin) {
    for (const frame of lines.push(Buffer.from(chunk))) {
      if (frame.kind === 'line') await take(frame.bytes);
      else refuse(INVALID_REQUEST, `Invalid request: the message is larger than ${MAX_MESSAGE_BYTES} bytes`);
    }
  }
  await take(lines.end());
  await relay.end();
  return EXIT.done;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
