/** Calls: queued, dialed, followed to their end. */
export { CallsModule } from './calls.module';
export { CALL_ENDED, CallsApi, type KnownCall } from './calls.api';
export { CallReports } from './call-reports';
export { Dialer } from './dialer';
export * from './call-provider';
export { DISPOSITIONS, type CallStatus, type Disposition, dispositionOf } from './dispositions';
