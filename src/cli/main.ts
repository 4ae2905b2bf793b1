/** The `mcp` command. Resolves to its exit code. */
export async function main(argv: readonly string[], io: NodeJS.Process): Promise<number> {
  io.stdout.write(`${argv.join(' ')}\n`);
  return 0;
}
