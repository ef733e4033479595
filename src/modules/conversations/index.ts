/** Conversations in funnels, one by one and in bulk. */
export { ConversationsApi } from './conversations.api';
export { ConversationsModule } from './conversations.module';
export { CreateConversations, type CreateOptions } from './create-conversations';
export type { ItemRules } from './conversation-item';
export { ChannelSessions, type OpenSession } from './channel-sessions';
export { FunnelsService } from './funnels.service';
export { ConversationNotFound, FunnelNotFound } from './conversations.errors';
