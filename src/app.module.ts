import { Global, Module } from '@nestjs/common';
import { BotmakerModule } from './integrations/botmaker/botmaker.module';
import { DeepgramModule } from './integrations/deepgram/deepgram.module';
import { ElementeCalls } from './integrations/elemente/elemente-calls';
import { ElementeModule } from './integrations/elemente/elemente.module';
import { createS3Storage } from './integrations/s3/create-s3-storage';
import { TwilioCalls } from './integrations/twilio/twilio-calls';
import { TwilioModule } from './integrations/twilio/twilio.module';
import { VapiCalls } from './integrations/vapi/vapi-calls';
import { VapiModule } from './integrations/vapi/vapi.module';
import { WhatsAppCloud } from './integrations/whatsapp-cloud/whatsapp-cloud';
import { WhatsAppModule } from './integrations/whatsapp-cloud/whatsapp.module';
import { AccountsModule } from './modules/accounts';
import { ActivityModule } from './modules/activity';
import { AutomationsModule } from './modules/automations';
import { CALL_PROVIDER_ADAPTERS, type CallProvider, CallsModule } from './modules/calls';
import { ConnectionsModule } from './modules/connections';
import { ContactsModule } from './modules/contacts';
import { ConversationsModule } from './modules/conversations';
import { CustomFieldsModule } from './modules/custom-fields';
import { FilesModule } from './modules/files';
import { ImportsModule } from './modules/imports';
import { JobsModule } from './modules/jobs';
import { MESSAGE_PROVIDER, MessagesModule } from './modules/messages';
import { OperationsModule } from './modules/operations';
import { RecordingsModule } from './modules/recordings';
import { TasksModule } from './modules/tasks';
import { ConfigModule } from './platform/config/config.module';
import { DatabaseModule } from './platform/database/database.module';
import { EventsModule } from './platform/events/events.module';
import { HttpModule } from './platform/http/http.module';
import { InstallationModule } from './platform/installation/installation.module';
import { ListingModule } from './platform/listing/listing.module';
import { QueueModule } from './platform/queue/queue.module';
import { StorageModule } from './platform/storage/storage.module';

const CALL_ADAPTERS = [VapiCalls, TwilioCalls, ElementeCalls];

/** Who dials. Global, since the adapters' modules import calls for their webhooks, and calls must not import them. */
@Global()
@Module({
  imports: [VapiModule, TwilioModule, ElementeModule],
  providers: [{ provide: CALL_PROVIDER_ADAPTERS, inject: CALL_ADAPTERS, useFactory: (...adapters: CallProvider[]) => adapters }],
  exports: [CALL_PROVIDER_ADAPTERS],
})
class CallAdaptersModule {}

/** Who carries messages: as above. */
@Global()
@Module({ imports: [WhatsAppModule], providers: [{ provide: MESSAGE_PROVIDER, useExisting: WhatsAppCloud }], exports: [MESSAGE_PROVIDER] })
class MessageAdaptersModule {}

const PLATFORM = [ConfigModule, DatabaseModule, InstallationModule, QueueModule, EventsModule, StorageModule.forRoot(createS3Storage), ListingModule, HttpModule];
const MODULES = [AccountsModule, ActivityModule, ConnectionsModule, CustomFieldsModule, FilesModule, OperationsModule, ContactsModule, RecordingsModule, ConversationsModule, CallsModule, MessagesModule, TasksModule, ImportsModule, JobsModule, AutomationsModule];
const INTEGRATIONS = [CallAdaptersModule, MessageAdaptersModule, BotmakerModule, DeepgramModule];

/** The composition root: every module there is, and the only place where an adapter is bound to a port. */
@Module({ imports: [...PLATFORM, ...MODULES, ...INTEGRATIONS] })
export class AppModule {}
