import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Config } from '../../../src/platform/config/config';
import { JobHandlers } from '../../../src/platform/queue/job-handlers';
import { Lease } from '../../../src/platform/queue/lease';
import { type FormPart, sendForm } from '../../factories/files';
import { type TestTenant, aTenant } from '../../factories/tenants';
import type { Answer } from '../../support/api-client';
import { ok } from '../../support/answers';
import type { TestApp } from '../../support/test-app';

export interface Import {
  id: number;
  status: string;
  counts: Record<string, number>;
  progress: { processed: number; total: number | null };
  mapping: Record<string, string>;
  columns: string[];
  kind: string;
  errorCodes: Record<string, number>;
  warningCodes: Record<string, number>;
  failure: string | null;
}

/** A form for POST /imports: of conversations, in the funnel Sales, unless it says otherwise. */
export const formOf = (content: string | Buffer, more: Record<string, unknown> = {}, options: Record<string, unknown> = {}): FormPart[] => [
  { name: 'file', fileName: 'leads.csv', contentType: 'text/csv', content },
  { name: 'options', content: JSON.stringify({ funnel: 'Sales', ...options }) },
  ...Object.entries({ kind: 'conversations', ...more }).map(([name, value]) => ({ name, content: typeof value === 'string' ? value : JSON.stringify(value) })),
];

/** Imports of a tenant with the funnel Sales, made anew for each test; jobs are run by hand. */
export class Imports {
  tenant!: TestTenant;

  constructor(private readonly running: { readonly app: TestApp }) {}

  readonly post = (content: string | Buffer, more?: Record<string, unknown>, options?: Record<string, unknown>, of = this.tenant): Promise<Answer<Import>> =>
    sendForm<Import>(of.api, '/imports', formOf(content, more, options));

  readonly read = (id: number): Promise<Import> => ok(this.tenant.api.get<Import>(`/imports/${id}`));

  /** Does its job as the queue does. */
  readonly run = async (id: number): Promise<Import> => {
    await this.running.app.nest.get(JobHandlers).of('import.run')?.({ importId: id }, { tenantId: Number(this.tenant.id), attempt: 1, lease: Lease.FOREVER });
    return this.read(id);
  };

  readonly load = async (content: string | Buffer, more?: Record<string, unknown>, options?: Record<string, unknown>): Promise<Import> => this.run((await ok(this.post(content, more, options))).id);

  readonly errorsCsv = async (id: number): Promise<string> => (await this.tenant.api.get<string>(`/imports/${id}/errors.csv`)).body;

  /** What is kept of its files. */
  readonly stored = (): string[] => {
    const folder = join(this.running.app.nest.get(Config).DATA_DIR, 'storage', 'imports', this.tenant.id);
    return existsSync(folder) ? readdirSync(folder) : [];
  };
}

export function useImports(running: { readonly app: TestApp }): Imports {
  const imports = new Imports(running);
  beforeEach(async () => {
    imports.tenant = await aTenant(running.app);
    await ok(imports.tenant.api.post('/funnels', { name: 'Sales', statuses: [{ name: 'New' }] }));
  });
  return imports;
}
