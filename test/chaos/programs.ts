import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

/** Skips the running test, and says so, where a program is not on PATH. */
export async function requireProgram(context: TestContext, program: string): Promise<void> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return;
  }
  process.stderr.write(`skipped, as this is missing: ${program}\n`);
  context.skip(`${program} is not on PATH`);
}
