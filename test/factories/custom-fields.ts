import type { CreateCustomFieldDefinitionDto, CustomFieldDefinitionDto } from '../../src/modules/custom-fields/dto/custom-field-definition.dto';
import type { CustomFieldListOptionDto } from '../../src/modules/custom-fields/dto/custom-field-option.dto';
import { ok } from '../support/answers';
import type { ApiClient } from '../support/api-client';

let made = 0;

/** A text field of contacts, unless told otherwise; options make it a LIST. */
export async function aCustomField(
  api: ApiClient,
  { options, ...overrides }: Partial<CreateCustomFieldDefinitionDto> & { options?: string[] } = {},
): Promise<CustomFieldDefinitionDto & { options: CustomFieldListOptionDto[] }> {
  const body = { entityType: 'CONTACT', fieldKey: `field_${made++}`, fieldType: options ? 'LIST' : 'STRING', ...overrides };
  const definition = await ok(api.post<CustomFieldDefinitionDto>('/custom-fields/definitions', body));
  const withOptions: CustomFieldListOptionDto[] = [];
  for (const value of options ?? []) withOptions.push(await ok(api.post<CustomFieldListOptionDto>(`/custom-fields/definitions/${definition.id}/options`, { value })));
  return { ...definition, options: withOptions };
}
