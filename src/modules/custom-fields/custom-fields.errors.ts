import { BadRequestError, ConflictError, NotFoundError } from '../../platform/errors/api-error';
import { mapConstraints } from '../../platform/errors/error-mapping';

export class CustomFieldNotFound extends NotFoundError {
  static readonly code = 'CUSTOM_FIELD_NOT_FOUND';
  constructor() {
    super('There is no such custom field definition. See GET /api/v1/custom-fields/definitions.');
  }
}

export class CustomFieldKeyTaken extends ConflictError {
  static readonly code = 'CUSTOM_FIELD_KEY_TAKEN';
  constructor(fieldKey: string, entityType: string) {
    super(`${entityType} has a field ${fieldKey} already. Change that one, or take another fieldKey.`, { fieldKey, entityType });
  }
}

export class FieldImmutable extends ConflictError {
  static readonly code = 'FIELD_IMMUTABLE';
  constructor(field: string) {
    super(`${field} of a definition never changes. Make a new definition instead.`, { field });
  }
}

/** Records have a value for the field: details.count says how many. */
export class FieldInUse extends ConflictError {
  static readonly code = 'FIELD_IN_USE';
  constructor(count: number, remedy: string) {
    super(`${count} ${count === 1 ? 'record has' : 'records have'} a value for this field. ${remedy}`, { count });
  }
}

export class NotAListField extends BadRequestError {
  static readonly code = 'NOT_A_LIST_FIELD';
  constructor() {
    super('Only a definition with fieldType LIST has options.');
  }
}

export class OptionNotFound extends NotFoundError {
  static readonly code = 'OPTION_NOT_FOUND';
  constructor() {
    super("There is no such option of this definition. See the definition's options.");
  }
}

export class OptionValueTaken extends ConflictError {
  static readonly code = 'OPTION_VALUE_TAKEN';
  constructor(value: string) {
    super(`This definition has an option ${value} already.`, { value });
  }
}

/** Records hold the option's value, so the value stays: details.count says how many. Its label may change. */
export class OptionInUse extends ConflictError {
  static readonly code = 'OPTION_IN_USE';
  constructor(count: number) {
    super(`${count} ${count === 1 ? 'record holds' : 'records hold'} this option's value, so the value stays. Change its label instead.`, { count });
  }
}

mapConstraints({
  fk_custom_field_options_definition: () => new CustomFieldNotFound(),
});
