import { existsSync, watch } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildIfNeeded, built, root } from './build-if-needed.mjs';

if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
// Absolute, so that the app finds the same folder wherever it is started from.
process.env.DATA_DIR = resolve(root, process.env.DATA_DIR || '.data');

try {
  await buildIfNeeded();
  const { launch } = await import('../dist/src/platform/embedded/launcher.js');
  process.exitCode = await launch({
    appPath: built('main.js'),
    dataDir: process.env.DATA_DIR,
    env: process.env,
    watch: process.argv.includes('--watch') ? watchSources : undefined,
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
process.exit();

function watchSources(restart) {
  let timer;
  let last = Promise.resolve();
  const rebuild = async () => {
    try {
      await buildIfNeeded();
      restart();
    } catch (error) {
      process.stderr.write(`${error.message}\n`);
    }
  };
  for (const folder of ['src', 'migrations']) {
    watch(join(root, folder), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(() => (last = last.then(rebuild)), 150); // an editor saves in several steps
    });
  }
}
