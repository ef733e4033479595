import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { buildIfNeeded, built, root } from './build-if-needed.mjs';

if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));

try {
  await buildIfNeeded();
  const { dataDirOf } = await import('../dist/src/platform/embedded/data-dir.js');
  // Absolute, so that the app finds the same folder wherever it is started from.
  const dataDir = dataDirOf(root, process.env);
  if (!process.env.DATA_DIR && dataDir !== join(root, '.data')) process.stderr.write(`llamador: the data is in ${dataDir}, where PostgreSQL can go, which does not run as root\n`);
  process.env.DATA_DIR = dataDir;
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
