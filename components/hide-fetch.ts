/**
 * Imported before Ink: its layout engine decodes its WebAssembly with `fetch` where there is one, and the first use of `fetch` loads
 * Node's whole HTTP client, 40 ms and 8 MB before the first frame. Without `fetch` it decodes the bytes itself. It decides when it is
 * evaluated, so `fetch` is back before anybody else's turn.
 */
const { fetch } = globalThis;
Reflect.set(globalThis, 'fetch', undefined);
queueMicrotask(() => Reflect.set(globalThis, 'fetch', fetch));
