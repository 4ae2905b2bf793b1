import { main } from '../cli/main.ts';

process.exitCode = await main(process.argv.slice(2), process, async (cockpit) => {
  // The supervisor is reached, or started, while the screen is loaded.
  const [{ openCockpit }, api] = await Promise.all([import('./cockpit.ts'), cockpit.open()]);
  return openCockpit(cockpit, api);
});
