import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { TenantsService } from '../modules/accounts';
import { ImportConversations, InvalidMapping } from '../modules/imports';
import { CliError, type WithApp, printJson } from './command-context';

interface Options {
  tenant?: string;
  funnel: string;
  map?: string;
  onDuplicate: string;
  dryRun?: boolean;
  errors: string;
  delimiter?: string;
}

export function addImportCommand(program: Command, withApp: WithApp): void {
  program
    .command('import')
    .description('files of leads')
    .command('conversations')
    .description('a CSV file: each row becomes a contact, matched or new, and a conversation in a funnel')
    .argument('<file>', 'CSV with a header; any delimiter')
    .requiredOption('--funnel <funnel>', 'id or name')
    .option('--tenant <tenant>', 'id or name; may be left out where there is only one')
    .option('--map <file>', 'JSON of column name to target, as {"client_name": "name", "vehicle": "customFields.vehicle"}')
    .option('--on-duplicate <what>', 'skip or create, where the contact has an unarchived conversation in the funnel', 'skip')
    .option('--dry-run', 'report only; write nothing')
    .option('--errors <file>', 'where rows that failed are written', 'errors.csv')
    .option('--delimiter <character>', 'of the cells; found out where not given')
    .action((file: string, options: Options) => withApp(async (app) => printJson(await run(app, file, options))));
}

async function run(app: Parameters<Parameters<WithApp>[0]>[0], path: string, options: Options) {
  if (options.onDuplicate !== 'skip' && options.onDuplicate !== 'create') throw new CliError('--on-duplicate must be skip or create');
  const tenants = app.get(TenantsService);
  const ctx = tenants.contextOf(await tenants.find(options.tenant), randomUUID());
  const bar = new SingleBar({ format: '{bar} {percentage}% | {rows} rows | {speed} rows/s | {duration_formatted}', stream: process.stderr, hideCursor: true });
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  try {
    const { counts, ...details } = await app.get(ImportConversations).execute(ctx, {
      path,
      funnel: options.funnel,
      map: options.map ? await readMap(options.map) : {},
      onDuplicate: options.onDuplicate,
      dryRun: options.dryRun ?? false,
      errorsPath: options.errors,
      delimiter: options.delimiter,
      onProgress: ({ bytes, size, rows }) => {
        const payload = { rows, speed: Math.round(rows / seconds()) };
        if (bar.isActive) bar.update(bytes, payload);
        else if (process.stderr.isTTY) bar.start(size, bytes, payload);
      },
    });
    return { ...counts, seconds: Math.round(seconds() * 100) / 100, ...(options.dryRun && { dryRun: true }), ...details };
  } catch (error) {
    throw expected(error, path);
  } finally {
    bar.stop();
  }
}

async function readMap(path: string): Promise<Record<string, unknown>> {
  try {
    const map: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof map === 'object' && map !== null && !Array.isArray(map)) return map as Record<string, unknown>;
    throw new Error('it is no object of column name to target');
  } catch (error) {
    throw new CliError(`The map ${path} cannot be read as JSON: ${(error as Error).message}`);
  }
}

/** What the person can mend, said plainly; all else as it is. */
function expected(error: unknown, path: string): unknown {
  const { code, message, path: named = path } = error as NodeJS.ErrnoException;
  if (error instanceof InvalidMapping) return new CliError(message);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') return new CliError(`${named} cannot be opened: ${message}`);
  if (code?.startsWith('CSV_')) return new CliError(`${path} is not valid CSV: ${message}. Rows before that are imported; mend the file and send it again.`);
  return error;
}
