/** Conversations in funnels, one by one and in bulk. */
export { ConversationsModule } from './conversations.module';
export { CreateConversations, type CreateOptions } from './create-conversations';
export type { ItemRules } from './conversation-item';
export { FunnelsService } from './funnels.service';
