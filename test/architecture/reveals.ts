// Who may look into a secret: the files that hand it to what uses it, each with what that is.

export const MAY_REVEAL: Readonly<Record<string, string>> = {
  'bots/discord/api.ts': 'the header of a request',
  'bots/discord/gateway.ts': 'the log-in at the gateway',
  'bots/email/sendgrid-service.ts': 'the header of a request',
  'bots/email/smtp-sender.ts': 'nodemailer, and the host in the URL',
  'bots/email/webhook.ts': 'the comparison with the path',
  'bots/slack/api.ts': 'the client of the Web API',
  'bots/slack/signature.ts': 'the key of a signature',
  'bots/slack/slack.ts': 'the app',
  'bots/slack/socket.ts': 'the client of Socket Mode',
  'config/secret-texts.ts': 'what the logger takes out by value',
  'queue/address.ts': 'the connection to Redis',
  'store/database.ts': 'the connections to PostgreSQL',
  'store/migrate.ts': 'the connection to PostgreSQL',
  'store/pending.ts': 'the connection to PostgreSQL',
  'store/secretbox.ts': 'the key of a cipher',
  'store/write-trial.ts': 'the connection to PostgreSQL',
  'store/remains.ts': 'the connection to PostgreSQL',
  'verbs/house-settings.ts': 'the address of the engine',
  'verbs/record.ts': 'the file by which other verbs find the servers, 0600',
  'verbs/uninstall/words.ts': 'the host and the name in a URL',
};
