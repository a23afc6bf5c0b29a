// The six that are one press away; their names are below `messages.reactions.quick`.
export const quickReactions = [
  { emoji: '👍', name: 'thumb' },
  { emoji: '❤️', name: 'heart' },
  { emoji: '😂', name: 'laugh' },
  { emoji: '😮', name: 'surprise' },
  { emoji: '😢', name: 'sad' },
  { emoji: '🙏', name: 'thanks' },
] as const
