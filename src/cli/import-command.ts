import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { TenantsService } from '../modules/accounts';
import { ImportFile, type ImportKind, ImportRefused, ON_DUPLICATE, type OnDuplicate } from '../modules/imports';
import { EXIT_FAILURE } from '../platform/config/exit-codes';
import { PlainError } from '../platform/errors/plain-error';
import { CheckedStorage } from '../platform/storage/checked-storage';
import { type WithApp, printJson } from './command-context';

interface Options {
  tenant?: string;
  funnel?: string;
  map?: string;
  onDuplicate: string;
  dryRun?: boolean;
  errors: string;
  delimiter?: string;
}

const DESCRIPTIONS: Record<ImportKind, string> = {
  contacts: 'a CSV file: each row becomes a contact, matched or new',
  conversations: 'a CSV file: each row becomes a contact, matched or new, and a conversation in a funnel',
  activity: 'a CSV file: each row becomes an entry in the log of its contact, matched or new',
};

const ON_DUPLICATE_HELP: Record<ImportKind, string> = {
  contacts: 'skip or update, where somebody is a contact already',
  conversations: 'skip or create, where the contact has an unarchived conversation in the funnel',
  activity: 'skip: each entry is kept once',
};

export function addImportCommand(program: Command, withApp: WithApp): void {
  const importing = program.command('import').description('files of leads, customers or history');
  for (const kind of Object.keys(DESCRIPTIONS) as ImportKind[]) {
    const command = importing
      .command(kind)
      .description(DESCRIPTIONS[kind])
      .argument('<file>', 'CSV with a header; any delimiter')
      .option('--tenant <tenant>', 'id or name; may be left out where there is only one')
      .option('--map <file>', 'JSON of column name to target, as {"client_name": "name", "vehicle": "customFields.vehicle"}')
      .option('--on-duplicate <what>', ON_DUPLICATE_HELP[kind], 'skip')
      .option('--dry-run', 'report only; write nothing')
      .option('--errors <file>', 'where rows that failed are written', 'errors.csv')
      .option('--delimiter <character>', 'of the cells; found out where not given');
    if (kind === 'conversations') command.requiredOption('--funnel <funnel>', 'id or name');
    command.action((file: string, options: Options) => withApp(async (app) => printJson(await run(app, kind, file, options))));
  }
}

async function run(app: Parameters<Parameters<WithApp>[0]>[0], kind: ImportKind, path: string, options: Options) {
  const { onDuplicate, dryRun = false, funnel, delimiter } = options;
  if (!isAllowed(kind, onDuplicate)) throw new PlainError(`--on-duplicate must be ${ON_DUPLICATE[kind].join(' or ')}`);
  await app.get(CheckedStorage).ensureUsable();
  const tenants = app.get(TenantsService);
  const ctx = tenants.contextOf(await tenants.find(options.tenant), randomUUID());
  const bar = new SingleBar({ format: '{bar} {percentage}% | {value} of {total} rows | {speed} rows/s | {duration_formatted}', stream: process.stderr, hideCursor: true });
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  try {
    const done = await app.get(ImportFile).execute(ctx, {
      path,
      kind,
      mapping: options.map ? await readMap(options.map) : {},
      options: { funnel, onDuplicate, dryRun, delimiter },
      errorsPath: options.errors,
      signal: interrupted.signal,
      onProgress: ({ progress: { processed, total } }) => {
        const payload = { speed: Math.round(processed / seconds()) };
        if (bar.isActive) bar.update(processed, payload);
        else if (process.stderr.isTTY && total !== null) bar.start(total, processed, payload);
      },
    });
    const { id, status, counts, mapping, errorCodes, warningCodes } = done.import;
    const allFailed = counts.total > 0 && counts.errors === counts.total;
    if (status === 'canceled' || allFailed) process.exitCode = EXIT_FAILURE;
    return {
      ...counts,
      seconds: Math.round(seconds() * 100) / 100,
      ...(dryRun && { dryRun }),
      ...(status !== 'completed' && { status }),
      importId: id,
      errorCodes,
      warningCodes,
      mapping,
      ...(done.errorsFile !== undefined && { errorsFile: done.errorsFile }),
    };
  } catch (error) {
    throw expected(error, path);
  } finally {
    bar.stop();
  }
}

const isAllowed = (kind: ImportKind, onDuplicate: string): onDuplicate is OnDuplicate => (ON_DUPLICATE[kind] as readonly string[]).includes(onDuplicate);

async function readMap(path: string): Promise<Record<string, unknown>> {
  try {
    const map: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof map === 'object' && map !== null && !Array.isArray(map)) return map as Record<string, unknown>;
    throw new Error('it is no object of column name to target');
  } catch (error) {
    throw new PlainError(`The map ${path} cannot be read as JSON: ${(error as Error).message}`);
  }
}

/** What the person can mend, said plainly; all else as it is. */
function expected(error: unknown, path: string): unknown {
  const { syscall, message, path: named = path } = error as NodeJS.ErrnoException;
  if (error instanceof ImportRefused) return new PlainError(message);
  return syscall !== undefined ? new PlainError(`${named} cannot be opened: ${message}`) : error;
}
