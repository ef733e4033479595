import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { mapConstraint } from '../../platform/errors/error-mapping';
import { UserNotFound } from '../accounts';
import { CustomFieldColumns, CustomFieldsModule } from '../custom-fields';
import { ContactAddress } from './contact-address.entity';
import { Contact } from './contact.entity';
import { ContactsApi } from './contacts.api';
import { ContactsController } from './contacts.controller';
import { ContactsRepository } from './contacts.repository';
import { ContactsService } from './contacts.service';
import { SearchContacts } from './search-contacts';
import { SearchIndex } from './search-index';

@Module({
  imports: [TypeOrmModule.forFeature([Contact, ContactAddress]), CustomFieldsModule],
  controllers: [ContactsController],
  providers: [ContactsApi, ContactsService, ContactsRepository, SearchContacts, SearchIndex],
  exports: [ContactsApi, SearchIndex],
})
export class ContactsModule {
  constructor(customFieldColumns: CustomFieldColumns) {
    customFieldColumns.register('CONTACT', { table: 'contacts', touch: 'event_sequence = event_sequence + 1, updated_at = now()' });
    mapConstraint('fk_contacts_user', () => new UserNotFound());
  }
}
