/** Messages: accepted, sent in their order, followed; and what people write. */
export { MessagesModule } from './messages.module';
export { type KnownMessage, MESSAGE_FAILED, MessagesApi } from './messages.api';
export { MessageReports } from './message-reports';
export * from './message-provider';
