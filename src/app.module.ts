import { Module } from '@nestjs/common';
import { AccountsModule } from './modules/accounts';
import { ContactsModule } from './modules/contacts';
import { ConversationsModule } from './modules/conversations';
import { CustomFieldsModule } from './modules/custom-fields';
import { ImportsModule } from './modules/imports';
import { OperationsModule } from './modules/operations';
import { ConfigModule } from './platform/config/config.module';
import { DatabaseModule } from './platform/database/database.module';
import { HttpModule } from './platform/http/http.module';
import { ListingModule } from './platform/listing/listing.module';

/** The composition root: every module there is, and the only place where an adapter is bound to a port. */
@Module({
  imports: [ConfigModule, DatabaseModule, ListingModule, HttpModule, AccountsModule, CustomFieldsModule, OperationsModule, ContactsModule, ConversationsModule, ImportsModule],
})
export class AppModule {}
