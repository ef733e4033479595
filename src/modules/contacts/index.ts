/** Contacts and their addresses; matching people to contacts. */
export { ContactsModule } from './contacts.module';
export { ContactsApi } from './contacts.api';
export { type BookedContact, type ContactBook, type MatchedBy, type Person, type Resolution, type ResolutionFault, blankPerson, contactsFound, refOf } from './contact-book';
export { type ChannelType, CHANNEL_TYPES, type NormalAddress, isFault, normaliseAddress } from './contact-identity';
export { type PersonRules, checkReachable, readCustomFields, readPerson, refuseFuture, saysNothing } from './person-item';
export { type CheckedFields, CustomFieldFiles } from './custom-field-files';
export { customField } from './contacts-list';
export { AmbiguousContact, AddressAlreadyExists, ContactInCall, ContactNotFound } from './contacts.errors';
export { ContactDto } from './dto/contact.dto';
export { PERSON_COLUMNS, customFieldColumns } from './contact-columns';
export { MergeContacts } from './merge-contacts';
export { RecordHistory, type Told } from './record-history';
export { SearchIndex } from './search-index';
