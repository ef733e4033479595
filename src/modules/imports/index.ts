/** Files of leads, into contacts and conversations. */
export { ImportsModule } from './imports.module';
export { ImportConversations, type ImportOptions, type ImportResult } from './import-conversations';
export { InvalidMapping } from './column-mapping';
