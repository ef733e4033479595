import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { type FieldRules, NO_SUCH_FILE } from '../custom-fields';
import { FilesApi } from '../files';
import type { ItemLog } from '../operations';

/** Values that were found to fit their fields. */
export interface CheckedFields {
  values: Record<string, unknown> | undefined;
  fields: FieldRules;
  /** Of the object that they came in, as `contact.customFields`. */
  path: string;
  log: Pick<ItemLog, 'error'>;
}

/** Whether the files that custom fields name are files of the tenant. */
@Injectable()
export class CustomFieldFiles {
  constructor(private readonly files: FilesApi) {}

  /** One statement however many there are, and none where no field is of the type FILE. */
  async check(em: EntityManager, ctx: TenantContext, checked: CheckedFields[]): Promise<void> {
    const keys = new Map<FieldRules, string[]>();
    for (const { fields } of checked) if (!keys.has(fields)) keys.set(fields, fileKeysOf(fields));
    const named = checked.flatMap(({ values = {}, fields, path, log }) =>
      (keys.get(fields) ?? []).flatMap((key) => {
        const id = values[key];
        return typeof id === 'string' ? [{ id, path: `${path}.${key}`, log }] : [];
      }),
    );
    const known = await this.files.known(em, ctx.tenantId, named.map(({ id }) => id));
    for (const { id, path, log } of named) if (!known.has(id)) log.error(path, 'INVALID_CUSTOM_FIELD_VALUE', NO_SUCH_FILE);
  }
}

const fileKeysOf = (fields: FieldRules): string[] => [...fields].flatMap(([key, { fieldType }]) => (fieldType === 'FILE' ? [key] : []));
