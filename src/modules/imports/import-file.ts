import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { FileEmpty, FileIntake } from '../../platform/storage/file-intake';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { CreateImportDto, ImportDto } from './dto/import.dto';
import { ImportsService } from './imports.service';
import { RunImport } from './run-import';

/** Whoever runs jobs goes on with an import of which nothing has been heard for so long: the process that ran it has died. */
const GIVEN_UP_MS = 60_000;
const LOOK_MS = 250;

export interface FileImport extends Pick<CreateImportDto, 'kind' | 'mapping' | 'options'> {
  path: string;
  /** Where rows that failed are written, to be corrected and sent again. */
  errorsPath: string;
  onProgress?: (now: ImportDto) => void;
  /** Aborted, it cancels the import. */
  signal?: AbortSignal;
}

export interface FileImported {
  import: ImportDto;
  /** Absent where no row failed. */
  errorsFile?: string;
}

/** What a person has to mend, said plainly. */
export class ImportRefused extends Error {}

/** The command's import: a file of this machine, imported as POST /imports does it, but by this process. */
@Injectable()
export class ImportFile {
  constructor(
    private readonly imports: ImportsService,
    private readonly runImport: RunImport,
    private readonly intake: FileIntake,
  ) {}

  /** @throws ImportRefused, ValidationFailed, FunnelNotFound, and what opening the files throws */
  async execute(ctx: TenantContext, options: FileImport): Promise<FileImported> {
    // Before anything is imported: whoever has errors must get them.
    const draft = `${options.errorsPath}.part`;
    const errors = await open(draft, 'w');
    try {
      return await this.import(ctx, options, errors);
    } finally {
      await errors.close();
      await rm(draft, { force: true });
    }
  }

  private async import(ctx: TenantContext, options: FileImport, errors: FileHandle): Promise<FileImported> {
    const { id } = await this.begin(ctx, options);
    const cancel = (): void => void this.imports.cancel(ctx, id).catch(() => undefined);
    options.signal?.addEventListener('abort', cancel, { once: true });
    if (options.signal?.aborted) cancel(); // while the file was read in
    const looking = setInterval(() => void this.imports.get(ctx, id).then(options.onProgress, () => undefined), LOOK_MS);
    try {
      const done = await this.run(ctx, id);
      options.onProgress?.(done);
      const errorsFile = await this.writeErrors(ctx, done, options, errors);
      if (done.status === 'failed') throw new ImportRefused(`The import has failed: ${done.failure}.`);
      return { import: done, ...(errorsFile !== undefined && { errorsFile }) };
    } finally {
      clearInterval(looking);
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  private async begin(ctx: TenantContext, { path, kind, mapping, options }: FileImport): Promise<ImportDto> {
    const fileName = basename(path);
    const upload = { ...(await this.take(ctx, path, fileName)), fileName, kept: false };
    try {
      return await this.imports.create(ctx, upload, { file: undefined, kind, mapping, options }, new Date(Date.now() + GIVEN_UP_MS));
    } catch (error) {
      if (!upload.kept) await this.intake.discard(upload.storageKey, error);
      throw error;
    }
  }

  private async take(ctx: TenantContext, path: string, fileName: string) {
    try {
      return await this.intake.take({ folder: `imports/${ctx.tenantId}`, content: createReadStream(path), fileName, limitOf: () => Infinity });
    } catch (error) {
      throw error instanceof FileEmpty ? new ImportRefused(`${path} is empty.`) : error;
    }
  }

  /** Where another process has taken it over, that one's end is waited for. */
  private async run(ctx: TenantContext, id: number): Promise<ImportDto> {
    await this.runImport.execute(ctx.tenantId, id);
    for (;;) {
      const now = await this.imports.get(ctx, id);
      if (now.status !== 'pending' && now.status !== 'running') return now;
      await sleep(LOOK_MS);
    }
  }

  /** Put in its place when it is whole. One from an earlier run would be taken for this one's; that which was read is the person's, and stays. */
  private async writeErrors(ctx: TenantContext, { id, counts }: ImportDto, { path, errorsPath }: FileImport, draft: FileHandle): Promise<string | undefined> {
    if (counts.errors > 0) {
      for await (const lines of await this.imports.errorsOf(ctx, id)) await draft.appendFile(lines);
      await rename(`${errorsPath}.part`, errorsPath);
      return errorsPath;
    }
    if (resolve(errorsPath) !== resolve(path)) await rm(errorsPath, { force: true });
    return undefined;
  }
}
