// `node tail-for-ever.ts RUNTIME_DIR [let-go]`: tails the log of "a" and prints a dot for each batch.
import { FileLogReader } from '../../../src/supervisor/logs/tail.ts';

const [dir = '', letGo] = process.argv.slice(2);
new FileLogReader(dir, { keepAlive: letGo === undefined }).tail('a', { lines: 10 }, () => process.stdout.write('.'));
