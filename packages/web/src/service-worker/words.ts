// What the service worker says: it has no page to take its words from, and they must be there at once.
import type { PushLanguage } from '@palabre/protocol'

interface WorkerWords {
  newMessage: string
  sent: Record<string, string>
  reply: string
  replyHint: string
  markRead: string
  testTitle: string
  testText: string
  keptTitle: string
  keptText: string
  says: (who: string, text: string) => string
}

export const workerWords: Record<PushLanguage, WorkerWords> = {
  en: {
    newMessage: 'New message',
    sent: {
      image: '📷 Photo',
      video: '🎬 Video',
      voice: '🎤 Voice message',
      audio: '🎵 Audio',
      file: '📄 Document',
      contact: '👤 Contact',
      location: '📍 Location',
      poll: '📊 Poll',
    },
    reply: 'Reply',
    replyHint: 'Write an answer',
    markRead: 'Mark as read',
    testTitle: 'It works',
    testText: 'This is how Palabre tells you of messages on this device.',
    keptTitle: 'Your answer is not sent yet',
    keptText: 'It is kept on this device and goes out as soon as Palabre reaches its server.',
    says: (who, text) => `${who}: ${text}`,
  },
  fr: {
    newMessage: 'Nouveau message',
    sent: {
      image: '📷 Photo',
      video: '🎬 Vidéo',
      voice: '🎤 Message vocal',
      audio: '🎵 Son',
      file: '📄 Document',
      contact: '👤 Contact',
      location: '📍 Position',
      poll: '📊 Sondage',
    },
    reply: 'Répondre',
    replyHint: 'Écrire une réponse',
    markRead: 'Marquer comme lu',
    testTitle: 'Ça marche',
    testText: 'C’est ainsi que Palabre vous prévient des messages sur cet appareil.',
    keptTitle: 'Votre réponse n’est pas encore partie',
    keptText: 'Elle est gardée sur cet appareil et partira dès que Palabre joindra son serveur.',
    says: (who, text) => `${who} : ${text}`,
  },
  ar: {
    newMessage: 'رسالة جديدة',
    sent: {
      image: '📷 صورة',
      video: '🎬 فيديو',
      voice: '🎤 رسالة صوتية',
      audio: '🎵 صوت',
      file: '📄 مستند',
      contact: '👤 جهة اتصال',
      location: '📍 موقع',
      poll: '📊 استطلاع',
    },
    reply: 'رد',
    replyHint: 'اكتب ردًا',
    markRead: 'تعليم كمقروءة',
    testTitle: 'إنها تعمل',
    testText: 'هكذا ينبّهك Palabre إلى الرسائل على هذا الجهاز.',
    keptTitle: 'لم يُرسل ردك بعد',
    keptText: 'إنه محفوظ على هذا الجهاز، ويُرسل حالما يصل Palabre إلى خادمه.',
    says: (who, text) => `\u2068${who}\u2069: ${text}`,
  },
}
