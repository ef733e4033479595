/** Contacts and their addresses; matching people to contacts. */
export { ContactsModule } from './contacts.module';
export { ContactsApi } from './contacts.api';
export type { BookedContact, ContactBook, MatchedBy, Person, Resolution, ResolutionFault } from './contact-book';
export { type ChannelType, CHANNEL_TYPES, type NormalAddress, isFault, normaliseAddress } from './contact-identity';
export { customField } from './contacts-list';
export { AmbiguousContact, AddressAlreadyExists, ContactNotFound } from './contacts.errors';
export { ContactDto } from './dto/contact.dto';
export { SearchIndex } from './search-index';
