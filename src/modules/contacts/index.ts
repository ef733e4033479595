/** Contacts and their addresses; matching people to contacts. */
export { ContactsModule } from './contacts.module';
