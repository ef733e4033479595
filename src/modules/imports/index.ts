/** Files of leads, customers or history, into contacts, conversations and the log. */
export { ImportsModule } from './imports.module';
export { type FileImport, type FileImported, ImportFile, ImportRefused } from './import-file';
export type { ImportKind } from './column-mapping';
export { ON_DUPLICATE, type OnDuplicate } from './import-kinds';
