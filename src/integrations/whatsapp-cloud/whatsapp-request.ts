import type { MessageWork, SendOrder, Sender } from '../../modules/messages';

/** Of the Graph API: the one that the stored specification is of. */
export const GRAPH_VERSION = 'v23.0';

/** Our number in a path. Numbers that were given no id are named by their digits: the sandbox takes them. */
export const phoneNumberIdOf = ({ providerId, number }: Sender): string => encodeURIComponent(providerId ?? digitsOf(number));

/** The body of POST /{phone-number-id}/messages. */
export function messageBodyOf(order: SendOrder): Record<string, unknown> {
  const { messageId, to, work, replyTo } = order;
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: to.waId ?? digitsOf(to.address),
    // Comes back in each status: by it we know what has become of a message whose answer was lost.
    biz_opaque_callback_data: messageId,
    ...(replyTo !== undefined && { context: { message_id: replyTo } }),
    type: work.type,
    [work.type]: contentOf(work, order.media),
  };
}

function contentOf(work: MessageWork, media: SendOrder['media']): unknown {
  switch (work.type) {
    case 'text':
      return { body: work.text, preview_url: /https?:\/\//.test(work.text) };
    case 'template':
      return { name: work.name, language: { policy: 'deterministic', code: work.languageCode }, ...(work.components.length > 0 && { components: work.components }) };
    case 'document':
      return { id: media?.id, filename: media?.fileName, ...(work.caption !== undefined && { caption: work.caption }) };
    case 'image':
    case 'video':
    case 'audio':
    case 'sticker':
      return { id: media?.id, ...(work.caption !== undefined && { caption: work.caption }) };
    default:
      return work.object;
  }
}

/** Of E.164; WhatsApp's own id of a user is left as it is. */
const digitsOf = (address: string): string => address.replace(/^\+/, '');
