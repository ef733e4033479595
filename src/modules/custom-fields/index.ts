/** Definitions of custom fields, their list options, and the one check of their values. */
export { CustomFieldsModule } from './custom-fields.module';
export { CustomFieldsApi } from './custom-fields.api';
export { CustomFieldColumns } from './custom-field-columns';
export { type CheckedValues, NO_SUCH_FILE, checkCustomFields, customFieldFromText, rulesOfValues } from './custom-field-values';
export type { FieldRule, FieldRules } from './custom-field.types';
