// Ce que dit chaque erreur en français : ce qui s’est passé, puis que faire. Sans pronom « nous », vouvoiement.
import type { ErrorCode } from '../errors.ts'

export const fr = {
  INVALID: 'Le serveur n’a pas compris cette demande. Vérifiez votre saisie.',
  NOT_FOUND: 'Il n’y a rien à cette adresse.',
  METHOD_NOT_ALLOWED: 'Cette adresse ne s’utilise pas ainsi.',
  PACKET_TOO_LARGE: 'C’est trop volumineux pour un seul envoi. Raccourcissez.',
  ORIGIN_FORBIDDEN: 'Cette page n’a pas accès à ce serveur. Ouvrez l’application à sa propre adresse.',
  RATE_LIMITED: 'Trop d’essais. Patientez un instant, puis réessayez.',
  INTERNAL: 'Une erreur est survenue sur le serveur. Réessayez dans un instant.',
  STORE_UNAVAILABLE: 'Le serveur ne peut rien enregistrer pour le moment. Réessayez dans un instant.',
  SERVER_DRAINING: 'Le serveur redémarre. Le service reprend dans un instant.',

  TOKEN_REQUIRED: 'Connectez-vous pour continuer.',
  TOKEN_INVALID: 'Votre connexion n’est plus valable. Reconnectez-vous pour continuer.',
  TOKEN_EXPIRED: 'Votre connexion a expiré. Elle est en cours de renouvellement.',
  REFRESH_INVALID: 'Votre connexion n’est plus valable. Reconnectez-vous pour continuer.',
  REFRESH_REUSED:
    'Cet appareil a été déconnecté pour protéger votre compte. Reconnectez-vous pour continuer.',
  SESSION_ENDED: 'Cet appareil a été déconnecté. Reconnectez-vous pour continuer.',
  SESSION_UNKNOWN:
    'Le serveur ne reconnaît plus cet appareil. Reconnectez-vous pour continuer\u00A0: vos textes sont conservés.',
  SLOW_CONSUMER: 'La connexion était trop lente. Elle est en cours de rétablissement.',

  CREDENTIALS_WRONG: 'Identifiant ou mot de passe incorrect. Vérifiez la touche Maj.',
  ACCOUNT_LEAVING: 'Ce compte va être supprimé. Connectez-vous en disant que vous voulez le garder.',
  ACCOUNT_SUSPENDED: 'Ce compte est suspendu. Adressez-vous à qui gère ce serveur.',
  USERNAME_TAKEN: 'Cet identifiant est déjà pris, ou ressemble trop à un autre. Choisissez-en un différent.',
  USERNAME_RESERVED: 'Cet identifiant est réservé. Choisissez-en un différent.',
  PASSWORD_WEAK:
    'Ce mot de passe se devine trop facilement. Choisissez-en un plus long, une phrase par exemple.',
  REGISTRATION_CLOSED: 'Ce serveur n’ouvre pas de nouveaux comptes. Adressez-vous à son responsable.',
  INVITE_REQUIRED:
    'Cette invitation n’est pas valable : elle est peut-être épuisée ou trop ancienne. Vérifiez le code, ou demandez-en un autre au responsable du serveur.',

  FACTOR_REQUIRED: 'Encore une étape : présentez votre second facteur, ou utilisez un code de secours.',
  FACTOR_WRONG:
    'Ce code n’est pas le bon, ou a déjà servi. Attendez le suivant, ou utilisez un code de secours.',
  OPERATOR_FACTOR_REQUIRED: 'Qui dirige un serveur garde un second facteur. Ajoutez-en d’abord un autre.',
  PASSKEYS_OFF:
    'Ce serveur n’accepte pas encore les clés d’accès : son responsable doit indiquer son adresse publique.',
  PASSKEYS_FULL: 'Votre compte a toutes les clés d’accès qu’il peut contenir. Retirez-en une d’abord.',
  PASSKEY_REFUSED:
    'Cette clé d’accès n’a pas été acceptée. Réessayez, ou connectez-vous avec votre mot de passe.',
  PASSKEY_NOT_FOUND: 'Cette clé d’accès a déjà été retirée.',
  INVITE_NOT_FOUND: 'Cette invitation n’existe plus, ou a déjà été retirée.',
  RESET_REFUSED:
    'Cet identifiant et ce code ne vont pas ensemble, ou le code n’est plus valable. Vérifiez les deux, ou demandez un nouveau code au responsable du serveur.',
  PASSWORD_WRONG: 'Ce n’est pas votre mot de passe. Vérifiez la touche Maj, puis réessayez.',
  PROOF_REQUIRED:
    'Saisissez votre mot de passe pour continuer\u00A0: c’est pour s’assurer que c’est bien vous.',
  OPERATOR_REQUIRED: 'Un serveur a besoin d’un responsable. Nommez d’abord quelqu’un d’autre.',

  USER_NOT_FOUND: 'Cette personne est introuvable.',
  REQUEST_PENDING:
    'Tant que cette personne n’a pas répondu, vous pouvez lui envoyer quelques messages, en texte seul.',
  RECIPIENT_UNAVAILABLE: 'Impossible d’écrire à cette personne ou de l’ajouter pour le moment.',
  SESSION_NOT_FOUND: 'Cet appareil est déjà déconnecté.',
  MEMBER_REQUIRED: 'Cette discussion n’existe pas, ou vous n’en faites pas partie.',
  MEMBER_NOT_FOUND: 'Cette personne ne fait pas partie du groupe.',
  ROLE_REQUIRED: 'Seuls les admins peuvent faire cela.',
  LINK_INVALID: 'Ce lien d’invitation ne fonctionne pas, ou plus. Demandez-en un nouveau.',
  SENDING_RESTRICTED: 'Seuls les admins peuvent envoyer des messages dans ce groupe.',
  OWNER_REQUIRED: 'Un groupe a besoin d’un propriétaire. Confiez-le d’abord à quelqu’un.',
  GROUP_REQUIRED: 'Cela n’est possible que dans un groupe.',
  LEAVE_REQUIRED: 'Quittez d’abord le groupe, vous pourrez ensuite le supprimer.',
  GROUP_FULL: 'Ce groupe est complet.',

  MESSAGE_NOT_FOUND: 'Ce message est introuvable.',
  PUSH_SERVICE_UNKNOWN: 'Ce serveur n’envoie rien au service de notifications de votre navigateur.',
  PUSH_NOT_SUBSCRIBED: 'Cet appareil ne reçoit pas de notifications du serveur.',

  MESSAGE_ID_CONFLICT: 'Ce message n’a pas pu être envoyé. Envoyez-le à nouveau.',
  MESSAGE_CHANGED: 'Ce message a changé entre-temps. Relisez-le avant de le modifier.',
  MESSAGE_DELETED: 'Ce message a été supprimé.',
  MESSAGE_FIXED: 'Ce message ne peut pas être modifié.',
  MESSAGE_AUTHOR_REQUIRED: 'Vous ne pouvez modifier que vos propres messages.',
  MESSAGE_CHANGES_EXHAUSTED: 'Ce message a été modifié trop de fois. Envoyez-en un nouveau.',
  EDIT_WINDOW_CLOSED: 'Un message se modifie pendant 15 minutes. Envoyez-en un nouveau.',
  DELETE_WINDOW_CLOSED: 'Un message se supprime pour tout le monde pendant 60 heures.',
  REACTIONS_FULL:
    'Ce message ne peut pas porter d’autres réactions différentes. Choisissez-en une déjà présente.',
  SCHEDULE_FULL: 'Trop de messages attendent d’être envoyés. Envoyez-en ou supprimez-en d’abord.',
  POLL_CLOSED: 'Ce sondage est terminé.',
  UPLOAD_NOT_FOUND: 'Ce fichier n’est plus sur le serveur. Envoyez-le à nouveau.',
  UPLOAD_UNFINISHED: 'Ce fichier est encore en route. Un instant.',
  UPLOAD_ID_CONFLICT: 'Ce fichier n’a pas pu être envoyé. Renvoyez-le comme nouveau.',
  UPLOAD_TOO_LARGE: 'Ce fichier est plus grand que ce que ce serveur accepte.',
  UPLOADS_TOO_MANY: 'Trop de fichiers sont en route. Ils suivront l’un après l’autre.',
  QUOTA_EXCEEDED:
    'Vos fichiers occupent toute votre place sur ce serveur. Supprimez-en parmi ceux que vous avez envoyés.',
  STORAGE_FULL:
    'Le serveur n’a plus de place pour les fichiers. Prévenez la personne qui le gère ; écrire fonctionne toujours.',
  EXPORT_RUNNING: 'Vos données sont déjà en cours de téléchargement. Attendez la fin.',
  MEDIA_TYPE_WRONG: 'Ce fichier n’est pas ce que dit son nom. Envoyez-le comme document.',
  MEDIA_REMOVED: 'Ce fichier a été retiré par qui gère ce serveur : on ne peut pas l’envoyer ici.',
  MEDIA_UNREADABLE:
    'Cette image ne peut pas être affichée : elle est abîmée ou bien trop grande. Envoyez-la comme document.',
  PARENT_FAILED: 'Le message concerné n’a pas été envoyé.',
} as const satisfies Record<ErrorCode, string>
