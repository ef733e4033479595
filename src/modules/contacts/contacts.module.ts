import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsModule } from '../accounts';
import { ActivityModule } from '../activity';
import { CustomFieldColumns, CustomFieldsModule } from '../custom-fields';
import { FilesModule } from '../files';
import { ContactActivityController } from './contact-activity.controller';
import { ContactActivityService } from './contact-activity.service';
import { ContactAddress } from './contact-address.entity';
import { ContactNote } from './contact-note.entity';
import { ContactNotesController } from './contact-notes.controller';
import { ContactNotesService } from './contact-notes.service';
import { Contact } from './contact.entity';
import { ContactsApi } from './contacts.api';
import { ContactsController } from './contacts.controller';
import { ContactsRepository } from './contacts.repository';
import { ContactsService } from './contacts.service';
import { CustomFieldFiles } from './custom-field-files';
import { EraseContact } from './erase-contact';
import { ErasuresController } from './erasures.controller';
import { ErasuresRepository } from './erasures.repository';
import { ErasuresService } from './erasures.service';
import { ExportContacts } from './export-contacts';
import { MergeContacts } from './merge-contacts';
import { RecordHistory } from './record-history';
import { SearchContacts } from './search-contacts';
import { SearchIndex } from './search-index';

@Module({
  imports: [TypeOrmModule.forFeature([Contact, ContactAddress, ContactNote]), AccountsModule, ActivityModule, CustomFieldsModule, FilesModule],
  controllers: [ContactsController, ContactActivityController, ContactNotesController, ErasuresController],
  providers: [ContactsApi, ContactsService, ContactActivityService, ContactNotesService, ContactsRepository, CustomFieldFiles, EraseContact, ErasuresRepository, ErasuresService, ExportContacts, MergeContacts, RecordHistory, SearchContacts, SearchIndex],
  exports: [ContactsApi, CustomFieldFiles, MergeContacts, RecordHistory, SearchIndex],
})
export class ContactsModule {
  constructor(customFieldColumns: CustomFieldColumns) {
    customFieldColumns.register('CONTACT', { table: 'contacts', touch: 'event_sequence = event_sequence + 1, updated_at = now()' });
  }
}
