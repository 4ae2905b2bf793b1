import { errnoCode } from '../registry/errno.ts';

// npm's reference filesystem server, from wherever npm put it, with this command line: it reads process.argv itself.
try {
  await import(import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'));
} catch (error) {
  if (!['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes(errnoCode(error))) throw error;
  const name = '@modelcontextprotocol/server-filesystem';
  process.stderr.write(`filesystem-server: ${name} is not installed → npm install ${name}\n`);
  process.exitCode = 1;
}
