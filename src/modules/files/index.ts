/** Files: sent by clients, or fetched from providers. */
export { FilesModule } from './files.module';
export { FilesApi, type ReadyFile } from './files.api';
export type { FileRow } from './files.repository';
export { FileNotFound, FileNotReady } from './files.errors';
