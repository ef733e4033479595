import { BadRequestError, NotFoundError, UnprocessableError } from '../../platform/errors/api-error';
import { SENDABLE_TYPES } from './message-provider';
import { mapConstraints } from '../../platform/errors/error-mapping';
import { UserNotFound } from '../accounts';
import { FileNotFound } from '../files';

export class MessageNotFound extends NotFoundError {
  static readonly code = 'MESSAGE_NOT_FOUND';
  constructor() {
    super('There is no such message. See GET /api/v1/messages.');
  }
}

export class MessagingConversationNotFound extends NotFoundError {
  static readonly code = 'MESSAGING_CONVERSATION_NOT_FOUND';
  constructor() {
    super('There is no such messaging conversation. See GET /api/v1/messaging-conversations.');
  }
}

/** The type exists, and only ever comes in. */
export class TypeNotSendable extends BadRequestError {
  static readonly code = 'TYPE_NOT_SENDABLE';
  constructor(type: string) {
    super(`Messages of type ${type} cannot be sent. What can: ${SENDABLE_TYPES.join(', ')}; templates by POST /api/v1/messages/whatsapp/template.`, { sendable: SENDABLE_TYPES });
  }
}

export class SenderNotFound extends UnprocessableError {
  static readonly code = 'SENDER_NOT_FOUND';
  constructor(number: string) {
    super(`${number} is none of your numbers at WhatsApp. Add it with POST /api/v1/phone-numbers, provider whatsapp and its phone number id as providerId.`, { fromPhoneNumber: number });
  }
}

/** More than 24 hours since the contact's last message, or there never was one: WhatsApp takes templates only. */
export class ReengagementRequired extends UnprocessableError {
  static readonly code = 'REENGAGEMENT_REQUIRED';
  constructor(lastInboundAt: string | null) {
    super(
      `${lastInboundAt === null ? 'The contact has never written to this number' : 'The contact last wrote more than 24 hours ago'}: send a template, with POST /api/v1/messages/whatsapp/template. Once they have answered, anything can be sent.`,
      { lastInboundAt },
    );
  }
}

/** WhatsApp does not take the file: its own words are in details.providerError. */
export class MediaRefused extends UnprocessableError {
  static readonly code = 'MEDIA_REFUSED';
  constructor(providerError: object) {
    super(`WhatsApp does not take this file: ${(providerError as { message?: string }).message ?? 'it does not say why'}`, { providerError });
  }
}

mapConstraints({
  fk_message_attachments_file: () => new FileNotFound(),
  fk_messages_user: () => new UserNotFound(),
  fk_uploaded_media_file: () => new FileNotFound(),
});
