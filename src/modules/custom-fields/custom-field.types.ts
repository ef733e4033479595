export const ENTITY_TYPES = ['CONTACT', 'COMPANY', 'FUNNEL_CONVERSATION', 'FUNNEL_CHANNEL_SESSION', 'PRODUCT'] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

export const FIELD_TYPES = ['STRING', 'NUMBER', 'DATE', 'BOOLEAN', 'LIST', 'FILE'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** What a value is checked against. */
export interface FieldRule {
  /** Of the definition. */
  id: number;
  /** Another one is another rule: see CustomFieldsApi.hold. */
  revision: number;
  fieldType: FieldType;
  /** Values of a LIST's options. */
  options: ReadonlySet<string>;
}

/** A tenant's rules for one entity type, by fieldKey. */
export type FieldRules = ReadonlyMap<string, FieldRule>;
