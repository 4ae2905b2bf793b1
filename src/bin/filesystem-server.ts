import { errnoCode } from '../registry/errno.ts';

// npm's reference filesystem server, from wherever npm put it, with this command line. It reads process.argv itself.
const PACKAGE = '@modelcontextprotocol/server-filesystem';

try {
  await import(import.meta.resolve(`${PACKAGE}/dist/index.js`));
} catch (error) {
  if (!['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes(errnoCode(error))) throw error;
  process.stderr.write(`filesystem-server: ${PACKAGE} is not installed → npm install ${PACKAGE}\n`);
  process.exitCode = 1;
}
