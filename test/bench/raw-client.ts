import { Agent, request } from 'node:http';

interface Answer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly message: { readonly result?: Readonly<Record<string, unknown>>; readonly error?: unknown } | null;
}

/** A legacy MCP client that costs next to nothing, so that what is measured is the bridge. */
export class RawClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #url: URL;
  readonly #headers: Record<string, string>;
  #id = 0;

  constructor(url: string, token: string | null) {
    this.#url = new URL(url);
    this.#headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    };
  }

  async connect(): Promise<void> {
    const clientInfo = { name: 'bench', version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    const { headers } = await this.#post({ id: this.#next(), method: 'initialize', params });
    const session = headers['mcp-session-id'];
    if (typeof session === 'string') this.#headers['mcp-session-id'] = session;
    this.#headers['mcp-protocol-version'] = '2025-06-18';
    await this.#post({ method: 'notifications/initialized' });
  }

  async ask(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const { message } = await this.#post({ id: this.#next(), method, params });
    if (!message?.result) throw new Error(`${method}: ${JSON.stringify(message)}`);
    return message.result;
  }

  close(): void {
    this.#agent.destroy();
  }

  #next(): number {
    this.#id += 1;
    return this.#id;
  }

  #post(message: object): Promise<Answer> {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    return new Promise((resolve, reject) => {
      const headers = { ...this.#headers, 'content-length': Buffer.byteLength(body) };
      const outgoing = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ headers: response.headers, message: messageIn(text) }));
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

/** The answer in a JSON body, or the last message of an event stream. */
function messageIn(text: string): Answer['message'] {
  if (text.trim() === '') return null;
  if (text.startsWith('{')) return JSON.parse(text);
  const data = text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice('data: '.length));
  return JSON.parse(data.findLast((line) => line.startsWith('{')) ?? 'null');
}
